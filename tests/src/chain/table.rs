//! Stake tables as signers see them.

use std::sync::Arc;

use hotshot_light_client::encoding::integer::U256;

use crate::{
    crypto::{Dice, Validator},
    vid::VidParameters,
};

/// A validator and its stake.
#[derive(Clone)]
pub struct Member {
    /// The validator.
    pub validator: Arc<Validator>,
    /// Its stake, above zero.
    pub stake: U256,
}

/// A stake table in signer order.
#[derive(Clone)]
pub struct Table {
    /// The members, in the order of the signer bits.
    pub members: Vec<Member>,
}

impl Table {
    /// The static table: every validator, with small uneven stakes.
    pub fn fixed(seed: &str, validators: &[Arc<Validator>]) -> Self {
        let stake = |validator: &Validator| U256::from(5 + Dice::new(seed, "stake", validator.index).below(36));
        Self { members: validators.iter().map(|v| Member { stake: stake(v), validator: Arc::clone(v) }).collect() }
    }

    /// Sum of all stakes.
    pub fn total(&self) -> U256 {
        self.members.iter().fold(U256::ZERO, |sum, member| sum + member.stake)
    }

    /// The weight that a quorum certificate needs: ⌊2t/3⌋ + 1.
    pub fn success_threshold(&self) -> U256 {
        self.total() * U256::from(2u8) / U256::from(3u8) + U256::from(1u8)
    }

    /// The weight that an upgrade certificate needs: ⌊9t/10⌋, or the success threshold if that is more.
    pub fn upgrade_threshold(&self) -> U256 {
        (self.total() * U256::from(9u8) / U256::from(10u8)).max(self.success_threshold())
    }

    /// The weight of the members whose flag is set.
    pub fn weight(&self, flags: &[bool]) -> U256 {
        let signed = self.members.iter().zip(flags).filter(|(_, flag)| **flag);
        signed.fold(U256::ZERO, |sum, (member, _)| sum + member.stake)
    }

    /// The keys in signer order.
    pub fn validators(&self) -> Vec<&Validator> {
        self.members.iter().map(|member| member.validator.as_ref()).collect()
    }

    /// The parameters of payload encodings under this table: EspressoSystems/espresso-network
    /// `crates/hotshot/types/src/data/vid_disperse.rs`.
    pub fn vid_parameters(&self) -> VidParameters {
        let (total, target) = (self.total(), U256::from(1000));
        let weight = if total <= target {
            total
        } else {
            let share = |member: &Member| target * member.stake / total + U256::from(1);
            self.members.iter().fold(U256::ZERO, |sum, member| sum + share(member))
        };
        VidParameters::new(weight.saturating_to())
    }
}
