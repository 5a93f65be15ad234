//! The walk over state certificates: one certificate and one table an epoch, and no proof. For networks
//! whose transition keys no ceremony has made yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotshot_light_client::client::arrival::CertifiedRoot;
use hotshot_light_client::client::certified::CertifiedSync;
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::bytes::{from_hex, to_hex};
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::certificate::StateCertificate;
use hotshot_light_client::{Rejected, Rejection};

use super::{ANSWER_LIMIT, By, Certified, Interrupted, first_epoch, first_table, table_path, taken};
use crate::exit::Failure;
use crate::network::NetworkFile;
use crate::provider::fetcher::Fetcher;
use crate::store::write_whole;
use crate::terminal::{self, Progress};

/// How often the way so far is kept.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// Where a walk stands: before an epoch's certificate.
struct Position {
    sync: CertifiedSync,
    table: Arc<StakeTable>,
}

/// Walks as far as the providers have certificates.
pub(super) fn walk(
    file: &NetworkFile,
    pins: &TransitionPins,
    fetcher: &mut Fetcher,
    until: u64,
    store: Option<&Path>,
) -> Result<Result<Option<Certified>, Interrupted>, Failure> {
    let kept = store.map(|folder| Kept::new(folder, file)).transpose()?;
    let Position { mut sync, mut table } = match kept.as_ref().and_then(|kept| kept.load(pins)) {
        Some(position) if position.sync.epoch() < until => position,
        _ => {
            let epoch = first_epoch(By::StateCertificates, file, pins);
            let table = first_table(file, epoch)?;
            let sync = CertifiedSync::new(pins.epochs, epoch, &table, pins.capacity);
            Position { sync: sync.map_err(|rejected| file.failure(rejected))?, table }
        }
    };
    let (from, began) = (sync.epoch(), Instant::now());
    let (mut progress, mut saved, mut arrived) = (Progress::new("epoch"), Instant::now(), None);
    while sync.epoch() < until {
        let epoch = sync.epoch();
        if fetcher.stop().is_raised() {
            return Ok(Err(Interrupted::Stopped));
        }
        let pace = began.elapsed() / u32::try_from(epoch.saturating_sub(from).max(1)).unwrap_or(u32::MAX);
        progress.say(&format!("epoch {epoch}, {} KB, {} ms each", fetcher.bytes() / 1000, pace.as_millis()));
        let version = pins.version(epoch);
        let path = format!("/v1/availability/state-cert-v2/{epoch}");
        let certified = fetcher.ask(&path, ANSWER_LIMIT, |body| {
            sync.certify(&StateCertificate::from_json(&json::parse(body)?)?, version)
        })?;
        let certified = match taken(certified) {
            Ok(Some(certified)) => certified,
            Ok(None) => break,
            Err(interrupted) => return Ok(Err(interrupted)),
        };
        let mut text = Vec::new();
        let handed = fetcher.ask(&table_path(epoch.saturating_add(1)), ANSWER_LIMIT, |body| {
            let next = StakeTable::from_json(&json::parse(body)?)?;
            let mut advanced = sync.clone();
            advanced.take_table(&certified, &next)?;
            text = body.to_vec();
            Ok((advanced, next))
        })?;
        let (advanced, next) = match taken(handed) {
            Ok(Some((advanced, next))) => (advanced, Arc::new(next)),
            Ok(None) => break,
            Err(interrupted) => return Ok(Err(interrupted)),
        };
        arrived = Some(CertifiedRoot {
            epoch,
            state: certified.state,
            auth_root: certified.auth_root,
            table: Arc::clone(&table),
            next: Arc::clone(&next),
        });
        (sync, table) = (advanced, next);
        if let Some(kept) = kept.as_ref().filter(|_| saved.elapsed() >= SAVE_EVERY) {
            kept.save(&sync, &text)?;
            saved = Instant::now();
        }
    }
    drop(progress);
    let (table, bytes) = (sync.table().state(), u64::try_from(fetcher.bytes()).unwrap_or(u64::MAX));
    Ok(Ok(arrived.map(|root| Certified { from, root, table, bytes })))
}

/// The way so far, in a file of the store: trusted like a checkpoint of the user's own.
struct Kept {
    path: PathBuf,
    identity: [u8; 32],
}

impl Kept {
    fn new(folder: &Path, file: &NetworkFile) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
        let identity = file.network.identity();
        let name = to_hex(&identity);
        let short = name.trim_start_matches("0x").get(..16).unwrap_or_default();
        Ok(Self { path: folder.join(format!("certified-{short}.json")), identity })
    }

    /// Keeps where a walk stands, with its table as a provider told it.
    fn save(&self, sync: &CertifiedSync, table: &[u8]) -> Result<(), Failure> {
        let (view, height) = sync.after().unwrap_or_default();
        let (epoch, identity) = (sync.epoch(), to_hex(&self.identity));
        let head =
            format!(r#"{{"network":"{identity}","epoch":{epoch},"view":{view},"height":{height},"stake_table":"#);
        write_whole(&self.path, &[head.as_bytes(), table, b"}\n"].concat())
    }

    /// Where the last walk stood; nothing if there was none or its file is of no use.
    fn load(&self, pins: &TransitionPins) -> Option<Position> {
        let text = fs::read(&self.path).ok()?;
        let read = |json: &Json<'_>| -> Result<Position, Rejected> {
            Rejection::CheckpointNetwork.unless_equal(from_hex(json.get("network")?.text()?)?, self.identity)?;
            let table = StakeTable::from_json(json.get("stake_table")?)?;
            let sync = CertifiedSync::new(pins.epochs, json.u64_of("epoch")?, &table, pins.capacity)?;
            Ok(Position {
                sync: sync.following((json.u64_of("view")?, json.u64_of("height")?)),
                table: Arc::new(table),
            })
        };
        let position = json::parse(&text).and_then(|json| read(&json));
        let refused = |rejected: &Rejected| terminal::warning(&format!("{}: {rejected}", self.path.display()));
        position.inspect_err(refused).ok()
    }
}
