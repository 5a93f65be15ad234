//! What the client asks of a query service, as paths under its base address.
//!
//! All are plain GETs without headers of their own, so that browsers send no preflight request.
//! Source: EspressoSystems/espresso-network `crates/espresso/node/api/*.toml`,
//! `hotshot-query-service/api/availability.toml`.

use alloc::string::String;

/// Something a query service can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Request {
    /// The path with its query, from `/v1` on.
    pub fn path(&self) -> String {
        match self {
            Self::BlockHeight => "/v1/node/block-height".into(),
            Self::Leaves { from, until } => alloc::format!("/v1/availability/leaf/{from}/{until}"),
            Self::Certificate2 { height } => alloc::format!("/v1/catchup/{height}/cert2"),
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
    }
}
