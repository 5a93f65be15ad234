//! Certificates by themselves, against the table of an epoch.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;

use hotshot_light_client::Rejection;
use hotshot_light_client::consensus::certificate::{
    Certificate, Certificate2, QuorumCertificate, TimeoutCertificate, UpgradeCertificate, ViewSyncCertificate,
};
use hotshot_light_client::consensus::signatures::{Quorum, weigh};
use hotshot_light_client::consensus::votes::VoteData;
use hotshot_light_client::encoding::json;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::stake_table::threshold::Threshold;

use crate::border::{Failure, HslcBuffer, HslcSlice, call, required};
use crate::describe;
use crate::network::HslcTables;
use crate::status::{HSLC_ARGUMENT, HslcStatus};

/// A first-phase certificate on a leaf.
pub const HSLC_QUORUM_CERTIFICATE: u32 = 1;
/// A second-phase certificate on a leaf.
pub const HSLC_CERTIFICATE2: u32 = 2;
/// A certificate for a protocol upgrade.
pub const HSLC_UPGRADE_CERTIFICATE: u32 = 3;
/// A certificate that a view timed out.
pub const HSLC_TIMEOUT_CERTIFICATE: u32 = 4;
/// A certificate that ends a view synchronisation.
pub const HSLC_VIEW_SYNC_CERTIFICATE: u32 = 5;

/// Verifies signature and weight of a certificate by the table of an epoch; before protocol 0.3 that
/// is any epoch of the static table. Writes who signed as JSON: `{"view","epoch","signers",
/// "validators","weight","threshold","total"}`. A valid certificate alone makes nothing final.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_certificate_verify(
    tables: Option<&HslcTables>,
    epoch: u64,
    kind: u32,
    certificate: HslcSlice,
    quorum: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(quorum, message, || {
        let tables = required(tables, "tables")?.current();
        let table = tables.of_epoch(epoch)?;
        let json = json::parse(certificate.bytes()?)?;
        let quorum = match kind {
            HSLC_QUORUM_CERTIFICATE => verify(&QuorumCertificate::from_json(&json)?, table, Threshold::Success),
            HSLC_CERTIFICATE2 => verify(&Certificate2::from_json(&json)?, table, Threshold::Success),
            HSLC_UPGRADE_CERTIFICATE => verify(&UpgradeCertificate::from_json(&json)?, table, Threshold::Upgrade),
            HSLC_TIMEOUT_CERTIFICATE => verify(&TimeoutCertificate::from_json(&json)?, table, Threshold::Success),
            HSLC_VIEW_SYNC_CERTIFICATE => verify(&ViewSyncCertificate::from_json(&json)?, table, Threshold::Success),
            _ => Err(Failure::new(HSLC_ARGUMENT, format!("{kind} is no kind of certificate"))),
        }?;
        let quorum = Quorum { epoch: Some(epoch), ..quorum };
        Ok(Some(HslcBuffer::text(describe::quorum(&quorum).to_string())))
    })
}

fn verify<D: VoteData>(
    certificate: &Certificate<D>,
    table: &StakeTable,
    threshold: Threshold,
) -> Result<Quorum, Failure> {
    let (signed, quorum) = weigh(certificate, table, threshold)?;
    let refused = |_| Rejection::QcSignature.with(certificate.signed_message(), "a message that the quorum signed");
    signed.verify().map_err(refused)?;
    Ok(quorum)
}
