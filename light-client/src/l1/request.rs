//! What is asked of an L1 node: JSON-RPC methods with their parameters.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::bytes::to_hex;
use crate::stake_table::event::{Account, EventKind};

/// A question to an L1 node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum L1Request {
    /// Which chain it is on.
    ChainId,
    /// The newest finalized block.
    FinalizedBlock,
    /// A view function with one argument at most.
    Call {
        /// The contract.
        to: Account,
        /// The function's selector.
        selector: [u8; 4],
        /// Its argument, a number.
        argument: Option<u64>,
        /// At this block.
        block: u64,
    },
    /// The logs of the stake table contract's thirteen kinds.
    Logs {
        /// The contract.
        contract: Account,
        /// First block.
        from: u64,
        /// Last block.
        until: u64,
    },
}

/// The most bytes of a small answer.
const SMALL_LIMIT: usize = 1 << 16;
/// The most bytes of a page of logs. Nodes cut off below.
const LOGS_LIMIT: usize = 16 << 20;

impl L1Request {
    /// The JSON-RPC method.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::ChainId => "eth_chainId",
            Self::FinalizedBlock => "eth_getBlockByNumber",
            Self::Call { .. } => "eth_call",
            Self::Logs { .. } => "eth_getLogs",
        }
    }

    /// The parameters, as a JSON array.
    pub fn params(&self) -> String {
        match self {
            Self::ChainId => "[]".into(),
            Self::FinalizedBlock => r#"["finalized",false]"#.into(),
            Self::Call { to, selector, argument, block } => {
                let word = argument.map_or_else(String::new, |argument| format!("{argument:064x}"));
                format!(r#"[{{"to":"{}","data":"{}{word}"}},"{block:#x}"]"#, to_hex(to), to_hex(selector))
            }
            Self::Logs { contract, from, until } => {
                let topics: Vec<String> =
                    EventKind::ALL.iter().map(|kind| format!(r#""{}""#, to_hex(&kind.topic()))).collect();
                format!(
                    r#"[{{"address":"{}","fromBlock":"{from:#x}","toBlock":"{until:#x}","topics":[[{}]]}}]"#,
                    to_hex(contract),
                    topics.join(",")
                )
            }
        }
    }

    /// The most bytes of an honest answer.
    pub const fn size_limit(&self) -> usize {
        match self {
            Self::Logs { .. } => LOGS_LIMIT,
            _ => SMALL_LIMIT,
        }
    }
}
