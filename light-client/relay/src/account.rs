//! The key that pays.

use std::fs;
use std::path::Path;

use alloy_primitives::Address;
use alloy_signer_local::PrivateKeySigner;

/// An account of the EVM with its secret key, which is never shown.
#[derive(Clone, Debug)]
pub struct Account(PrivateKeySigner);

impl Account {
    /// The account of a secret key of 64 hexadecimal digits, with or without `0x`.
    ///
    /// # Errors
    /// What is wrong with the text, without repeating any of it.
    pub fn from_text(text: &str) -> Result<Self, &'static str> {
        let digits = text.trim();
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err("a secret key has 64 hexadecimal digits");
        }
        digits.parse().map(Self).map_err(|_| "no account has this secret key")
    }

    /// The account of the key in a file.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`Self::from_text`].
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::from_text(&text).map_err(|reason| format!("{}: {reason}", path.display()))
    }

    /// The address.
    pub const fn address(&self) -> Address {
        self.0.address()
    }

    pub(crate) const fn signer(&self) -> &PrivateKeySigner {
        &self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_first_account_of_every_test_chain() {
        let text = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
        let account = Account::from_text(&format!(" 0x{text}\n")).unwrap();
        assert_eq!(account.address().to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(Account::from_text(text).unwrap().address(), account.address());
        assert!(!format!("{account:?}").contains("ac0974"));
        for bad in ["", "0x", "0x12", &"0".repeat(64), &"f".repeat(64), &text.replace('a', "g")] {
            let refused = Account::from_text(bad).unwrap_err();
            assert!(bad.is_empty() || !refused.contains(bad), "{bad}");
        }
    }
}
