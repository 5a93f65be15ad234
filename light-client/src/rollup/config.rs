//! What the caller says about a rollup. HotShot knows nothing of it, so it is the caller's trust.

use crate::encoding::bytes::from_hex;
use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};
use crate::rollup::authority::Authority;

/// The format of a rollup's transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Arbitrum Nitro, versions 0 and 1. The namespace is the chain id of the rollup.
    Nitro,
    /// OP Stack. Which batch is canonical follows from a block that is known to be: without one the
    /// answer is unknown.
    OpStack {
        /// Number and hash of an L2 block that the caller knows to be canonical.
        anchor: Option<(u64, [u8; 32])>,
    },
}

/// A rollup, as the caller configures it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupConfig {
    /// The rollup's namespace.
    pub namespace: u32,
    /// The format of its transactions.
    pub format: Format,
    /// Who signs.
    pub authority: Authority,
    /// The HotShot height from which the rollup reads its namespace. Only a scan from there can show
    /// that no earlier message took a position.
    pub first_height: u64,
}

impl RollupConfig {
    /// Reads `{"namespace", "format": "nitro" | "op-stack", "authority": […], "firstHeight",
    /// "anchor"?: {"number", "hash"}}`.
    ///
    /// # Errors
    /// `rollup.config` for an unknown format, errors of the JSON types, `hex.form`, and those of
    /// [`Authority::from_json`].
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        let format = match json.get("format")?.text()? {
            "nitro" => Format::Nitro,
            "op-stack" => {
                let anchor = json.find("anchor")?.and_then(Json::non_null);
                let anchor = anchor.map(|anchor| {
                    Ok::<_, Rejected>((anchor.get("number")?.u64()?, from_hex(anchor.get("hash")?.text()?)?))
                });
                Format::OpStack { anchor: anchor.transpose()? }
            }
            other => return Err(Rejection::RollupConfig.with(Operand::foreign(other), "nitro or op-stack")),
        };
        Ok(Self {
            namespace: json.get("namespace")?.narrow()?,
            format,
            authority: Authority::from_json(json.get("authority")?)?,
            first_height: json.get("firstHeight")?.u64()?,
        })
    }
}
