//! The core's verdicts on a script.

use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::bytes::from_hex_vec;
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::follower::TransitionFollower;
use hotshot_light_client::transition::proof::{Proof, VerifyingKey};
use hotshot_light_client::transition::proof_batch::PreparedKey;
use hotshot_light_client::transition::record::{TransitionRecord, TransitionRules};
use hotshot_light_client::transition::stake_table_state::StakeTableState;
use hotshot_light_client::transition::state::LightClientState;
use hotshot_light_client::{Rejected, Rejection};

use super::format::{Script, Table, Then, Update, Word};

/// A follower, and what it has no memory of.
pub(crate) struct Judge {
    pub(crate) follower: TransitionFollower,
    key: PreparedKey,
    epochs: Epochs,
    root: Word,
    auth_root: Word,
}

impl Judge {
    /// What a script starts from.
    pub(crate) fn new(script: &Script) -> Result<Self, Rejected> {
        let bytes = from_hex_vec(&script.key, VerifyingKey::BYTES).unwrap();
        let key = VerifyingKey::from_bytes(&bytes, &keccak256(&[&bytes]), script.insecure_keys_allowed)?;
        let capacity = script.network.stake_table_capacity;
        Rejection::StateTableCapacity.unless_equal(u64::from(key.purpose.capacity), u64::from(capacity))?;
        let genesis = &script.genesis;
        let root = genesis.block_comm_root.value();
        element::from_u256(root).ok_or_else(|| Rejection::StateField.with(root, element::MODULUS))?;
        let table = StakeTableState::from_bytes(&genesis.stake_table.to_bytes())?;
        let epochs = Epochs::new(script.network.epoch_height).unwrap();
        let rules = TransitionRules { epochs, first_epoch: epochs.of(script.network.epoch_start_block) };
        Ok(Self {
            follower: TransitionFollower::new(rules, genesis.view, genesis.height, table)?,
            key: PreparedKey::new(key)?,
            epochs,
            root: genesis.block_comm_root.clone(),
            auth_root: genesis.auth_root.clone(),
        })
    }

    /// The code of the verdict on one update, or on a batch of epochs.
    pub(crate) fn judge(&mut self, updates: &[Update], batch: bool) -> &'static str {
        match self.try_update(updates, batch) {
            Err(rejected) => rejected.code(),
            Ok(()) => {
                if let Some(last) = updates.last() {
                    (self.root, self.auth_root) = (last.block_comm_root.clone(), last.auth_root.clone());
                }
                "ok"
            }
        }
    }

    fn try_update(&mut self, updates: &[Update], batch: bool) -> Result<(), Rejected> {
        let records = updates.iter().map(|update| self.record(update)).collect::<Result<Vec<_>, _>>()?;
        match records.as_slice() {
            [record] if !batch => self.follower.update(record, &self.key),
            records => self.follower.update_epochs(records, &self.key, b""),
        }
    }

    fn record(&self, update: &Update) -> Result<TransitionRecord, Rejected> {
        let epoch = self.epochs.of(update.height);
        // Only at a root is there a next table.
        let next_table = if self.epochs.root(epoch) == Some(update.height) {
            StakeTableState::from_bytes(&update.next_stake_table.to_bytes())?
        } else {
            *self.follower.voting_table()
        };
        Ok(TransitionRecord {
            epoch,
            state: LightClientState::from_bytes(&update.state_bytes())?,
            next_table,
            auth_root: update.auth_root.bytes(),
            proof: Proof::from_bytes(&update.proof_bytes())?,
        })
    }

    /// What is known now.
    pub(crate) fn then(&self) -> Then {
        let (view, height) = self.follower.position();
        Then {
            view,
            height,
            block_comm_root: self.root.clone(),
            auth_root: self.auth_root.clone(),
            voting_epoch: self.follower.voting_epoch(),
            stake_table: Table::of(self.follower.voting_table()),
        }
    }
}

/// Compares every verdict of a script with the core's.
pub(crate) fn check(name: &str, script: &Script) -> usize {
    assert_eq!(script.format, super::format::FORMAT, "{name}");
    let mut judge = match Judge::new(script) {
        Ok(judge) => judge,
        Err(rejected) => {
            assert_eq!(script.genesis.verdict, rejected.code(), "{name}");
            return 0;
        }
    };
    assert_eq!(script.genesis.verdict, "ok", "{name}");
    for (index, step) in script.steps.iter().enumerate() {
        let verdict = judge.judge(&step.updates, step.batch);
        assert_eq!(verdict, step.verdict, "{name}, step {index}: {}", step.about);
        assert_eq!(judge.then(), step.then, "{name}, step {index}: {}", step.about);
    }
    script.steps.len()
}

/// The modulus of a point's coordinates.
pub(crate) fn coordinate_modulus() -> U256 {
    let text = "21888242871839275222246405745257275088696311157297823662689037894645226208583";
    U256::from_str_radix(text, 10).unwrap()
}
