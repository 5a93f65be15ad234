//! From a verified certificate to a record in a store.

use std::path::{Path, PathBuf};

use hotshot_circuits::groth16::Keys;
use hotshot_circuits::shape::{PRESETS, Preset};
use hotshot_circuits::witness::{Witness, signers_needed};
use hotshot_light_client::encoding::committable::keccak256;
use hotshot_light_client::signature::schnorr::{Signature, VerificationKey};
use hotshot_light_client::transition::bundle::StateBundle;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::transition::kind::digest;
use hotshot_light_client::transition::record::{TransitionRecord, key_path, latest_path, record_path};
use hotshot_light_client::transition::stake_table_state::StakeTableState;
use hotshot_light_client::transition::state::LightClientState;
use hotshot_light_client::transition::voting_table::VotingTable;

use crate::command::{KeyFiles, memory_to_prove, phase};
use crate::input::{Failure, read, write_whole};

/// What became of an epoch.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was proven, and its record written.
    Proven(PathBuf),
    /// Its record was there already.
    There(PathBuf),
}

/// What is proven: a record without its proof, and who signed it.
struct Statement {
    epoch: u64,
    state: LightClientState,
    next_table: StakeTableState,
    auth_root: [u8; 32],
    signatures: Vec<(VerificationKey, Signature)>,
}

/// Keys, the store, and the keys that were used last.
#[derive(Debug)]
pub(crate) struct Prover {
    keys: PathBuf,
    out: PathBuf,
    network: String,
    loaded: Option<(&'static str, Keys)>,
}

impl Prover {
    /// A prover with the keys of a folder, for the store in another.
    pub(crate) fn new(keys: &Path, out: &Path, network: &str) -> Self {
        Self { keys: keys.into(), out: out.into(), network: network.into(), loaded: None }
    }

    /// Proves the hand-over of an epoch whose certificate was verified under this table, unless its
    /// record is there.
    pub(crate) fn prove(
        &mut self,
        epoch: u64,
        table: &VotingTable,
        certificate: &StateCertificate,
    ) -> Result<Outcome, Failure> {
        let StateCertificate { state, next_table, auth_root, .. } = *certificate;
        let signatures = certificate.signatures.iter().map(|signer| (signer.key, signer.signature)).collect();
        let statement = Statement { epoch, state, next_table, auth_root, signatures };
        self.write(table, &statement, |network, hash| record_path(network, hash, epoch), Path::exists)
    }

    /// Proves the state of an ordinary block whose bundle was verified under this table, in the place of the
    /// one that was the newest before.
    pub(crate) fn prove_latest(
        &mut self,
        epoch: u64,
        table: &VotingTable,
        bundle: &StateBundle,
    ) -> Result<Outcome, Failure> {
        let StateBundle { state, next_table, auth_root, ref signatures } = *bundle;
        let statement = Statement { epoch, state, next_table, auth_root, signatures: signatures.clone() };
        let there = |path: &Path| {
            let found = std::fs::read(path).ok().and_then(|bytes| TransitionRecord::from_bytes(&bytes).ok());
            found.is_some_and(|record| record.state == state && record.auth_root == auth_root)
        };
        self.write(table, &statement, latest_path, there)
    }

    fn write(
        &mut self,
        table: &VotingTable,
        statement: &Statement,
        place: impl Fn(&str, &[u8; 32]) -> String,
        there: impl Fn(&Path) -> bool,
    ) -> Result<Outcome, Failure> {
        let Statement { epoch, state, next_table, auth_root, .. } = *statement;
        let digest = digest(&state, &next_table, &auth_root);
        let signatures: Vec<_> = (statement.signatures.iter())
            .filter_map(|(key, signature)| Some((table.row_of(key)?, *signature)))
            .collect();
        let signers: Vec<_> = signatures.iter().map(|(row, _)| *row).collect();
        let preset = self.choose(table, &signers)?;
        let files = KeyFiles::found(&self.keys, preset.name).ok_or("the keys are gone")?;
        let verifying = read(&files.verifying)?;
        let hash = keccak256(&[&verifying]);
        let path = self.out.join(place(&self.network, &hash));
        if there(&path) {
            return Ok(Outcome::There(path));
        }
        let keys = match self.loaded.take() {
            Some((name, keys)) if name == preset.name => keys,
            _ => phase("loading keys", || files.read())?,
        };
        let witness = Witness::new(preset.shape, table, digest, &signatures)?;
        let mut blinding = [0; 32];
        getrandom::fill(&mut blinding)?;
        let (name, constraints) = (preset.name, preset.constraints);
        eprintln!("epoch {epoch}: preset {name}, {constraints} constraints, about {} MiB", memory_to_prove(preset));
        let proof = phase("proving", || keys.prove(preset.shape, &witness, &blinding))?;
        self.loaded = Some((name, keys));
        // Whoever takes records from the store finds the key there too, and knows it by its hash.
        let key = self.out.join(key_path(&self.network, &hash));
        if !key.exists() {
            write_whole(&key, &verifying)?;
        }
        write_whole(&path, &TransitionRecord { epoch, state, next_table, auth_root, proof }.to_bytes())?;
        Ok(Outcome::Proven(path))
    }

    /// The smallest preset with keys in the folder that the signers fill.
    fn choose(&self, table: &VotingTable, signers: &[usize]) -> Result<&'static Preset, Failure> {
        let needed = signers_needed(table, signers).ok_or("the signers are no quorum")?;
        let smallest =
            Preset::fitting(table.capacity(), table.rows().len(), needed).ok_or("no preset fits this table")?;
        let from = PRESETS.iter().position(|preset| preset.name == smallest.name).unwrap_or_default();
        let fits = |preset: &&Preset| {
            preset.shape.capacity == table.capacity()
                && table.rows().len() <= preset.shape.routable
                && KeyFiles::found(&self.keys, preset.name).is_some()
        };
        PRESETS.iter().skip(from).find(fits).ok_or_else(|| {
            format!("{needed} signers need keys of preset {} in {}; see `setup`", smallest.name, self.keys.display())
                .into()
        })
    }
}
