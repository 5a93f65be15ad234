//! Reproducible choices: Keccak-256 in counter mode over a seed and a label.

use hotshot_light_client::encoding::committable::keccak256;

/// A stream of choices that depends on nothing but its seed and label.
#[derive(Clone)]
pub struct Dice {
    state: [u8; 32],
    counter: u64,
}

impl Dice {
    /// The stream of `seed` for one purpose and one number, such as a height.
    pub fn new(seed: &str, purpose: &str, number: u64) -> Self {
        let length = |text: &str| (text.len() as u64).to_le_bytes();
        let state = keccak256(&[
            b"INSECURE HotShot devnet",
            &length(seed),
            seed.as_bytes(),
            &length(purpose),
            purpose.as_bytes(),
            &number.to_le_bytes(),
        ]);
        Self { state, counter: 0 }
    }

    /// 32 bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.counter += 1;
        keccak256(&[&self.state, &self.counter.to_le_bytes()])
    }

    /// A 64-bit number.
    pub fn number(&mut self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// A number below `bound`; 0 if the bound is 0. The bias of the remainder does not matter here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap_or(0)
    }

    /// True once in `n` times on average; never if `n` is 0.
    pub fn one_in(&mut self, n: u64) -> bool {
        n > 0 && self.below(n) == 0
    }

    /// `length` bytes.
    pub fn fill(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 32);
        while bytes.len() < length {
            bytes.extend(self.bytes());
        }
        bytes.truncate(length);
        bytes
    }

    /// The numbers below `length` in a random order.
    pub fn shuffle(&mut self, length: usize) -> Vec<usize> {
        let mut keyed: Vec<(u64, usize)> = (0..length).map(|index| (self.number(), index)).collect();
        keyed.sort_unstable();
        keyed.into_iter().map(|(_, index)| index).collect()
    }
}
