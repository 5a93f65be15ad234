//! Every decoder of untrusted text or bytes: the first byte chooses which.
#![no_main]

use hotshot_light_client::client::checkpoint::Checkpoint;
use hotshot_light_client::client::network::Network;
use hotshot_light_client::consensus::certificate::{Certificate2, QuorumCertificate, UpgradeCertificate};
use hotshot_light_client::consensus::finality::{LeafProof, descendants_from_json};
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::leaf::{CertifiedLeaf, Leaf};
use hotshot_light_client::encoding::bitvec::SignerBits;
use hotshot_light_client::encoding::bytes::{from_base64, from_hex};
use hotshot_light_client::encoding::integer::parse_u256;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::encoding::tagged_base64;
use hotshot_light_client::signature::bls::{Signature, VerificationKey};
use hotshot_light_client::stake_table::table::StakeTable;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let text = core::str::from_utf8(body).unwrap_or_default();
    let read = |decode: &dyn Fn(&Json<'_>)| {
        if let Ok(json) = json::parse(body) {
            decode(&json);
        }
    };
    match choice % 16 {
        0 => {
            // The grammar's verdict and the reader's agree on what is no JSON at all.
            if json::parse(body).is_ok() {
                assert_eq!(json::syntax_error(body), None);
            }
        }
        1 => drop(tagged_base64::decode(text, "COMMIT")),
        2 => read(&|json| {
            if let Ok(header) = Header::from_json(json) {
                header.commitment();
            }
        }),
        3 => read(&|json| {
            if let Ok(leaf) = Leaf::from_json(json) {
                leaf.commitment();
            }
        }),
        4 => read(&|json| drop(CertifiedLeaf::from_json(json))),
        5 => read(&|json| drop(QuorumCertificate::from_json(json).map(|certificate| certificate.commitment()))),
        6 => read(&|json| drop(Certificate2::from_json(json).map(|certificate| certificate.commitment()))),
        7 => read(&|json| drop(UpgradeCertificate::from_json(json).map(|certificate| certificate.commitment()))),
        8 => read(&|json| drop(LeafProof::from_json(json))),
        9 => read(&|json| drop(descendants_from_json(json))),
        10 => read(&|json| {
            if let Ok(bits) = SignerBits::from_json(json) {
                assert_eq!(bits.iter().filter(|set| *set).count(), bits.count());
            }
        }),
        11 => drop(Network::parse(body).map(|network| network.identity())),
        12 => {
            if let Ok(checkpoint) = Checkpoint::from_bytes(body) {
                assert_eq!(checkpoint.to_bytes(), body);
            }
            drop(Checkpoint::from_text(text));
        }
        13 => read(&|json| drop(StakeTable::from_json(json))),
        14 => {
            if let Ok(bytes) = body.try_into() {
                drop(Signature::from_bytes(bytes));
            }
            if let Ok(bytes) = body.try_into() {
                drop(VerificationKey::from_bytes(bytes));
            }
        }
        _ => {
            drop(parse_u256(text));
            drop(from_hex::<20>(text));
            drop(from_base64(text));
        }
    }
});
