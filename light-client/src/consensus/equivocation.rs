//! Validators that signed two things of which they may sign only one, proven to anybody.
//!
//! Two valid certificates of one kind, epoch and view on different leaves, or two finality proofs
//! that contradict each other: more than a third of the stake has broken the rules, and nothing that
//! this chain shows is to be believed any further. Two certified leaves at one height in different
//! views are legal, and no evidence.
//!
//! Evidence is portable: the two answers as servers gave them, in one JSON object,
//! `{"hotshot_equivocation":1,"network":"0x…","first":…,"second":…}`. Each is a list of leaves with
//! their certificates as `availability/leaf/…` serves them, a Certificate2 as `catchup/…/cert2` does,
//! or `{"leaves":[…],"certificate2":…}`. Whoever knows the stake tables can check it offline.

use alloc::vec::Vec;

use crate::consensus::certificate::{Certificate, Certificate2, QuorumCertificate};
use crate::consensus::finality::{FinalChain, check_leaf_range};
use crate::consensus::leaf::CertifiedLeaf;
use crate::consensus::signatures::{Quorum, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::encoding::bytes::{from_hex, to_hex};
use crate::encoding::committable::Commitment;
use crate::encoding::json::{self, Json};
use crate::ordered::OrderedMap;
use crate::rejection::{Operand, Rejected, Rejection};

/// What was signed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A quorum certificate, by the block's own epoch.
    Quorum,
    /// Its twin by the next epoch.
    NextEpochQuorum,
    /// A Certificate2.
    Certificate2,
    /// Two blocks of one height are final.
    Finality,
}

impl Kind {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quorum => "quorum",
            Self::NextEpochQuorum => "next_epoch_quorum",
            Self::Certificate2 => "certificate2",
            Self::Finality => "finality",
        }
    }
}

/// A proven equivocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivocation {
    /// What was signed twice.
    pub kind: Kind,
    /// The epoch whose validators signed; none before 0.3, and for finality proofs.
    pub epoch: Option<u64>,
    /// The view of both certificates; of finality proofs, the height of both blocks.
    pub place: u64,
    /// The two leaves.
    pub leaves: [Commitment; 2],
    /// The places in the stake table of those who signed both certificates; none for finality proofs,
    /// whose certificates may be of different views.
    pub signers: Vec<u32>,
}

impl Equivocation {
    /// As an error.
    pub fn rejected(&self) -> Rejected {
        let [first, second] = self.leaves;
        Rejection::FinalityEquivocation.with(Operand::from(first), Operand::from(second))
    }
}

/// The answers, as one portable object.
pub fn evidence(network: &[u8; 32], first: &[u8], second: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(first.len().saturating_add(second.len()).saturating_add(160));
    text.extend_from_slice(br#"{"hotshot_equivocation":1,"network":""#);
    text.extend_from_slice(to_hex(network).as_bytes());
    text.extend_from_slice(br#"","first":"#);
    text.extend_from_slice(first);
    text.extend_from_slice(br#","second":"#);
    text.extend_from_slice(second);
    text.push(b'}');
    text
}

/// Checks evidence, whoever brought it.
///
/// # Errors
/// `equivocation.form` for another network or version of the form, `equivocation.none` if the two
/// answers may stand side by side, and the reasons why a certificate proves nothing.
pub fn check_evidence(
    text: &[u8],
    network: &[u8; 32],
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<Equivocation, Rejected> {
    let json = json::parse(text)?;
    Rejection::EquivocationForm.unless_equal(json.get("hotshot_equivocation")?.u64()?, 1)?;
    let named: [u8; 32] = from_hex(json.get("network")?.text()?)?;
    Rejection::EquivocationForm.unless_equal(named, *network)?;
    let (first, second) = (Side::from_json(json.get("first")?)?, Side::from_json(json.get("second")?)?);
    first.against(&second, tables, entropy)?.ok_or_else(|| Rejection::EquivocationNone.bare())
}

/// Looks for an equivocation between two answers; `None` if they may stand side by side, or if one
/// of them proves nothing.
///
/// # Errors
/// Those of the JSON types and encodings.
pub fn between(
    first: &[u8],
    second: &[u8],
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<Option<Equivocation>, Rejected> {
    let (first, second) = (json::parse(first)?, json::parse(second)?);
    Side::from_json(&first)?.against(&Side::from_json(&second)?, tables, entropy)
}

/// What one answer says.
struct Side {
    leaves: Vec<CertifiedLeaf>,
    certificate2: Option<Certificate2>,
}

/// What may be certified only once.
type Place = (Kind, Option<u64>, u64);

/// Certificates by place.
type Votes<'a> = OrderedMap<Place, Vec<Vote<'a>>>;

/// A certificate of either kind of data.
enum Vote<'a> {
    Quorum(&'a QuorumCertificate),
    Certificate2(&'a Certificate2),
}

impl Vote<'_> {
    const fn leaf(&self) -> Commitment {
        match self {
            Self::Quorum(certificate) => certificate.data.leaf_commit,
            Self::Certificate2(certificate) => certificate.data.leaf_commit,
        }
    }
}

impl Side {
    fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let (leaves, certificate2) = match json {
            Json::Array(_) => (Some(json), None),
            Json::Object(_) if json.find("leaves")?.is_some() => {
                (json.find("leaves")?, json.find("certificate2")?.and_then(Json::non_null))
            }
            _ => (None, Some(json)),
        };
        let leaves = leaves.map(Json::items).transpose()?.unwrap_or_default();
        Ok(Self {
            leaves: leaves.iter().map(CertifiedLeaf::from_json).collect::<Result<_, _>>()?,
            certificate2: certificate2.map(Certificate::from_json).transpose()?,
        })
    }

    /// Every certificate by the place that it fills. Those that name an epoch other than their
    /// block's fill none.
    fn votes<'a>(&'a self, tables: &EpochTables) -> Votes<'a> {
        let mut votes = Votes::new();
        let epoch_of = |block: Option<u64>| Some(tables.epochs().ok()?.of(block?));
        let mut push = |place, vote| match votes.get_mut(&place) {
            Some(others) => others.push(vote),
            None => drop(votes.insert(place, alloc::vec![vote])),
        };
        let mut add = |kind, certificate: &'a QuorumCertificate| {
            let data = &certificate.data;
            if data.epoch.is_none() || data.epoch == epoch_of(data.block_number) {
                push((kind, data.epoch, certificate.view), Vote::Quorum(certificate));
            }
        };
        for CertifiedLeaf { leaf, qc } in &self.leaves {
            add(Kind::Quorum, qc);
            add(Kind::Quorum, &leaf.justify_qc);
            leaf.next_epoch_justify_qc.iter().for_each(|twin| add(Kind::NextEpochQuorum, twin));
        }
        if let Some(certificate) = &self.certificate2
            && epoch_of(Some(certificate.data.block_number)) == Some(certificate.data.epoch)
        {
            let place = (Kind::Certificate2, Some(certificate.data.epoch), certificate.view);
            push(place, Vote::Certificate2(certificate));
        }
        votes
    }

    fn against(&self, other: &Self, tables: &EpochTables, entropy: &[u8]) -> Result<Option<Equivocation>, Rejected> {
        let others = other.votes(tables);
        for (place, own) in self.votes(tables) {
            let (kind, epoch, view) = place;
            let others = others.get(&place).map(Vec::as_slice).unwrap_or_default();
            // One pair is enough, and one pair a place bounds the work.
            let pair = own
                .iter()
                .find_map(|own| others.iter().find(|other| other.leaf() != own.leaf()).map(|other| (own, other)));
            let Some((first, second)) = pair else { continue };
            // A certificate that is not valid proves nothing; the next place may.
            if let Ok((one, two)) = both_valid(kind, epoch, first, second, tables, entropy) {
                let signed = one.signers.iter().zip(two.signers.iter());
                let signers =
                    (0..).zip(signed).filter(|(_, (one, two))| *one && *two).map(|(index, _)| index).collect();
                return Ok(Some(Equivocation {
                    kind,
                    epoch,
                    place: view,
                    leaves: [first.leaf(), second.leaf()],
                    signers,
                }));
            }
        }
        let (Some(first), Some(second)) = (self.decided(tables, entropy), other.decided(tables, entropy)) else {
            return Ok(None);
        };
        Ok(conflict(&first, &second).map(|(place, leaves)| Equivocation {
            kind: Kind::Finality,
            epoch: None,
            place,
            leaves,
            signers: Vec::new(),
        }))
    }

    /// What the leaves prove final by themselves.
    fn decided(&self, tables: &EpochTables, entropy: &[u8]) -> Option<Verified<FinalChain>> {
        let pending = check_leaf_range(self.leaves.clone(), self.certificate2.as_ref(), tables, entropy).ok()??;
        pending.verify().ok()
    }
}

fn both_valid(
    kind: Kind,
    epoch: Option<u64>,
    first: &Vote<'_>,
    second: &Vote<'_>,
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<(Quorum, Quorum), Rejected> {
    let table = match (kind, epoch) {
        (_, None) => tables.of_block(Version::V0_1, 0)?,
        (Kind::NextEpochQuorum, Some(epoch)) => tables.of_epoch(epoch.saturating_add(1))?,
        (_, Some(epoch)) => tables.of_epoch(epoch)?,
    };
    let mut checks = SignatureChecks::new(entropy);
    let mut push = |vote: &Vote<'_>| match vote {
        Vote::Quorum(certificate) => checks.push(certificate, table),
        Vote::Certificate2(certificate) => checks.push(certificate, table),
    };
    let quorums = (push(first)?, push(second)?);
    Ok(checks.prove(quorums).verify()?.into_inner())
}

/// A height at which two final chains differ, with both leaves. The parent of a final leaf is final.
fn conflict(first: &FinalChain, second: &FinalChain) -> Option<(u64, [Commitment; 2])> {
    let heights = |chain: &FinalChain| {
        let mut heights: OrderedMap<u64, Commitment> = chain
            .leaves
            .iter()
            .zip(&chain.commitments)
            .map(|(leaf, commitment)| (leaf.height(), *commitment))
            .collect();
        if let Some(lowest) = chain.leaves.first()
            && let Some(parent) = lowest.height().checked_sub(1)
        {
            heights.insert(parent, lowest.parent_commitment);
        }
        heights
    };
    let others = heights(second);
    heights(first).iter().find_map(|(height, leaf)| {
        let other = others.get(height)?;
        (other != leaf).then_some((*height, [*leaf, *other]))
    })
}
