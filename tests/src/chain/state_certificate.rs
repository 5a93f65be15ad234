//! The certificates by which one epoch's table hands over to the next: `availability/state-cert-v2`.
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`,
//! `stake_table.rs`, `simple_certificate.rs`; EspressoSystems/jellyfish `signature/src/schnorr.rs`. Of
//! the verifier only the Rescue hash is used, which the published commitments of real tables prove right.

use ark_bn254::Fr;
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ed_on_bn254::{EdwardsAffine, Fr as Scalar};
use ark_ff::{BigInteger as _, PrimeField};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::encoding::tagged_base64;
use hotshot_light_client::hash::rescue;
use serde_json::{Value, json};

use super::{Chain, Table, choose_quorum};
use crate::crypto::{Dice, Validator, compressed_bls};
use crate::model::SchnorrSignature;

/// Rows that the commitments cover, as in the node's configuration.
pub fn capacity(chain: &Chain) -> usize {
    let usual = chain.fixed_table().members.len().max(200);
    chain.settings().stake_table_capacity.and_then(|rows| rows.try_into().ok()).unwrap_or(usual)
}

fn le<F: PrimeField>(value: &F) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(value.into_bigint().to_bytes_le()).for_each(|(to, from)| *to = from);
    bytes
}

fn word<F: PrimeField>(value: &F) -> [u8; 32] {
    let mut bytes = le(value);
    bytes.reverse();
    bytes
}

fn element(amount: U256) -> Fr {
    Fr::from_le_bytes_mod_order(&amount.to_le_bytes::<32>())
}

/// The commitments of a table.
struct TableState {
    bls: Fr,
    schnorr: Fr,
    amounts: Fr,
    threshold: Fr,
}

impl TableState {
    fn of(table: &Table, capacity: usize) -> Self {
        let empty = capacity.saturating_sub(table.members.len());
        let padded = |elements: Vec<Fr>, padding: &[Fr]| {
            let padding = std::iter::repeat_n(padding, empty).flatten().copied();
            rescue::hash(elements.into_iter().chain(padding))
        };
        let (zero, one) = (Fr::from(0u64), Fr::from(1u64));
        let mut columns = (Vec::new(), Vec::new(), Vec::new());
        for member in &table.members {
            let key = compressed_bls(&member.validator);
            columns.0.extend(key.chunks(31).map(Fr::from_le_bytes_mod_order));
            columns.1.extend([member.validator.schnorr_point.x, member.validator.schnorr_point.y]);
            columns.2.push(element(member.stake));
        }
        Self {
            bls: padded(columns.0, &[zero; 3]),
            schnorr: padded(columns.1, &[zero, one]),
            amounts: padded(columns.2, &[zero]),
            threshold: element(table.total() / U256::from(3u64) + U256::from(1u64)),
        }
    }

    fn elements(&self) -> [Fr; 4] {
        [self.bls, self.schnorr, self.amounts, self.threshold]
    }
}

/// Signs with the deterministic nonce of the reference.
fn sign(validator: &Validator, message: &[Fr]) -> SchnorrSignature {
    let domain = Fr::from_be_bytes_mod_order(b"SCHNORR_WITH_RESCUE_HASH_v01");
    let secret = Fr::from_le_bytes_mod_order(&le(&validator.schnorr_secret));
    let nonce = rescue::hash([domain, secret].into_iter().chain(message.iter().copied()));
    let nonce = Scalar::from_le_bytes_mod_order(&le(&nonce));
    let commitment = (EdwardsAffine::generator() * nonce).into_affine();
    let key = &validator.schnorr_point;
    let points = [domain, key.x, key.y, commitment.x, commitment.y];
    let hash = le(&rescue::hash(points.into_iter().chain(message.iter().copied())));
    let challenge = Scalar::from_le_bytes_mod_order(hash.get(..31).unwrap_or_default());
    let scalar = nonce + challenge * validator.schnorr_secret;
    let mut bytes = [0; 96];
    let parts = [le(&scalar), le(&commitment.x), le(&commitment.y)];
    bytes.iter_mut().zip(parts.as_flattened()).for_each(|(to, from)| *to = *from);
    SchnorrSignature::new(bytes)
}

/// The certificate of an epoch, once its root is there. Versions below 0.3 have none.
pub fn state_certificate(chain: &Chain, epoch: u64) -> Option<Value> {
    // No epoch is later than the last block; its root could not even be computed.
    if epoch == 0 || epoch > chain.blocks().len() as u64 {
        return None;
    }
    let height = chain.schedule().root(epoch);
    let block = chain.blocks().get(usize::try_from(height).ok()?)?;
    let leaf = &block.leaf.leaf;
    let (minor, fields) = (leaf.block_header.minor(), leaf.block_header.fields());
    if minor < 3 || !chain.knows_table(epoch + 1) {
        return None;
    }
    let next = TableState::of(&chain.table(Some(epoch + 1)), capacity(chain));
    let root = rescue::hash(fields.block_merkle_tree_root.bytes.chunks(31).map(Fr::from_le_bytes_mod_order));
    let view = leaf.view_number;
    let legacy: Vec<Fr> = [Fr::from(view), Fr::from(height), root].into_iter().chain(next.elements()).collect();
    // Certificates of 0.3 are turned into the newer form by writing their one signature twice.
    let (auth_root, newest) = if minor < 4 {
        ([0; 32], legacy.clone())
    } else {
        let rewards = fields.reward_merkle_tree_root.map_or([0; 48], |root| root.bytes);
        let auth_root = keccak256(&[rewards.get(..32).unwrap_or_default(), &[0; 7 * 32]]);
        let number = |value: u64| word(&Fr::from(value));
        let state = [number(view), number(height), word(&root)];
        let table = [word(&next.threshold), word(&next.bls), word(&next.schnorr), word(&next.amounts)];
        let digest = keccak256(&[state.as_flattened(), table.as_flattened(), &auth_root]);
        (auth_root, vec![Fr::from_be_bytes_mod_order(&digest)])
    };
    let table = chain.table(Some(epoch));
    let mut dice = Dice::new(&chain.settings().seed, "state certificate", epoch);
    let flags = choose_quorum(&mut dice, &table, table.success_threshold(), false);
    let signed = dice.shuffle(flags.len()).into_iter().filter(|index| flags.get(*index).copied().unwrap_or_default());
    let signatures = signed.filter_map(|index| {
        let signer = &table.members.get(index)?.validator;
        Some(json!([signer.schnorr_key, sign(signer, &newest), sign(signer, &legacy)]))
    });
    let signatures: Vec<Value> = signatures.collect();
    let state = [&view.to_le_bytes()[..], &height.to_le_bytes(), &le(&root)].concat();
    Some(json!({
        "epoch": epoch,
        "light_client_state": tagged_base64::encode("LIGHT_CLIENT_STATE", &state),
        "next_stake_table_state": tagged_base64::encode("STAKE_TABLE_STATE", next.elements().map(|e| le(&e)).as_flattened()),
        "signatures": signatures,
        "auth_root": format!("0x{}", auth_root.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    }))
}
