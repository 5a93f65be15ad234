//! Which dispersal scheme a protocol version has, and the payload commitment under its tag.

use crate::encoding::tagged_base64::{self, tag};
use crate::hash::merkle_node::Node;
use crate::hash::merkle_vid::{AVIDM, AVIDM_GF2, VidTree};
use crate::rejection::{Operand, Rejected, Rejection};

/// A dispersal scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VidScheme {
    /// Protocols 0.1 and 0.2: polynomial commitments over BN254. Its commitment binds neither the
    /// namespace table nor the multiplicity, so this client proves no namespaces under it.
    Advz,
    /// Protocols 0.3 to 0.5: Reed-Solomon over the scalar field of BN254, Keccak-256.
    AvidM,
    /// From protocol 0.6: Reed-Solomon over GF(2^16), BLAKE3.
    AvidmGf2,
}

impl VidScheme {
    /// The scheme of protocol version 0.`minor`.
    pub const fn of_version(minor: u16) -> Self {
        match minor {
            0..=2 => Self::Advz,
            3..=5 => Self::AvidM,
            _ => Self::AvidmGf2,
        }
    }

    /// The tag of the payload commitment.
    pub const fn commitment_tag(self) -> &'static str {
        match self {
            Self::Advz => tag::HASH,
            Self::AvidM => tag::AVIDM_COMMIT,
            Self::AvidmGf2 => tag::AVIDM_GF2_COMMIT,
        }
    }

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
    /// # Errors
    /// `vid.scheme` for [`Self::Advz`], which has none.
    pub fn tree(self) -> Result<VidTree, Rejected> {
        match self {
            Self::Advz => Err(Rejection::VidScheme.with(self.variant(), "V1 or V2")),
            Self::AvidM => Ok(AVIDM),
            Self::AvidmGf2 => Ok(AVIDM_GF2),
        }
    }
}

/// A payload commitment with its scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadCommitment {
    /// The scheme that the tag names.
    pub scheme: VidScheme,
    /// The commitment.
    pub root: Node,
}

impl PayloadCommitment {
    /// Reads the commitment in a header of version 0.`minor`.
    ///
    /// # Errors
    /// `vid.commitment_tag` for the tag of another scheme than the version's, and the errors of
    /// tagged strings.
    pub fn from_tagged(text: &str, minor: u16) -> Result<Self, Rejected> {
        let scheme = VidScheme::of_version(minor);
        let expected = scheme.commitment_tag();
        let found = text.split_once('~').map_or(text, |(tag, _)| tag);
        if found != expected && [tag::HASH, tag::AVIDM_COMMIT, tag::AVIDM_GF2_COMMIT].contains(&found) {
            return Err(Rejection::VidCommitmentTag.with(Operand::foreign(found), expected));
        }
        Ok(Self { scheme, root: tagged_base64::decode_array(text, expected)? })
    }

    /// The text form.
    pub fn to_tagged(&self) -> alloc::string::String {
        tagged_base64::encode(self.scheme.commitment_tag(), &self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_and_version_belong_together() {
        let texts = [VidScheme::Advz, VidScheme::AvidM, VidScheme::AvidmGf2]
            .map(|scheme| PayloadCommitment { scheme, root: [7; 32] }.to_tagged());
        for minor in 1..=6 {
            let scheme = VidScheme::of_version(minor);
            for text in &texts {
                let read = PayloadCommitment::from_tagged(text, minor);
                if text.starts_with(scheme.commitment_tag()) {
                    assert_eq!(read.unwrap(), PayloadCommitment { scheme, root: [7; 32] });
                } else {
                    assert_eq!(read.unwrap_err().rejection, Rejection::VidCommitmentTag, "{minor} {text}");
                }
            }
        }
        let foreign = tagged_base64::encode("BLOCK", &[7; 32]);
        assert_eq!(PayloadCommitment::from_tagged(&foreign, 4).unwrap_err().rejection, Rejection::TaggedBase64Tag);
    }
}
