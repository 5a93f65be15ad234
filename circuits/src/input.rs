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
    /// The block that epochs begin with, where a file says so.
    pub(crate) epoch_start_block: Option<u64>,
    /// The first epoch whose root is of 0.4, where a network file says so.
    pub(crate) first_epoch: Option<u64>,
}

/// A member of an object that is not null.
fn part<'a>(json: &'a Json<'a>, key: &str) -> Option<&'a Json<'a>> {
    json.find(key).ok().flatten().and_then(Json::non_null)
}

/// Reads and admits tables: stake table files, or network files. The length of epochs and the capacity
/// stand in one of the files or on the command line.
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
    let pinned = |key| parsed.iter().find_map(|json| part(json, "transitions")?.find(key).ok().flatten()?.u64().ok());
    let found = number("stake_table_capacity").or_else(|| pinned("capacity"));
    let found = found.and_then(|capacity| usize::try_from(capacity).ok());
    let capacity = capacity.or(found).unwrap_or(DEFAULT_CAPACITY);
    let mut entries = Vec::new();
    for (option, json) in options.iter().zip(&parsed) {
        let of_network = part(json, "stake_table");
        let table =
            StakeTable::from_json(of_network.unwrap_or(json)).and_then(|table| VotingTable::admit(&table, capacity));
        entries.push((option.epoch, table.map_err(|rejected| named(option, &rejected))?));
    }
    let epochs = match epoch_height {
        Some(height) => Some(Epochs::new(height).ok_or_else(|| format!("epochs of {height} blocks do not exist"))?),
        None => None,
    };
    let (epoch_start_block, first_epoch) = (number("epoch_start_block"), pinned("first_epoch"));
    Ok(Tables { schedule: Schedule::new(entries), epochs, epoch_start_block, first_epoch })
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
