//! The key that pays.

use std::fmt;
use std::fs;
use std::path::Path;

use hotshot_light_client::encoding::bytes::{from_hex, to_hex};
use hotshot_light_client::encoding::committable::keccak256;
use k256::ecdsa::SigningKey;

/// An account of the EVM with its secret key, which is never shown.
#[derive(Clone)]
pub struct Account {
    key: SigningKey,
    address: [u8; 20],
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("address", &to_hex(&self.address)).finish_non_exhaustive()
    }
}

impl Account {
    /// The account of a secret key of 64 hexadecimal digits, with or without `0x`.
    ///
    /// # Errors
    /// What is wrong with the text, without repeating any of it.
    pub fn from_text(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "a secret key has 64 hexadecimal digits";
        let digits = text.trim();
        let prefixed = if digits.starts_with("0x") { digits.to_owned() } else { format!("0x{digits}") };
        let bytes: [u8; 32] = from_hex(&prefixed).map_err(|_| FORM)?;
        let key = SigningKey::from_slice(&bytes).map_err(|_| "no account has this secret key")?;
        let point = key.verifying_key().to_sec1_point(false);
        let coordinates = point.as_bytes().get(1..).ok_or(FORM)?;
        let hash = keccak256(&[coordinates]);
        let (_, address) = hash.split_at(12);
        let address = address.try_into().map_err(|_| FORM)?;
        Ok(Self { key, address })
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
    pub const fn address(&self) -> &[u8; 20] {
        &self.address
    }

    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
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
        assert_eq!(to_hex(account.address()), "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
        assert_eq!(Account::from_text(text).unwrap().address(), account.address());
        assert!(!format!("{account:?}").contains("ac0974"));
        for bad in ["", "0x", "0x12", &"0".repeat(64), &"f".repeat(64), &text.replace('a', "g")] {
            let refused = Account::from_text(bad).unwrap_err();
            assert!(bad.is_empty() || !refused.contains(bad), "{bad}");
        }
    }
}
