//! The end of a walk over transition proofs ([`super::transition`]) or state certificates
//! ([`super::certified`]): from tables that are certified to a block that is final.
//!
//! A walk ends with two tables, of the last epoch that handed over and of the next. Under the first
//! alone the root of its epoch is proven final, and has to be the state that was certified. Two older
//! headers in its block tree tell from which registrations that table was made, and by which rules.
//! That is a checkpoint like any other: going on from it, a client takes events only where they lead
//! to the hash in a final header.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use super::checkpoint::{Checkpoint, SignersHint};
use super::freshness::Freshness;
use super::network::Network;
use super::request::Request;
use super::root_prover::{Ground, ProvenRoot, RootProver};
use crate::consensus::header::Header;
use crate::consensus::leaf::Leaf;
use crate::consensus::signatures::{Pending, Proving, SignatureChecks};
use crate::consensus::tables::EpochTables;
use crate::consensus::verified::Verified;
use crate::data::header_proof::verify_header;
use crate::encoding::committable::Commitment;
use crate::encoding::json;
use crate::hash::rescue;
use crate::rejection::{Rejected, Rejection};
use crate::stake_table::active_set::ActiveRules;
use crate::stake_table::table::StakeTable;
use crate::stake_table::transition::epoch_root;
use crate::transition::kind::auth_root;
use crate::transition::state::LightClientState;

/// The most bytes of a header with its path in the block tree.
const HEADER_LIMIT: usize = 1 << 20;

/// What a walk ended with: all of it certified, none of it final.
#[derive(Clone, Debug)]
pub struct CertifiedRoot {
    /// The last epoch that handed over.
    pub epoch: u64,
    /// The state that its validators signed, at the root of the epoch.
    pub state: LightClientState,
    /// The auth root that they signed with it, if they did.
    pub auth_root: Option<[u8; 32]>,
    /// The epoch's table, held against its commitments.
    pub table: Arc<StakeTable>,
    /// The table that it handed over to, held against its commitments.
    pub next: Arc<StakeTable>,
}

/// Something to fetch from a query service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrivalRequest {
    /// What proves the root final.
    Root(Request),
    /// An older header with its path in the block tree of the root.
    Header {
        /// Height of the root.
        root: u64,
        /// Height of the header.
        height: u64,
    },
}

impl ArrivalRequest {
    /// The path, from `/v1` on.
    pub fn path(&self) -> String {
        match self {
            Self::Root(request) => request.path(),
            Self::Header { root, height } => alloc::format!("/v1/light-client/header/{root}/{height}"),
        }
    }

    /// The most bytes of an honest answer.
    pub fn size_limit(&self) -> usize {
        match self {
            Self::Root(request) => request.size_limit(),
            Self::Header { .. } => HEADER_LIMIT,
        }
    }
}

enum Stage {
    /// The root on its way to being final.
    Root(Box<RootProver>),
    /// Certificates by the next epoch's table that its proof came with.
    Deferred {
        root: Arc<Verified<Leaf>>,
        checks: Box<Pending<()>>,
    },
    /// Wants the header that carries the hash of the epoch's registrations.
    Hash {
        root: Arc<Verified<Leaf>>,
    },
    /// Wants the header whose version says how the epoch's signers were selected.
    Rules {
        root: Arc<Verified<Leaf>>,
        hash: Commitment,
        next_rules: ActiveRules,
    },
    Arrived(Checkpoint),
}

/// A walk on its way to a final block. No I/O: see [`Self::request`].
pub struct Arrival {
    network: Network,
    tables: EpochTables,
    certified: CertifiedRoot,
    entropy: [u8; 32],
    now: Option<u64>,
    stage: Stage,
}

impl Arrival {
    /// Begins where a walk over this network's epochs ended. `now`, in seconds since the Unix epoch,
    /// tells whether what the walk began with, the network file's pins, is too old to date anything:
    /// without it nothing is. `entropy` is for the weights of batched signature checks.
    ///
    /// # Errors
    /// `state.epoch` if the network has no epochs or the certified state is not the epoch's root.
    pub fn new(
        network: Network,
        certified: CertifiedRoot,
        now: Option<u64>,
        entropy: [u8; 32],
    ) -> Result<Self, Rejected> {
        let height = network.epochs().and_then(|epochs| epochs.root(certified.epoch));
        if height != Some(certified.state.height) {
            return Err(Rejection::StateEpoch.with(certified.state.height, certified.epoch));
        }
        // Nothing else signs: not the pinned tables, which may have served long ago, and not the next.
        let mut tables = EpochTables::without_initial(network.epochs(), 0);
        tables.insert(certified.epoch, Arc::clone(&certified.table));
        let stage = Stage::Root(Box::new(RootProver::new(certified.state.height, false)));
        Ok(Self { network, tables, certified, entropy, now, stage })
    }

    /// What to fetch next; `None` while there is something to compute, and at the end.
    pub fn request(&self) -> Option<ArrivalRequest> {
        let root = self.certified.state.height;
        let older = |epochs| Some(ArrivalRequest::Header { root, height: self.older_root(epochs)? });
        match &self.stage {
            Stage::Root(prover) => prover.request().map(ArrivalRequest::Root),
            Stage::Deferred { .. } | Stage::Arrived(_) => None,
            Stage::Hash { .. } => older(1),
            Stage::Rules { .. } => older(2),
        }
    }

    /// The checkpoint, once it is there: the root of the last epoch that handed over.
    pub const fn checkpoint(&self) -> Option<&Checkpoint> {
        match &self.stage {
            Stage::Arrived(checkpoint) => Some(checkpoint),
            _ => None,
        }
    }

    /// Takes the body of a successful answer to [`Self::request`].
    ///
    /// # Errors
    /// What is wrong with it; the same is wanted again then. `state.not_final` if another root of the
    /// epoch is final than the one that was certified: the walk led nowhere. `stake_table.root` if the
    /// chain does not say from which registrations the table comes, as below 0.4.
    pub fn respond(&mut self, body: &[u8]) -> Result<(), Rejected> {
        let Some(request) = self.request() else { return Ok(()) };
        match (&mut self.stage, request) {
            (Stage::Root(prover), ArrivalRequest::Root(_)) => {
                let ground = Ground { network: &self.network, tables: &self.tables, entropy: &self.entropy };
                prover.respond(ground, body.to_vec())
            }
            (Stage::Hash { root }, ArrivalRequest::Header { height, .. }) => {
                let header = verify_header(&json::parse(body)?, &root.header(), height)?;
                let hash = header.next_stake_table_hash().copied();
                let hash = hash.ok_or_else(|| Rejection::StakeTableRoot.with(height, "a header with a hash"))?;
                let (root, next_rules) = (Arc::clone(root), rules_of(&header));
                self.stage = Stage::Rules { root, hash, next_rules };
                Ok(())
            }
            (Stage::Rules { root, hash, next_rules }, ArrivalRequest::Header { height, .. }) => {
                let header = verify_header(&json::parse(body)?, &root.header(), height)?;
                let epoch = self.certified.epoch;
                let signers = SignersHint { epoch, hash: *hash, rules: rules_of(&header), next_rules: *next_rules };
                let root = Arc::clone(root);
                self.arrive(&root, Some(signers));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Says that a server lacks what is wanted. Whether something else is wanted instead.
    pub fn missing(&mut self) -> bool {
        match &mut self.stage {
            Stage::Root(prover) => prover.missing(),
            _ => false,
        }
    }

    /// Computes for about `budget` units, a unit being one Miller loop. Whether there is more to compute.
    ///
    /// # Errors
    /// `qc.signature`; everything about the root is wanted anew then. As [`Self::respond`].
    pub fn step(&mut self, budget: u32) -> Result<bool, Rejected> {
        match &mut self.stage {
            Stage::Root(prover) => {
                if let Some(proven) = prover.step(budget)? {
                    self.take_root(proven)?;
                }
            }
            Stage::Deferred { root, checks } => match checks.step(budget) {
                Proving::Working { .. } => {}
                Proving::Done(Ok(_)) => {
                    let root = Arc::clone(root);
                    self.look_back(root);
                }
                Proving::Done(Err(rejected)) => {
                    self.stage = Stage::Root(Box::new(RootProver::new(self.certified.state.height, false)));
                    return Err(rejected);
                }
            },
            Stage::Hash { .. } | Stage::Rules { .. } | Stage::Arrived(_) => {}
        }
        Ok(self.request().is_none() && self.checkpoint().is_none())
    }

    fn take_root(&mut self, proven: ProvenRoot) -> Result<(), Rejected> {
        self.check_certified(&proven.leaf)?;
        let mut checks = SignatureChecks::new(&self.entropy);
        for deferred in &proven.deferred {
            Rejection::StakeTableEpoch.unless_equal(deferred.epoch, self.certified.epoch.saturating_add(1))?;
            checks.push(&deferred.certificate, &self.certified.next)?;
        }
        let root = Arc::new(proven.leaf);
        if proven.deferred.is_empty() {
            self.look_back(root);
        } else {
            self.stage = Stage::Deferred { root, checks: Box::new(checks.prove(())) };
        }
        Ok(())
    }

    /// Signatures on a root come before its decision, so another one may have been decided.
    fn check_certified(&self, leaf: &Leaf) -> Result<(), Rejected> {
        let state = &self.certified.state;
        Rejection::StateNotFinal.unless_equal(leaf.view, state.view)?;
        if rescue::hash_bytes(&leaf.header.block_merkle_tree_root.to_bytes()) != state.block_comm_root {
            return Err(Rejection::StateNotFinal.with("another block tree", "the certified one"));
        }
        match (self.certified.auth_root, &leaf.header.reward_merkle_tree_root) {
            (Some(certified), Some(tree)) => Rejection::StateNotFinal.unless_equal(auth_root(&tree.root), certified),
            _ => Ok(()),
        }
    }

    /// The root so many epochs before.
    fn older_root(&self, epochs: u64) -> Option<u64> {
        epoch_root(self.certified.epoch.checked_sub(epochs)?, self.network.epoch_height)
    }

    /// Static tables say themselves who signs; of those from events the chain says it.
    fn look_back(&mut self, root: Arc<Verified<Leaf>>) {
        let dynamic = self.network.first_dynamic_epoch.is_some_and(|first| self.certified.epoch >= first);
        if dynamic && self.older_root(2).is_some() {
            self.stage = Stage::Hash { root };
        } else {
            self.arrive(&root, None);
        }
    }

    fn arrive(&mut self, root: &Verified<Leaf>, signers: Option<SignersHint>) {
        // The walk rests on the pins of the network file, and its end is no younger than they are.
        let mut freshness = Freshness::new(&self.network, None);
        self.now.iter().for_each(|now| freshness.set_time(*now));
        self.stage = Stage::Arrived(Checkpoint {
            network: self.network.identity(),
            height: root.height(),
            view: root.view,
            leaf: root.commitment(),
            timestamp: freshness.stamp(root.header.timestamp),
            signers,
        });
    }
}

fn rules_of(header: &Header) -> ActiveRules {
    ActiveRules::of_version(header.version.major, header.version.minor)
}
