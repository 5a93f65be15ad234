//! The methods of an EVM node that a relayer needs (JSON-RPC over HTTP).

use std::fmt;
use std::io::Read;
use std::time::Duration;

use alloy_json_rpc::{Id, Request, Response, ResponsePayload};
use alloy_primitives::{Address, B256, Bytes, U64, U128};
use alloy_rpc_types_eth::{TransactionInput, TransactionRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::Agent;

/// The most bytes of an answer.
const ANSWER_LIMIT: u64 = 8 << 20;
/// The most bytes of a contract's reason that are kept.
const REASON_LIMIT: usize = 4096;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcError {
    /// No connection, a timeout, another protocol.
    Unreachable(String),
    /// The node says no.
    Refused {
        /// In its words.
        message: String,
        /// What a contract said, if one was called.
        data: Option<Bytes>,
    },
    /// An answer that is none to the question.
    Form(&'static str),
}

impl fmt::Display for RpcError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(formatter, "node out of reach: {error}"),
            Self::Refused { message, .. } => write!(formatter, "node: {message}"),
            Self::Form(what) => write!(formatter, "the node's answer to {what} makes no sense"),
        }
    }
}

impl std::error::Error for RpcError {}

/// A node.
#[derive(Clone)]
pub struct Rpc {
    agent: Agent,
    /// Often carries a secret, and so is never shown.
    url: String,
}

impl fmt::Debug for Rpc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rpc").finish_non_exhaustive()
    }
}

/// A block of the EVM's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// What a unit of gas costs at least, in wei.
    pub base_fee: u128,
}

/// Of a block, what is read. Other chains' blocks lack fields of Ethereum's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockFields {
    number: U64,
    /// Chains without a base fee have none in their blocks.
    #[serde(default)]
    base_fee_per_gas: U128,
}

/// Where a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In this block.
    pub block: u64,
    /// With this hash.
    pub block_hash: B256,
    /// Whether it did something.
    pub success: bool,
    /// What it used.
    pub gas: u64,
}

/// Of a receipt, what is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptFields {
    block_number: U64,
    block_hash: B256,
    status: U64,
    gas_used: U64,
}

impl Rpc {
    /// A node at this URL.
    pub fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { agent: config.new_agent(), url: url.into() }
    }

    /// Calls a method.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn request<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, RpcError> {
        let request = Request::new(method, Id::Number(1), params).serialize().map_err(|_| RpcError::Form(method))?;
        // The library's errors may name the URL.
        let hidden = |error: ureq::Error| RpcError::Unreachable(error.to_string().replace(&self.url, "(hidden)"));
        let post = self.agent.post(&self.url).header("content-type", "application/json");
        let mut response = post.send(request.serialized().get().as_bytes()).map_err(hidden)?;
        let mut bytes = Vec::new();
        let reader = response.body_mut().as_reader();
        reader.take(ANSWER_LIMIT).read_to_end(&mut bytes).map_err(|error| RpcError::Unreachable(error.to_string()))?;
        let answer: Response = serde_json::from_slice(&bytes)
            .map_err(|_| RpcError::Unreachable(format!("answered {} without JSON-RPC", response.status().as_u16())))?;
        match answer.payload {
            ResponsePayload::Success(result) => serde_json::from_str(result.get()).map_err(|_| RpcError::Form(method)),
            ResponsePayload::Failure(error) => Err(RpcError::Refused {
                data: error.as_revert_data().filter(|data| data.len() <= REASON_LIMIT),
                message: error.message.chars().filter(|character| !character.is_control()).take(300).collect(),
            }),
        }
    }

    /// The chain's number.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn chain_id(&self) -> Result<u64, RpcError> {
        self.request("eth_chainId", json!([])).map(|id: U64| id.to())
    }

    /// The last block.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn latest_block(&self) -> Result<Block, RpcError> {
        let block: BlockFields = self.request("eth_getBlockByNumber", json!(["latest", false]))?;
        Ok(Block { number: block.number.to(), base_fee: block.base_fee_per_gas.to() })
    }

    /// What proposers are paid for a unit of gas, as the node thinks; one gwei where it does not know.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn priority_fee(&self) -> Result<u128, RpcError> {
        match self.request("eth_maxPriorityFeePerGas", json!([])) {
            Ok(fee) => Ok(U128::to(&fee)),
            Err(RpcError::Refused { .. }) => Ok(1_000_000_000),
            Err(error) => Err(error),
        }
    }

    /// How many transactions of an account are in the chain's blocks.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn nonce(&self, address: Address) -> Result<u64, RpcError> {
        self.request("eth_getTransactionCount", json!([address, "latest"])).map(|count: U64| count.to())
    }

    /// What an account has, in wei.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn balance(&self, address: Address) -> Result<u128, RpcError> {
        self.request("eth_getBalance", json!([address, "latest"])).map(|balance: U128| balance.to())
    }

    /// Calls a contract without a transaction, on the chain as it is now.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts.
    pub fn call(&self, from: Address, to: Address, data: &Bytes) -> Result<Bytes, RpcError> {
        self.request("eth_call", json!([call(Some(from), to, data), "latest"]))
    }

    /// Reads from a contract as it is after a block.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts or the block is not there any more.
    pub fn read(&self, block: u64, to: Address, data: &Bytes) -> Result<Bytes, RpcError> {
        self.request("eth_call", json!([call(None, to, data), U64::from(block)]))
    }

    /// The gas that a call needs.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts.
    pub fn estimate(&self, from: Address, to: Address, data: &Bytes) -> Result<u64, RpcError> {
        // On the chain as it is: by default nodes count in what waits, which may be this very update.
        self.request("eth_estimateGas", json!([call(Some(from), to, data), "latest"])).map(|gas: U64| gas.to())
    }

    /// Hands a transaction over. That a node has it already is no error.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn send(&self, raw: &Bytes) -> Result<(), RpcError> {
        match self.request::<B256>("eth_sendRawTransaction", json!([raw])) {
            Ok(_) => Ok(()),
            Err(RpcError::Refused { message, .. })
                if ["already known", "already imported", "known transaction"]
                    .iter()
                    .any(|known| message.to_lowercase().contains(known)) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Where a transaction ended, if it is in a block.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn receipt(&self, hash: B256) -> Result<Option<Receipt>, RpcError> {
        let receipt: Option<ReceiptFields> = self.request("eth_getTransactionReceipt", json!([hash]))?;
        Ok(receipt.map(|receipt| Receipt {
            block: receipt.block_number.to(),
            block_hash: receipt.block_hash,
            success: receipt.status == U64::from(1),
            gas: receipt.gas_used.to(),
        }))
    }
}

fn call(from: Option<Address>, to: Address, data: &Bytes) -> TransactionRequest {
    TransactionRequest { from, to: Some(to.into()), input: TransactionInput::both(data.clone()), ..Default::default() }
}
