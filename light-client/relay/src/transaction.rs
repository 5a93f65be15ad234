//! Transactions with a base fee (EIP-1559), signed.

use alloy_rlp::{Encodable, Header};
use hotshot_light_client::encoding::committable::keccak256;

use crate::account::Account;

/// The type byte of EIP-2718.
const DYNAMIC_FEE: u8 = 2;

/// A call of a contract that carries no money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chain that it is for.
    pub chain_id: u64,
    /// How many transactions of the account come before it.
    pub nonce: u64,
    /// The most that the proposer gets for a unit of gas, in wei.
    pub max_priority_fee: u128,
    /// The most that a unit of gas costs altogether, in wei.
    pub max_fee: u128,
    /// The most gas.
    pub gas: u64,
    /// The contract.
    pub to: [u8; 20],
    /// The call.
    pub data: Vec<u8>,
}

/// A transaction as nodes take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The bytes to send.
    pub raw: Vec<u8>,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Transaction {
    fn fields(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(self.data.len() + 128);
        self.chain_id.encode(&mut fields);
        self.nonce.encode(&mut fields);
        self.max_priority_fee.encode(&mut fields);
        self.max_fee.encode(&mut fields);
        self.gas.encode(&mut fields);
        self.to.as_slice().encode(&mut fields);
        // No money.
        0u64.encode(&mut fields);
        self.data.as_slice().encode(&mut fields);
        // No access list.
        Header { list: true, payload_length: 0 }.encode(&mut fields);
        fields
    }

    /// Signs for an account.
    pub fn sign(&self, account: &Account) -> Signed {
        let mut fields = self.fields();
        let (signature, recovery) = account.key().sign_prehash_recoverable(&keccak256(&[&enveloped(&fields)]));
        u64::from(recovery.is_y_odd()).encode(&mut fields);
        // Numbers have no leading zeros in RLP.
        for part in signature.to_bytes().chunks(32) {
            let zeros = part.iter().take_while(|byte| **byte == 0).count();
            part.get(zeros..).unwrap_or_default().encode(&mut fields);
        }
        let raw = enveloped(&fields);
        Signed { hash: keccak256(&[&raw]), raw }
    }
}

fn enveloped(fields: &[u8]) -> Vec<u8> {
    let mut bytes = vec![DYNAMIC_FEE];
    Header { list: true, payload_length: fields.len() }.encode(&mut bytes);
    bytes.extend_from_slice(fields);
    bytes
}
