//! The client that follows a chain. The driver in `ts/client.ts` fetches and waits.

use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::request::Request;
use hotshot_light_client::client::stored::StoredTables;
use hotshot_light_client::client::sync::{Client, KeptTrust, Progress, Start};
use hotshot_light_client::consensus::equivocation::{self, Equivocation};
use hotshot_light_client::consensus::finality::{Asked, FinalChain};
use hotshot_light_client::consensus::signatures::{Pending, Proving};
use hotshot_light_client::data::vid::vid_total_weight;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use hotshot_light_client::l1::word::L1Word;
use hotshot_light_client::stake_table::remote::RemoteDeriver;
use hotshot_light_client::{Rejected, Rejection};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::block::BlockOutput;
use crate::link::{Link, Linked};
use crate::output::{Refusal, entropy, object, refusal};
use crate::tables::EpochOutput;

/// The most requests that are open at a time; answers to others are overlooked.
const OPEN_LIMIT: usize = 64;

/// What happened in a call, and what to do next.
#[derive(Default, Serialize)]
struct ProgressOutput {
    /// Units of work that are left, about; nothing to compute if there are none.
    remaining: u32,
    /// Whether nothing new is known to the server that answered.
    idle: bool,
    /// The height up to which blocks are proven and not shown, because trust began too long ago.
    withheld: Option<u64>,
    /// The epoch whose stake table is known from now on.
    epoch: Option<EpochOutput>,
    /// Blocks that turned final.
    blocks: Vec<BlockOutput>,
}

impl From<Progress> for ProgressOutput {
    fn from(progress: Progress) -> Self {
        match progress {
            Progress::Fetch => Self::default(),
            Progress::Epoch(advance) => Self { epoch: Some(EpochOutput::from(&*advance)), ..Self::default() },
            Progress::Working { remaining } => Self { remaining: remaining.max(1), ..Self::default() },
            Progress::Withheld { height } => Self { withheld: Some(height), ..Self::default() },
            Progress::Finalized(blocks) => {
                Self { blocks: blocks.iter().map(BlockOutput::from).collect(), ..Self::default() }
            }
            Progress::Idle => Self { idle: true, ..Self::default() },
        }
    }
}

/// What trust rests on.
#[derive(Serialize)]
struct TrustOutput {
    root: &'static str,
    date: Option<u64>,
    error: Option<Refusal>,
}

/// What validators signed twice.
#[derive(Serialize)]
struct EquivocationOutput {
    kind: &'static str,
    epoch: Option<u64>,
    place: u64,
    leaves: Vec<String>,
    signers: Vec<u32>,
    evidence: Option<String>,
}

impl EquivocationOutput {
    fn new(found: &Equivocation, evidence: Option<Vec<u8>>) -> Self {
        Self {
            kind: found.kind.name(),
            epoch: found.epoch,
            place: found.place,
            leaves: found.leaves.iter().map(|leaf| tagged_base64::encode(tag::COMMIT, leaf)).collect(),
            signers: found.signers.clone(),
            // Both answers were read as JSON, which is UTF-8.
            evidence: evidence.and_then(|text| String::from_utf8(text).ok()),
        }
    }
}

fn progress(progress: Progress) -> JsValue {
    object(&ProgressOutput::from(progress))
}

/// A light client of one network.
#[wasm_bindgen(js_name = Client)]
pub struct Follower(pub(crate) Client, Link);

impl Drop for Follower {
    fn drop(&mut self) {
        self.1.set(None);
    }
}

#[wasm_bindgen(js_class = Client)]
impl Follower {
    /// A client that goes on from a checkpoint and stored stake tables, or begins at a height, or at the
    /// newest block. With `skip` the checkpoint serves its stake table only. The registrations among the
    /// tables are looked at in the first steps. With `l1_time` the tables come from L1, as of that time.
    ///
    /// # Errors
    /// What is wrong with the network file, the checkpoint or the tables, `entropy.unavailable`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        network: &[u8],
        checkpoint: Option<Vec<u8>>,
        tables: Option<Vec<u8>>,
        start: Option<u64>,
        skip: bool,
        l1_time: Option<u64>,
    ) -> Result<Self, JsValue> {
        let entropy = entropy()?;
        let link = Link::new();
        let make = || {
            let network = Network::parse(network)?;
            let checkpoint = checkpoint.as_deref().map(Checkpoint::read).transpose()?;
            let stored = tables.as_deref().map(|tables| StoredTables::read(tables, &network)).transpose()?;
            let start = start.map_or(Start::Tip, Start::Height);
            let trust = KeptTrust { checkpoint, stored, l1_time, skip_to_start: skip };
            let deriver = Box::new(RemoteDeriver::new(link));
            Client::with_deriver(network, trust, start, entropy, deriver).map(|client| Self(client, link))
        };
        make().map_err(refusal)
    }

    /// Whether the module that derives stake tables is needed before anything else is called.
    #[wasm_bindgen(js_name = needsDeriver)]
    pub fn needs_deriver(&self) -> bool {
        self.0.wants_deriver() && !self.1.is_set()
    }

    /// Has stake tables derived by a `Deriver` of that module, of its own.
    #[wasm_bindgen(js_name = linkDeriver)]
    pub fn link_deriver(&mut self, deriver: Linked) {
        self.1.set(Some(deriver));
    }

    /// The providers that the network file names.
    pub fn providers(&self) -> Vec<String> {
        self.0.network().providers.clone()
    }

    /// Paths to fetch, the most urgent first. Their answers may come in any order.
    pub fn requests(&self, limit: usize) -> Vec<String> {
        self.0.requests(limit).iter().map(Request::path).collect()
    }

    /// Whether there is something to compute.
    pub fn working(&self) -> bool {
        self.0.is_working()
    }

    /// Whether the request is about the newest block, so that it can wait a while.
    #[wasm_bindgen(js_name = atTip)]
    pub fn at_tip(&self) -> bool {
        matches!(self.0.request(), Some(Request::BlockHeight))
    }

    /// Takes the answer to a request.
    ///
    /// # Errors
    /// Why it is refused. The same is asked for again.
    pub fn respond(&mut self, path: &str, body: &[u8]) -> Result<JsValue, JsValue> {
        match self.open(path) {
            Some(request) => self.0.respond_to(request, body).map(progress).map_err(refusal),
            None => Ok(progress(Progress::Fetch)),
        }
    }

    /// Says that a server lacks what a request asks for.
    pub fn missing(&mut self, path: &str) -> JsValue {
        progress(self.open(path).map_or(Progress::Fetch, |request| self.0.missing_for(request)))
    }

    /// The path whose answer the last error was about, if that can be told.
    pub fn culprit(&self) -> Option<String> {
        self.0.culprit().map(|request| request.path())
    }

    /// Computes for about so many units: keys, or Miller loops.
    ///
    /// # Errors
    /// Why the answer is refused after all.
    pub fn step(&mut self, budget: u32) -> Result<JsValue, JsValue> {
        self.0.step(budget).map(progress).map_err(refusal)
    }

    /// Asks for at most so many leaves at once.
    #[wasm_bindgen(js_name = setRange)]
    pub fn set_range(&mut self, leaves: u32) {
        self.0.set_range(u64::from(leaves));
    }

    /// Says what time it is, in seconds since 1970.
    #[wasm_bindgen(js_name = setTime)]
    pub fn set_time(&mut self, now: u64) {
        self.0.set_time(now);
    }

    /// Shows what is proven although trust began too long ago.
    #[wasm_bindgen(js_name = acceptExpiredAnchor)]
    pub fn accept_expired_anchor(&mut self) {
        self.0.accept_expired_anchor();
    }

    /// Takes a fresh checkpoint for proof that this is the right chain.
    ///
    /// # Errors
    /// Why it is none.
    pub fn confirm(&mut self, checkpoint: &[u8]) -> Result<bool, JsValue> {
        Checkpoint::read(checkpoint).and_then(|checkpoint| self.0.confirm(&checkpoint)).map_err(refusal)
    }

    /// Takes L1's word for the stake table of an epoch, which the module that reads L1 gives, for proof that
    /// this is the right chain.
    ///
    /// # Errors
    /// Why it is none.
    #[wasm_bindgen(js_name = confirmByL1)]
    pub fn confirm_by_l1(&mut self, epoch: u64, date: u64, members: &[u8]) -> Result<bool, JsValue> {
        let members = members.try_into().map_err(|_| refusal(Rejection::L1Answer.bare()))?;
        self.0.confirm_by_l1(&L1Word { epoch, date, members }).map_err(refusal)
    }

    /// What trust rests on; with `error` if that is too old.
    pub fn trust(&self) -> JsValue {
        let freshness = self.0.freshness();
        let error = freshness.is_withholding().then(|| Refusal::from(freshness.rejected()));
        object(&TrustOutput { root: freshness.root().name(), date: freshness.date(), error })
    }

    /// Looks whether validators signed two answers that cannot both be right.
    pub fn equivocation(&self, first: &[u8], second: &[u8]) -> JsValue {
        let tables = self.0.tables();
        let found = tables.and_then(|tables| equivocation::between(first, second, tables, &[]).ok().flatten());
        let evidence = || equivocation::evidence(&self.0.network().identity(), first, second);
        object(&found.map(|found| EquivocationOutput::new(&found, Some(evidence()))))
    }

    /// Checks evidence of an equivocation that came from anywhere.
    ///
    /// # Errors
    /// Why it proves none.
    #[wasm_bindgen(js_name = checkEquivocation)]
    pub fn check_equivocation(&self, evidence: &[u8]) -> Result<JsValue, JsValue> {
        let check = || {
            let tables = self.0.tables().ok_or(Rejection::EpochTableUnknown.bare())?;
            equivocation::check_evidence(evidence, &self.0.network().identity(), tables, &[])
        };
        check().map(|found| object(&EquivocationOutput::new(&found, None))).map_err(refusal)
    }

    /// The newest final leaf, in bytes to go on from; nothing before the first one.
    pub fn checkpoint(&self) -> Option<Vec<u8>> {
        self.0.checkpoint().map(Checkpoint::to_bytes)
    }

    /// [`Self::checkpoint`] as one line.
    #[wasm_bindgen(js_name = checkpointText)]
    pub fn checkpoint_text(&self) -> Option<String> {
        self.0.checkpoint().map(Checkpoint::to_text)
    }

    /// The newest final block that was followed to; roots of epochs on the way are none.
    pub fn followed(&self) -> Option<Vec<u8>> {
        self.0.followed().map(Checkpoint::to_bytes)
    }

    /// The number of shares of payloads at a height, if the stake table of its epoch is known.
    #[wasm_bindgen(js_name = vidWeight)]
    pub fn vid_weight(&self, height: u64) -> Option<u64> {
        let epoch = self.0.network().epochs()?.of(height);
        if let Some(weight) = self.0.vid_total_weight(epoch) {
            return Some(weight);
        }
        let table = self.0.tables()?.of_epoch(epoch).ok()?;
        let weight = vid_total_weight(table.entries().iter().map(|entry| entry.stake)).ok()?;
        u64::try_from(weight).ok()
    }

    /// Begins to check a proof of one leaf, of a height if one is given.
    ///
    /// # Errors
    /// What is wrong with its structure.
    #[wasm_bindgen(js_name = leafProof)]
    pub fn leaf_proof(
        &self,
        proof: &[u8],
        descendants: Option<Vec<u8>>,
        height: Option<u64>,
    ) -> Result<LeafProofCheck, JsValue> {
        let asked = height.map_or(Asked::Any, Asked::Height);
        let pending = self.0.check_leaf_proof(proof, descendants.as_deref(), asked).map_err(refusal)?;
        Ok(LeafProofCheck { pending, network: self.0.network().clone() })
    }
}

impl Follower {
    fn open(&self, path: &str) -> Option<Request> {
        self.0.requests(OPEN_LIMIT).into_iter().find(|request| request.path() == path)
    }
}

/// A proof of one leaf whose signatures are being checked.
#[wasm_bindgen]
pub struct LeafProofCheck {
    pending: Pending<FinalChain>,
    network: Network,
}

#[wasm_bindgen]
impl LeafProofCheck {
    /// Computes for about so many units. At the end there is one block, the proven one.
    ///
    /// # Errors
    /// Why the proof proves nothing.
    pub fn step(&mut self, budget: u32) -> Result<JsValue, JsValue> {
        self.advance(budget).map(|output| object(&output)).map_err(refusal)
    }
}

impl LeafProofCheck {
    fn advance(&mut self, budget: u32) -> Result<ProgressOutput, Rejected> {
        match self.pending.step(budget) {
            Proving::Working { remaining } => Ok(ProgressOutput { remaining: remaining.max(1), ..Default::default() }),
            Proving::Done(verdict) => {
                let chain = verdict?;
                let block = BlockOutput::first(&chain, &self.network).ok_or(Rejection::FinalityEmpty.bare())?;
                Ok(ProgressOutput { blocks: vec![block], ..Default::default() })
            }
        }
    }
}
