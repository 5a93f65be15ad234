//! Random bytes from a seed: reproducible set-ups for development.

use ark_bn254::Fr;
use ark_std::rand::{CryptoRng, Error, RngCore};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;

/// Keccak-256 over a seed and a counter. As secret as its seed.
#[derive(Clone, Debug)]
pub struct SeededRng {
    seed: [u8; 32],
    counter: u64,
    buffer: Vec<u8>,
}

impl SeededRng {
    /// A generator for a purpose and a seed.
    pub fn new(purpose: &str, seed: &[u8]) -> Self {
        Self { seed: keccak256(&[purpose.as_bytes(), &[0], seed]), counter: 0, buffer: Vec::new() }
    }

    /// A scalar; its bias is below 2⁻² of nothing that matters for development keys.
    pub fn scalar(&mut self) -> Fr {
        let mut bytes = [0; 32];
        self.fill_bytes(&mut bytes);
        element::reduce(U256::from_le_bytes(bytes))
    }
}

impl RngCore for SeededRng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, destination: &mut [u8]) {
        for byte in destination {
            if self.buffer.is_empty() {
                self.buffer = keccak256(&[&self.seed, &self.counter.to_le_bytes()]).to_vec();
                self.counter += 1;
            }
            *byte = self.buffer.pop().unwrap_or_default();
        }
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(destination);
        Ok(())
    }
}

impl CryptoRng for SeededRng {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_purposes_differ_and_repeat() {
        let scalar = |purpose, seed: &[u8]| SeededRng::new(purpose, seed).scalar();
        assert_eq!(scalar("a", b"1"), scalar("a", b"1"));
        assert_ne!(scalar("a", b"1"), scalar("a", b"2"));
        assert_ne!(scalar("a", b"1"), scalar("b", b"1"));
        let mut rng = SeededRng::new("a", b"1");
        assert_ne!(rng.next_u64(), rng.next_u64());
    }
}
