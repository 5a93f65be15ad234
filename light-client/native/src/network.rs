//! Network files and the presets that are built in.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::sync::{Client, Progress, Start, Trust};
use hotshot_light_client::client::transition::TransitionPins;
use hotshot_light_client::encoding::json::{self, Json};
use hotshot_light_client::{Rejected, Rejection};

use crate::exit::Failure;
use crate::input::JsonFile;

/// Public parameters of the networks that everybody knows, by name.
pub const PRESETS: [(&str, &str); 2] =
    [("mainnet", include_str!("../../networks/mainnet.json")), ("decaf", include_str!("../../networks/decaf.json"))];

/// The text of a preset.
pub fn preset(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(preset, _)| *preset == name).map(|(_, text)| *text)
}

/// A network and where it was read from.
#[derive(Debug)]
pub struct NetworkFile {
    /// The network.
    pub network: Network,
    /// What it pins of transition proofs, if anything.
    pub transitions: Option<TransitionPins>,
    /// The file, or the name of the preset.
    pub path: PathBuf,
}

impl NetworkFile {
    /// Reads `mainnet`, `decaf`, or a file.
    ///
    /// # Errors
    /// If the file cannot be read or is no network file.
    pub fn load(argument: &Path) -> Result<Self, Failure> {
        let named = argument.to_str().and_then(preset);
        let read = |json: &Json<'_>| Ok((Network::from_json(json)?, TransitionPins::from_json(json)?));
        let (network, transitions) = match named {
            Some(text) => {
                let parsed = json::parse(text.as_bytes());
                parsed.and_then(|json| read(&json)).map_err(|rejected| Failure::content(argument, rejected))?
            }
            None => {
                let file = JsonFile::read(argument)?;
                read(&file.json()?).map_err(|rejected| file.content(rejected))?
            }
        };
        Ok(Self { network, transitions, path: argument.to_path_buf() })
    }

    /// A client of the network that has not admitted the stake tables yet.
    ///
    /// # Errors
    /// If a pin is missing or wrong.
    pub fn client(
        &self,
        network: Network,
        checkpoint: Option<&hotshot_light_client::client::checkpoint::Checkpoint>,
        start: Start,
    ) -> Result<Client, Failure> {
        self.begin(network, Trust { checkpoint: checkpoint.copied(), ..Trust::default() }, start)
    }

    /// A client of this network with all that may be trusted beside the file.
    ///
    /// # Errors
    /// If a pin is missing or wrong.
    pub fn trusting(&self, trust: Trust, start: Start) -> Result<Client, Failure> {
        self.begin(self.network.clone(), trust, start)
    }

    fn begin(&self, network: Network, trust: Trust, start: Start) -> Result<Client, Failure> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|error| Failure::Usage(format!("no randomness: {error}")))?;
        let mut client =
            Client::with_trust(network, trust, start, entropy).map_err(|rejected| self.failure(rejected))?;
        if let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) {
            client.set_time(now.as_secs());
        }
        Ok(client)
    }

    /// A client that has admitted the stake tables.
    ///
    /// # Errors
    /// If a pin is missing or wrong.
    pub fn ready_client(&self) -> Result<Client, Failure> {
        let mut client = self.client(self.network.clone(), None, Start::Tip)?;
        loop {
            match client.step(64).map_err(|rejected| self.failure(rejected))? {
                Progress::Working { .. } => {}
                _ => return Ok(client),
            }
        }
    }

    /// What is wrong with the network file, with advice where a pin is missing.
    pub fn failure(&self, rejected: Rejected) -> Failure {
        if rejected.rejection != Rejection::NetworkMissingPin {
            return Failure::content(&self.path, rejected);
        }
        let path = self.path.display();
        Failure::Usage(format!(
            "{path}: {rejected}\n\
             This network file does not say whom to trust. Put the stake table in signer order into it, from a source \
             that you trust: `stake_table`, see docs/network.schema.json. `hotshot-verify init-network` writes a file \
             from what one provider says, which is trust on first use."
        ))
    }
}
