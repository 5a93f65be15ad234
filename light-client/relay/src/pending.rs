//! The transaction that is under way, kept in a file so that a restart knows of it.

use std::fs;
use std::path::{Path, PathBuf};

use hotshot_light_client::encoding::bytes::{from_hex, from_hex_vec, to_hex};
use serde_json::{Value, json};

use crate::transaction::Signed;

/// A transaction that was sent and is not believed in yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The account's number for it.
    pub nonce: u64,
    /// What was called.
    pub data: Vec<u8>,
    /// The gas that it may use.
    pub gas: u64,
    /// What it offers for a unit of gas, in wei.
    pub max_fee: u128,
    /// And the proposer's part of it.
    pub max_priority_fee: u128,
    /// The L1 block before which it was sent last.
    pub sent: u64,
    /// All that was sent under this number: any of them may end in a block.
    pub signed: Vec<Signed>,
}

/// Where the pending transaction is kept.
#[derive(Clone, Debug)]
pub struct Journal(Option<PathBuf>);

impl Journal {
    /// A journal in this file, or none.
    pub const fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// What was pending when the program ended.
    ///
    /// # Errors
    /// If the file is there and cannot be read: going on without it might pay twice.
    pub fn load(&self) -> Result<Option<Pending>, String> {
        let Some(path) = &self.0 else { return Ok(None) };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", path.display())),
        };
        let value: Value = serde_json::from_slice(&text).map_err(|_| broken(path))?;
        if value.is_null() { Ok(None) } else { decode(&value).map(Some).ok_or_else(|| broken(path)) }
    }

    /// Writes what is pending now, as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn store(&self, pending: Option<&Pending>) -> Result<(), String> {
        let Some(path) = &self.0 else { return Ok(()) };
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let partial = path.with_extension("partial");
        fs::write(&partial, pending.map_or(Value::Null, encode).to_string()).map_err(failed)?;
        fs::rename(&partial, path).map_err(failed)
    }
}

fn broken(path: &Path) -> String {
    format!("{}: this is no journal of a relayer", path.display())
}

fn encode(pending: &Pending) -> Value {
    let signed: Vec<_> =
        pending.signed.iter().map(|signed| json!([to_hex(&signed.hash), to_hex(&signed.raw)])).collect();
    json!({
        "nonce": pending.nonce,
        "data": to_hex(&pending.data),
        "gas": pending.gas,
        "max_fee": pending.max_fee.to_string(),
        "max_priority_fee": pending.max_priority_fee.to_string(),
        "sent": pending.sent,
        "signed": signed,
    })
}

fn decode(value: &Value) -> Option<Pending> {
    const LIMIT: usize = 1 << 20;
    let text = |name| value.get(name).and_then(Value::as_str);
    let number = |name| value.get(name).and_then(Value::as_u64);
    let signed = |item: &Value| {
        let part = |place: usize| item.get(place).and_then(Value::as_str);
        Some(Signed { hash: from_hex(part(0)?).ok()?, raw: from_hex_vec(part(1)?, LIMIT).ok()? })
    };
    Some(Pending {
        nonce: number("nonce")?,
        data: from_hex_vec(text("data")?, LIMIT).ok()?,
        gas: number("gas")?,
        max_fee: text("max_fee")?.parse().ok()?,
        max_priority_fee: text("max_priority_fee")?.parse().ok()?,
        sent: number("sent")?,
        signed: value.get("signed")?.as_array()?.iter().map(signed).collect::<Option<_>>()?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_was_pending_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.json");
        let journal = Journal::new(Some(path.clone()));
        assert_eq!(journal.load(), Ok(None));
        let pending = Pending {
            nonce: 7,
            data: vec![1, 2, 3],
            gas: 300_000,
            max_fee: u128::MAX,
            max_priority_fee: 1,
            sent: 9,
            signed: vec![Signed { raw: vec![2, 9], hash: [4; 32] }, Signed { raw: vec![], hash: [5; 32] }],
        };
        journal.store(Some(&pending)).unwrap();
        assert_eq!(journal.load(), Ok(Some(pending)));
        journal.store(None).unwrap();
        assert_eq!(journal.load(), Ok(None));
        for broken in ["", "{}", "{\"nonce\":1}", "[1"] {
            fs::write(&path, broken).unwrap();
            assert!(journal.load().is_err(), "{broken}");
        }
        assert_eq!(Journal::new(None).load(), Ok(None));
    }
}
