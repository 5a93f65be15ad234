//! The methods of an EVM node that a relayer needs (JSON-RPC over HTTP).

use std::fmt;
use std::io::Read;
use std::time::Duration;

use hotshot_light_client::encoding::bytes::{from_hex, from_hex_vec, to_hex};
use serde_json::{Value, json};
use ureq::Agent;

/// The most bytes of an answer.
const ANSWER_LIMIT: u64 = 8 << 20;

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
        data: Option<Vec<u8>>,
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

/// Where a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// In this block.
    pub block: u64,
    /// With this hash.
    pub block_hash: [u8; 32],
    /// Whether it did something.
    pub success: bool,
    /// What it used.
    pub gas: u64,
}

fn number(value: &Value, what: &'static str) -> Result<u128, RpcError> {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x")).ok_or(RpcError::Form(what))?;
    u128::from_str_radix(digits, 16).map_err(|_| RpcError::Form(what))
}

fn small(value: &Value, what: &'static str) -> Result<u64, RpcError> {
    u64::try_from(number(value, what)?).map_err(|_| RpcError::Form(what))
}

fn called(result: &Value) -> Result<Vec<u8>, RpcError> {
    result.as_str().and_then(|text| from_hex_vec(text, 1 << 20).ok()).ok_or(RpcError::Form("eth_call"))
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
    pub fn request(&self, method: &'static str, params: &Value) -> Result<Value, RpcError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        // The library's errors may name the URL.
        let hidden = |error: ureq::Error| RpcError::Unreachable(error.to_string().replace(&self.url, "(hidden)"));
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let mut response = request.send(body.as_bytes()).map_err(hidden)?;
        let mut bytes = Vec::new();
        let reader = response.body_mut().as_reader();
        reader.take(ANSWER_LIMIT).read_to_end(&mut bytes).map_err(|error| RpcError::Unreachable(error.to_string()))?;
        let mut answer: Value = serde_json::from_slice(&bytes)
            .map_err(|_| RpcError::Unreachable(format!("answered {} without JSON", response.status().as_u16())))?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            let message: String = error.get("message").and_then(Value::as_str).unwrap_or("no reason").into();
            let data = error.get("data").and_then(|data| data.as_str().or_else(|| data.get("data")?.as_str()));
            return Err(RpcError::Refused {
                message: message.chars().filter(|character| !character.is_control()).take(300).collect(),
                data: data.and_then(|text| from_hex_vec(text, 4096).ok()),
            });
        }
        answer.get_mut("result").map(Value::take).ok_or(RpcError::Form(method))
    }

    /// The chain's number.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn chain_id(&self) -> Result<u64, RpcError> {
        small(&self.request("eth_chainId", &json!([]))?, "eth_chainId")
    }

    /// The last block.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn latest_block(&self) -> Result<Block, RpcError> {
        const WHAT: &str = "eth_getBlockByNumber";
        let block = self.request(WHAT, &json!(["latest", false]))?;
        let field = |name| block.get(name).ok_or(RpcError::Form(WHAT));
        Ok(Block {
            number: small(field("number")?, WHAT)?,
            // Chains without a base fee have none in their blocks.
            base_fee: block.get("baseFeePerGas").map_or(Ok(0), |fee| number(fee, WHAT))?,
        })
    }

    /// What proposers are paid for a unit of gas, as the node thinks; one gwei where it does not know.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn priority_fee(&self) -> Result<u128, RpcError> {
        match self.request("eth_maxPriorityFeePerGas", &json!([])) {
            Ok(value) => number(&value, "eth_maxPriorityFeePerGas"),
            Err(RpcError::Refused { .. }) => Ok(1_000_000_000),
            Err(error) => Err(error),
        }
    }

    /// How many transactions of an account are in the chain's blocks.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn nonce(&self, address: &[u8; 20]) -> Result<u64, RpcError> {
        const WHAT: &str = "eth_getTransactionCount";
        small(&self.request(WHAT, &json!([to_hex(address), "latest"]))?, WHAT)
    }

    /// What an account has, in wei.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn balance(&self, address: &[u8; 20]) -> Result<u128, RpcError> {
        number(&self.request("eth_getBalance", &json!([to_hex(address), "latest"]))?, "eth_getBalance")
    }

    /// Calls a contract without a transaction, on the chain as it is now.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts.
    pub fn call(&self, from: &[u8; 20], to: &[u8; 20], data: &[u8]) -> Result<Vec<u8>, RpcError> {
        let call = json!({ "from": to_hex(from), "to": to_hex(to), "data": to_hex(data) });
        called(&self.request("eth_call", &json!([call, "latest"]))?)
    }

    /// Reads from a contract as it is after a block.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts or the block is not there any more.
    pub fn read(&self, block: u64, to: &[u8; 20], data: &[u8]) -> Result<Vec<u8>, RpcError> {
        let call = json!({ "to": to_hex(to), "data": to_hex(data) });
        called(&self.request("eth_call", &json!([call, format!("{block:#x}")]))?)
    }

    /// The gas that a call needs.
    ///
    /// # Errors
    /// [`RpcError::Refused`] if it reverts.
    pub fn estimate(&self, from: &[u8; 20], to: &[u8; 20], data: &[u8]) -> Result<u64, RpcError> {
        let call = json!({ "from": to_hex(from), "to": to_hex(to), "data": to_hex(data) });
        // On the chain as it is: by default nodes count in what waits, which may be this very update.
        small(&self.request("eth_estimateGas", &json!([call, "latest"]))?, "eth_estimateGas")
    }

    /// Hands a transaction over. That a node has it already is no error.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn send(&self, raw: &[u8]) -> Result<(), RpcError> {
        match self.request("eth_sendRawTransaction", &json!([to_hex(raw)])) {
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
    pub fn receipt(&self, hash: &[u8; 32]) -> Result<Option<Receipt>, RpcError> {
        const WHAT: &str = "eth_getTransactionReceipt";
        let receipt = self.request(WHAT, &json!([to_hex(hash)]))?;
        if receipt.is_null() {
            return Ok(None);
        }
        let field = |name| receipt.get(name).ok_or(RpcError::Form(WHAT));
        let block_hash = field("blockHash")?.as_str().and_then(|text| from_hex(text).ok());
        Ok(Some(Receipt {
            block: small(field("blockNumber")?, WHAT)?,
            block_hash: block_hash.ok_or(RpcError::Form(WHAT))?,
            success: small(field("status")?, WHAT)? == 1,
            gas: small(field("gasUsed")?, WHAT)?,
        }))
    }
}
