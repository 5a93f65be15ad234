//! Bringing chosen rows of a table to the slots, in order: levels of muxes with shifts 1, 2, 4, ….
//!
//! A mux can only copy a row, all columns of it together, so a slot holds some row of the table.
//! One column is the row's index, and it rises strictly from slot to slot: no row comes twice.
//! Shifting by the low bits of the distance first, rows of different slots never meet.

use crate::system::{Num, System};

/// The name of the group.
pub const GROUP: &str = "routing";

/// Columns of a row: key, amount, index.
pub const COLUMNS: usize = 4;

/// One row on its way.
pub type Row = [Num; COLUMNS];

/// Bits of the largest distance that a row has to travel.
pub const fn levels(rows: usize, slots: usize) -> usize {
    (usize::BITS - rows.saturating_sub(slots).leading_zeros()) as usize
}

/// The rows of the chosen indices, which rise strictly, one for each slot. The last column of
/// `rows` has to be their index as a constant.
///
/// Choices that do not rise, or that are not as many as the slots, give an unsatisfied system.
pub fn route(system: &mut System, rows: Vec<Row>, chosen: &[usize], slots: usize) -> Vec<Row> {
    system.in_group(GROUP, |system| {
        let levels = levels(rows.len(), slots);
        let routed = move_rows(system, rows, chosen, slots, levels);
        for pair in routed.windows(2) {
            if let [[.., lower], [.., upper]] = pair {
                enforce_rising(system, lower, upper, levels);
            }
        }
        routed
    })
}

fn move_rows(system: &mut System, rows: Vec<Row>, chosen: &[usize], slots: usize, levels: usize) -> Vec<Row> {
    let distances: Vec<_> = chosen.iter().enumerate().map(|(slot, row)| row.saturating_sub(slot)).collect();
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    for level in 0..levels {
        let shift = 1 << level;
        // Where a row stands after this level whose distance has this level's bit set.
        let moved: Vec<usize> = (chosen.iter().zip(&distances))
            .filter(|(_, distance)| *distance & shift != 0)
            .map(|(row, distance)| row - (distance & (2 * shift - 1)))
            .collect();
        let needed = needed(rows.len(), slots, level + 1, levels);
        let next = (0..rows.len()).map(|place| {
            let here = rows.get(place).cloned().flatten();
            let there = rows.get(place + shift).cloned().flatten();
            match (here, there) {
                _ if !needed.get(place).is_some_and(|needed| *needed) => None,
                (Some(here), Some(there)) => {
                    let bit = system.bit(moved.contains(&place));
                    Some(std::array::from_fn(|column| match (here.get(column), there.get(column)) {
                        (Some(here), Some(there)) => system.select(&bit, there, here),
                        _ => Num::zero(),
                    }))
                }
                (here, _) => here,
            }
        });
        rows = next.collect();
    }
    rows.into_iter().take(slots).flatten().collect()
}

/// Places that matter after so many levels: those from which later shifts reach a slot.
fn needed(rows: usize, slots: usize, done: usize, levels: usize) -> Vec<bool> {
    let mut needed: Vec<bool> = (0..rows).map(|place| place < slots).collect();
    for level in (done..levels).rev() {
        let before = needed.clone();
        for (place, reached) in before.iter().enumerate() {
            if let (true, Some(from)) = (*reached, needed.get_mut(place + (1 << level))) {
                *from = true;
            }
        }
    }
    needed
}

/// That the upper index is above the lower one, and by no more than the levels allow.
fn enforce_rising(system: &mut System, lower: &Num, upper: &Num, levels: usize) {
    let gap = &(upper - lower) + -ark_bn254::Fr::from(1u64);
    if levels == 0 || gap.is_constant() {
        return;
    }
    let value = hotshot_light_client::hash::element::to_u256(&gap.value());
    let higher: Vec<_> = (1..levels).map(|level| system.bit(value.bit(level))).collect();
    // The lowest bit is what remains; that it is a bit is the last row.
    let scaled = Num::from_bits(std::iter::once(&Num::zero()).chain(&higher));
    system.enforce_bit(&(&gap - &scaled));
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;

    fn table(system: &mut System, rows: usize) -> Vec<Row> {
        let row = |index: usize| {
            let index = index as u64;
            let mut column = |factor: u64| system.witness(Fr::from(1000 * factor + index));
            [column(1), column(2), column(3), Num::constant(Fr::from(index))]
        };
        (0..rows).map(row).collect()
    }

    fn routed(rows: usize, chosen: &[usize]) -> (System, Vec<Vec<Fr>>) {
        let mut system = System::new();
        let rows = table(&mut system, rows);
        let routed = route(&mut system, rows, chosen, chosen.len());
        let values = routed.iter().map(|row| row.iter().map(Num::value).collect()).collect();
        (system, values)
    }

    #[test]
    fn every_choice_of_rows_arrives() {
        for rows in 1..8usize {
            for mask in 1u32..1 << rows {
                let chosen: Vec<_> = (0..rows).filter(|row| mask & (1 << row) != 0).collect();
                let (system, values) = routed(rows, &chosen);
                assert_eq!(system.first_broken(), None, "{rows} {chosen:?}");
                for (row, values) in chosen.iter().zip(values) {
                    let row = *row as u64;
                    let expected = [1000 + row, 2000 + row, 3000 + row, row].map(Fr::from);
                    assert_eq!(values, expected, "{chosen:?}");
                }
            }
        }
    }

    #[test]
    fn a_full_table_needs_no_rows() {
        assert_eq!(routed(9, &[0, 1, 2, 3, 4, 5, 6, 7, 8]).0.rows(), 0);
        assert_eq!((levels(100, 100), levels(100, 69), levels(100, 24), levels(200, 1)), (0, 5, 7, 8));
    }

    /// Every way to set the muxes of a small table: rows that come twice are refused.
    #[test]
    fn no_setting_of_the_muxes_repeats_a_row() {
        let mut system = System::new();
        let rows = table(&mut system, 4);
        let slots = route(&mut system, rows, &[0, 2], 2);
        // Two levels over four rows for two slots: find the mux bits, which come first.
        let bits: Vec<usize> = (0..system.rows())
            .filter(|row| {
                let [a, b, c] = system.matrices();
                c[*row].is_empty() && a[*row].len() == 1 && b[*row].len() == 2
            })
            .map(|row| system.matrices()[0][row][0].1)
            .collect();
        assert!(bits.len() >= 5);
        let mut valid = 0;
        for setting in 0u32..1 << bits.len() {
            let mut other = system.clone();
            for (place, variable) in bits.iter().enumerate() {
                other.set(*variable, Fr::from(u64::from(setting >> place & 1)));
            }
            // Recompute the products: every other row defines the variable on its right.
            for row in 0..other.rows() {
                let [a, b, c] = other.matrices().clone();
                if let [(_, variable)] = c[row].as_slice() {
                    let side =
                        |terms: &[(Fr, usize)]| -> Fr { terms.iter().map(|(f, i)| *f * other.values()[*i]).sum() };
                    let value = side(&a[row]) * side(&b[row]);
                    other.set(*variable, value);
                }
            }
            let rows: Vec<Vec<Fr>> = slots.iter().map(|row| row.iter().map(|n| other.value_of(n)).collect()).collect();
            for row in &rows {
                assert_eq!(row[0] - row[3], Fr::from(1000u64), "a slot holds some row, whole");
                assert_eq!(row[2] - row[3], Fr::from(3000u64));
            }
            if other.first_broken().is_none() {
                valid += 1;
                assert!(rows[0][3] < rows[1][3], "rising");
            }
        }
        assert!(valid > 0);
    }

    #[test]
    fn falling_and_missing_choices_are_unsatisfied() {
        for chosen in [&[2, 1][..], &[1, 1], &[3, 3, 3]] {
            assert!(routed(5, chosen).0.first_broken().is_some(), "{chosen:?}");
        }
    }
}
