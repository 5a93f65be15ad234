//! What the client asks of a query service, as paths under its base address.
//!
//! All are plain GETs without headers of their own, so that browsers send no preflight request.
//! Source: EspressoSystems/espresso-network `crates/espresso/node/api/*.toml`,
//! `hotshot-query-service/api/availability.toml`.

use alloc::string::String;

use crate::encoding::json;

/// Something a query service can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    /// How many blocks there are: a hint, because nothing proves that there are no more.
    BlockHeight,
    /// Leaves with the certificates on them.
    Leaves {
        /// Height of the first.
        from: u64,
        /// Height after the last.
        until: u64,
    },
    /// The earliest Certificate2 at or above a height. Honest nodes may not have one yet.
    Certificate2 {
        /// The height.
        height: u64,
    },
    /// A leaf with the proof that it is final, from the light client module.
    LeafProof {
        /// The height.
        height: u64,
    },
    /// The events of the stake table contract that lead to the table of an epoch.
    StakeTableEvents {
        /// The epoch.
        epoch: u64,
    },
}

/// The most bytes of a leaf with its certificates that an answer may have on average.
const LEAF_LIMIT: usize = 64 << 10;
/// The most bytes of any small answer; also the least limit of lists of leaves.
const SMALL_LIMIT: usize = 1 << 20;
/// The most bytes of the events of an epoch. The first dynamic table is made from all events there
/// ever were; those of mainnet took less than three megabytes in two years.
const EVENTS_LIMIT: usize = 16 << 20;

impl Request {
    /// The path with its query, from `/v1` on.
    pub fn path(&self) -> String {
        match self {
            Self::BlockHeight => "/v1/node/block-height".into(),
            Self::Leaves { from, until } => alloc::format!("/v1/availability/leaf/{from}/{until}"),
            Self::Certificate2 { height } => alloc::format!("/v1/catchup/{height}/cert2"),
            Self::LeafProof { height } => alloc::format!("/v1/light-client/leaf/{height}"),
            Self::StakeTableEvents { epoch } => alloc::format!("/v1/light-client/stake-table/{epoch}"),
        }
    }

    /// The most bytes of an honest answer. A driver reads no more.
    pub fn size_limit(&self) -> usize {
        match self {
            Self::Leaves { from, until } => {
                let leaves = usize::try_from(until.saturating_sub(*from)).unwrap_or(usize::MAX);
                leaves.saturating_mul(LEAF_LIMIT).clamp(SMALL_LIMIT, json::SIZE_LIMIT)
            }
            Self::LeafProof { .. } => 4 * SMALL_LIMIT,
            Self::StakeTableEvents { .. } => EVENTS_LIMIT,
            Self::BlockHeight | Self::Certificate2 { .. } => SMALL_LIMIT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(Request::BlockHeight.path(), "/v1/node/block-height");
        assert_eq!(Request::Leaves { from: 1, until: 9 }.path(), "/v1/availability/leaf/1/9");
        assert_eq!(Request::Certificate2 { height: 7 }.path(), "/v1/catchup/7/cert2");
        assert_eq!(Request::LeafProof { height: 7 }.path(), "/v1/light-client/leaf/7");
        assert_eq!(Request::StakeTableEvents { epoch: 7 }.path(), "/v1/light-client/stake-table/7");
    }

    /// Item 13 of the attacks: a server's configuration, tables or validators in place of what is pinned.
    #[test]
    fn item_13_nothing_is_asked_that_could_replace_a_pin() {
        let leaves = Request::Leaves { from: 0, until: 1 };
        let (certificate, proof) = (Request::Certificate2 { height: 1 }, Request::LeafProof { height: 1 });
        for request in [Request::BlockHeight, leaves, certificate, proof, Request::StakeTableEvents { epoch: 1 }] {
            match request {
                // Hints, and what has to be proven. Another kind is to be looked at here.
                Request::BlockHeight
                | Request::Leaves { .. }
                | Request::Certificate2 { .. }
                | Request::LeafProof { .. }
                | Request::StakeTableEvents { .. } => {}
            }
            let path = request.path();
            for pin in ["config", "node/stake-table", "node/validators", "chain-config"] {
                assert!(!path.contains(pin), "{path}");
            }
        }
    }

    #[test]
    fn limits_are_bounded() {
        let all = Request::Leaves { from: 0, until: u64::MAX };
        assert_eq!(all.size_limit(), json::SIZE_LIMIT);
        assert_eq!(Request::Leaves { from: 1, until: 2 }.size_limit(), SMALL_LIMIT);
        assert!(Request::StakeTableEvents { epoch: 1 }.size_limit() <= json::SIZE_LIMIT);
    }
}
