//! Recorded epochs and invented ones, and everything near them that is wrong.

use std::fs;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall as _;
use hotshot_light_client::encoding::bytes::from_hex_vec;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_relay::contract::abi;
use hotshot_relay::contract::abi::IHotShotLightClient as Interface;

use crate::common::deployment::{Parameters, ROOT_DELAY, State, Table, table_words, workspace};
use crate::evm::Evm;
use crate::format::{self, Script, Then, Update, Word};
use crate::judge::{Judge, coordinate_modulus};

fn parameters(script: &Script) -> Parameters {
    let (genesis, network) = (&script.genesis, &script.network);
    let format::Table { threshold, bls_key_comm, schnorr_key_comm, amount_comm } = &genesis.stake_table;
    Parameters {
        genesis: State {
            viewNum: genesis.view,
            blockHeight: genesis.height,
            blockCommRoot: genesis.block_comm_root.value(),
        },
        genesisStakeTable: Table {
            threshold: threshold.value(),
            blsKeyComm: bls_key_comm.value(),
            schnorrKeyComm: schnorr_key_comm.value(),
            amountComm: amount_comm.value(),
        },
        genesisAuthRoot: genesis.auth_root.value(),
        blocksPerEpoch: network.epoch_height,
        epochStartBlock: network.epoch_start_block,
        stakeTableCapacity: U256::from(network.stake_table_capacity),
        rootDelay: U256::from(ROOT_DELAY),
        keyDelay: U256::from(86_400),
        historyCapacity: U256::from(64),
        owner: [0; 20].into(),
        insecureKeysAllowed: script.insecure_keys_allowed,
    }
}

fn epoch_root(update: &Update) -> abi::EpochRoot {
    let format::Table { threshold, bls_key_comm, schnorr_key_comm, amount_comm } = &update.next_stake_table;
    abi::EpochRoot {
        state: abi::LightClientState {
            viewNum: update.view,
            blockHeight: update.height,
            blockCommRoot: update.block_comm_root.value(),
        },
        nextStakeTable: abi::StakeTableState {
            threshold: threshold.value(),
            blsKeyComm: bls_key_comm.value(),
            schnorrKeyComm: schnorr_key_comm.value(),
            amountComm: amount_comm.value(),
        },
        authRoot: update.auth_root.value(),
        points: update.proof.each_ref().map(Word::value),
    }
}

fn call(updates: &[Update], batch: bool, key: [u8; 32]) -> Bytes {
    let mut roots: Vec<_> = updates.iter().map(epoch_root).collect();
    match roots.pop() {
        Some(abi::EpochRoot { state, nextStakeTable, authRoot, points }) if !batch => {
            let proof = abi::TransitionProof { keyHash: key.into(), points };
            let call =
                Interface::newFinalizedStateCall { newState: state, nextStakeTable, newAuthRoot: authRoot, proof };
            call.abi_encode().into()
        }
        last => {
            roots.extend(last);
            Interface::newFinalizedEpochsCall { roots, keyHash: key.into() }.abi_encode().into()
        }
    }
}

/// What the contract knows, as a script says it.
fn then(evm: &mut Evm) -> Then {
    let latest = evm.read(&Interface::latestStateCall {}).unwrap();
    let table = evm.read(&Interface::votingStakeTableStateCall {}).unwrap();
    let [threshold, bls_key_comm, schnorr_key_comm, amount_comm] = table_words(&table).map(Word::of);
    Then {
        view: latest.viewNum,
        height: latest.blockHeight,
        block_comm_root: Word::of(latest.blockCommRoot),
        auth_root: Word::of(latest.latestAuthRoot),
        voting_epoch: evm.read(&Interface::votingEpochCall {}).unwrap(),
        stake_table: format::Table { threshold, bls_key_comm, schnorr_key_comm, amount_comm },
    }
}

/// Everything near an update that is not the update.
fn neighbours(update: &Update) -> Vec<Update> {
    let one = U256::from(1u64);
    let mut all = Vec::new();
    let mut push = |change: &dyn Fn(&mut Update)| {
        let mut other = update.clone();
        change(&mut other);
        all.push(other);
    };
    for by in [1, 5, 6, 10] {
        push(&|u| u.height += by);
        push(&|u| u.height = u.height.saturating_sub(by));
    }
    push(&|u| u.view += 1);
    push(&|u| u.view = 0);
    let words: [fn(&mut Update) -> &mut Word; 6] = [
        |u| &mut u.block_comm_root,
        |u| &mut u.auth_root,
        |u| &mut u.next_stake_table.threshold,
        |u| &mut u.next_stake_table.bls_key_comm,
        |u| &mut u.next_stake_table.schnorr_key_comm,
        |u| &mut u.next_stake_table.amount_comm,
    ];
    for word in words {
        push(&|u| *word(u) = Word::of(word(u).value() ^ one));
        push(&|u| *word(u) = Word::of(U256::ZERO));
    }
    for place in 0..8 {
        push(&|u| u.proof[place] = Word::of(u.proof[place].value() ^ one));
        push(&|u| u.proof[place] = Word::of(coordinate_modulus() - u.proof[place].value()));
    }
    push(&|u| u.proof.swap(0, 6));
    all
}

/// Plays a script to core and contract, with everything near its updates before each. How many verdicts.
fn play(name: &str, script: &Script, near: bool) -> Option<usize> {
    let file = from_hex_vec(&script.key, 4096).unwrap();
    let key = keccak256(&[&file]);
    let deployed = Evm::deploy(parameters(script).deployment(file)?);
    let (mut evm, mut judge) = match (deployed, Judge::new(script)) {
        (Ok(evm), Ok(judge)) => (evm, judge),
        (contract, core) => {
            assert_eq!(contract.err(), core.err().map(|rejected| rejected.code()), "{name}");
            return Some(1);
        }
    };
    let mut verdicts = 0;
    for (index, step) in script.steps.iter().enumerate() {
        let place = format!("{name}, step {index}");
        if near && step.verdict == "ok" {
            for (batch, other) in [false, true]
                .into_iter()
                .flat_map(|batch| neighbours(&step.updates[0]).into_iter().map(move |other| (batch, other)))
            {
                let updates = [other];
                let expected = judge.judge(&updates, batch);
                assert_ne!(expected, "ok", "{place}");
                assert_eq!(evm.submit(call(&updates, batch, key)), expected, "{place}: {updates:?}");
                verdicts += 1;
            }
            assert_eq!(then(&mut evm), judge.then(), "{place}: nothing changed");
        }
        let verdict = judge.judge(&step.updates, step.batch);
        assert_eq!(verdict, step.verdict, "{place}");
        assert_eq!(evm.submit(call(&step.updates, step.batch, key)), verdict, "{place}: {}", step.about);
        assert_eq!(then(&mut evm), judge.then(), "{place}: {}", step.about);
        evm.pass(1, 60);
        verdicts += 1;
    }
    Some(verdicts)
}

/// The recorded epochs of a network of real nodes with proofs of a preset for real networks, and all else that the
/// corpus says.
#[test]
fn scripts_and_all_that_is_near_them() {
    let mut verdicts = 0;
    for file in fs::read_dir(workspace().join("tests/scripts/transitions")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let script: Script = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Some(count) = play(name, &script, name.starts_with("recorded")) else { return };
        verdicts += count;
    }
    assert!(verdicts > 350, "{verdicts}");
}
