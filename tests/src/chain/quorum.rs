//! Who signs: never the same set twice, always enough.

use hotshot_light_client::encoding::integer::U256;

use super::Table;
use crate::crypto::Dice;

/// A random set of members with at least the weight `needed`. With `by_count`, also with the
/// same share of members: before 0.3 every member counts one.
pub fn choose_quorum(dice: &mut Dice, table: &Table, needed: U256, by_count: bool) -> Vec<bool> {
    let mut flags = vec![true; table.members.len()];
    let (mut weight, mut count) = (table.total(), table.members.len());
    let least = if by_count { table.members.len() * 9 / 10 + 1 } else { 1 };
    // How many of those who could be spared are spared: some quorums are large, some bare.
    let spared = dice.below(11);
    for index in dice.shuffle(flags.len()) {
        let (Some(member), Some(flag)) = (table.members.get(index), flags.get_mut(index)) else { continue };
        if weight - member.stake >= needed && count > least && dice.below(10) < spared {
            (*flag, weight, count) = (false, weight - member.stake, count - 1);
        }
    }
    flags
}
