//! Base addresses of query services.

use std::fmt;
use std::str::FromStr;

/// The base address of a query service, without a slash at the end and without `/v0` or `/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address(String);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let uri: ureq::http::Uri = text.trim().parse().map_err(|error| format!("{text:?}: {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(format!("{text:?}: an address begins with http:// or https://"));
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(format!("{text:?}: the host is missing"));
        }
        if uri.query().is_some() {
            return Err(format!("{text:?}: an address has no query"));
        }
        let mut base = text.trim().trim_end_matches('/');
        for version in ["/v0", "/v1"] {
            base = base.strip_suffix(version).unwrap_or(base);
        }
        Ok(Self(base.trim_end_matches('/').into()))
    }
}

impl Address {
    /// The address of a path that begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for text in ["http://localhost:1", "http://localhost:1/", "http://localhost:1/v1", " http://localhost:1/v0/"] {
            assert_eq!(text.parse::<Address>().unwrap().join("/v1/x"), "http://localhost:1/v1/x", "{text}");
        }
        assert_eq!("https://a.example/node".parse::<Address>().unwrap().to_string(), "https://a.example/node");
        for text in ["", "localhost:1", "ftp://a", "file:///etc", "http://", "http://a/?b=c", "http://a b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
