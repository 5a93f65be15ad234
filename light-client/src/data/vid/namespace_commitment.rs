//! The commitment of one namespace, under the scheme of the header's version.

use crate::data::vid::avidm::AvidMCommitment;
use crate::data::vid::avidm_gf2::AvidmGf2Commitment;
use crate::data::vid::parameters::VidParameters;
use crate::data::vid::scheme::VidScheme;
use crate::hash::merkle_node::Node;
use crate::rejection::{Rejected, Rejection};

/// The computation of one commitment, in units of a bounded amount of work.
#[derive(Clone, Debug)]
pub struct NamespaceCommitment {
    scheme: Scheme,
}

#[derive(Clone, Debug)]
enum Scheme {
    AvidM(AvidMCommitment),
    AvidmGf2(AvidmGf2Commitment),
}

impl NamespaceCommitment {
    /// Starts for a namespace of `length` bytes.
    ///
    /// # Errors
    /// `vid.scheme` for a scheme without such commitments, `vid.parameters`.
    pub fn new(scheme: VidScheme, length: usize, parameters: &VidParameters) -> Result<Self, Rejected> {
        let scheme = match scheme {
            VidScheme::Advz => return Err(Rejection::VidScheme.with(scheme.variant(), "V1 or V2")),
            VidScheme::AvidM => Scheme::AvidM(AvidMCommitment::new(length, parameters)?),
            VidScheme::AvidmGf2 => Scheme::AvidmGf2(AvidmGf2Commitment::new(length, parameters)?),
        };
        Ok(Self { scheme })
    }

    /// How many units of work are left.
    pub fn remaining(&self) -> usize {
        match &self.scheme {
            Scheme::AvidM(commitment) => commitment.remaining(),
            Scheme::AvidmGf2(commitment) => commitment.remaining(),
        }
    }

    /// Does one unit of work: at 1,059 shares about a millisecond. `payload` is the namespace's
    /// bytes, the same at every call.
    pub fn step(&mut self, payload: &[u8]) {
        match &mut self.scheme {
            Scheme::AvidM(commitment) => commitment.step(payload),
            Scheme::AvidmGf2(commitment) => commitment.step(payload),
        }
    }

    /// Does all that is left and gives the commitment.
    pub fn finish(mut self, payload: &[u8]) -> Node {
        while self.remaining() > 0 {
            self.step(payload);
        }
        match self.scheme {
            Scheme::AvidM(commitment) => commitment.finish(),
            Scheme::AvidmGf2(commitment) => commitment.finish(),
        }
    }

    /// The commitment of a namespace, all at once.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn of(scheme: VidScheme, payload: &[u8], parameters: &VidParameters) -> Result<Node, Rejected> {
        Ok(Self::new(scheme, payload.len(), parameters)?.finish(payload))
    }
}
