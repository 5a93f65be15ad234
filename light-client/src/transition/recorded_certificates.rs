//! A file of recorded certificates against the tables of their epochs, one result for each.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::certificate::StateCertificate;
use super::kind::Kind;
use super::verify::{CertifiedState, Expectation, verify};
use super::voting_table::VotingTable;
use crate::consensus::epoch::Epochs;
use crate::encoding::json::Json;
use crate::rejection::{Rejected, Rejection};

/// What holds from an epoch on, until the next entry: a table, or a protocol version.
#[derive(Clone, Debug)]
pub struct Schedule<T>(Vec<(u64, T)>);

impl<T> Schedule<T> {
    /// Entries `(first epoch, value)` in any order; of two for one epoch the later counts.
    pub fn new(mut entries: Vec<(u64, T)>) -> Self {
        entries.sort_by_key(|(first, _)| *first);
        Self(entries)
    }

    /// What begins to hold exactly in an epoch.
    pub fn beginning_at(&self, epoch: u64) -> Option<&T> {
        self.0.iter().rev().find(|(first, _)| *first == epoch).map(|(_, value)| value)
    }

    /// What holds in an epoch.
    pub fn at(&self, epoch: u64) -> Option<&T> {
        self.0.iter().rev().find(|(first, _)| *first <= epoch).map(|(_, value)| value)
    }
}

/// What the certificates of a file are checked against.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The network's epochs.
    pub epochs: Epochs,
    /// Tables by the first epoch they sign.
    pub tables: Schedule<VotingTable>,
    /// Forms of signatures by the first epoch they count in. Where none is known only LCV3 counts.
    pub kinds: Schedule<Kind>,
}

/// The verdict on one certificate, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateResult {
    /// Place in the file, from 1.
    pub line: usize,
    /// The epoch that the file gives.
    pub epoch: Option<u64>,
    /// The signed height, where the certificate could be read.
    pub height: Option<u64>,
    /// The signed view.
    pub view: Option<u64>,
    /// Name of the form of signatures that counted.
    pub kind: Option<&'static str>,
    /// Signers that the certificate lists.
    pub signers: usize,
    /// `decode`, `certificate`, `next_table`: `Ok` or why not; `None` where there was nothing to check.
    pub decode: Result<(), Rejected>,
    /// The certificate against the table of its epoch.
    pub certificate: Option<Result<CertifiedState, Rejected>>,
    /// A table that begins with the next epoch, against the certified commitments.
    pub next_table: Option<Result<(), Rejected>>,
}

impl CertificateResult {
    /// Whether nothing was refused.
    pub fn is_accepted(&self) -> bool {
        self.decode.is_ok() && matches!(self.certificate, Some(Ok(_))) && !matches!(self.next_table, Some(Err(_)))
    }

    /// One JSON object, in the manner of a recording's results.
    pub fn to_json(&self) -> String {
        let number = |value: Option<u64>| value.map_or("null".to_string(), |value| value.to_string());
        let verdict = |result: Option<Result<(), &Rejected>>| match result {
            None => "absent",
            Some(Ok(())) => "ok",
            Some(Err(rejected)) => rejected.code(),
        };
        let certified = self.certificate.as_ref().and_then(|result| result.as_ref().ok());
        alloc::format!(
            concat!(
                r#"{{"line":{},"epoch":{},"height":{},"view":{},"kind":{},"signers":{},"weight":{},"#,
                r#""checks":{{"decode":"{}","certificate":"{}","next_table":"{}"}},"accepted":{}}}"#
            ),
            self.line,
            number(self.epoch),
            number(self.height),
            number(self.view),
            self.kind.map_or("null".to_string(), |kind| alloc::format!("\"{kind}\"")),
            self.signers,
            certified.map_or("null".to_string(), |certified| alloc::format!("\"{}\"", certified.weight)),
            verdict(Some(self.decode.as_ref().copied())),
            verdict(self.certificate.as_ref().map(|result| result.as_ref().map(|_| ()))),
            verdict(self.next_table.as_ref().map(|result| result.as_ref().copied())),
            self.is_accepted(),
        )
    }
}

/// Checks the certificates of a file: an array of `[epoch, certificate]` pairs or of certificates,
/// or a single certificate. See [`verify_items`].
///
/// # Errors
/// `json.type` where the text is none of these forms.
pub fn verify_recorded(file: &Json<'_>, chain: &Chain) -> Result<Vec<CertificateResult>, Rejected> {
    let single = core::slice::from_ref(file);
    let items = match file {
        Json::Object(_) => single,
        _ => file.items()?,
    };
    Ok(verify_items(items.iter().map(Ok), chain))
}

/// Checks certificates, or what could not even be read as JSON, in their order.
///
/// Each is checked against the table of the epoch that stands beside it, and must come after the
/// last accepted one. Where a table is given from exactly the next epoch on, it has to be the
/// certified one. Rejected certificates contribute nothing.
pub fn verify_items<'a>(
    items: impl IntoIterator<Item = Result<&'a Json<'a>, Rejected>>,
    chain: &Chain,
) -> Vec<CertificateResult> {
    let mut after = None;
    let results = items.into_iter().enumerate().map(|(index, item)| {
        let result = verify_one(index + 1, item.and_then(read), chain, after);
        if let Some(Ok(certified)) = &result.certificate
            && result.is_accepted()
        {
            after = Some((certified.state.view, certified.state.height));
        }
        result
    });
    results.collect()
}

fn read(item: &Json<'_>) -> Result<(Option<u64>, StateCertificate), Rejected> {
    let Json::Array(items) = item else {
        return Ok((None, StateCertificate::from_json(item)?));
    };
    let [epoch, certificate] = items.as_slice() else {
        return Err(Rejection::BytesLength.with(items.len(), 2usize));
    };
    Ok((Some(epoch.u64()?), StateCertificate::from_json(certificate)?))
}

fn verify_one(
    line: usize,
    read: Result<(Option<u64>, StateCertificate), Rejected>,
    chain: &Chain,
    after: Option<(u64, u64)>,
) -> CertificateResult {
    let mut result = CertificateResult {
        line,
        epoch: None,
        height: None,
        view: None,
        kind: None,
        signers: 0,
        decode: Ok(()),
        certificate: None,
        next_table: None,
    };
    let (label, certificate) = match read {
        Ok(found) => found,
        Err(rejected) => {
            result.decode = Err(rejected);
            return result;
        }
    };
    let epoch = label.unwrap_or(certificate.epoch);
    result.epoch = Some(epoch);
    result.height = Some(certificate.state.height);
    result.view = Some(certificate.state.view);
    result.signers = certificate.signatures.len();
    let known = chain.kinds.at(epoch).copied();
    let kind = known.unwrap_or(Kind::Lcv3);
    result.kind = Some(kind.name());
    let verdict = match chain.tables.at(epoch) {
        None => Err(Rejection::StateEpoch.with(epoch, "an epoch with a stake table")),
        Some(table) => {
            let expected = Expectation { epoch, epochs: chain.epochs, kind, after };
            let verdict = verify(&certificate, table, &expected);
            let legacy = Expectation { kind: Kind::Lcv2, ..expected };
            if known.is_none() && verdict.is_err() && verify(&certificate, table, &legacy).is_ok() {
                // Every certificate of 0.4 carries legacy signatures too: stripped to them, it would pass
                // for one of 0.3 that says nothing of the auth root.
                Err(Rejection::StateVersion.with("LCV2 signatures of an unknown version", "a known protocol version"))
            } else {
                verdict
            }
        }
    };
    if let Ok(certified) = &verdict
        && let Some(next) = epoch.checked_add(1).and_then(|next| chain.tables.beginning_at(next))
    {
        result.next_table = Some(next.expect(&certified.next_table));
    }
    result.certificate = Some(verdict);
    result
}
