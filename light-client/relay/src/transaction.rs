//! Transactions with a base fee (EIP-1559), signed.

use alloy_consensus::{SignableTransaction as _, TxEip1559};
use alloy_network::TxSignerSync as _;
use alloy_network::eip2718::Encodable2718 as _;
use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use crate::account::Account;

/// A transaction as nodes take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The bytes to send.
    pub raw: Bytes,
    /// Its hash.
    pub hash: B256,
}

/// Signs for an account.
///
/// # Errors
/// What the signer says; the key of an [`Account`] signs everything.
pub fn sign(mut transaction: TxEip1559, account: &Account) -> Result<Signed, String> {
    let signature = account.signer().sign_transaction_sync(&mut transaction).map_err(|error| error.to_string())?;
    let signed = transaction.into_signed(signature);
    Ok(Signed { raw: signed.encoded_2718().into(), hash: *signed.hash() })
}
