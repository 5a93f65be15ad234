//! A stake table: who may sign certificates of an epoch, in signer order, with which weight.
//!
//! Admitted once, with every check on every key, and then reused for every certificate.

use alloc::vec::Vec;

use super::admission::Admission;
use super::entry::{Entry, RawEntry};
use super::threshold::Threshold;
use crate::bn254::{G2Affine, group};
use crate::encoding::bitvec::SignerBits;
use crate::encoding::integer::U256;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};
use crate::signature::bls::AggregateKey;

/// A table of admitted members: at least one, distinct BLS keys, a positive total that fits 256
/// bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StakeTable {
    entries: Vec<Entry>,
    total_stake: U256,
    /// The sum of all keys; infinity is conceivable and harmless.
    total_key: G2Affine,
}

/// The signers of a certificate, whose weight suffices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signers {
    /// The sum of their stakes.
    pub weight: U256,
    /// The weight that was asked for.
    pub threshold: U256,
    /// The sum of their keys.
    pub key: AggregateKey,
}

impl StakeTable {
    /// Admits a table.
    ///
    /// # Errors
    /// `stake_table.*`, `point.*` with the entry's index.
    pub fn admit(raw: Vec<RawEntry>) -> Result<Self, Rejected> {
        Self::begin_admission(raw)?.finish()
    }

    /// Starts to admit a table in steps; what needs no curve arithmetic is checked at once.
    ///
    /// # Errors
    /// `stake_table.*`.
    pub fn begin_admission(raw: Vec<RawEntry>) -> Result<Admission, Rejected> {
        Admission::new(raw)
    }

    /// Reads and admits one of the JSON forms of [`RawEntry::list_from_json`].
    ///
    /// # Errors
    /// Those of reading and of [`Self::admit`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Self::admit(RawEntry::list_from_json(json)?)
    }

    /// A table of entries that passed every check, their stakes included.
    pub(super) fn from_checked(entries: Vec<Entry>) -> Result<Self, Rejected> {
        let overflow = || Rejection::StakeTableTotal.with("more than 256 bits", "a total below 2^256");
        let total_stake =
            entries.iter().try_fold(U256::ZERO, |total, entry| total.checked_add(entry.stake)).ok_or_else(overflow)?;
        let points: Vec<_> = entries.iter().map(|entry| *entry.stake_key.point()).collect();
        Ok(Self { total_key: group::sum_g2(&points), entries, total_stake })
    }

    /// The same members with one vote each, as certificates before protocol 0.3 count them.
    #[must_use]
    pub fn with_unit_weights(&self) -> Self {
        let entries: Vec<_> =
            self.entries.iter().map(|entry| Entry { stake: U256::from(1u64), ..entry.clone() }).collect();
        Self { total_stake: U256::from(entries.len()), entries, total_key: self.total_key }
    }

    /// The members, in signer order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The sum of all stakes.
    pub const fn total_stake(&self) -> U256 {
        self.total_stake
    }

    /// The weight that quorum certificates need.
    pub fn success_threshold(&self) -> U256 {
        Threshold::Success.of(self.total_stake)
    }

    /// The weight that surely includes an honest member.
    pub fn one_honest_threshold(&self) -> U256 {
        Threshold::OneHonest.of(self.total_stake)
    }

    /// The weight that upgrade certificates need.
    pub fn upgrade_threshold(&self) -> U256 {
        Threshold::Upgrade.of(self.total_stake)
    }

    /// Who signed, if that is enough. Says nothing about the signature itself.
    ///
    /// Bit `i` is entry `i`. Source: EspressoSystems/espresso-network
    /// `crates/hotshot/types/src/qc.rs`, `check`.
    ///
    /// # Errors
    /// `qc.signers` if the number of bits is not the number of entries, if no bit is set, or if the
    /// signers' keys cancel out; `qc.weight` below the threshold.
    pub fn sign_off(&self, bits: &SignerBits, threshold: Threshold) -> Result<Signers, Rejected> {
        Rejection::QcSigners.unless_equal(bits.len(), self.entries.len())?;
        if bits.count() == 0 {
            return Err(Rejection::QcSigners.with("no signer", "at least one"));
        }
        let signed = || self.entries.iter().zip(bits.iter()).filter(|(_, set)| *set).map(|(entry, _)| entry);
        // Each is at most the total, which was checked to fit.
        let weight = signed().fold(U256::ZERO, |weight, entry| weight.saturating_add(entry.stake));
        let threshold = threshold.of(self.total_stake);
        if weight < threshold {
            return Err(Rejection::QcWeight.with(weight, threshold));
        }
        let absent = self.entries.len() - bits.count();
        let sum = if absent < bits.count() {
            let absent = self.entries.iter().zip(bits.iter()).filter(|(_, set)| !set);
            let absent = absent.map(|(entry, _)| -*entry.stake_key.point());
            group::sum_g2(&core::iter::once(self.total_key).chain(absent).collect::<Vec<_>>())
        } else {
            group::sum_g2(&signed().map(|entry| *entry.stake_key.point()).collect::<Vec<_>>())
        };
        let key = AggregateKey::from_members(sum)
            .map_err(|_| Rejection::QcSigners.with("keys that cancel out", "a sum that is not infinity"))?;
        Ok(Signers { weight, threshold, key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bn254::point;
    use crate::encoding::json::parse;
    use crate::signature::bls::tests::key;
    use crate::stake_table::admission::AdmissionStep;
    use crate::stake_table::entry::ENTRY_LIMIT;
    use proptest::prelude::*;

    fn entry(secret: u64, stake: u64) -> RawEntry {
        RawEntry { stake_key: key(secret).to_bytes(), state_ver_key: None, stake: U256::from(stake), account: None }
    }

    fn table(stakes: &[u64]) -> StakeTable {
        let entries = (1..).zip(stakes).map(|(secret, stake)| entry(secret, *stake));
        StakeTable::admit(entries.collect()).unwrap()
    }

    fn refused(entries: Vec<RawEntry>) -> Rejection {
        StakeTable::admit(entries).unwrap_err().rejection
    }

    fn signed(table: &StakeTable, flags: &[bool], threshold: Threshold) -> Result<Signers, Rejection> {
        table.sign_off(&SignerBits::from_flags(flags), threshold).map_err(|rejected| rejected.rejection)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn sums_only_the_signers(members in proptest::collection::vec((0..9u64, any::<bool>()), 1..9)) {
            let (stakes, flags): (Vec<_>, Vec<_>) = members.iter().copied().unzip();
            prop_assume!(stakes.iter().sum::<u64>() > 0);
            let table = table(&stakes);
            let weight: u64 = members.iter().filter(|(_, set)| *set).map(|(stake, _)| stake).sum();
            let total: u64 = stakes.iter().sum();
            let keys: Vec<_> = table.entries().iter().zip(&flags).filter(|(_, set)| **set).map(|(entry, _)| entry.stake_key).collect();
            for (kind, least) in [
                (Threshold::Success, total * 2 / 3 + 1),
                (Threshold::OneHonest, total / 3 + 1),
                (Threshold::Upgrade, (total * 9 / 10).max(total * 2 / 3 + 1)),
            ] {
                let expected = if keys.is_empty() {
                    Err(Rejection::QcSigners)
                } else if weight < least {
                    Err(Rejection::QcWeight)
                } else {
                    Ok(Signers {
                        weight: U256::from(weight),
                        threshold: U256::from(least),
                        key: AggregateKey::sum(&keys).unwrap(),
                    })
                };
                prop_assert_eq!(signed(&table, &flags, kind), expected);
            }
        }
    }

    #[test]
    fn the_bits_must_fit_the_table() {
        let table = table(&[1, 1, 1, 1]);
        for length in [0, 1, 3, 5, 64] {
            assert_eq!(signed(&table, &alloc::vec![true; length], Threshold::OneHonest), Err(Rejection::QcSigners));
        }
        assert_eq!(signed(&table, &[false; 4], Threshold::OneHonest), Err(Rejection::QcSigners));
        assert!(signed(&table, &[true; 4], Threshold::Upgrade).is_ok());
        assert_eq!(signed(&table, &[true, true, false, false], Threshold::Success), Err(Rejection::QcWeight));
        let operands = table.sign_off(&SignerBits::from_flags(&[true, false, false, false]), Threshold::Success);
        let operands = operands.unwrap_err();
        assert_eq!((&operands.got, &operands.expected), (&U256::from(1u64).into(), &U256::from(3u64).into()));
    }

    #[test]
    fn signers_that_cancel_out_are_refused() {
        let mut entries = alloc::vec![entry(1, 1), entry(1, 1), entry(2, 0)];
        entries[1].stake_key = point::encode_g2(&-*key(1).point());
        let table = StakeTable::admit(entries).unwrap();
        assert_eq!(signed(&table, &[true, true, false], Threshold::Success), Err(Rejection::QcSigners));
        let signers = signed(&table, &[true, true, true], Threshold::Success).unwrap();
        assert_eq!(signers.key, key(2).into());
    }

    #[test]
    fn what_is_not_admitted() {
        assert_eq!(refused(Vec::new()), Rejection::StakeTableEmpty);
        assert_eq!(refused(alloc::vec![entry(1, 0), entry(2, 0)]), Rejection::StakeTableTotal);
        let mut huge = alloc::vec![entry(1, 1), entry(2, 1)];
        huge[0].stake = U256::MAX;
        assert_eq!(refused(huge.clone()), Rejection::StakeTableTotal);
        huge[1].stake = U256::ZERO;
        assert_eq!(StakeTable::admit(huge).unwrap().total_stake(), U256::MAX);
        let twice = StakeTable::admit(alloc::vec![entry(1, 1), entry(2, 1), entry(1, 2)]).unwrap_err();
        assert_eq!(twice.rejection, Rejection::StakeTableDuplicateKey);
        assert_eq!(alloc::format!("{} {}", twice.got, twice.expected), "entry 2 entry 0");
        assert_eq!(refused(alloc::vec![entry(1, 1); ENTRY_LIMIT + 1]), Rejection::StakeTableSize);
        let mut infinity = alloc::vec![entry(1, 1), entry(2, 1)];
        infinity[1].stake_key = [0; 128];
        infinity[1].stake_key[127] = point::INFINITY;
        let infinity = StakeTable::admit(infinity).unwrap_err();
        assert_eq!(infinity.rejection, Rejection::PointInfinity);
        assert_eq!(alloc::format!("{}", infinity.got), "entry 1");
    }

    #[test]
    fn admission_in_steps() {
        let entries: Vec<_> = (1..8).map(|secret| entry(secret, secret)).collect();
        let whole = StakeTable::admit(entries.clone()).unwrap();
        let mut admission = StakeTable::begin_admission(entries.clone()).unwrap();
        for remaining in [7, 6, 4, 1] {
            let budget =
                if remaining == 7 { 0 } else { [1, 2, 3][[6, 4, 1].iter().position(|r| *r == remaining).unwrap()] };
            match admission.step(budget) {
                AdmissionStep::Pending { remaining: left } => assert_eq!(left, remaining),
                AdmissionStep::Done(_) => panic!("too early"),
            }
        }
        assert!(matches!(admission.step(9), AdmissionStep::Done(Ok(table)) if table == whole));
        assert!(matches!(admission.step(9), AdmissionStep::Done(Err(_))), "a table is handed out once");
        let mut spoilt = entries;
        spoilt[5].stake_key[0] ^= 1;
        let mut admission = StakeTable::begin_admission(spoilt).unwrap();
        assert!(matches!(admission.step(5), AdmissionStep::Pending { remaining: 2 }));
        for _ in 0..2 {
            let AdmissionStep::Done(Err(rejected)) = admission.step(1) else { panic!("a bad key") };
            assert_eq!(alloc::format!("{}", rejected.got), "entry 5");
        }
    }

    #[test]
    fn unit_weights() {
        let unit = table(&[5, 0, 7]).with_unit_weights();
        assert_eq!(unit.total_stake(), U256::from(3u64));
        assert!(unit.entries().iter().all(|entry| entry.stake == U256::from(1u64)));
        assert_eq!(unit, table(&[1, 1, 1]));
    }

    #[test]
    fn json_forms() {
        let key = key(3).to_tagged();
        let flat = alloc::format!(r#"{{"stake_key":"{key}","stake_amount":"0x10","commission":1}}"#);
        let nested = alloc::format!(
            r#"{{"stake_table_entry":{{"stake_key":"{key}","stake_amount":"16"}},"state_ver_key":null,"connect_info":null}}"#
        );
        let expected = StakeTable::admit(alloc::vec![entry(3, 16)]).unwrap();
        for text in [
            alloc::format!("[{flat}]"),
            alloc::format!("[{nested}]"),
            alloc::format!(r#"{{"known_nodes_with_stake":[{nested}]}}"#),
            alloc::format!(r#"{{"epoch":3,"validators":[{flat}]}}"#),
        ] {
            assert_eq!(StakeTable::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), expected, "{text}");
        }
        for (text, code) in [
            (r#"{"nodes":[]}"#.into(), Rejection::JsonMissingKey),
            (r#"{"validators":[]}"#.into(), Rejection::StakeTableEmpty),
            (r#"{"validators":{}}"#.into(), Rejection::JsonType),
            (r#"[{"stake_amount":"1"}]"#.into(), Rejection::JsonMissingKey),
            (alloc::format!(r#"[{{"stake_key":"{key}","stake_amount":1}}]"#), Rejection::JsonType),
            (alloc::format!(r#"[{{"stake_key":"{key}","stake_amount":"-1"}}]"#), Rejection::IntegerForm),
            (alloc::format!(r#"[{{"stake_key":"{key}","stake_amount":"1","account":"0x00"}}]"#), Rejection::HexForm),
            (
                alloc::format!(r#"[{{"stake_key":"{key}","stake_amount":"1","state_ver_key":"{key}"}}]"#),
                Rejection::TaggedBase64Tag,
            ),
            (alloc::format!("[{}]", alloc::vec!["0"; ENTRY_LIMIT + 1].join(",")), Rejection::StakeTableSize),
        ] {
            let refused = StakeTable::from_json(&parse(text.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(refused.rejection, code, "{}", &text[..text.len().min(300)]);
        }
    }
}
