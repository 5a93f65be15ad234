//! Writes the scripts that need no recordings: an invented chain, everything that can be wrong with an
//! update of it, and everything that trust cannot start from.

use ark_bn254::Fr;
use hotshot_circuits::fixture::Fixture;
use hotshot_circuits::groth16::{InsecureSecrets, Keys};
use hotshot_circuits::shape::Preset;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::proof::KeyPurpose;
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use super::format::{FORMAT, Genesis, Network, Script, Step, Table, Update, Word};
use super::judge::{Judge, coordinate_modulus};

const SEED: &str = "transition scripts";

struct Writer {
    fixture: Fixture,
    keys: Keys,
    secrets: InsecureSecrets,
    script: Script,
    judge: Judge,
}

fn zero_table() -> Table {
    let zero = || Word::of(U256::ZERO);
    Table { threshold: zero(), bls_key_comm: zero(), schnorr_key_comm: zero(), amount_comm: zero() }
}

impl Writer {
    fn new() -> Self {
        let shape = Preset::named("tiny").unwrap().shape;
        let keys = Keys::insecure(shape, SEED.as_bytes()).unwrap();
        let fixture = Fixture::new(SEED, shape, 10).unwrap();
        let script = Script {
            format: FORMAT.into(),
            about: "INSECURE keys and an invented chain with epochs of ten blocks: what is accepted, and what is not"
                .into(),
            network: Network { epoch_height: 10, epoch_start_block: 0, stake_table_capacity: 4 },
            insecure_keys_allowed: true,
            key: to_hex(&keys.verifying.to_bytes()),
            genesis: Genesis {
                view: 0,
                height: 0,
                block_comm_root: Word::of(U256::ZERO),
                auth_root: Word::of(U256::ZERO),
                stake_table: Table::of(&fixture.table(1).unwrap().state()),
                verdict: "ok".into(),
            },
            steps: Vec::new(),
        };
        let judge = Judge::new(&script).unwrap();
        Self { fixture, secrets: InsecureSecrets::of_seed(SEED.as_bytes()), keys, script, judge }
    }

    /// A step with its verdict, which has to be the one that the author expects.
    fn step(&mut self, about: &str, batch: bool, updates: Vec<Update>, expected: &str) {
        let verdict = self.judge.judge(&updates, batch);
        assert_eq!(verdict, expected, "{about}");
        let (about, verdict) = (about.into(), verdict.into());
        self.script.steps.push(Step { about, batch, updates, verdict, then: self.judge.then() });
    }

    fn one(&mut self, about: &str, update: Update, expected: &str) {
        self.step(about, false, vec![update], expected);
    }

    /// Proven by the prover, from signatures.
    fn proven(&self, height: u64) -> Update {
        Update::of(&self.fixture.record(&self.keys, height).unwrap())
    }

    /// Proven with the secrets of the set-up, whatever `change` does to what is proven.
    fn forged(&self, height: u64, change: impl Fn(&mut StateCertificate)) -> Update {
        let mut certificate = self.fixture.certificate(height).unwrap();
        let signing = self.fixture.table(certificate.epoch).unwrap().state();
        change(&mut certificate);
        Update::of(&self.forge(&certificate, &signing))
    }

    fn forge(&self, certificate: &StateCertificate, signing: &StakeTableState) -> TransitionRecord {
        self.secrets.forge_record(&self.keys.verifying, certificate, signing, [certificate.state.height + 2, 3])
    }

    fn forged_roots(&self, epochs: std::ops::Range<u64>) -> Vec<Update> {
        epochs.map(|epoch| self.forged(self.fixture.root(epoch), |_| ())).collect()
    }

    fn first_epoch(&mut self) {
        let update = self.proven(3);
        self.one("a state of an ordinary block", update.clone(), "ok");
        self.one("the same again", update, "state.outdated");
        self.one("an earlier block", self.forged(2, |_| ()), "state.outdated");
        let update = self.forged(2, |certificate| certificate.state.view = 50);
        self.one("an earlier block of a later view", update, "state.outdated");
        let update = self.forged(4, |certificate| certificate.state.view = 3);
        self.one("a later block of the same view", update, "state.outdated");
        for height in 6..=10 {
            self.one("a block after the root", self.forged(height, |_| ()), "state.after_root");
        }
        self.one("the first block of the next epoch without the root", self.forged(11, |_| ()), "state.epoch");
        self.one("the root of the next epoch", self.forged(15, |_| ()), "state.epoch");
        self.one("the root of the epoch after", self.forged(25, |_| ()), "state.epoch");
    }

    fn spoilt_statements(&mut self) {
        let root = self.proven(5);
        let order = element::MODULUS;
        let spoil = |change: &dyn Fn(&mut Update)| {
            let mut update = root.clone();
            change(&mut update);
            update
        };
        let next = |word: &Word| Word::of(word.value() ^ U256::from(1u64));
        self.one("another view", spoil(&|update| update.view += 1), "transition.proof");
        self.one("another root", spoil(&|u| u.block_comm_root = next(&u.block_comm_root)), "transition.proof");
        self.one("another auth root", spoil(&|u| u.auth_root = next(&u.auth_root)), "transition.proof");
        let columns: [fn(&mut Table) -> &mut Word; 4] = [
            |table| &mut table.threshold,
            |table| &mut table.bls_key_comm,
            |table| &mut table.schnorr_key_comm,
            |table| &mut table.amount_comm,
        ];
        for column in columns {
            let update = spoil(&|u| {
                let word = column(&mut u.next_stake_table);
                *word = next(word);
            });
            self.one("another next table", update, "transition.proof");
        }
        for (index, column) in columns.into_iter().enumerate() {
            let code = if index == 0 { "state.threshold" } else { "state.field" };
            let zero = spoil(&|u| *column(&mut u.next_stake_table) = Word::of(U256::ZERO));
            self.one("a next table of nothing", zero, code);
            let bound = if index == 0 { U256::from(1u64) << 128 } else { order };
            let large = spoil(&|u| *column(&mut u.next_stake_table) = Word::of(bound));
            self.one("a next table beyond its bounds", large, code);
        }
        self.one("a root that is no element", spoil(&|u| u.block_comm_root = Word::of(order)), "state.field");
        let swapped = spoil(&|u| {
            let table = &mut u.next_stake_table;
            std::mem::swap(&mut table.bls_key_comm, &mut table.schnorr_key_comm);
        });
        self.one("columns in another order", swapped, "transition.proof");
        let foreign = self.fixture.table(2).unwrap().state();
        let certificate = self.fixture.certificate(5).unwrap();
        self.one("signed by another table", Update::of(&self.forge(&certificate, &foreign)), "transition.proof");
    }

    fn spoilt_proofs(&mut self) {
        let root = self.proven(5);
        let modulus = coordinate_modulus();
        for place in 0..8 {
            let mut update = root.clone();
            update.proof[place] = Word::of(modulus);
            self.one("a coordinate that is no element", update, "point.field");
            let mut update = root.clone();
            let moved = update.proof[place].value() + U256::from(1u64);
            update.proof[place] = Word::of(moved);
            self.one("a point beside its curve", update, "point.curve");
        }
        for part in [0..2, 2..6, 6..8] {
            let mut update = root.clone();
            update.proof[part].fill(Word::of(U256::ZERO));
            self.one("infinity", update, "point.infinity");
        }
        let outside = [
            "1",
            "2",
            "19659275751359636165940301690575149581329631496732780143538578556285923319774",
            "7292567877523311580221095596750716176434782432868683424513645834767876293070",
        ];
        let mut update = root.clone();
        for (word, text) in update.proof[2..6].iter_mut().zip(outside) {
            *word = Word::of(U256::from_str_radix(text, 10).unwrap());
        }
        self.one("a point of the twisted curve outside its subgroup", update, "point.subgroup");
        let other = self.forged(5, |certificate| certificate.auth_root = [9; 32]);
        let mixed = Update { proof: other.proof, ..root.clone() };
        self.one("a proof of something else", mixed, "transition.proof");
        let mut update = root.clone();
        update.proof[1] = Word::of(modulus - update.proof[1].value());
        self.one("the opposite of A", update.clone(), "transition.proof");
        for place in [4, 5] {
            update.proof[place] = Word::of(modulus - update.proof[place].value());
        }
        self.one("the opposites of A and B: another proof of the same", update, "ok");
    }

    fn second_epoch(&mut self) {
        for height in [5, 6, 10] {
            self.one("a block of the epoch before", self.forged(height, |_| ()), "state.epoch");
        }
        let update = Update { next_stake_table: zero_table(), ..self.proven(11) };
        self.one("an ordinary block, without a next table", update, "ok");
        let foreign = Table::of(&self.fixture.table(7).unwrap().state());
        let update = Update { next_stake_table: foreign, ..self.proven(12) };
        self.one("an ordinary block, with a next table that nobody reads", update, "ok");
        let table = self.fixture.table(7).unwrap().state();
        let update = self.forged(14, |certificate| certificate.next_table = table);
        self.one("an ordinary block whose signers would change the table", update, "transition.proof");
        self.one("the root", self.proven(15), "ok");
    }

    fn batches(&mut self) {
        self.step("no epochs", true, Vec::new(), "transition.empty");
        self.step("from the wrong epoch on", true, self.forged_roots(4..6), "state.epoch");
        let mut roots = self.forged_roots(3..6);
        roots.remove(1);
        self.step("one epoch left out", true, roots, "state.epoch");
        let mut roots = self.forged_roots(3..6);
        roots.swap(1, 2);
        self.step("in another order", true, roots, "state.epoch");
        self.step("an ordinary block", true, vec![self.forged(24, |_| ())], "state.not_epoch_root");
        self.step("a block after the root", true, vec![self.forged(26, |_| ())], "state.not_epoch_root");
        let mut roots = self.forged_roots(3..6);
        roots[1].view = roots[0].view;
        self.step("a view that does not grow", true, roots, "state.outdated");
        for bad in 0..3 {
            let mut roots = self.forged_roots(3..6);
            roots[bad].auth_root = Word::of(U256::from(5u64));
            self.step("one proof of something else", true, roots, "transition.proof");
        }
        let mut roots = self.forged_roots(3..6);
        let first = roots[0].proof.clone();
        roots[0].proof = roots[1].proof.clone();
        roots[1].proof = first;
        self.step("proofs in each other's place", true, roots, "transition.proof");
        let mut roots = self.forged_roots(3..6);
        roots[1].proof[0] = Word::of(U256::ZERO);
        roots[1].proof[1] = Word::of(U256::ZERO);
        self.step("infinity in the second proof", true, roots, "point.infinity");
        let mut roots = self.forged_roots(3..6);
        roots[1].next_stake_table = roots[0].next_stake_table.clone();
        self.step("a table that the next root is not signed by", true, roots, "transition.proof");
        let roots = [25, 35, 45].map(|height| self.proven(height)).to_vec();
        self.step("three epochs", true, roots.clone(), "ok");
        self.step("the same again", true, roots, "state.epoch");
        self.step("one epoch", true, self.forged_roots(6..7), "ok");
        self.one("an ordinary block after them", self.forged(61, |_| ()), "ok");
    }
}

/// All scripts of the invented chain, by file name.
pub(crate) fn scripts() -> Vec<(String, Script)> {
    let mut writer = Writer::new();
    let base = writer.script.clone();
    writer.first_epoch();
    writer.spoilt_statements();
    writer.spoilt_proofs();
    writer.second_epoch();
    writer.batches();
    let mut scripts = vec![("invented_chain.json".into(), writer.script.clone())];
    scripts.extend(starts(&writer, &base));
    scripts
}

/// File name, what it is about, what is wrong.
type Change<'a> = (&'a str, &'a str, &'a dyn Fn(&mut Script));

/// Scripts of nothing but a start.
fn starts(writer: &Writer, base: &Script) -> Vec<(String, Script)> {
    let order = Word::of(element::MODULUS);
    let unfinished = hotshot_light_client::transition::proof::VerifyingKey {
        delta: writer.keys.verifying.gamma,
        ..writer.keys.verifying.clone()
    };
    let larger = hotshot_light_client::transition::proof::VerifyingKey {
        purpose: KeyPurpose { capacity: 200, ..writer.keys.verifying.purpose },
        ..writer.keys.verifying.clone()
    };
    let changes: [Change<'_>; 8] = [
        ("start_after_root", "the table is about to change", &|script| script.genesis.height = 7),
        ("start_last_block", "the last block of an epoch", &|script| script.genesis.height = 10),
        ("start_too_early", "before the protocol has such states", &|script| script.network.epoch_start_block = 21),
        ("start_root_field", "a root that is no element", &|script| script.genesis.block_comm_root = order.clone()),
        ("start_table_zero", "a table of nothing", &|script| script.genesis.stake_table = zero_table()),
        ("start_insecure_key", "a key for development, not allowed", &|script| script.insecure_keys_allowed = false),
        ("start_capacity", "a key for other tables", &|script| script.key = to_hex(&larger.to_bytes())),
        ("start_unfinished_key", "a key without a second phase", &|script| script.key = to_hex(&unfinished.to_bytes())),
    ];
    let write = |(name, about, change): &Change<'_>| {
        let mut script = base.clone();
        change(&mut script);
        script.about = format!("where trust cannot start: {about}");
        let refused = Judge::new(&script).err();
        script.genesis.verdict = refused.as_ref().expect("refused").code().into();
        (format!("{name}.json"), script)
    };
    changes.iter().map(write).collect()
}

/// The script of recorded epochs with their proofs, in the order of epochs.
pub(crate) fn recorded(key: &[u8], table: &StakeTableState, records: &[TransitionRecord]) -> Script {
    let mut script = Script {
        format: FORMAT.into(),
        about: concat!(
            "Epochs 1 to 6 of a network of five real nodes of protocol 0.4 (EspressoSystems/espresso-network, ",
            "data/legacy-chains/v4): its certified states, proven by hotshot-prover under an INSECURE key of preset s24"
        )
        .into(),
        network: Network { epoch_height: 10, epoch_start_block: 0, stake_table_capacity: 200 },
        insecure_keys_allowed: true,
        key: to_hex(key),
        genesis: Genesis {
            view: 0,
            height: 0,
            block_comm_root: Word::of(element::to_u256(&Fr::from(0u64))),
            auth_root: Word::of(U256::ZERO),
            stake_table: Table::of(table),
            verdict: "ok".into(),
        },
        steps: Vec::new(),
    };
    let mut judge = Judge::new(&script).unwrap();
    let mut push = |about: &str, batch: bool, updates: Vec<Update>| {
        let verdict = judge.judge(&updates, batch).into();
        script.steps.push(Step { about: about.into(), batch, updates, verdict, then: judge.then() });
    };
    let update = |index: usize| Update::of(&records[index]);
    push("the root of epoch 1", false, vec![update(0)]);
    push("the root of epoch 2, which brings in a table of other weights", false, vec![update(1)]);
    push("the root of epoch 4 before that of epoch 3", false, vec![update(3)]);
    push("the roots of epochs 3 to 5", true, vec![update(2), update(3), update(4)]);
    push("the root of epoch 6", false, vec![update(5)]);
    script
}
