//! Random sequences of calls, judged by core and contract, and what must hold after each.

use std::collections::BTreeMap;

use alloy_primitives::{Bytes, U256};
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;
use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::follower::TransitionFollower;
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{TransitionRecord, TransitionRules};
use hotshot_relay::contract::abi::IHotShotLightClient as Interface;
use hotshot_relay::contract::{batch_call, update_call};

use crate::common::deployment::{Parameters, ROOT_DELAY, table_words};
use crate::evm::Evm;

const SEED: &str = "sequences";
const EPOCH: u64 = 10;

/// Numbers that are the same at every run.
struct Dice(u64, u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.1 += 1;
        let [a, b, c, d, ..] = keccak256(&[&self.0.to_le_bytes(), &self.1.to_le_bytes()]);
        u64::from(u32::from_le_bytes([a, b, c, d])) % bound
    }
}

struct World {
    evm: Evm,
    follower: TransitionFollower,
    key: PreparedKey,
    fixture: Fixture,
    secrets: InsecureSecrets,
    dice: Dice,
    /// What was served for a height, by the height of the root.
    served: BTreeMap<u64, (U256, u64)>,
    final_height: u64,
    accepted: usize,
    refused: BTreeMap<&'static str, usize>,
}

impl World {
    fn new(seed: u64) -> Option<Self> {
        let shape = Preset::named("tiny").unwrap().shape;
        let fixture = Fixture::new(SEED, shape, EPOCH).unwrap();
        let keys = Keys::insecure(shape, SEED.as_bytes()).unwrap();
        let table = fixture.table(1).unwrap().state();
        let data = Parameters::from_genesis(&table, 4).deployment(keys.verifying.to_bytes())?;
        let rules = TransitionRules { epochs: Epochs::new(EPOCH).unwrap(), first_epoch: 1 };
        Some(Self {
            evm: Evm::deploy(data).unwrap(),
            follower: TransitionFollower::new(rules, 0, 0, table).unwrap(),
            key: PreparedKey::new(keys.verifying).unwrap(),
            fixture,
            secrets: InsecureSecrets::of_seed(SEED.as_bytes()),
            dice: Dice(seed, 0),
            served: BTreeMap::new(),
            final_height: 0,
            accepted: 0,
            refused: BTreeMap::new(),
        })
    }

    /// Proven under the table of its epoch, like validators sign it.
    fn record(&mut self, height: u64) -> TransitionRecord {
        let certificate = self.fixture.certificate(height).unwrap();
        let signing = self.fixture.table(certificate.epoch).unwrap().state();
        let salt = [height + 2, 3 + self.dice.below(5)];
        self.secrets.forge_record(self.key.key(), &certificate, &signing, salt)
    }

    /// Now and then something is wrong with a record.
    fn spoil(&mut self, record: &mut TransitionRecord) {
        match self.dice.below(12) {
            0 => record.state.view += 1,
            1 => record.auth_root[31] ^= 1,
            2 => record.next_table.bls_key_comm = record.state.block_comm_root,
            3 => record.proof.a = record.proof.c,
            4 => record.state.height += 1,
            _ => return,
        }
        record.epoch = record.state.height.div_ceil(EPOCH);
    }

    fn is_root(height: u64) -> bool {
        height % EPOCH == EPOCH - 5
    }

    fn judge(&mut self, call: Bytes, verdict: Result<(), &'static str>) {
        let expected = verdict.err().unwrap_or("ok");
        assert_eq!(self.evm.submit(call), expected);
        if expected == "ok" {
            self.accepted += 1;
        } else {
            *self.refused.entry(expected).or_default() += 1;
        }
    }

    fn step(&mut self) {
        let (_, height) = self.follower.position();
        let voting = self.follower.voting_epoch();
        match self.dice.below(10) {
            0..=4 => {
                let gap = if Self::is_root(height) { 5 } else { 0 };
                let wide = if self.dice.below(4) == 0 { 12 } else { 3 };
                let next = height + gap + self.dice.below(wide);
                let mut record = self.record(next);
                self.spoil(&mut record);
                let call = update_call(&record, self.key.hash(), true);
                let verdict = self.follower.update(&record, &self.key).map_err(|rejected| rejected.code());
                self.judge(call, verdict);
            }
            5..=6 => {
                let mut record = self.record(self.fixture.root(voting));
                self.spoil(&mut record);
                let call = update_call(&record, self.key.hash(), true);
                let verdict = self.follower.update(&record, &self.key).map_err(|rejected| rejected.code());
                self.judge(call, verdict);
            }
            7..=8 => {
                let count = self.dice.below(4);
                let mut records: Vec<_> = (voting..voting + count).map(|e| self.record(self.fixture.root(e))).collect();
                if let Some(last) = records.last_mut() {
                    self.spoil(last);
                }
                if count == 3 && self.dice.below(3) == 0 {
                    records.swap(0, 2);
                }
                let call = batch_call(&records, self.key.hash());
                let verdict = self.follower.update_epochs(&records, &self.key, b"").map_err(|rejected| rejected.code());
                self.judge(call, verdict);
            }
            _ => self.evm.pass(1 + self.dice.below(40), self.dice.below(2 * ROOT_DELAY)),
        }
        self.check();
    }

    fn check(&mut self) {
        let latest = self.evm.read(&Interface::latestStateCall {}).unwrap();
        assert_eq!((latest.viewNum, latest.blockHeight), self.follower.position());
        assert_eq!(self.evm.read(&Interface::votingEpochCall {}).unwrap(), self.follower.voting_epoch());
        let table = self.follower.voting_table();
        let [bls, schnorr, amount] =
            [table.bls_key_comm, table.schnorr_key_comm, table.amount_comm].map(|e| element::to_u256(&e));
        let found = self.evm.read(&Interface::votingStakeTableStateCall {}).unwrap();
        assert_eq!(table_words(&found), [U256::from(table.threshold), bls, schnorr, amount]);

        let served = self.evm.read(&Interface::finalizedStateCall {}).unwrap();
        assert!(served.blockHeight >= self.final_height && served.blockHeight <= latest.blockHeight);
        assert_eq!(latest.isFinal, served.blockHeight == latest.blockHeight);
        assert!(latest.isFinal || Self::is_root(latest.blockHeight), "only roots wait");
        self.final_height = served.blockHeight;
        for height in (0..latest.blockHeight).step_by(7) {
            let found = self.evm.read(&Interface::getHotShotCommitmentCall { hotShotBlockHeight: U256::from(height) });
            assert_eq!(found.is_some(), height < served.blockHeight, "{height}");
            let Some(found) = found else { continue };
            assert!(found.hotshotBlockHeight > height && found.hotshotBlockHeight <= served.blockHeight);
            let answer = (found.hotShotBlockCommRoot, found.hotshotBlockHeight);
            assert_eq!(*self.served.entry(height).or_insert(answer), answer, "what is served once stays");
        }
    }
}

#[test]
fn random_sequences() {
    for seed in 0..3 {
        let Some(mut world) = World::new(seed) else { return };
        // The history holds 64 states; none is forgotten here.
        for _ in 0..90 {
            world.step();
        }
        assert!(world.accepted > 20, "{}", world.accepted);
        assert!(world.refused.len() > 3, "{:?}", world.refused);
    }
}

/// A call has one form: what is cut off, or has bits where a number has none, changes nothing.
#[test]
fn malformed_calls() {
    let Some(mut world) = World::new(9) else { return };
    let record = world.record(3);
    let good = update_call(&record, world.key.hash(), true);
    for length in [0, 3, 4, 36, good.len() - 32, good.len() - 1] {
        assert_eq!(world.evm.submit(good[..length].to_vec().into()), "revert", "{length}");
    }
    for number in [4, 36] {
        let mut wide = good.to_vec();
        wide[number] = 1;
        assert_eq!(world.evm.submit(wide.into()), "revert", "view and height have 64 bits");
    }
    let batch = batch_call(&[record], world.key.hash());
    for (place, byte) in [(4, 0xff), (35, 0x80), (68, 0xff), (99, 0xff)] {
        let mut other = batch.to_vec();
        other[place] = byte;
        assert_ne!(world.evm.submit(other.into()), "ok", "offsets and lengths beyond the call");
    }
    world.check();
    assert_eq!(world.evm.submit(good), "ok");
}
