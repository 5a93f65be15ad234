//! Signatures over the states of ordinary blocks, which validators send to a state relay.
//!
//! Source: EspressoSystems/espresso-network `crates/espresso/node/src/state_signature/relay_server.rs`: the newest
//! bundle is at `api/lateststate`, in the newest form; 404 where there is none yet.

use hotshot_light_client::encoding::json::parse;
use hotshot_light_client::transition::bundle::StateBundle;

use crate::fetch::Fetcher;

/// The most bytes of a bundle: a thousand signatures stay far below.
const LIMIT: u64 = 4 << 20;

/// A state relay. It is not believed.
#[derive(Clone, Debug)]
pub struct StateRelay(Fetcher);

impl StateRelay {
    /// The relay at this address.
    pub fn new(url: &str) -> Self {
        Self(Fetcher::new("state relay", url))
    }

    /// The newest bundle, as text and read.
    ///
    /// # Errors
    /// If the relay is out of reach or serves something else.
    pub fn latest(&self) -> Result<Option<(Vec<u8>, StateBundle)>, String> {
        let Some(text) = self.0.get("api/lateststate", LIMIT)? else { return Ok(None) };
        let bundle = parse(&text).and_then(|json| StateBundle::from_json(&json));
        let bundle = bundle.map_err(|rejected| format!("state relay: {rejected}"))?;
        Ok(Some((text, bundle)))
    }
}
