//! Files from web servers: proofs, certificates, tables, bundles.

use std::io::Read as _;
use std::time::Duration;

use ureq::Agent;

/// Asks web servers.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    agent: Agent,
    /// What is asked, for errors.
    what: &'static str,
    base: String,
}

impl Fetcher {
    /// Of files below this address.
    pub(crate) fn new(what: &'static str, base: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .max_redirects(3)
            .build();
        Self { agent: config.new_agent(), what, base: base.trim_end_matches('/').into() }
    }

    /// A file, or as much of it as `limit` lets through; `None` if there is none.
    ///
    /// # Errors
    /// If the server is out of reach or answers something else.
    pub(crate) fn get(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, String> {
        let Self { agent, what, base } = self;
        let request = agent.get(format!("{base}/{path}")).header("accept", "application/json, */*");
        let mut answer = request.call().map_err(|error| format!("{what}: {error}"))?;
        match answer.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            status => return Err(format!("{what}: {path}: answered {status}")),
        }
        let mut bytes = Vec::new();
        let read = answer.body_mut().as_reader().take(limit).read_to_end(&mut bytes);
        read.map_err(|error| format!("{what}: {path}: {error}"))?;
        Ok(Some(bytes))
    }
}
