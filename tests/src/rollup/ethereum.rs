//! Transactions of a rollup's users: EIP-1559, signed.

use hotshot_light_client::encoding::committable::keccak256;

use super::{key::SequencerKey, rlp};

/// A signed transaction of an L2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct L2Transaction {
    /// The bytes, beginning with the type.
    pub bytes: Vec<u8>,
}

impl L2Transaction {
    /// A transfer to the zero address with some data, signed by a user.
    pub fn sign(user: &SequencerKey, chain_id: u64, nonce: u64, value: u64, data: &[u8]) -> Self {
        let mut fields = vec![
            rlp::number(chain_id),
            rlp::number(nonce),
            rlp::number(1_000_000),
            rlp::number(100_000_000),
            rlp::number(60_000),
            rlp::bytes(&[0; 20]),
            rlp::number(value),
            rlp::bytes(data),
            rlp::list(&[]),
        ];
        let unsigned = [&[2][..], &rlp::list(&fields)].concat();
        let signature = user.sign(&keccak256(&[&unsigned]));
        let (scalars, parity) = signature.split_at(64);
        let scalar =
            |bytes: &[u8]| rlp::bytes(&bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>());
        let (r, s) = scalars.split_at(32);
        fields.extend([rlp::number(parity.first().copied().unwrap_or_default().into()), scalar(r), scalar(s)]);
        Self { bytes: [&[2][..], &rlp::list(&fields)].concat() }
    }

    /// The hash that wallets show.
    pub fn hash(&self) -> [u8; 32] {
        keccak256(&[&self.bytes])
    }
}
