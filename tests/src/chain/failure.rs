//! Why the devnet cannot go on.

/// A failure of the devnet itself, told to the person who runs it.
#[derive(Debug)]
pub struct Failure(pub String);

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("JSON: {error}"))
    }
}

impl From<reed_solomon_simd::Error> for Failure {
    fn from(error: reed_solomon_simd::Error) -> Self {
        Self(format!("Reed-Solomon code: {error}"))
    }
}
