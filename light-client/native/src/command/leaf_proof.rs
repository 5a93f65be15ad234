//! `hotshot-verify leaf-proof`: a verdict on an answer of `light-client/leaf/…`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use hotshot_light_client::Rejected;
use hotshot_light_client::consensus::finality::{Asked, FinalChain};
use hotshot_light_client::consensus::verified::Verified;
use hotshot_light_client::encoding::tagged_base64::{self, tag};
use serde_json::json;

use crate::exit::{Failure, Verdict};
use crate::input::JsonFile;
use crate::network::NetworkFile;
use crate::terminal::{BAD, FAINT, GOOD};

/// Arguments of `leaf-proof`.
#[derive(Debug, Args)]
#[command(after_help = "\
FILE is an answer of `light-client/leaf/HEIGHT` and its kin: {\"leaves\":[…],\"proof\":…}. A proof by two \
or three certificates (HotStuff2, HotStuff: protocols below 0.6) also needs the leaves after the last \
one of the proof, one or two of them: --descendants takes an answer of `availability/leaf/FROM/UNTIL`, \
or an array of bare leaves. Without them the verdict is finality.child_missing: certificates have no \
parent link, so two of them in consecutive views may lie on different forks.

Exit status: 0 if the leaves are final, 1 if the proof is rejected, 2 for wrong usage, unusable network \
files and broken JSON.

Examples:
  curl -s $NODE/v1/light-client/leaf/1000 > proof.json
  curl -s $NODE/v1/availability/leaf/1001/1002 > next.json
  hotshot-verify leaf-proof proof.json --descendants next.json --network network.json --height 1000")]
pub struct Arguments {
    /// The proof
    #[arg(value_name = "FILE")]
    pub proof: PathBuf,
    /// Network file, or `mainnet` or `decaf`
    #[arg(long, value_name = "FILE")]
    pub network: PathBuf,
    /// Leaves after the last one of the proof
    #[arg(long, value_name = "FILE")]
    pub descendants: Option<PathBuf>,
    /// The height that was asked for
    #[arg(long, value_name = "HEIGHT", group = "asked")]
    pub height: Option<u64>,
    /// The leaf that was asked for, COMMIT~…
    #[arg(long, value_name = "COMMIT", group = "asked")]
    pub leaf: Option<String>,
    /// The block that was asked for, BLOCK~…
    #[arg(long, value_name = "HASH", group = "asked")]
    pub block: Option<String>,
    /// Accept the proof although what the network file pins is older than the network allows
    #[arg(long)]
    pub accept_expired_anchor: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Judges a proof.
///
/// # Errors
/// Wrong usage, unusable files.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    let asked = asked(arguments)?;
    let proof = JsonFile::read(&arguments.proof)?;
    let descendants = arguments.descendants.as_deref().map(JsonFile::read).transpose()?;
    for file in std::iter::once(&proof).chain(&descendants) {
        file.check_syntax()?;
    }
    let mut client = NetworkFile::load(&arguments.network)?.ready_client()?;
    if arguments.accept_expired_anchor {
        client.accept_expired_anchor();
    }
    let verdict = client
        .check_leaf_proof(proof.bytes(), descendants.as_ref().map(JsonFile::bytes), asked)
        .and_then(|pending| pending.verify());
    let mut output = anstream::AutoStream::auto(std::io::stdout());
    if arguments.json {
        writeln!(output, "{}", to_json(&verdict))?;
    } else {
        write_text(&mut output, &verdict)?;
    }
    output.flush()?;
    Ok(if verdict.is_ok() { Verdict::Accepted } else { Verdict::Rejected })
}

fn asked(arguments: &Arguments) -> Result<Asked, Failure> {
    let decode = |text: &str, tag| {
        tagged_base64::decode_array(text, tag).map_err(|rejected| Failure::Usage(format!("{text}: {rejected}")))
    };
    Ok(match (arguments.height, &arguments.leaf, &arguments.block) {
        (Some(height), ..) => Asked::Height(height),
        (_, Some(leaf), _) => Asked::Leaf(decode(leaf, tag::COMMIT)?),
        (.., Some(block)) => Asked::Block(decode(block, tag::BLOCK)?),
        _ => Asked::Any,
    })
}

fn to_json(verdict: &Result<Verified<FinalChain>, Rejected>) -> serde_json::Value {
    let chain = match verdict {
        Ok(chain) => chain,
        Err(rejected) => {
            let message = rejected.to_string();
            return json!({"final": false, "rejection": rejected.code(), "message": message});
        }
    };
    let leaves: Vec<_> = chain
        .leaves
        .iter()
        .zip(&chain.commitments)
        .map(|(leaf, commitment)| {
            json!({
                "height": leaf.height(),
                "view": leaf.view,
                "version": leaf.header.version.to_string(),
                "hash": tagged_base64::encode(tag::BLOCK, &leaf.header.commitment()),
                "leaf": tagged_base64::encode(tag::COMMIT, commitment),
            })
        })
        .collect();
    let quorum = chain.quorum.as_ref().map(|quorum| {
        json!({
            "view": quorum.view,
            "epoch": quorum.epoch,
            "signers": quorum.signers.count(),
            "validators": quorum.signers.len(),
            "weight": quorum.weight.to_string(),
            "threshold": quorum.threshold.to_string(),
            "total": quorum.total.to_string(),
        })
    });
    json!({"final": true, "leaves": leaves, "quorum": quorum})
}

fn write_text(output: &mut impl Write, verdict: &Result<Verified<FinalChain>, Rejected>) -> std::io::Result<()> {
    let chain = match verdict {
        Ok(chain) => chain,
        Err(rejected) => return writeln!(output, "{BAD}rejected{BAD:#} {rejected}"),
    };
    for (leaf, commitment) in chain.leaves.iter().zip(&chain.commitments) {
        writeln!(
            output,
            "{GOOD}final{GOOD:#} {:>9} view {:>9} {} {} {FAINT}leaf {}{FAINT:#}",
            leaf.height(),
            leaf.view,
            leaf.header.version,
            tagged_base64::encode(tag::BLOCK, &leaf.header.commitment()),
            tagged_base64::encode(tag::COMMIT, commitment),
        )?;
    }
    if let Some(quorum) = &chain.quorum {
        let (signers, validators) = (quorum.signers.count(), quorum.signers.len());
        let (weight, threshold, total) = (quorum.weight, quorum.threshold, quorum.total);
        writeln!(output, "signed by {signers} of {validators}: stake {weight} of {total}, {threshold} needed")?;
    }
    Ok(())
}
