//! What proofs need to know of the dispersal scheme of a header's version.

use crate::hash::merkle_vid::{AVIDM, AVIDM_GF2, VidTree};
use crate::rejection::{Rejected, Rejection};

pub use crate::consensus::header::VidScheme;

impl VidScheme {
    /// The name of the variant in the JSON of proofs and common data.
    pub const fn variant(self) -> &'static str {
        match self {
            Self::Advz => "V0",
            Self::AvidM => "V1",
            Self::AvidmGf2 => "V2",
        }
    }

    /// The tree of shares and of namespaces.
    ///
    /// AvidmGf2 binds the commitments of the namespaces alone in every version known so far; one
    /// stored version of the reference data for 0.7 had one more leaf that bound the common data.
    ///
    /// # Errors
    /// `vid.scheme` for [`Self::Advz`]: its commitment binds neither the namespace table nor the
    /// multiplicity, and this client recomputes none of it.
    pub fn tree(self) -> Result<VidTree, Rejected> {
        match self {
            Self::Advz => Err(Rejection::VidScheme.with(self.variant(), "V1 or V2")),
            Self::AvidM => Ok(AVIDM),
            Self::AvidmGf2 => Ok(AVIDM_GF2),
        }
    }
}
