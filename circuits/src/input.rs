//! Files and options of the commands.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use hotshot_light_client::consensus::epoch::Epochs;
use hotshot_light_client::encoding::json::{Json, parse};
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::transition::recorded_certificates::Schedule;
use hotshot_light_client::transition::voting_table::{DEFAULT_CAPACITY, VotingTable};

/// What ends a command: exit code 2.
pub(crate) type Failure = Box<dyn Error>;

/// Reads a file and names it where that fails.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// `FILE`, or `EPOCH=FILE` for a table that signs from an epoch on.
#[derive(Clone, Debug)]
pub(crate) struct TableOption {
    /// The first epoch, 0 where none is given.
    pub(crate) epoch: u64,
    /// The file.
    pub(crate) path: PathBuf,
}

impl std::str::FromStr for TableOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((epoch, path)) = text.split_once('=') else {
            return Ok(Self { epoch: 0, path: text.into() });
        };
        let epoch = epoch.parse().map_err(|_| format!("{epoch:?} is no epoch"))?;
        Ok(Self { epoch, path: path.into() })
    }
}

/// The stake tables of a chain.
#[derive(Debug)]
pub(crate) struct Tables {
    /// By the first epoch that they sign.
    pub(crate) schedule: Schedule<VotingTable>,
    /// The chain's epochs, where a file or the command line gives their length.
    pub(crate) epochs: Option<Epochs>,
}

/// Reads and admits tables. The length of epochs and the capacity stand in one of the files or on
/// the command line.
pub(crate) fn tables(
    options: &[TableOption],
    epoch_height: Option<u64>,
    capacity: Option<usize>,
) -> Result<Tables, Failure> {
    let texts: Vec<_> = options.iter().map(|option| read(&option.path)).collect::<Result<_, _>>()?;
    let named = |option: &TableOption, what: &dyn std::fmt::Display| format!("{}: {what}", option.path.display());
    let parsed: Vec<Json<'_>> = (options.iter().zip(&texts))
        .map(|(option, text)| parse(text).map_err(|rejected| named(option, &rejected)))
        .collect::<Result<_, _>>()?;
    let number = |key| parsed.iter().find_map(|json| json.find(key).ok().flatten()?.u64().ok());
    let epoch_height = epoch_height.or_else(|| number("epoch_height"));
    let found = number("stake_table_capacity").and_then(|capacity| usize::try_from(capacity).ok());
    let capacity = capacity.or(found).unwrap_or(DEFAULT_CAPACITY);
    let mut entries = Vec::new();
    for (option, json) in options.iter().zip(&parsed) {
        let table = StakeTable::from_json(json).and_then(|table| VotingTable::admit(&table, capacity));
        entries.push((option.epoch, table.map_err(|rejected| named(option, &rejected))?));
    }
    let epochs = match epoch_height {
        Some(height) => Some(Epochs::new(height).ok_or_else(|| format!("epochs of {height} blocks do not exist"))?),
        None => None,
    };
    Ok(Tables { schedule: Schedule::new(entries), epochs })
}

/// `0x` and hexadecimal, without the prefix.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file as a whole or not at all: a reader never sees half of it, nor does the next run
/// after this one was stopped.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let partial = path.with_extension("partial");
    fs::write(&partial, bytes).map_err(|error| format!("{}: {error}", partial.display()))?;
    fs::rename(&partial, path).map_err(|error| format!("{}: {error}", path.display()).into())
}
