//! Answers: JSON, or an error in the form of the query service.

use serde::Serialize;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON.
    pub body: String,
}

impl Answer {
    /// A value as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(body) => Self { status: 200, body },
            Err(error) => Self::error(500, &error.to_string()),
        }
    }

    /// An error.
    pub fn error(status: u16, message: &str) -> Self {
        let body = serde_json::json!({ "Custom": { "message": message, "status": status } }).to_string();
        Self { status, body }
    }

    /// What is not there (yet).
    pub fn missing() -> Self {
        Self::error(404, "not found")
    }

    /// JSON that may be missing.
    pub fn text(body: Option<String>) -> Self {
        body.map_or_else(Self::missing, |body| Self { status: 200, body })
    }

    /// A value that may be missing.
    pub fn optional<T: Serialize>(value: Option<T>) -> Self {
        value.map_or_else(Self::missing, |value| Self::json(&value))
    }
}
