//! What block headers commit to: the hash over the whole state of the contract.
//!
//! Source: EspressoSystems/espresso-network
//! `crates/espresso/types/src/v0/impls/stake_table.rs` (`StakeTableState`) and
//! `v0/v0_3/stake_table.rs` (`RegisteredValidator`). Everything is sorted, so the hash does not fix
//! the order of registration, which is the order of signers. A wrong order makes signatures fail, no
//! more.

use super::event::Account;
use super::state::{RegistrationState, Validator};
use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::tagged_base64;

/// A stake table's hash as it is written: `STAKE_TABLE~…`.
pub fn hash_to_text(hash: &Commitment) -> alloc::string::String {
    tagged_base64::encode(tagged_base64::tag::STAKE_TABLE, hash)
}

impl RegistrationState {
    /// The hash that headers carry as `next_stake_table_hash`.
    pub fn hash(&self) -> Commitment {
        let mut builder = commit_validators(self.validators.iter()).constant_str("used_bls_keys");
        for key in self.used_bls_keys.iter() {
            builder = builder.var_size_bytes(key.as_bytes());
        }
        builder = builder.constant_str("used_schnorr_keys");
        for key in self.used_schnorr_keys.iter() {
            builder = builder.var_size_bytes(&key.compressed());
        }
        // Absent as long as there is none: hashes from before these keys existed stay as they were.
        if !self.used_x25519_keys.is_empty() {
            builder = builder.constant_str("used_x25519_keys");
            for key in self.used_x25519_keys.iter() {
                builder = builder.var_size_bytes(key);
            }
        }
        builder = builder.constant_str("validator_exits");
        for account in self.exits.iter() {
            builder = builder.fixed_size_bytes(account);
        }
        builder.finalize()
    }

    /// Computes the commitments of validators that changed and keeps them, so that [`Self::hash`]
    /// need not: most epochs change few validators.
    pub fn settle(&mut self) {
        self.settle_some(usize::MAX);
    }

    /// As [`Self::settle`], for so many validators at most. Whether none is left.
    pub fn settle_some(&mut self, most: usize) -> bool {
        let unsettled = self.validators.iter_mut().filter(|(_, validator)| validator.commitment.is_none());
        let mut settled = 0;
        for (account, validator) in unsettled.take(most) {
            validator.commitment = Some(validator.computed_commitment(account));
            settled += 1;
        }
        settled < most
    }
}

/// The commitment over some validators alone, all other sets empty, as recorded snapshots show it
/// for the active ones. Headers never carry it. The validators have to come sorted by account.
pub(super) fn validators_commitment<'a>(sorted: impl Iterator<Item = (&'a Account, &'a Validator)>) -> Commitment {
    commit_validators(sorted)
        .constant_str("used_bls_keys")
        .constant_str("used_schnorr_keys")
        .constant_str("validator_exits")
        .finalize()
}

fn commit_validators<'a>(sorted: impl Iterator<Item = (&'a Account, &'a Validator)>) -> CommitmentBuilder {
    sorted.fold(CommitmentBuilder::new("STAKE_TABLE"), |builder, (account, validator)| {
        builder.field("validator", &validator.commitment(account))
    })
}

impl Validator {
    /// The commitment to this validator, registered under an account.
    pub fn commitment(&self, account: &Account) -> Commitment {
        self.commitment.unwrap_or_else(|| self.computed_commitment(account))
    }

    fn computed_commitment(&self, account: &Account) -> Commitment {
        let mut builder = CommitmentBuilder::new("VALIDATOR").fixed_size_field("account", account);
        builder = match &self.bls_key {
            Some(key) => builder.var_size_field("stake_table_key", &key.compressed()),
            None => builder.constant_str("no_bls_key"),
        };
        builder = match &self.schnorr_key {
            Some(key) => builder.var_size_field("state_ver_key", &key.compressed()),
            None => builder.constant_str("no_schnorr_key"),
        };
        builder = builder
            .fixed_size_field("stake", &self.stake.to_le_bytes::<32>())
            .constant_str("commission")
            .u16(self.commission);
        if let Some(key) = &self.x25519_key {
            builder = builder.var_size_field("x25519_key", key);
        }
        if let Some(address) = &self.p2p_addr {
            builder = builder.var_size_field("p2p_addr", address.as_bytes());
        }
        builder = builder.constant_str("delegators");
        for (delegator, amount) in self.delegators.iter() {
            builder = builder.fixed_size_bytes(delegator).fixed_size_bytes(&amount.to_le_bytes::<32>());
        }
        if !self.authenticated {
            builder = builder.constant_str("unauthenticated");
        }
        builder.finalize()
    }
}
