//! What the transactions of a namespace say to the rollup, whatever its format.

use alloc::vec;
use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_payload::NamespaceTransaction;
use crate::encoding::committable::keccak256;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::config::{Format, RollupConfig};
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::signature::Address;
use crate::rollup::{nitro, op_stack};

/// Where something stands in HotShot. Places compare in the order of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The height of the block.
    pub height: u64,
    /// The namespace.
    pub namespace: u32,
    /// The position of the transaction in the namespace.
    pub transaction: u64,
    /// The position of the message in the transaction: 0 where a transaction is one message.
    pub message: u64,
}

/// One message of a rollup, signed by an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it stands.
    pub place: Place,
    /// Its position in the rollup's own order: a sequence number, or a block number.
    pub position: u64,
    /// What tells two messages for one position apart: a hash of all that the rollup reads, or the
    /// hash of the block.
    pub identity: [u8; 32],
    /// On the OP Stack the hash of the block before and the number of the L1 block it derives from.
    pub parent: Option<([u8; 32], u64)>,
    /// Who signed it.
    pub signer: Address,
    /// The hashes of its user transactions, in order.
    pub transactions: Vec<TransactionHash>,
}

/// The messages in one transaction that an authority signed.
///
/// The signer of a Nitro message has to count at the newest finalized L1 block that the HotShot
/// header names; the signer of a batch at the batch's L1 origin.
///
/// # Errors
/// `rollup.l1_height` if the header names no finalized L1 block, `rollup.authority`, and the errors
/// of [`nitro::read`] and [`op_stack::read`]. All of them mean that the rollup does not read the
/// transaction, and none that a server lied: anyone may post anything.
pub fn read_messages(
    config: &RollupConfig,
    block: &BlockContext,
    transaction: &NamespaceTransaction<'_>,
) -> Result<Vec<Message>, Rejected> {
    let place = |message: usize| Place {
        height: block.height(),
        namespace: config.namespace,
        transaction: transaction.position as u64,
        message: message as u64,
    };
    match config.format {
        Format::Nitro => {
            let height = block.l1_finalized().ok_or_else(|| Rejection::RollupL1Height.bare())?;
            let read = nitro::read(transaction.payload, u64::from(config.namespace))?;
            let mut messages = Vec::new();
            let mut refused = None;
            for (index, signed) in read.into_iter().enumerate() {
                match config.authority.check(&signed.signer, height) {
                    Ok(()) => messages.push(Message {
                        place: place(index),
                        position: signed.position,
                        identity: keccak256(&[&signed.message.to_rlp()]),
                        parent: None,
                        signer: signed.signer,
                        transactions: signed.message.transactions(),
                    }),
                    Err(rejected) => refused = Some(rejected),
                }
            }
            match refused {
                Some(rejected) if messages.is_empty() => Err(rejected),
                _ => Ok(messages),
            }
        }
        Format::OpStack { .. } => {
            let batch = op_stack::read(transaction.payload)?;
            config.authority.check(&batch.signer, batch.l1_origin)?;
            Ok(vec![Message {
                place: place(0),
                position: batch.number,
                identity: batch.hash,
                parent: Some((batch.parent_hash, batch.l1_origin)),
                signer: batch.signer,
                transactions: batch.transactions,
            }])
        }
    }
}
