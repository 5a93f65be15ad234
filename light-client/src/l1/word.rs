//! What L1 says about who signs, small enough for a client that began elsewhere to be held against.

use alloc::vec::Vec;

use crate::encoding::committable::{Commitment, CommitmentBuilder};
use crate::encoding::integer::U256;
use crate::ordered::sort_by;
use crate::stake_table::table::StakeTable;

/// The voting stake table of an epoch, as the contracts on L1 commit to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Word {
    /// The epoch.
    pub epoch: u64,
    /// When the contract accepted it: seconds since the Unix epoch.
    pub date: u64,
    /// [`members`] of the table.
    pub members: Commitment,
}

/// A digest of who signs with what stake, whatever the order: servers tell the order of registration,
/// and a wrong one is no other table.
pub fn members(table: &StakeTable) -> Commitment {
    let mut members: Vec<_> = table.entries().iter().map(|entry| (entry.stake_key.to_bytes(), entry.stake)).collect();
    sort_by(&mut members, |left, right| left < right);
    let builder = CommitmentBuilder::new("hotshot-light-client members").u64_field("count", members.len() as u64);
    let with_member = |builder: CommitmentBuilder, (key, stake): &([u8; 128], U256)| {
        builder.fixed_size_bytes(key).fixed_size_bytes(&stake.to_le_bytes::<32>())
    };
    members.iter().fold(builder, with_member).finalize()
}
