//! What validators sign for light clients elsewhere: at the root of an epoch the certificate by which its table
//! hands over to the next (`availability/state-cert-v2`), at other blocks what a state relay collects
//! (`api/lateststate`).
//!
//! Source: EspressoSystems/espresso-network `crates/hotshot/types/src/light_client.rs`,
//! `stake_table.rs`, `simple_certificate.rs`,
//! `crates/espresso/node/src/state_signature/relay_server/lcv3_relay.rs`; EspressoSystems/jellyfish
//! `signature/src/schnorr.rs`. Of
//! the verifier only the Rescue hash is used, which the published commitments of real tables prove right.

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::encoding::tagged_base64;
use hotshot_light_client::hash::rescue;
use serde_json::{Value, json};

use super::{Chain, Member, Table, choose_quorum};
use crate::crypto::{Dice, compressed_bls, schnorr_sign};

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

/// What a contract on L1 holds about the table of an epoch: the commitments to BLS keys, Schnorr keys and
/// stakes, and the threshold; big-endian.
pub fn voting_state(chain: &Chain, epoch: u64) -> [[u8; 32]; 4] {
    TableState::of(&chain.table(Some(epoch)), capacity(chain)).elements().map(|element| word(&element))
}

/// What is signed at a height.
struct Statement {
    state: Vec<u8>,
    next: TableState,
    auth_root: [u8; 32],
    /// LCV2.
    legacy: Vec<Fr>,
    /// LCV3 from 0.4 on.
    newest: Vec<Fr>,
}

impl Statement {
    fn at(chain: &Chain, height: u64, next_epoch: u64) -> Option<Self> {
        let block = chain.blocks().get(usize::try_from(height).ok()?)?;
        let leaf = &block.leaf.leaf;
        let (minor, fields) = (leaf.block_header.minor(), leaf.block_header.fields());
        if minor < 3 || !chain.knows_table(next_epoch) {
            return None;
        }
        let next = TableState::of(&chain.table(Some(next_epoch)), capacity(chain));
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
        let state = [&view.to_le_bytes()[..], &height.to_le_bytes(), &le(&root)].concat();
        Some(Self { state, next, auth_root, legacy, newest })
    }

    fn state(&self) -> String {
        tagged_base64::encode("LIGHT_CLIENT_STATE", &self.state)
    }

    fn next(&self) -> String {
        tagged_base64::encode("STAKE_TABLE_STATE", self.next.elements().map(|element| le(&element)).as_flattened())
    }

    fn auth_root(&self) -> String {
        format!("0x{}", self.auth_root.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

/// Members of a table who together are a quorum, in no order.
fn signers<'a>(dice: &mut Dice, table: &'a Table) -> Vec<&'a Member> {
    let flags = choose_quorum(dice, table, table.success_threshold(), false);
    let signed = dice.shuffle(flags.len()).into_iter().filter(|index| flags.get(*index).copied().unwrap_or_default());
    signed.filter_map(|index| table.members.get(index)).collect()
}

/// The certificate of an epoch, once its root is there. Versions below 0.3 have none.
pub fn state_certificate(chain: &Chain, epoch: u64) -> Option<Value> {
    // No epoch is later than the last block; its root could not even be computed.
    if epoch == 0 || epoch > chain.blocks().len() as u64 {
        return None;
    }
    let statement = Statement::at(chain, chain.schedule().root(epoch), epoch + 1)?;
    let table = chain.table(Some(epoch));
    let signers = signers(&mut Dice::new(&chain.settings().seed, "state certificate", epoch), &table);
    let signature = |Member { validator, .. }: &Member| {
        json!([
            validator.schnorr_key,
            schnorr_sign(validator, &statement.newest),
            schnorr_sign(validator, &statement.legacy)
        ])
    };
    Some(json!({
        "epoch": epoch,
        "light_client_state": statement.state(),
        "next_stake_table_state": statement.next(),
        "signatures": signers.into_iter().map(signature).collect::<Vec<_>>(),
        "auth_root": statement.auth_root(),
    }))
}

/// The signatures over the newest block's state, as a state relay serves them that waits for a quorum. None
/// before 0.4, and none of the blocks after an epoch's root, which belong to no table that signs.
pub fn state_bundle(chain: &Chain) -> Option<Value> {
    let newest = chain.blocks().len().checked_sub(1)? as u64;
    let epoch = chain.schedule().epoch(newest);
    let height = newest.min(chain.schedule().root(epoch).checked_sub(1)?);
    let statement = Statement::at(chain, height, epoch)?;
    if chain.blocks().get(usize::try_from(height).ok()?)?.leaf.leaf.block_header.minor() < 4 {
        return None;
    }
    let table = chain.table(Some(epoch));
    let signers = signers(&mut Dice::new(&chain.settings().seed, "state bundle", height), &table);
    let weight = signers.iter().fold(U256::ZERO, |sum, member| sum + member.stake);
    let signature = |Member { validator, .. }: &&Member| {
        (validator.schnorr_key.to_string(), json!(schnorr_sign(validator, &statement.newest)))
    };
    Some(json!({
        "state": statement.state(),
        "next_stake": statement.next(),
        "auth_root": statement.auth_root(),
        "signatures": signers.iter().map(signature).collect::<serde_json::Map<_, _>>(),
        "accumulated_weight": format!("{weight:#x}"),
    }))
}
