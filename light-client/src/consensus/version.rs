//! Protocol versions. A header names its own; from 0.2 on it is part of the header's commitment.

use core::fmt;

use crate::encoding::json::Json;
use crate::rejection::{Operand, Rejected, Rejection};

/// A protocol version, `major.minor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Major version: 0 on every network so far.
    pub major: u16,
    /// Minor version.
    pub minor: u16,
}

impl Version {
    /// The first version. Its headers are served bare, without a version.
    pub const V0_1: Self = Self::minor(1);
    /// Fees and configurable chains.
    pub const V0_2: Self = Self::minor(2);
    /// Epochs, HotStuff-2 and AvidM.
    pub const V0_3: Self = Self::minor(3);
    /// Stake table hashes in headers, millisecond timestamps, rewards.
    pub const V0_4: Self = Self::minor(4);
    /// Leader counts.
    pub const V0_5: Self = Self::minor(5);
    /// The new protocol: Certificate2, AvidM over GF(2^16).
    pub const V0_6: Self = Self::minor(6);
    /// The newest version that this client knows the rules of.
    pub const SUPPORTED: Self = Self::V0_6;

    const fn minor(minor: u16) -> Self {
        Self { major: 0, minor }
    }

    /// Whether leaves and certificates of this version carry epochs.
    pub fn has_epochs(self) -> bool {
        self >= Self::V0_3
    }

    /// Whether finality of this version comes from a Certificate2.
    pub fn is_new_protocol(self) -> bool {
        self >= Self::V0_6
    }

    /// Refuses versions whose rules are unknown here.
    ///
    /// # Errors
    /// `upgrade_required` for versions above [`Self::SUPPORTED`], `header.version` for 0.0.
    pub fn require_supported(self) -> Result<Self, Rejected> {
        if self > Self::SUPPORTED {
            return Err(Rejection::UpgradeRequired.with(Operand::from(self), Operand::from(Self::SUPPORTED)));
        }
        if self < Self::V0_1 {
            return Err(Rejection::HeaderVersion.with(Operand::from(self), Operand::from(Self::V0_1)));
        }
        Ok(self)
    }

    /// Reads `{"major":0,"minor":3}`.
    ///
    /// # Errors
    /// Those of the JSON types.
    pub fn from_json(json: &Json<'_>) -> Result<Self, Rejected> {
        Ok(Self { major: json.get("major")?.narrow()?, minor: json.get("minor")?.narrow()? })
    }
}

impl From<Version> for Operand {
    fn from(version: Version) -> Self {
        Self::Text(alloc::format!("{version}").into())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}
