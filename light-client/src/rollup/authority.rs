//! Who may sign for a rollup, and from which L1 block to which.

use alloc::vec::Vec;

use crate::encoding::bytes::{from_hex, to_hex};
use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::rollup::signature::Address;

/// The most tenures an authority may have.
pub const TENURES_LIMIT: usize = 1024;

/// One signer for a range of L1 heights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// The signer's address.
    pub signer: Address,
    /// The first L1 block for which the signer counts.
    pub from: u64,
    /// The last L1 block, if the tenure has ended.
    pub until: Option<u64>,
}

/// All signers of a rollup. The caller vouches for it: nothing in HotShot says who signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    tenures: Vec<Tenure>,
}

impl Authority {
    /// From tenures, in any order; they may overlap.
    ///
    /// # Errors
    /// `rollup.config` for no tenure, for too many, and for one that ends before it begins.
    pub fn new(tenures: Vec<Tenure>) -> Result<Self, Rejected> {
        if tenures.is_empty() || tenures.len() > TENURES_LIMIT {
            return Err(Rejection::RollupConfig.with(tenures.len(), TENURES_LIMIT));
        }
        for tenure in &tenures {
            if let Some(until) = tenure.until
                && until < tenure.from
            {
                return Err(Rejection::RollupConfig.with(until, tenure.from));
            }
        }
        Ok(Self { tenures })
    }

    /// Reads `[{"signer": "0x…", "from": L1 height, "until": L1 height or null}]`.
    ///
    /// # Errors
    /// Errors of the JSON types, `hex.form`, and those of [`Self::new`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let tenures = json.items()?.iter().map(|tenure| {
            Ok(Tenure {
                signer: from_hex(tenure.get("signer")?.text()?)?,
                from: tenure.get("from")?.u64()?,
                until: tenure.find("until")?.and_then(Json::non_null).map(Json::u64).transpose()?,
            })
        });
        Self::new(tenures.collect::<Result<_, Rejected>>()?)
    }

    /// Checks that a signer counts at an L1 height.
    ///
    /// # Errors
    /// `rollup.authority`.
    pub fn check(&self, signer: &Address, l1_height: u64) -> Result<(), Rejected> {
        let counts = |tenure: &Tenure| {
            tenure.signer == *signer && tenure.from <= l1_height && tenure.until.is_none_or(|until| l1_height <= until)
        };
        if self.tenures.iter().any(counts) {
            return Ok(());
        }
        Err(Rejection::RollupAuthority.with(Operand::foreign(&to_hex(signer)), l1_height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::json::parse;
    use alloc::vec;

    #[test]
    fn tenures_have_ends() {
        let (old, new) = ([1; 20], [2; 20]);
        let authority = Authority::new(vec![
            Tenure { signer: old, from: 10, until: Some(20) },
            Tenure { signer: new, from: 21, until: None },
        ])
        .unwrap();
        for (signer, height, counts) in [
            (old, 9, false),
            (old, 10, true),
            (old, 20, true),
            (old, 21, false),
            (new, 20, false),
            (new, u64::MAX, true),
        ] {
            assert_eq!(authority.check(&signer, height).is_ok(), counts, "{height}");
        }
        assert_eq!(authority.check(&[3; 20], 15).unwrap_err().rejection, Rejection::RollupAuthority);
    }

    #[test]
    fn refused_configurations() {
        let read = |text: &str| Authority::from_json(&parse(text.as_bytes()).unwrap());
        let signer = to_hex(&[1; 20]);
        assert!(read(&alloc::format!(r#"[{{"signer":"{signer}","from":0,"until":null}}]"#)).is_ok());
        for bad in ["[]", "{}", r#"[{"from":0}]"#, &alloc::format!(r#"[{{"signer":"{signer}","from":5,"until":4}}]"#)] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
