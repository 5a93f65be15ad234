//! An EVM in this process with one light client in it.

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use hotshot_relay::contract::reason;
use revm::context::TxEnv;
use revm::context::result::{ExecutionResult, Output};
use revm::database::InMemoryDB;
use revm::handler::MainnetContext;
use revm::{Context, ExecuteCommitEvm as _, ExecuteEvm as _, MainBuilder as _, MainContext as _, MainnetEvm};

/// Anyone: the contract does not ask who calls.
const CALLER: Address = Address::repeat_byte(0xca);
/// The most gas of a transaction (EIP-7825).
const GAS: u64 = 1 << 24;
/// When the first block is.
const START: u64 = 1_800_000_000;

pub struct Evm {
    inner: MainnetEvm<MainnetContext<InMemoryDB>>,
    nonce: u64,
    contract: Address,
    pub block: u64,
    pub time: u64,
}

impl Evm {
    /// Deploys a light client, or says why it cannot be.
    pub fn deploy(data: Bytes) -> Result<Self, &'static str> {
        let inner = Context::mainnet().with_db(InMemoryDB::default()).build_mainnet();
        let mut evm = Self { inner, nonce: 0, contract: Address::ZERO, block: 20_000_000, time: START };
        evm.pass(1, 12);
        match evm.commit(TxKind::Create, data) {
            ExecutionResult::Success { output: Output::Create(_, Some(contract)), .. } => {
                evm.contract = contract;
                Ok(evm)
            }
            result => Err(verdict(&result)),
        }
    }

    /// Lets blocks and seconds pass.
    pub fn pass(&mut self, blocks: u64, seconds: u64) {
        self.block += blocks;
        self.time += seconds;
        let (number, timestamp) = (U256::from(self.block), U256::from(self.time));
        self.inner.ctx.modify_block(|block| (block.number, block.timestamp) = (number, timestamp));
    }

    fn transaction(&self, kind: TxKind, data: Bytes) -> TxEnv {
        let builder = TxEnv::builder().caller(CALLER).kind(kind).data(data).gas_limit(GAS).nonce(self.nonce);
        builder.build().unwrap()
    }

    fn commit(&mut self, kind: TxKind, data: Bytes) -> ExecutionResult {
        let transaction = self.transaction(kind, data);
        self.nonce += 1;
        self.inner.transact_commit(transaction).unwrap()
    }

    /// Sends a call. The contract's code of refusal, or `ok`.
    pub fn submit(&mut self, call: Bytes) -> &'static str {
        let result = self.commit(TxKind::Call(self.contract), call);
        verdict(&result)
    }

    /// Asks a reader; `None` if it reverts.
    pub fn read<C: SolCall>(&mut self, call: &C) -> Option<C::Return> {
        let transaction = self.transaction(TxKind::Call(self.contract), call.abi_encode().into());
        match self.inner.transact(transaction).unwrap().result {
            ExecutionResult::Success { output, .. } => Some(C::abi_decode_returns_validate(output.data()).unwrap()),
            _ => None,
        }
    }
}

fn verdict(result: &ExecutionResult) -> &'static str {
    match result {
        ExecutionResult::Success { .. } => "ok",
        ExecutionResult::Revert { output, .. } => reason(output).map_or("revert", |rejection| rejection.code()),
        ExecutionResult::Halt { .. } => "halt",
    }
}
