//! One turn after the other: look, judge, ask, send, follow what was sent.

use alloy_consensus::TxEip1559;
use alloy_primitives::Bytes;
use hotshot_light_client::transition::bundle::verify_bundle;
use hotshot_light_client::transition::proof::VerifyingKey;
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::state::LightClientState;
use hotshot_light_client::{Rejected, Rejection};

use crate::account::Account;
use crate::contract::{BATCH, Contract, View, batch_call, reason, update_call};
use crate::metrics::Metrics;
use crate::pending::{Journal, Pending};
use crate::proofs::Proofs;
use crate::prover::Prover;
use crate::rpc::{Block, Receipt, Rpc, RpcError};
use crate::state_relay::StateRelay;
use crate::transaction::sign;

/// Blocks of HotShot in about an hour: each state costs a transaction.
pub const STRIDE: u64 = 1800;

/// How a relayer behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Blocks on top of the one with a transaction, itself included, before it is believed in.
    pub confirmations: u64,
    /// Blocks that a transaction may wait before it is sent again at a higher price.
    pub patience: u64,
    /// The most that a unit of gas may cost, in wei.
    pub max_fee: u128,
    /// The most of it that a node can talk us into offering to proposers, in wei.
    pub max_priority_fee: u128,
    /// The most epochs of one transaction.
    pub batch: usize,
    /// The fewest blocks that the state of an ordinary block has to bring, where the last one is served.
    pub stride: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            confirmations: 12,
            patience: 5,
            max_fee: 100_000_000_000,
            max_priority_fee: 5_000_000_000,
            batch: BATCH,
            stride: STRIDE,
        }
    }
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is nothing to submit.
    Idle,
    /// A transaction was sent.
    Sent,
    /// A transaction was sent again at a higher price.
    Replaced,
    /// A transaction is under way, or the price too high.
    Waiting(&'static str),
    /// A transaction is as deep as asked for.
    Confirmed,
    /// A transaction is as deep as asked for and did nothing.
    Reverted,
}

/// What a relayer needs.
#[derive(Debug)]
pub struct Parts {
    /// The node.
    pub rpc: Rpc,
    /// The light client.
    pub contract: Contract,
    /// Who pays.
    pub account: Account,
    /// The key that proofs are under.
    pub key: VerifyingKey,
    /// Proofs of epochs' roots, and of the newest state if somebody makes them.
    pub proofs: Proofs,
    /// Makes proofs that the store lacks.
    pub prover: Option<Prover>,
    /// Has the signatures to prove states of ordinary blocks from.
    pub state_relay: Option<StateRelay>,
    /// Remembers what is under way.
    pub journal: Journal,
    /// Tells what happens.
    pub metrics: Metrics,
    /// How to behave.
    pub settings: Settings,
}

/// Turns after which a transaction whose number was used is believed not to be the one that used it: nodes
/// behind one address do not learn of a block at the same moment.
const TRACE: u32 = 3;

/// A relayer.
#[derive(Debug)]
pub struct Relayer {
    parts: Parts,
    key: PreparedKey,
    chain_id: u64,
    pending: Option<Pending>,
    /// Where the pending transaction was seen last.
    seen: Option<Receipt>,
    /// For how many turns its number has been used, or has not come up yet, without a trace of it.
    untraced: u32,
    /// What a transaction has to offer at least, after a node found another one too cheap.
    floor: u128,
}

impl Relayer {
    /// A relayer that goes on where the journal ends.
    ///
    /// # Errors
    /// If the node cannot be asked, the journal not read, or the key not used.
    pub fn new(parts: Parts) -> Result<Self, String> {
        let chain_id = parts.rpc.chain_id().map_err(|error| error.to_string())?;
        let pending = parts.journal.load()?;
        let key = PreparedKey::new(parts.key.clone()).map_err(|rejected| rejected.to_string())?;
        Ok(Self { key, chain_id, pending, seen: None, untraced: 0, floor: 0, parts })
    }

    /// The numbers.
    pub const fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }

    /// Does what there is to do now.
    ///
    /// # Errors
    /// What stood in the way, for people; the next turn tries again.
    pub fn turn(&mut self) -> Result<Turn, String> {
        let result = self.try_turn();
        match &result {
            Ok(_) => self.parts.metrics.turn_succeeded(),
            Err(error) => self.parts.metrics.turn_failed(error),
        }
        result
    }

    fn try_turn(&mut self) -> Result<Turn, String> {
        let failed = |error: RpcError| error.to_string();
        let block = self.parts.rpc.latest_block().map_err(failed)?;
        let balance = self.parts.rpc.balance(self.parts.account.address()).map_err(failed)?;
        let view = self.parts.contract.view(self.key.hash(), block.number).map_err(|error| error.to_string())?;
        self.parts.metrics.change(|numbers| {
            (numbers.block, numbers.base_fee) = (block.number, u64::try_from(block.base_fee).unwrap_or(u64::MAX));
            numbers.balance_gwei = u64::try_from(balance / 1_000_000_000).unwrap_or(u64::MAX);
            numbers.voting_epoch = view.follower.voting_epoch();
            (numbers.height, numbers.is_final) = (view.follower.position().1, view.is_final);
        });
        if let Some(turn) = self.follow(block).map_err(failed_text)? {
            return Ok(turn);
        }
        if !view.knows_key {
            return Err("the contract accepts no proofs under this key".into());
        }
        let covered = u64::from(self.key.key().purpose.capacity);
        if covered != view.capacity {
            return Err(format!(
                "the key is for tables of {covered} rows, the contract for those of {}",
                view.capacity
            ));
        }
        match self.candidate(&view)? {
            Some(call) => self.submit(call, block),
            None => Ok(Turn::Idle),
        }
    }

    /// The next call that the core finds right, if there are proofs for one.
    fn candidate(&mut self, view: &View) -> Result<Option<Bytes>, String> {
        let first = view.follower.voting_epoch();
        let mut roots = self.roots(first)?;
        if roots.is_empty() && self.prove(first, view)? {
            roots = self.roots(first)?;
        }
        let mut follower = view.follower;
        let mut good = Vec::new();
        for record in roots {
            match follower.update(&record, &self.key) {
                Ok(()) => good.push(record),
                // What comes before it is worth sending; alone, it is worth a complaint.
                Err(rejected) if good.is_empty() => {
                    self.parts.metrics.change(|numbers| numbers.refused_by_core += 1);
                    return Err(format!("the proof of epoch {first} is refused: {rejected}"));
                }
                Err(_) => break,
            }
        }
        let hash = self.key.hash();
        Ok(match good.as_slice() {
            [] => self.ordinary(view)?.map(|record| {
                let root = view.follower.epochs().root(record.epoch) == Some(record.state.height);
                update_call(&record, hash, root)
            }),
            [record] => Some(update_call(record, hash, true)),
            records => Some(batch_call(records, hash)),
        })
    }

    fn roots(&self, first: u64) -> Result<Vec<TransitionRecord>, String> {
        let mut roots = Vec::new();
        while roots.len() < self.parts.settings.batch.max(1) {
            match self.parts.proofs.epoch(first.saturating_add(roots.len() as u64))? {
                Some(record) => roots.push(record),
                None => break,
            }
        }
        Ok(roots)
    }

    fn prove(&self, epoch: u64, view: &View) -> Result<bool, String> {
        let Some(prover) = &self.parts.prover else { return Ok(false) };
        let made = prover.prove(epoch, view.follower.epochs().height(), view.capacity)?;
        if made {
            self.parts.metrics.change(|numbers| numbers.proven += 1);
        }
        Ok(made)
    }

    /// A proof of a newer state of an ordinary block that is worth a transaction.
    fn ordinary(&self, view: &View) -> Result<Option<TransitionRecord>, String> {
        match self.latest(view)? {
            None if self.prove_latest(view)? => self.latest(view),
            found => Ok(found),
        }
    }

    /// What is newer than the contract's state by enough, and signed by the table that votes. A root that waits
    /// for its delay is served no sooner than something newer comes.
    fn is_worth_it(&self, view: &View, state: &LightClientState) -> Result<bool, Rejected> {
        match view.follower.check(state) {
            Ok(()) => {}
            // Old, or of an epoch whose root is still to come.
            Err(rejected) if matches!(rejected.rejection, Rejection::StateOutdated | Rejection::StateEpoch) => {
                return Ok(false);
            }
            Err(rejected) => return Err(rejected),
        }
        let (_, height) = view.follower.position();
        Ok(!view.is_final || state.height.saturating_sub(height) >= self.parts.settings.stride)
    }

    fn refused(&self, height: u64, rejected: &Rejected) -> String {
        self.parts.metrics.change(|numbers| numbers.refused_by_core += 1);
        format!("the state of height {height} is refused: {rejected}")
    }

    fn latest(&self, view: &View) -> Result<Option<TransitionRecord>, String> {
        let Some(record) = self.parts.proofs.latest()? else { return Ok(None) };
        let refused = |rejected| self.refused(record.state.height, &rejected);
        if !self.is_worth_it(view, &record.state).map_err(refused)? {
            return Ok(None);
        }
        let mut follower = view.follower;
        follower.update(&record, &self.key).map_err(refused)?;
        Ok(Some(record))
    }

    /// Makes a proof from what the state relay has collected, if that is worth it.
    fn prove_latest(&self, view: &View) -> Result<bool, String> {
        let (Some(relay), Some(prover)) = (&self.parts.state_relay, &self.parts.prover) else { return Ok(false) };
        let Some((text, bundle)) = relay.latest()? else { return Ok(false) };
        let height = bundle.state.height;
        let (epoch, epochs) = (view.follower.voting_epoch(), view.follower.epochs());
        // A relay that is ahead of the contract, or between two epochs, is right in its way.
        if !matches!(self.is_worth_it(view, &bundle.state), Ok(true)) || epochs.root(epoch) == Some(height) {
            return Ok(false);
        }
        let Some(table) = prover.table(epoch, view.capacity)? else { return Ok(false) };
        table.expect(view.follower.voting_table()).map_err(|rejected| self.refused(height, &rejected))?;
        match verify_bundle(&bundle, &table, epoch, epochs, Some(view.follower.position())) {
            Ok(_) => {}
            Err(rejected) if rejected.rejection == Rejection::StateWeight => {
                self.parts.metrics.change(|numbers| numbers.too_few_signatures += 1);
                return Ok(false);
            }
            Err(rejected) => return Err(self.refused(height, &rejected)),
        }
        let made = prover.prove_latest(&text, epoch, epochs.height(), view.capacity)?;
        if made {
            self.parts.metrics.change(|numbers| numbers.proven += 1);
        }
        Ok(made)
    }

    /// Asks the node what would happen.
    fn would_succeed(&self, call: &Bytes) -> Result<Result<(), String>, RpcError> {
        let from = self.parts.account.address();
        match self.parts.rpc.call(from, self.parts.contract.address(), call) {
            Ok(_) => Ok(Ok(())),
            Err(RpcError::Refused { message, data }) => {
                Ok(Err(data.and_then(|data| reason(&data)).map_or(message, |rejection| rejection.code().into())))
            }
            Err(error) => Err(error),
        }
    }

    /// What to offer for a unit of gas, as total and proposer's part; `None` if it is too much.
    fn price(&self, block: Block, least: u128) -> Result<Option<(u128, u128)>, RpcError> {
        let most = self.parts.settings.max_fee;
        let priority = self.parts.rpc.priority_fee()?.min(self.parts.settings.max_priority_fee).max(least / 2);
        let needed = block.base_fee.saturating_add(priority).max(least);
        if needed > most {
            self.parts.metrics.change(|numbers| numbers.too_expensive += 1);
            return Ok(None);
        }
        // Room for a doubled base fee, as far as the limit allows.
        let wanted = block.base_fee.saturating_mul(2).saturating_add(priority).max(least);
        Ok(Some((wanted.min(most), priority)))
    }

    fn submit(&mut self, data: Bytes, block: Block) -> Result<Turn, String> {
        if let Err(reason) = self.would_succeed(&data).map_err(failed_text)? {
            self.parts.metrics.change(|numbers| numbers.refused_by_contract += 1);
            return Err(format!("the contract would refuse: {reason}"));
        }
        let from = self.parts.account.address();
        let gas = self.parts.rpc.estimate(from, self.parts.contract.address(), &data).map_err(failed_text)?;
        let Some((max_fee, max_priority_fee)) = self.price(block, self.floor).map_err(failed_text)? else {
            return Ok(Turn::Waiting("for a lower price"));
        };
        // By the chain's blocks: what may still be in a queue somewhere is replaced, so that no gap can be left.
        let nonce = self.parts.rpc.nonce(from).map_err(failed_text)?;
        let gas = gas.saturating_add(gas / 5);
        self.pending =
            Some(Pending { nonce, data, gas, max_fee, max_priority_fee, sent: block.number, signed: Vec::new() });
        self.send_pending()?;
        Ok(Turn::Sent)
    }

    /// Signs the pending transaction at its price, writes it down, and sends it: in this order, so that a
    /// restart knows of everything that may be on its way.
    fn send_pending(&mut self) -> Result<(), String> {
        let Some(pending) = &mut self.pending else { return Ok(()) };
        let transaction = TxEip1559 {
            chain_id: self.chain_id,
            nonce: pending.nonce,
            max_priority_fee_per_gas: pending.max_priority_fee,
            max_fee_per_gas: pending.max_fee,
            gas_limit: pending.gas,
            to: self.parts.contract.address().into(),
            input: pending.data.clone(),
            ..TxEip1559::default()
        };
        let signed = sign(transaction, &self.parts.account)?;
        let raw = signed.raw.clone();
        pending.signed.push(signed);
        let offered = pending.max_fee;
        self.parts.journal.store(self.pending.as_ref())?;
        match self.parts.rpc.send(&raw) {
            Ok(()) => {
                self.floor = 0;
                self.parts.metrics.change(|numbers| numbers.sent += 1);
                Ok(())
            }
            Err(RpcError::Refused { message, .. }) => {
                // Another transaction of the same number, which a journal that was lost knew.
                if message.contains("underpriced") {
                    self.floor = raised(offered);
                }
                if self.pending.as_ref().is_some_and(|pending| pending.signed.len() == 1) {
                    self.forget()?;
                }
                Err(format!("the node takes no transaction: {message}"))
            }
            // It may have arrived.
            Err(error) => Err(error.to_string()),
        }
    }

    fn forget(&mut self) -> Result<(), String> {
        (self.pending, self.seen, self.untraced) = (None, None, 0);
        self.parts.journal.store(None)
    }

    /// What to do about the pending transaction; `None` if there is none any more.
    fn follow(&mut self, block: Block) -> Result<Option<Turn>, RpcError> {
        let Some(pending) = self.pending.clone() else { return Ok(None) };
        // Before the receipts: what is in a block by now has one.
        let nonce = self.parts.rpc.nonce(self.parts.account.address())?;
        let forget = |relayer: &mut Self| relayer.forget().map_err(|_| RpcError::Form("nothing: the journal"));
        for signed in &pending.signed {
            let Some(receipt) = self.parts.rpc.receipt(signed.hash)? else { continue };
            if self.seen.is_some_and(|seen| seen.block_hash != receipt.block_hash) {
                self.parts.metrics.change(|numbers| numbers.reorganised += 1);
            }
            self.seen = Some(receipt);
            if receipt.block.saturating_add(self.parts.settings.confirmations) > block.number.saturating_add(1) {
                return Ok(Some(Turn::Waiting("for confirmations")));
            }
            forget(self)?;
            self.parts.metrics.change(|numbers| {
                numbers.confirmed += u64::from(receipt.success);
                numbers.reverted += u64::from(!receipt.success);
                numbers.gas += receipt.gas;
            });
            return Ok(Some(if receipt.success { Turn::Confirmed } else { Turn::Reverted }));
        }
        if self.seen.take().is_some() {
            self.parts.metrics.change(|numbers| numbers.reorganised += 1);
        }
        // Someone else used the number, or a reorganisation took one before it away: it will never be in a block.
        if nonce != pending.nonce {
            self.untraced += 1;
            if self.untraced > TRACE {
                forget(self)?;
            }
            return Ok(Some(Turn::Waiting("for a trace of it")));
        }
        self.untraced = 0;
        if self.would_succeed(&pending.data)?.is_err() {
            // It has come into a block since, or someone else was first. What takes its number then has to
            // offer more.
            if self.parts.rpc.nonce(self.parts.account.address())? == pending.nonce {
                self.floor = raised(pending.max_fee);
                forget(self)?;
            }
            return Ok(Some(Turn::Waiting("for another look")));
        }
        if block.number.saturating_sub(pending.sent) < self.parts.settings.patience {
            // A node that forgot it, or a block that left the chain: nodes take it again, or know it.
            if let Some(signed) = pending.signed.last() {
                match self.parts.rpc.send(&signed.raw) {
                    Ok(()) | Err(RpcError::Refused { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            return Ok(Some(Turn::Waiting("to be in a block")));
        }
        let Some((max_fee, priority)) = self.price(block, raised(pending.max_fee))? else {
            return Ok(Some(Turn::Waiting("for a lower price")));
        };
        let max_priority_fee = priority.max(raised(pending.max_priority_fee)).min(max_fee);
        self.pending = Some(Pending { max_fee, max_priority_fee, sent: block.number, ..pending });
        if let Err(message) = self.send_pending() {
            return Err(RpcError::Refused { message, data: None });
        }
        self.parts.metrics.change(|numbers| numbers.replaced += 1);
        Ok(Some(Turn::Replaced))
    }
}

fn failed_text(error: RpcError) -> String {
    error.to_string()
}

/// Nodes want a tenth more for a replacement.
const fn raised(fee: u128) -> u128 {
    fee.saturating_add(fee / 4).saturating_add(1)
}
