//! When a leaf is final.
//!
//! | version of the leaf | proof | rule |
//! |---|---|---|
//! | below 0.3 | `HotStuff` | three certificates of consecutive views on a leaf, its child, its grandchild |
//! | 0.3 to 0.5 | `HotStuff2` | two certificates of consecutive views on a leaf and its child |
//! | from 0.6 | `NewProtocol` | one Certificate2 on the leaf |
//!
//! Source: EspressoSystems/espresso-network `light-client/src/consensus/{leaf,quorum}.rs`,
//! `crates/hotshot/new-protocol/src/utils.rs`. Stricter than the reference on purpose: a
//! certificate has no parent link, and after a view change certificates of consecutive views can
//! exist on conflicting leaves, so the certified descendants themselves are required and must be
//! linked by their parent commitments. Ancestors of a final leaf are final through the same links.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::consensus::certificate::{Certificate, Certificate2, CertificatePair};
use crate::consensus::leaf::{CertifiedLeaf, Leaf};
use crate::consensus::signatures::{Pending, Quorum, SignatureChecks, check_next_epoch_data, needs_next_epoch_qc};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::consensus::version::Version;
use crate::encoding::committable::Commitment;
use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};

/// The most leaves one proof may hold; honest servers stop at 500.
pub const LEAVES_LIMIT: usize = 1000;

/// What a server sends to prove a leaf final, beside the leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FinalityProof {
    /// The client already knows the child of the last leaf to be final.
    Assumption,
    /// Three certificates, for leaves below 0.3: on the leaf, its child, its grandchild.
    HotStuff(Box<[CertificatePair; 3]>),
    /// Two certificates, for leaves of 0.3 to 0.5: on the leaf and its child.
    HotStuff2(Box<[CertificatePair; 2]>),
    /// One second-phase certificate, from 0.6. The `leaf_qc` beside it proves nothing more and
    /// sources differ about its leaf, so it is not read.
    NewProtocol(Certificate2),
}

impl FinalityProof {
    /// Reads the JSON form, an externally tagged enumeration.
    ///
    /// # Errors
    /// `finality.proof_kind` for an unknown kind, and those of the parts.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        if let Json::String(kind) = json {
            return match kind.as_ref() {
                "Assumption" => Ok(Self::Assumption),
                other => Err(Rejection::FinalityProofKind.with(Operand::foreign(other), "a known kind of proof")),
            };
        }
        let [(kind, proof)] = json.members()? else {
            return Err(Rejection::FinalityProofKind.with(json.members()?.len(), 1u64));
        };
        let pair = |key| CertificatePair::from_json(proof.get(key)?);
        match kind.as_ref() {
            "HotStuff" => {
                Ok(Self::HotStuff(Box::new([pair("precommit_qc")?, pair("committing_qc")?, pair("deciding_qc")?])))
            }
            "HotStuff2" => Ok(Self::HotStuff2(Box::new([pair("committing_qc")?, pair("deciding_qc")?]))),
            "NewProtocol" => Ok(Self::NewProtocol(Certificate::from_json(proof.get("cert2")?)?)),
            other => Err(Rejection::FinalityProofKind.with(Operand::foreign(other), "a known kind of proof")),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Assumption => "Assumption",
            Self::HotStuff(_) => "HotStuff",
            Self::HotStuff2(_) => "HotStuff2",
            Self::NewProtocol(_) => "NewProtocol",
        }
    }
}

/// An answer of `light-client/leaf/…`: leaves from the one asked for up to one that is proven final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafProof {
    /// Ascending; the first is the one asked for.
    pub leaves: Vec<Leaf>,
    /// The proof that the last one is final.
    pub proof: FinalityProof,
}

impl LeafProof {
    /// Reads `{"leaves":[…],"proof":…}`.
    ///
    /// # Errors
    /// `finality.too_long`, and those of the parts.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let leaves = json.get("leaves")?.items()?;
        if leaves.len() > LEAVES_LIMIT {
            return Err(Rejection::FinalityTooLong.with(leaves.len(), LEAVES_LIMIT));
        }
        Ok(Self {
            leaves: leaves.iter().map(Leaf::from_json).collect::<Result<_, _>>()?,
            proof: FinalityProof::from_json(json.get("proof")?)?,
        })
    }
}

/// Reads descendants for a proof: an array of leaves, each by itself or as `{"leaf":…,"qc":…}`.
///
/// # Errors
/// `finality.too_long`, and those of the parts.
pub fn descendants_from_json(json: &Json<'_>) -> Result<Vec<Leaf>, Rejected> {
    let items = json.items()?;
    if items.len() > LEAVES_LIMIT {
        return Err(Rejection::FinalityTooLong.with(items.len(), LEAVES_LIMIT));
    }
    items.iter().map(|item| Leaf::from_json(item.find("leaf")?.unwrap_or(item))).collect()
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The leaf at a height.
    Height(u64),
    /// The leaf with a commitment.
    Leaf(Commitment),
    /// The leaf whose header has a commitment.
    Block(Commitment),
    /// Any leaf: the caller looks at what was proven.
    Any,
}

/// A chain of final leaves, linked and ascending, and the quorum that decided the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalChain {
    /// At least one leaf.
    pub leaves: Vec<Leaf>,
    /// The commitments of the leaves.
    pub commitments: Vec<Commitment>,
    /// Who certified the last leaf; none where it was final by assumption.
    pub quorum: Option<Quorum>,
}

impl Verified<FinalChain> {
    /// The leaf at a place of the chain, as trustworthy as the chain.
    pub fn leaf(&self, index: usize) -> Option<Verified<Leaf>> {
        self.leaves.get(index).cloned().map(Verified::new)
    }
}

/// Checks the structure of a leaf proof and returns what is left: its pairings.
///
/// `descendants` are the leaves after the last one of the proof, in order: one for `HotStuff2`, two
/// for `HotStuff`. `known` is a leaf already known to be final, for proofs by assumption.
///
/// # Errors
/// `finality.*`, `leaf.*`, `header.*`, `qc.*`, `epoch.*`, `upgrade_required`.
pub fn check_leaf_proof(
    proof: LeafProof,
    descendants: &[Leaf],
    asked: Asked,
    known: Option<&Verified<Leaf>>,
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<Pending<FinalChain>, Rejected> {
    let mut checks = SignatureChecks::new(entropy);
    let chain = collect_leaf_proof(proof, descendants, asked, known, tables, &mut checks)?;
    Ok(checks.prove(chain))
}

/// Checks the structure of a leaf proof and adds its certificates to `checks`: the chain is final if
/// they hold.
///
/// # Errors
/// As [`check_leaf_proof`].
pub(crate) fn collect_leaf_proof(
    proof: LeafProof,
    descendants: &[Leaf],
    asked: Asked,
    known: Option<&Verified<Leaf>>,
    tables: &EpochTables,
    checks: &mut SignatureChecks,
) -> Result<FinalChain, Rejected> {
    let LeafProof { leaves, proof } = proof;
    let (Some(first), Some(last)) = (leaves.first(), leaves.last()) else {
        return Err(Rejection::FinalityEmpty.bare());
    };
    let commitments = link_chain(&leaves)?;
    let (Some(first_commitment), Some(commitment)) = (commitments.first(), commitments.last()) else {
        return Err(Rejection::FinalityEmpty.bare());
    };
    match asked {
        Asked::Height(height) => Rejection::HeaderHeight.unless_equal(first.height(), height)?,
        Asked::Leaf(asked) => Rejection::LeafCommitment.unless_equal(*first_commitment, asked)?,
        Asked::Block(asked) => Rejection::HeaderHash.unless_equal(first.header.commitment(), asked)?,
        Asked::Any => {}
    }

    for leaf in leaves.iter().chain(descendants) {
        check_next_epoch_justification(leaf, tables)?;
    }

    let quorum = match &proof {
        FinalityProof::Assumption => {
            let known = known.ok_or(Rejection::FinalityAssumption.with("no final leaf", "a known final leaf"))?;
            if known.parent_commitment != *commitment || known.height().checked_sub(1) != Some(last.height()) {
                return Err(Rejection::FinalityAssumption.with(known.parent_commitment, *commitment));
            }
            None
        }
        FinalityProof::HotStuff(pairs) => {
            require_kind(&proof, last, last.header.version < Version::V0_3)?;
            Some(check_certified_chain(pairs.as_slice(), last, commitment, descendants, tables, checks)?)
        }
        FinalityProof::HotStuff2(pairs) => {
            let version = last.header.version;
            require_kind(&proof, last, version.has_epochs() && !version.is_new_protocol())?;
            Some(check_certified_chain(pairs.as_slice(), last, commitment, descendants, tables, checks)?)
        }
        FinalityProof::NewProtocol(certificate) => {
            require_kind(&proof, last, last.header.version.is_new_protocol())?;
            Some(check_certificate2(certificate, last, commitment, tables, checks)?)
        }
    };
    Ok(FinalChain { leaves, commitments, quorum })
}

/// The highest leaf that a run of certified leaves, with a Certificate2 perhaps, proves final.
///
/// This is how finality is proven without the light-client module: from `availability/leaf/…`.
/// Certificates on all but the last leaf are taken from the justification of the next one, because
/// there they come with the next epoch's twin. With a Certificate2, that alone decides. Returns
/// `None` if the run decides nothing.
///
/// # Errors
/// As [`check_leaf_proof`].
pub fn check_leaf_range(
    run: Vec<CertifiedLeaf>,
    certificate2: Option<&Certificate2>,
    tables: &EpochTables,
    entropy: &[u8],
) -> Result<Option<Pending<FinalChain>>, Rejected> {
    let mut checks = SignatureChecks::new(entropy);
    let chain = collect_leaf_range(run, certificate2, tables, &mut checks)?;
    Ok(chain.map(|chain| checks.prove(chain)))
}

/// As [`check_leaf_range`], with the certificates added to `checks`.
///
/// # Errors
/// As [`check_leaf_proof`].
pub(crate) fn collect_leaf_range(
    run: Vec<CertifiedLeaf>,
    certificate2: Option<&Certificate2>,
    tables: &EpochTables,
    checks: &mut SignatureChecks,
) -> Result<Option<FinalChain>, Rejected> {
    if run.len() > LEAVES_LIMIT {
        return Err(Rejection::FinalityTooLong.with(run.len(), LEAVES_LIMIT));
    }
    let last_qc = match run.last() {
        Some(last) => CertificatePair { qc: last.qc.clone(), next_epoch_qc: None },
        None => return Err(Rejection::FinalityEmpty.bare()),
    };
    let leaves: Vec<Leaf> = run.into_iter().map(|certified| certified.leaf).collect();
    let commitments = link_chain(&leaves)?;
    let decided = match certificate2 {
        Some(certificate) => {
            let named = |commitment: &Commitment| *commitment == certificate.data.leaf_commit;
            let index = commitments.iter().position(named);
            index.map(|index| (index, FinalityProof::NewProtocol(certificate.clone())))
        }
        None => highest_decided(&leaves, last_qc, tables),
    };
    let Some((index, proof)) = decided else {
        return Ok(None);
    };
    let mut leaves = leaves;
    let descendants = leaves.split_off(index.saturating_add(1).min(leaves.len()));
    collect_leaf_proof(LeafProof { leaves, proof }, &descendants, Asked::Any, None, tables, checks).map(Some)
}

/// Looks from the end of a linked run for a leaf that its descendants decide.
fn highest_decided(leaves: &[Leaf], last_qc: CertificatePair, tables: &EpochTables) -> Option<(usize, FinalityProof)> {
    let certificate_on = |index: usize| {
        leaves.get(index.checked_add(1)?).map(Leaf::justify_pair).or_else(|| {
            // The certificate on the last leaf comes alone; where a twin is due it decides nothing.
            let leaf = leaves.get(index)?;
            let complete = !needs_next_epoch_qc(leaf, tables).ok()?;
            complete.then(|| last_qc.clone())
        })
    };
    (0..leaves.len()).rev().find_map(|index| {
        let proof = match certificates_needed(|step| leaves.get(index.checked_add(step)?))? {
            2 => FinalityProof::HotStuff2(Box::new([certificate_on(index)?, certificate_on(index + 1)?])),
            _ => {
                let certificates = [certificate_on(index)?, certificate_on(index + 1)?, certificate_on(index + 2)?];
                FinalityProof::HotStuff(Box::new(certificates))
            }
        };
        Some((index, proof))
    })
}

/// How many certificates, one on the leaf and one on each linked descendant, decide a leaf below
/// 0.6: two, or three below 0.3. `None` where no number does: the descendants are not there or not
/// in consecutive views, or first-phase certificates of 0.6 are among them.
///
/// `member` gives the leaf (0) and its descendants. Whether they are linked and certified is the
/// caller's to look at.
pub(crate) fn certificates_needed<'a>(member: impl Fn(usize) -> Option<&'a Leaf>) -> Option<usize> {
    let leaf = member(0)?;
    // Nobody signs genesis; it is final as an ancestor.
    if leaf.view == 0 {
        return None;
    }
    let needed = if leaf.header.version.has_epochs() { 2 } else { 3 };
    let fits = |(step, place): (u64, usize)| {
        member(place).is_some_and(|descendant| {
            leaf.view.checked_add(step) == Some(descendant.view)
                && refuse_new_protocol(leaf, descendant, descendant.view).is_ok()
        })
    };
    (0..).zip(0..needed).all(fits).then_some(needed)
}

fn require_kind(proof: &FinalityProof, leaf: &Leaf, fits: bool) -> Result<(), Rejected> {
    if fits {
        return Ok(());
    }
    let version = leaf.header.version;
    let expected = match () {
        () if version.is_new_protocol() => "NewProtocol from 0.6",
        () if version.has_epochs() => "HotStuff2 for 0.3 to 0.5",
        () => "HotStuff below 0.3",
    };
    Err(Rejection::FinalityProofKind.with(proof.name(), expected))
}

/// Checks that leaves follow each other, and returns their commitments.
///
/// # Errors
/// `header.height`, `leaf.parent`, `leaf.justify`, `leaf.view`, `header.version`.
pub fn link_chain(leaves: &[Leaf]) -> Result<Vec<Commitment>, Rejected> {
    let commitments: Vec<Commitment> = leaves.iter().map(Leaf::commitment).collect();
    for (pair, commitment) in leaves.windows(2).zip(&commitments) {
        if let [parent, child] = pair {
            check_link(parent, commitment, child)?;
        }
    }
    Ok(commitments)
}

/// Checks that a leaf is the child of another.
///
/// # Errors
/// `header.height`, `leaf.parent`, `leaf.justify`, `leaf.view`, `header.version`.
pub fn check_link(parent: &Leaf, commitment: &Commitment, child: &Leaf) -> Result<(), Rejected> {
    Rejection::HeaderHeight.unless_equal(child.height(), parent.height().saturating_add(1))?;
    Rejection::LeafParent.unless_equal(child.parent_commitment, *commitment)?;
    Rejection::LeafJustify.unless_equal(child.justify_qc.data.leaf_commit, *commitment)?;
    Rejection::LeafJustify.unless_equal(child.justify_qc.view, parent.view)?;
    if child.view <= parent.view {
        return Err(Rejection::LeafView.with(child.view, parent.view));
    }
    if child.header.version < parent.header.version {
        return Err(Rejection::HeaderVersion.with(child.header.version, parent.header.version));
    }
    Ok(())
}

/// Checks that a leaf carries the next epoch's certificate on its parent exactly where the parent
/// is a transition block, and that it is about what the epoch's own certificate is about. From 0.6
/// on it is neither required nor forbidden there.
///
/// # Errors
/// `epoch.missing_next_qc`, `epoch.unexpected_next_qc`, `epoch.next_qc_data`, `epoch.height`.
pub fn check_next_epoch_justification(leaf: &Leaf, tables: &EpochTables) -> Result<(), Rejected> {
    let version = leaf.header.version;
    // The parent of the first leaf with epochs was certified without one.
    if !version.has_epochs() || leaf.justify_qc.data.epoch.is_none() {
        return match &leaf.next_epoch_justify_qc {
            Some(_) => Err(Rejection::EpochUnexpectedNextQc.with(leaf.height(), "a transition block's child")),
            None => Ok(()),
        };
    }
    let epochs = tables.epochs()?;
    let due = leaf.height().checked_sub(1).is_some_and(|parent| epochs.is_transition(parent));
    match &leaf.next_epoch_justify_qc {
        Some(next) if due => check_next_epoch_data(&leaf.justify_qc, next),
        Some(_) => Err(Rejection::EpochUnexpectedNextQc.with(leaf.height(), "a transition block's child")),
        None if due && !version.is_new_protocol() => {
            Err(Rejection::EpochMissingNextQc.with(leaf.height(), "the next epoch's certificate"))
        }
        None => Ok(()),
    }
}

/// Certificates of consecutive views on a leaf and its linked descendants, one each.
fn check_certified_chain(
    pairs: &[CertificatePair],
    leaf: &Leaf,
    commitment: &Commitment,
    descendants: &[Leaf],
    tables: &EpochTables,
    checks: &mut SignatureChecks,
) -> Result<Quorum, Rejected> {
    let needed = pairs.len().saturating_sub(1);
    if descendants.len() < needed {
        return Err(Rejection::FinalityChildMissing.with(descendants.len(), needed));
    }
    for pair in pairs.windows(2) {
        if let [lower, upper] = pair
            && lower.qc.view.checked_add(1) != Some(upper.qc.view)
        {
            return Err(Rejection::FinalityViews.with(upper.qc.view, lower.qc.view.saturating_add(1)));
        }
    }
    let mut decisive = None;
    let mut certified = (leaf, *commitment);
    for (index, pair) in pairs.iter().enumerate() {
        if let Some(descendant) = index.checked_sub(1).and_then(|index| descendants.get(index)) {
            check_link(certified.0, &certified.1, descendant)?;
            certified = (descendant, descendant.commitment());
        }
        refuse_new_protocol(leaf, certified.0, pair.qc.view)?;
        let quorum = checks.push_on_leaf(pair, certified.0, &certified.1, tables)?;
        decisive.get_or_insert(quorum);
    }
    decisive.ok_or(Rejection::FinalityEmpty.bare())
}

/// Certificates on leaves of the new protocol decide nothing in the first phase, and an upgrade
/// announced by the leaf changes the rules in the middle of a chain.
fn refuse_new_protocol(leaf: &Leaf, certified: &Leaf, view: u64) -> Result<(), Rejected> {
    let announced = leaf.upgrade_certificate.as_ref().map(|certificate| &certificate.data);
    let version = match announced {
        Some(upgrade) if view >= upgrade.new_version_first_view => upgrade.new_version.require_supported()?,
        _ => certified.header.version,
    };
    if version.max(certified.header.version).is_new_protocol() {
        return Err(Rejection::FinalityProofKind.with("first-phase certificates", "a Certificate2 from 0.6"));
    }
    Ok(())
}

/// A Certificate2 on a leaf.
///
/// # Errors
/// `qc.*`, `epoch.*`.
pub fn check_certificate2(
    certificate: &Certificate2,
    leaf: &Leaf,
    commitment: &Commitment,
    tables: &EpochTables,
    checks: &mut SignatureChecks,
) -> Result<Quorum, Rejected> {
    let data = &certificate.data;
    Rejection::QcLeaf.unless_equal(data.leaf_commit, *commitment)?;
    Rejection::QcView.unless_equal(certificate.view, leaf.view)?;
    let epoch = tables.epochs()?.of(leaf.height());
    Rejection::QcBlockNumber.unless_equal(data.block_number, leaf.height())?;
    Rejection::QcEpoch.unless_equal(data.epoch, epoch)?;
    let mut quorum = checks.push(certificate, tables.of_epoch(epoch)?)?;
    quorum.epoch = Some(epoch);
    Ok(quorum)
}
