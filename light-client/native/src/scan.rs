//! Drives the core's scans against providers that may lie, fail or stall.

use hotshot_light_client::Rejected;
use hotshot_light_client::client::sync::DEFAULT_RANGE;
use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::data::vid::VidParameters;
use hotshot_light_client::encoding::json;
use hotshot_light_client::rollup::{Answer, BundleScan, Scan, ScanRequest};

use crate::anchor::Ending;
use crate::exit::Failure;
use crate::provider::fetcher::{Fetched, Fetcher};
use crate::terminal::Progress;

/// The most bytes of an answer about a namespace: those of the largest block, in base64.
pub const ANSWER_LIMIT: usize = 32 << 20;
/// The most bytes of an answer about a range of leaves or a header.
const LEAVES_LIMIT: usize = json::SIZE_LIMIT;
/// Units of verification between two looks at the stop flag.
const BUDGET: usize = 32;

/// A question that a scan answers.
pub trait Question {
    /// What is needed next.
    fn request(&self) -> Option<ScanRequest>;
    /// Takes an answer and computes what follows from it.
    ///
    /// # Errors
    /// Why it is refused; the question is as before.
    fn take(&mut self, body: &[u8], tables: Option<&EpochTables>) -> Result<(), Rejected>;
    /// Nobody has what was asked for.
    fn missing(&mut self);
    /// How many leaves to ask for at once.
    fn set_stretch(&mut self, leaves: u64);
    /// How many heights were read, and how many there are.
    fn progress(&self) -> (u64, u64);
    /// Whether nothing that is still to be read could change the answer.
    fn is_answered(&self) -> bool;
}

macro_rules! question {
    ($scan:ty, $answered:expr) => {
        impl Question for $scan {
            fn request(&self) -> Option<ScanRequest> {
                self.request()
            }

            fn take(&mut self, body: &[u8], tables: Option<&EpochTables>) -> Result<(), Rejected> {
                self.respond(body, |block| tables.and_then(|tables| VidParameters::of_block(block, tables).ok()))?;
                while self.is_working() {
                    self.step(BUDGET)?;
                }
                Ok(())
            }

            fn missing(&mut self) {
                self.missing();
            }

            fn set_stretch(&mut self, leaves: u64) {
                self.set_stretch(leaves);
            }

            fn progress(&self) -> (u64, u64) {
                self.progress()
            }

            fn is_answered(&self) -> bool {
                let answered: fn(&Self) -> bool = $answered;
                answered(self)
            }
        }
    };
}

question!(Scan, |scan| {
    let verdict = scan.verdict();
    matches!(verdict.in_hotshot, Answer::Yes(_)) && matches!(verdict.canonical, Answer::Yes(_))
});
question!(BundleScan, |scan| matches!(scan.verdict(), Answer::Yes(_)));

/// Runs a scan to its end, or until nothing can change the answer.
///
/// # Errors
/// If no provider answers, none has a part of the range, or all that they say is refused.
pub fn run(question: &mut dyn Question, fetcher: &mut Fetcher, tables: Option<&EpochTables>) -> Result<(), Ending> {
    let mut stretch = learn_stretch(fetcher)?;
    question.set_stretch(stretch);
    let mut progress = Progress::new("");
    while let Some(request) = question.request().filter(|_| !question.is_answered()) {
        let (done, all) = question.progress();
        progress.say(&format!("{done} of {all} heights verified, {} bytes read", fetcher.bytes()));
        let limit = match request {
            ScanRequest::Namespace { .. } => ANSWER_LIMIT,
            ScanRequest::Header { .. } | ScanRequest::Leaves { .. } => LEAVES_LIMIT,
        };
        match fetcher.ask(&request.path(), limit, |body| question.take(body, tables))? {
            Fetched::Accepted(()) => {}
            Fetched::Rejected(rejected) => return Err(rejected.into()),
            Fetched::Stopped => return Err(Ending::Stopped),
            Fetched::Missing => match request {
                ScanRequest::Header { .. } => question.missing(),
                ScanRequest::Leaves { .. } if stretch > 1 => {
                    stretch /= 2;
                    question.set_stretch(stretch);
                }
                // A hint may have led to the block: then the scan goes on without it.
                ScanRequest::Namespace { .. } | ScanRequest::Leaves { .. } => {
                    question.missing();
                    if question.request() == Some(request) {
                        return Err(Failure::Provider(format!("no provider has {}", request.path())).into());
                    }
                }
            },
        }
    }
    Ok(())
}

/// How many leaves the first provider that says so serves at once.
fn learn_stretch(fetcher: &mut Fetcher) -> Result<u64, Failure> {
    let read = |body: &[u8]| json::parse(body)?.get("small_object_range_limit")?.u64();
    Ok(match fetcher.ask("/v1/availability/limits", 1 << 16, read)? {
        Fetched::Accepted(limit) => limit.clamp(1, DEFAULT_RANGE),
        _ => DEFAULT_RANGE,
    })
}
