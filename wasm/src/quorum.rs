//! Who signed, as JavaScript sees it.

use hotshot_light_client::consensus::signatures::Quorum;
use hotshot_light_client::encoding::integer::decimal;
use serde::Serialize;

/// A quorum; amounts of 256 bits in decimal.
#[derive(Serialize)]
pub(crate) struct QuorumOutput {
    view: u64,
    epoch: Option<u64>,
    signers: Vec<u32>,
    weight: String,
    threshold: String,
    total: String,
}

impl From<&Quorum> for QuorumOutput {
    fn from(quorum: &Quorum) -> Self {
        let set = (0..).zip(quorum.signers.iter()).filter(|(_, set)| *set);
        Self {
            view: quorum.view,
            epoch: quorum.epoch,
            signers: set.map(|(index, _)| index).collect(),
            weight: decimal(quorum.weight),
            threshold: decimal(quorum.threshold),
            total: decimal(quorum.total),
        }
    }
}
