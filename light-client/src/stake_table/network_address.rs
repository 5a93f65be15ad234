//! The peer-to-peer address of a validator: `host:port`.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/addr.rs`. Nearly every text is
//! an address, because any host name will do: only a bad port makes one invalid. The stake table's
//! hash commits to the text in canonical form, so IP addresses are rewritten as Rust prints them.

use alloc::format;
use alloc::string::String;
use core::net::IpAddr;

/// The committed text of an address; `None` if it is none.
///
/// The port is what follows the last `:`, a decimal number below 2^16 (a `+` or leading zeros may
/// stand before), or 0 without a `:`. A text that begins with `[` ends its host at the first `]:`.
pub fn canonical(text: &str) -> Option<String> {
    let (host, port) = if text.starts_with('[') {
        // By bytes: searching in text is kilobytes of code. The bracket stays with the host, to be taken
        // off with its partner below.
        match text.as_bytes().windows(2).position(|pair| pair == b"]:") {
            Some(end) => (text.get(..=end)?, text.get(end + 2..)),
            None => (text, None),
        }
    } else {
        match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port: u16 = port.map_or(Some(0), |port| port.parse().ok())?;
    let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
    Some(match host.parse::<IpAddr>() {
        Ok(address) => format!("{address}:{port}"),
        Err(_) => format!("{host}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for (text, expected) in [
            ("127.0.0.1:1234", Some("127.0.0.1:1234")),
            ("::1:1234", Some("::1:1234")),
            ("0:0:0:0:0:0:0:1:1234", Some("::1:1234")),
            ("[::1]:1234", Some("::1:1234")),
            ("[2001:0DB8::1]:443", Some("2001:db8::1:443")),
            ("[::1]", Some("::1:0")),
            ("[host]:7", Some("host:7")),
            ("[a]:1:2", None),
            ("[unclosed:80", Some("[unclosed:80:0")),
            ("[", Some("[:0")),
            ("[]", Some(":0")),
            ("localhost:1234", Some("localhost:1234")),
            ("sub.domain.com:01234", Some("sub.domain.com:1234")),
            ("host:+80", Some("host:80")),
            ("not a socket address", Some("not a socket address:0")),
            ("", Some(":0")),
            (":", None),
            (":5", Some(":5")),
            ("host:65536", None),
            ("host:-1", None),
            ("host:port", None),
            ("host: 80", None),
            ("host:", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]:.0-9a-f\\PC]{0,24}") {
            let _ = canonical(&text);
        }
    }
}
