//! `hotshot-verify equivocation`: evidence that validators signed two things, checked again.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::Rejection;
use hotshot_light_client::consensus::equivocation::{self, Equivocation};
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::{Value, json};

use crate::exit::{Failure, Verdict};
use crate::input::JsonFile;
use crate::network::NetworkFile;
use crate::terminal::{BAD, FAINT, GOOD};

/// Arguments of `equivocation`.
#[derive(Debug, Args)]
#[command(after_help = "\
Two valid certificates of one kind, epoch and view on different leaves, or two finality proofs that \
contradict each other: more than a third of the stake has broken the rules. Two certified leaves at one \
height in different views are legal.

FILE is what `hotshot-verify follow` printed or appended to --evidence, or the object under \
`evidence` in it: {\"hotshot_equivocation\":1,\"network\":\"0x…\",\"first\":…,\"second\":…}. With two files, \
each is an answer of a server: a list of leaves as availability/leaf/FROM/UNTIL serves it, a Certificate2, \
or {\"leaves\":[…],\"certificate2\":…}.

Tables of epochs after the static ones have to be in the network file, under later_stake_tables.

Exit status: 0 if the evidence proves an equivocation, 1 if it does not, 2 for wrong usage.

Examples:
  hotshot-verify equivocation evidence.json --network network.json
  hotshot-verify equivocation one.json other.json --network network.json --json > evidence.json")]
pub struct Arguments {
    /// Evidence, or the answer of one server
    pub file: PathBuf,
    /// The answer of another server
    pub other: Option<PathBuf>,
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// Print one JSON object, with the evidence
    #[arg(long)]
    pub json: bool,
}

/// Checks evidence.
///
/// # Errors
/// Wrong usage, unusable files.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let network = NetworkFile::load(&arguments.network)?;
    let tables = network.network.admit().map_err(|rejected| network.failure(rejected))?;
    let identity = network.network.identity();
    let file = JsonFile::read(&arguments.file)?;
    file.check_syntax()?;
    let (evidence, checked) = match &arguments.other {
        None => {
            let evidence = unwrap(&file);
            let checked = equivocation::check_evidence(&evidence, &identity, &tables, &[]);
            (evidence, checked)
        }
        Some(other) => {
            let other = JsonFile::read(other)?;
            other.check_syntax()?;
            let evidence = equivocation::evidence(&identity, file.bytes(), other.bytes());
            let found = equivocation::between(file.bytes(), other.bytes(), &tables, &[]);
            (evidence, found.and_then(|found| found.ok_or_else(|| Rejection::EquivocationNone.bare())))
        }
    };
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    match (&checked, arguments.json) {
        (Ok(found), true) => writeln!(output, "{}", to_json(found, Some(&evidence)))?,
        (Ok(found), false) => write_text(&mut output, found)?,
        (Err(rejected), true) => writeln!(output, "{}", json!({ "rejected": rejected.code() }))?,
        (Err(rejected), false) => writeln!(output, "{GOOD}no equivocation{GOOD:#}  {rejected}")?,
    }
    output.flush()?;
    Ok(if checked.is_ok() { Verdict::Accepted } else { Verdict::Rejected })
}

/// The evidence itself, out of a line that the program printed.
fn unwrap(file: &JsonFile) -> Vec<u8> {
    let inner = serde_json::from_slice::<Value>(file.bytes()).ok();
    let inner = inner.and_then(|mut line| Some(line.get_mut("equivocation")?.get_mut("evidence")?.take()));
    inner.map_or_else(|| file.bytes().to_vec(), |evidence| evidence.to_string().into_bytes())
}

/// What was found, for programs.
pub fn to_json(found: &Equivocation, evidence: Option<&[u8]>) -> Value {
    let leaves: Vec<String> = found.leaves.iter().map(|leaf| tagged_base64::encode(tag::COMMIT, leaf)).collect();
    // Integers of 64 bits stay exact.
    let evidence = evidence.and_then(|text| serde_json::from_slice::<Value>(text).ok());
    let place = if found.kind == equivocation::Kind::Finality { "height" } else { "view" };
    json!({
        "equivocation": {
            "kind": found.kind.name(),
            "epoch": found.epoch,
            place: found.place,
            "leaves": leaves,
            "signers": found.signers,
            "evidence": evidence,
        }
    })
}

fn write_text(output: &mut impl Write, found: &Equivocation) -> Result<(), Failure> {
    let rejection = found.rejected().rejection;
    writeln!(output, "{BAD}equivocation{BAD:#}  {}", rejection.summary())?;
    let epoch = found.epoch.map(|epoch| format!(" of epoch {epoch}")).unwrap_or_default();
    let place = if found.kind == equivocation::Kind::Finality { "height" } else { "view" };
    writeln!(output, "kind     {}{epoch}, {place} {}", found.kind.name(), found.place)?;
    for leaf in &found.leaves {
        writeln!(output, "leaf     {}", tagged_base64::encode(tag::COMMIT, leaf))?;
    }
    if !found.signers.is_empty() {
        let signers: Vec<String> = found.signers.iter().map(u32::to_string).collect();
        writeln!(output, "signers  {} {FAINT}of both, by their places in the stake table{FAINT:#}", signers.join(" "))?;
    }
    Ok(())
}
