//! What the transactions of a namespace say to the rollup, whatever its format.

use alloc::vec;
use alloc::vec::Vec;

use crate::data::block::BlockContext;
use crate::data::namespace_payload::NamespaceTransaction;
use crate::encoding::committable::keccak256;
use crate::rejection::{Rejected, Rejection};
use crate::rollup::config::{Format, RollupConfig};
use crate::rollup::l2_transactions::TransactionHash;
use crate::rollup::nitro::{NitroReading, NitroStep};
use crate::rollup::op_stack;
use crate::rollup::signature::Address;

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
/// of [`nitro::read`](crate::rollup::nitro::read) and [`op_stack::read`]. All of them mean that the rollup does not read the
/// transaction, and none that a server lied: anyone may post anything.
pub fn read_messages(
    config: &RollupConfig,
    block: &BlockContext,
    transaction: &NamespaceTransaction<'_>,
) -> Result<Vec<Message>, Rejected> {
    let mut reading = MessageReading::default();
    loop {
        if let Some(messages) = reading.step(config, block, transaction)? {
            return Ok(messages);
        }
    }
}

/// Reads the messages of a transaction one by one: each has a signer to recover. Configuration, block and
/// transaction are the same at every call. See [`read_messages`].
#[derive(Clone, Debug, Default)]
pub struct MessageReading {
    nitro: NitroReading,
    /// How many messages were signed by anybody.
    signed: u64,
    messages: Vec<Message>,
    refused: Option<Rejected>,
}

impl MessageReading {
    /// Reads one more message; all of them, once there are no more.
    ///
    /// # Errors
    /// Those of [`read_messages`].
    pub fn step(
        &mut self,
        config: &RollupConfig,
        block: &BlockContext,
        transaction: &NamespaceTransaction<'_>,
    ) -> Result<Option<Vec<Message>>, Rejected> {
        let place = |message: u64| Place {
            height: block.height(),
            namespace: config.namespace,
            transaction: transaction.position as u64,
            message,
        };
        if let Format::OpStack { .. } = config.format {
            let batch = op_stack::read(transaction.payload)?;
            config.authority.check(&batch.signer, batch.l1_origin)?;
            return Ok(Some(vec![Message {
                place: place(0),
                position: batch.number,
                identity: batch.hash,
                parent: Some((batch.parent_hash, batch.l1_origin)),
                signer: batch.signer,
                transactions: batch.transactions,
            }]));
        }
        let height = block.l1_finalized().ok_or_else(|| Rejection::RollupL1Height.bare())?;
        let signed = match self.nitro.step(transaction.payload, u64::from(config.namespace))? {
            NitroStep::Message(signed) => signed,
            NitroStep::Dropped => return Ok(None),
            NitroStep::End => {
                return match self.refused.take() {
                    Some(rejected) if self.messages.is_empty() => Err(rejected),
                    _ => Ok(Some(core::mem::take(&mut self.messages))),
                };
            }
        };
        let place = place(self.signed);
        self.signed = self.signed.saturating_add(1);
        match config.authority.check(&signed.signer, height) {
            Ok(()) => self.messages.push(Message {
                place,
                position: signed.position,
                identity: keccak256(&[&signed.message.to_rlp()]),
                parent: None,
                signer: signed.signer,
                transactions: signed.message.transactions(),
            }),
            Err(rejected) => self.refused = Some(rejected),
        }
        Ok(None)
    }
}
