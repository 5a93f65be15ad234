//! The configuration that nodes publish, and the network file that pins it for clients.

use serde_json::{Value, json};

use crate::chain::{Chain, Table, capacity, header};

fn hex(value: hotshot_light_client::encoding::integer::U256) -> String {
    format!("{value:#x}")
}

/// The flat form of recordings and network files.
fn entries(table: &Table) -> Vec<Value> {
    let entry = |member: &crate::chain::Member| {
        json!({
            "stake_key": member.validator.bls_key,
            "stake_amount": hex(member.stake),
            "state_ver_key": member.validator.schnorr_key,
        })
    };
    table.members.iter().map(entry).collect()
}

/// The nested form of nodes.
pub(super) fn peers(table: &Table) -> Vec<Value> {
    let peer = |member: &crate::chain::Member| {
        json!({
            "stake_table_entry": { "stake_key": member.validator.bls_key, "stake_amount": hex(member.stake) },
            "state_ver_key": member.validator.schnorr_key,
            "connect_info": null,
        })
    };
    table.members.iter().map(peer).collect()
}

/// The answer of `config/hotshot`.
pub(super) fn hotshot(chain: &Chain) -> Value {
    json!({
        "config": {
            "num_nodes_with_stake": chain.fixed_table().members.len(),
            "known_nodes_with_stake": peers(chain.fixed_table()),
            "epoch_height": chain.schedule().epoch_height(),
            "epoch_start_block": epoch_start_block(chain),
            "stake_table_capacity": capacity(chain),
        }
    })
}

/// Chains that never reach 0.3 have no epochs; their nodes still answer with a number.
fn epoch_start_block(chain: &Chain) -> u64 {
    chain.schedule().epoch_start_block().unwrap_or(0)
}

/// The `stake_table.json` of recordings.
pub fn stake_table_file(chain: &Chain) -> Value {
    json!({
        "epoch_height": epoch_height(chain),
        "epoch_start_block": epoch_start_block(chain),
        "stake_table_capacity": capacity(chain),
        "known_nodes_with_stake": entries(chain.fixed_table()),
    })
}

fn epoch_height(chain: &Chain) -> u64 {
    chain.schedule().epoch_start_block().map_or(0, |_| chain.schedule().epoch_height())
}

/// When the first block was made, in seconds.
fn genesis_time(chain: &Chain) -> Option<u64> {
    chain.blocks().first().map(|block| block.leaf.leaf.block_header.fields().timestamp)
}

/// What there is to know of transitions before any key is pinned: state certificates of the form that
/// can be proven begin with the first root of 0.4.
fn transitions(chain: &Chain) -> Option<Value> {
    let schedule = chain.schedule();
    let begins = schedule.upgrades().iter().map(|upgrade| upgrade.first).chain([1]);
    let newest = begins.filter(|height| schedule.version(*height) >= 4).min()?;
    let epoch = schedule.epoch(newest).max(schedule.first_epoch()?);
    let passed = schedule.version(schedule.root(epoch)) < 4;
    Some(json!({ "first_epoch": epoch + u64::from(passed), "capacity": capacity(chain), "keys": {} }))
}

/// Hashes of registrations that no header carries: those after roots of 0.3, as far as they are fixed.
fn hashes(chain: &Chain) -> Vec<Value> {
    let schedule = chain.schedule();
    let epochs = chain.first_dynamic_epoch().into_iter().flat_map(|first| first..);
    let known = epochs.map_while(|epoch| Some((epoch, chain.stake(epoch)?)));
    let unsaid = known.take_while(|(epoch, _)| schedule.version(schedule.root(epoch - 1)) < 4);
    unsaid.map(|(epoch, stake)| json!({ "epoch": epoch, "hash": stake.hash })).collect()
}

/// The network file: what a client pins of this devnet.
pub fn network_file(chain: &Chain, providers: &[String]) -> Value {
    let genesis = chain.blocks().first().map(|block| block.leaf.qc.data.leaf_commit);
    json!({
        "name": format!("devnet {} (INSECURE: its keys are public)", chain.settings().seed),
        "chain_id": header::CHAIN_ID.to_string(),
        "epoch_height": epoch_height(chain),
        "epoch_start_block": epoch_start_block(chain),
        "first_dynamic_epoch": chain.first_dynamic_epoch(),
        "stake_table": { "known_nodes_with_stake": entries(chain.fixed_table()) },
        "stake_table_hashes": hashes(chain),
        "transitions": transitions(chain),
        "genesis": { "leaf": genesis, "timestamp": genesis_time(chain) },
        "providers": providers,
        "insecure_devnet": true,
    })
}
