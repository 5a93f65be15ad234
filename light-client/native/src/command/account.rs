//! `hotshot-verify account`: what an account holds under a final header.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hotshot_light_client::Rejected;
use hotshot_light_client::consensus::header::Header;
use hotshot_light_client::consensus::verified::Verified;
use hotshot_light_client::consensus::version::Version;
use hotshot_light_client::data::report::AccountReport;
use hotshot_light_client::data::{self, verify_account};
use hotshot_light_client::encoding::bytes::from_hex;
use hotshot_light_client::encoding::json;

use crate::anchor::{Anchor, Ending, FinalHeader, Source, conclude, found, read_answer};
use crate::exit::{Failure, Verdict};
use crate::terminal::{FAINT, GOOD};

/// The most bytes of an account's proof: twenty levels of 256 hashes in text.
const PROOF_LIMIT: usize = 2 << 20;
/// The most bytes of a leaf.
const LEAF_LIMIT: usize = 1 << 20;

/// Which tree of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ledger {
    /// Balances for the fees of blocks
    Fee,
    /// Lifetime rewards of validators and delegators, from protocol 0.3 on
    Reward,
}

/// Arguments of `account`.
#[derive(Debug, Args)]
#[command(after_help = "\
The block is proven final first; its header commits to the trees of fee balances and of rewards. Both \
presence and absence are proven. Amounts are in wei.

Offline, --header, --block and --answer take a header, its hash, and an answer of \
`reward-state-v2/proof/HEIGHT/ADDRESS` or `catchup/HEIGHT/VIEW/account/ADDRESS`.

With --json: {\"height\",\"ledger\",\"account\",\"amount\"}, the amount in decimal, or null for an account \
that is not in the tree.

Exit status: 0 if presence or absence is proven, 1 if what providers or files say is rejected, 2 for \
wrong usage, unusable files and providers that do not answer, 3 if the chain needs a newer program, 130 \
if interrupted.

Examples:
  hotshot-verify account 0x… --network network.json
  hotshot-verify account 0x… --ledger fee --height 1000 --network network.json --json")]
pub struct Arguments {
    /// The account, 0x and 40 digits
    #[arg(value_name = "ADDRESS", value_parser = parse_address)]
    pub address: [u8; 20],
    /// Which tree
    #[arg(long, value_enum, default_value_t = Ledger::Reward)]
    pub ledger: Ledger,
    /// The height; by default that of the newest final block
    #[arg(long, value_name = "HEIGHT", conflicts_with = "header")]
    pub height: Option<u64>,
    /// With --header: the answer to verify
    #[arg(long, value_name = "FILE", requires = "header")]
    pub answer: Option<PathBuf>,
    /// Where the header comes from
    #[command(flatten)]
    pub source: Source,
}

fn parse_address(text: &str) -> Result<[u8; 20], String> {
    from_hex(text).map_err(|rejected| rejected.to_string())
}

impl Arguments {
    const fn ledger(&self) -> data::Ledger {
        match self.ledger {
            Ledger::Fee => data::Ledger::Fee,
            Ledger::Reward => data::Ledger::Reward,
        }
    }

    fn verify(&self, header: &Verified<Header>, answer: &[u8]) -> Result<AccountReport, Rejected> {
        Ok((&verify_account(&json::parse(answer)?, header, self.ledger(), &self.address)?).into())
    }
}

/// Shows what an account holds.
///
/// # Errors
/// Wrong usage, unusable files, providers that do not answer.
pub fn run(arguments: &Arguments) -> Result<Verdict, Failure> {
    conclude(answer(arguments), arguments.source.json, text)
}

fn answer(arguments: &Arguments) -> Result<AccountReport, Ending> {
    if let Some(header) = arguments.source.offline()? {
        let answer = read_answer(arguments.answer.as_deref())?;
        return Ok(arguments.verify(&header?, answer.bytes())?);
    }
    let mut anchor = arguments.source.anchor(arguments.height)?;
    let block = anchor.older(arguments.height)?;
    let path = path(arguments, &mut anchor, &block)?;
    let asked = anchor.fetcher.ask(&path, PROOF_LIMIT, |body| arguments.verify(&block.header, body))?;
    found(asked, "the proof of that account")
}

/// The endpoint that has the account's proof in the version of the header.
fn path(arguments: &Arguments, anchor: &mut Anchor, block: &FinalHeader) -> Result<String, Failure> {
    let (height, version) = (block.header.height, block.header.version);
    let address = hotshot_light_client::encoding::bytes::to_hex(&arguments.address);
    Ok(match arguments.ledger {
        Ledger::Reward if version >= Version::V0_4 => format!("/v1/reward-state-v2/proof/{height}/{address}"),
        Ledger::Reward => format!("/v1/reward-state/proof/{height}/{address}"),
        Ledger::Fee => {
            // The endpoint wants the view too. A wrong one gives no answer, or one that is refused.
            let view = match block.view {
                Some(view) => view,
                None => {
                    let asked = anchor.fetcher.ask(&format!("/v1/availability/leaf/{height}"), LEAF_LIMIT, |body| {
                        json::parse(body)?.get("leaf")?.get("view_number")?.u64()
                    })?;
                    match found(asked, "that leaf") {
                        Ok(view) => view,
                        Err(Ending::Failed(failure)) => return Err(failure),
                        Err(Ending::Rejected(_) | Ending::Stopped) => height,
                    }
                }
            };
            format!("/v1/catchup/{height}/{view}/account/{address}")
        }
    })
}

fn text(report: &AccountReport) -> String {
    let AccountReport { height, ledger, account, amount } = report;
    match amount {
        Some(amount) => {
            format!(
                "{GOOD}proven{GOOD:#} {account} has {amount} wei {FAINT}in the {ledger} tree of block {height}{FAINT:#}"
            )
        }
        None => format!("{GOOD}absent{GOOD:#} {account} is not in the {ledger} tree of block {height}"),
    }
}
