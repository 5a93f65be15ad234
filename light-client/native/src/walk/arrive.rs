//! The end of a walk: the certified root is proven final.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hotshot_light_client::Rejection;
use hotshot_light_client::client::arrival::{Arrival, CertifiedRoot};
use hotshot_light_client::client::checkpoint::Checkpoint;

use super::{Interrupted, entropy};
use crate::exit::Failure;
use crate::network::NetworkFile;
use crate::provider::fetcher::{Fetched, Fetcher};

/// How many questions the end of a walk may take, refused answers included.
const QUESTIONS: u32 = 40;
/// The pause where a root is signed but nobody shows it final yet.
const PAUSE: Duration = Duration::from_millis(500);
/// Units of verification between two looks at the stop flag.
const BUDGET: u32 = 64;

/// Proves the root final, and finds out from which registrations its epoch's table comes.
pub(super) fn arrive(
    file: &NetworkFile,
    certified: CertifiedRoot,
    fetcher: &mut Fetcher,
) -> Result<Result<Checkpoint, Interrupted>, Failure> {
    let (epoch, height) = (certified.epoch, certified.state.height);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|now| now.as_secs());
    let arrival = Arrival::new(file.network.clone(), certified, now, entropy()?);
    let mut arrival = arrival.map_err(|rejected| file.failure(rejected))?;
    let mut last = None;
    for _ in 0..QUESTIONS {
        let Some(request) = arrival.request() else { break };
        let fetched = fetcher.ask(&request.path(), request.size_limit(), |body| {
            if arrival.request() != Some(request) {
                // A lie has come out that several answers made together: everything is asked again.
                return Ok(());
            }
            arrival.respond(body)?;
            while arrival.step(BUDGET)? {}
            Ok(())
        })?;
        match fetched {
            Fetched::Accepted(()) => {}
            Fetched::Missing if arrival.missing() => {}
            Fetched::Missing => {
                if fetcher.stop().wait(PAUSE) {
                    return Ok(Err(Interrupted::Stopped));
                }
            }
            Fetched::Rejected(rejected) if rejected.rejection == Rejection::StateNotFinal => {
                return Ok(Err(Interrupted::Rejected(rejected)));
            }
            Fetched::Rejected(rejected) => last = Some(rejected),
            Fetched::Stopped => return Ok(Err(Interrupted::Stopped)),
        }
    }
    match (arrival.checkpoint(), last) {
        (Some(checkpoint), _) => Ok(Ok(*checkpoint)),
        (None, Some(rejected)) => Ok(Err(Interrupted::Rejected(rejected))),
        (None, None) => {
            Err(Failure::Provider(format!("no provider shows block {height}, the root of epoch {epoch}, final yet")))
        }
    }
}
