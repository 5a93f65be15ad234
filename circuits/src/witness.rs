//! What a prover knows: the table, the signatures, and which rows go to which slots.

use std::cmp::Reverse;
use std::fmt;

use ark_bn254::Fr;
use ark_ed_on_bn254::EdwardsAffine;
use hotshot_light_client::signature::schnorr::Signature;
use hotshot_light_client::signature::schnorr_signing::SigningKey;
use hotshot_light_client::transition::voting_table::VotingTable;

use crate::gadget::schnorr::Hint;
use crate::shape::Shape;

/// The witness of a proof.
#[derive(Clone, Debug)]
pub struct Witness {
    inputs: [Fr; 3],
    rows: Vec<(EdwardsAffine, u128)>,
    chosen: Vec<usize>,
    signatures: Vec<Option<Hint>>,
    dummy: Hint,
}

/// Why there is no witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWitness {
    /// The commitments of the table cover another number of rows than the circuit.
    Capacity {
        /// Of the table.
        table: usize,
        /// Of the circuit.
        circuit: usize,
    },
    /// The table has more rows than the circuit lets sign.
    Rows {
        /// Of the table.
        table: usize,
        /// That the circuit lets sign.
        circuit: usize,
    },
    /// The heaviest signers that fit are no quorum.
    Quorum {
        /// What they weigh.
        weight: u128,
        /// What they would have to weigh.
        quorum: u128,
    },
}

impl fmt::Display for NoWitness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capacity { table, circuit } => {
                write!(formatter, "the table's commitments cover {table} rows, the circuit's {circuit}")
            }
            Self::Rows { table, circuit } => {
                write!(formatter, "the table has {table} rows, and the circuit lets {circuit} sign")
            }
            Self::Quorum { weight, quorum } => {
                write!(formatter, "the heaviest signers that fit weigh {weight}, and a quorum is {quorum}")
            }
        }
    }
}

impl std::error::Error for NoWitness {}

/// How many of the heaviest signers, given as rows, are a quorum; `None` if all together are not.
pub fn signers_needed(table: &VotingTable, signers: &[usize]) -> Option<usize> {
    let mut weight = 0;
    heaviest(table, signers)
        .iter()
        .position(|row| {
            weight += amount(table, *row);
            table.is_quorum(weight)
        })
        .map(|last| last + 1)
}

fn amount(table: &VotingTable, row: usize) -> u128 {
    table.rows().get(row).map_or(0, |row| row.amount)
}

fn heaviest(table: &VotingTable, signers: &[usize]) -> Vec<usize> {
    let mut rows = signers.to_vec();
    rows.sort_by_key(|row| (Reverse(amount(table, *row)), *row));
    rows.dedup();
    rows
}

impl Witness {
    /// A witness for signatures over a digest, each given with its row. The heaviest are taken.
    ///
    /// Whether they are valid is not checked here; a wrong one gives an unsatisfied system.
    ///
    /// # Errors
    /// See [`NoWitness`].
    pub fn new(
        shape: Shape,
        table: &VotingTable,
        digest: Fr,
        signatures: &[(usize, Signature)],
    ) -> Result<Self, NoWitness> {
        if table.capacity() != shape.capacity {
            return Err(NoWitness::Capacity { table: table.capacity(), circuit: shape.capacity });
        }
        if table.rows().len() > shape.routable {
            return Err(NoWitness::Rows { table: table.rows().len(), circuit: shape.routable });
        }
        let signers: Vec<_> = signatures.iter().map(|(row, _)| *row).collect();
        let mut taken = heaviest(table, &signers);
        taken.truncate(shape.slots);
        let weight = taken.iter().map(|row| amount(table, *row)).sum();
        if !table.is_quorum(weight) {
            return Err(NoWitness::Quorum { weight, quorum: table.quorum() });
        }
        // Slots that no signer needs get rows that do not count.
        let idle = (0..shape.routable).filter(|row| !taken.contains(row)).take(shape.slots - taken.len());
        let mut chosen: Vec<_> = taken.iter().copied().chain(idle).collect();
        chosen.sort_unstable();
        let signature_of = |row: &usize| {
            let taken = taken.contains(row);
            let found = signatures.iter().find(|(signer, _)| taken && signer == row);
            found.map(|(_, signature)| Hint { scalar: *signature.scalar(), commitment: *signature.commitment() })
        };
        Ok(Self {
            inputs: [table.schnorr_key_comm(), table.amount_comm(), digest],
            rows: table.rows().iter().map(|row| (*row.key.point(), row.amount)).collect(),
            signatures: chosen.iter().map(signature_of).collect(),
            chosen,
            dummy: dummy(digest),
        })
    }

    /// A witness of nothing, for set-ups: a system has the same rows whatever its witness.
    pub fn blank(shape: Shape) -> Self {
        Self {
            inputs: [Fr::from(0u64); 3],
            rows: Vec::new(),
            chosen: (0..shape.slots).collect(),
            signatures: vec![None; shape.slots],
            dummy: dummy(Fr::from(0u64)),
        }
    }

    /// Keys, amounts, digest.
    pub const fn public_inputs(&self) -> [Fr; 3] {
        self.inputs
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (EdwardsAffine, u128)> {
        self.rows.iter().copied()
    }

    pub(crate) fn chosen(&self) -> &[usize] {
        &self.chosen
    }

    pub(crate) fn signatures(&self) -> &[Option<Hint>] {
        &self.signatures
    }

    pub(crate) const fn dummy(&self) -> &Hint {
        &self.dummy
    }

    /// Another witness with one part changed, for tests of what the circuit refuses.
    #[cfg(test)]
    pub(crate) fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    #[cfg(test)]
    pub(crate) fn parts(&mut self) -> Parts<'_> {
        (&mut self.inputs, &mut self.rows, &mut self.chosen, &mut self.signatures)
    }
}

/// Inputs, rows, chosen rows, signatures.
#[cfg(test)]
pub(crate) type Parts<'a> =
    (&'a mut [Fr; 3], &'a mut Vec<(EdwardsAffine, u128)>, &'a mut Vec<usize>, &'a mut Vec<Option<Hint>>);

/// A signature by the secret one, which fills slots that do not count.
fn dummy(digest: Fr) -> Hint {
    let mut secret = [0; 32];
    secret[0] = 1;
    let signature = SigningKey::new(&secret).map(|signer| signer.sign(&[digest]));
    signature.map_or_else(
        || Hint { scalar: Default::default(), commitment: Default::default() },
        |signature| Hint { scalar: *signature.scalar(), commitment: *signature.commitment() },
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hotshot_light_client::transition::voting_table::Row;

    /// The digest that the tests' signatures are over.
    pub(crate) const DIGEST: u64 = 77;

    /// INSECURE: the key of a row.
    pub(crate) fn signer(row: usize) -> SigningKey {
        SigningKey::new(&[u8::try_from(row).unwrap() + 1; 32]).unwrap()
    }

    /// INSECURE: a table of such keys.
    pub(crate) fn table(amounts: &[u128], capacity: usize) -> VotingTable {
        let row = |(row, amount): (usize, &u128)| Row {
            key: *signer(row).verification_key(),
            stake_key: [1; 64],
            amount: *amount,
        };
        VotingTable::from_rows(amounts.iter().enumerate().map(row).collect(), capacity).unwrap()
    }

    /// The signature that fills slots which do not count.
    pub(crate) fn generators_signature(digest: Fr) -> Hint {
        dummy(digest)
    }

    /// Signatures of these rows.
    pub(crate) fn signed(rows: &[usize]) -> Vec<(usize, Signature)> {
        rows.iter().map(|row| (*row, signer(*row).sign(&[Fr::from(DIGEST)]))).collect()
    }

    #[test]
    fn the_heaviest_signers_are_taken() {
        let table = table(&[1, 9, 2, 8, 1], 5);
        assert_eq!(signers_needed(&table, &[0, 1, 2, 3]), Some(2));
        assert_eq!(signers_needed(&table, &[0, 2, 4]), None);
        let shape = Shape { capacity: 5, routable: 5, slots: 3 };
        let witness = Witness::new(shape, &table, Fr::from(DIGEST), &signed(&[0, 1, 2, 3])).unwrap();
        assert_eq!(witness.chosen(), [1, 2, 3]);
        assert!(witness.signatures().iter().all(Option::is_some));
        let narrow = Shape { slots: 1, ..shape };
        let refused = Witness::new(narrow, &table, Fr::from(DIGEST), &signed(&[0, 1])).unwrap_err();
        assert_eq!(refused, NoWitness::Quorum { weight: 9, quorum: 15 });
        let other = Shape { capacity: 9, ..shape };
        assert!(matches!(Witness::new(other, &table, Fr::from(1u64), &[]), Err(NoWitness::Capacity { .. })));
        let short = Shape { routable: 4, ..shape };
        assert!(matches!(Witness::new(short, &table, Fr::from(1u64), &[]), Err(NoWitness::Rows { .. })));
    }
}
