//! One GET, with limits on everything a stranger could draw out: time, size, redirects.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;
use ureq::http::{Response, StatusCode, header};

use crate::provider::address::Address;
use crate::stop::Stop;

/// How long one answer may take, from the name lookup to the last byte, unless the user says.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest pause a server may ask for.
const RETRY_LIMIT: Duration = Duration::from_secs(60);

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// A body, no larger than was allowed.
    Body(Vec<u8>),
    /// The server has no such thing, or serves fewer at once: honest servers do that.
    Missing(u16),
    /// The server cannot or does not want to: too many requests, errors of its own, no permission.
    Refused {
        /// HTTP status.
        status: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The body was larger than any honest answer to the question.
    TooLarge(usize),
    /// No answer: no connection, a timeout, a broken transfer.
    Unreachable(String),
    /// The program is about to end.
    Stopped,
}

impl Answer {
    /// What happened, in a few words.
    pub fn summary(&self) -> String {
        match self {
            Self::Body(body) => format!("{} bytes", body.len()),
            Self::Missing(status) | Self::Refused { status, .. } => format!("answered {status}"),
            Self::TooLarge(limit) => format!("sent more than {limit} bytes"),
            Self::Unreachable(error) => error.clone(),
            Self::Stopped => "interrupted".into(),
        }
    }
}

/// Sends requests; cheap to clone, connections are shared.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
    stop: Stop,
}

impl Http {
    /// A client whose requests end when `stop` is raised.
    pub fn new(stop: Stop) -> Self {
        Self::with_timeout(stop, ANSWER_TIMEOUT)
    }

    /// As [`Self::new`], with a limit of one's own on the time that an answer may take.
    pub fn with_timeout(stop: Stop, timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .timeout_connect(Some(timeout.min(CONNECT_TIMEOUT)))
            .http_status_as_error(false)
            .max_redirects(3)
            .user_agent(concat!("hotshot-verify/", env!("CARGO_PKG_VERSION")))
            // Query services answer in binary to those who do not ask for JSON.
            .accept("application/json")
            .build();
        Self { agent: config.new_agent(), stop }
    }

    /// Asks for a path and takes at most `limit` bytes of body.
    pub fn get(&self, provider: &Address, path: &str, limit: usize) -> Answer {
        self.exchange(provider.join(path), &[], move |response| read(response, limit)).unwrap_or_else(|failure| failure)
    }

    /// As [`Self::get`], in this thread to its end: for threads of their own.
    pub fn get_here(&self, provider: &Address, path: &str, limit: usize) -> Answer {
        match self.agent.get(provider.join(path)).call() {
            Ok(response) => read(response, limit),
            Err(error) => Answer::Unreachable(error.to_string()),
        }
    }

    /// Sends JSON and takes at most `limit` bytes of body.
    pub fn post(&self, address: &str, json: &str, limit: usize) -> Answer {
        let request = self.agent.post(address).header("content-type", "application/json");
        match request.send(json) {
            Ok(response) => read(response, limit),
            Err(error) => Answer::Unreachable(error.to_string()),
        }
    }

    /// Asks with headers of one's own, and looks at the whole response.
    ///
    /// # Errors
    /// [`Answer::Unreachable`] and [`Answer::Stopped`].
    pub fn exchange<T: Send + 'static>(
        &self,
        address: String,
        headers: &[(&'static str, &'static str)],
        look: impl FnOnce(Response<ureq::Body>) -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let mut request = self.agent.get(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        // A thread a request, so that the program can end in the middle of one.
        let outcome = self
            .stop
            .unless_raised(move || request.call().map(look).map_err(|error| Answer::Unreachable(error.to_string())));
        match outcome {
            Some(outcome) => outcome,
            None if self.stop.is_raised() => Err(Answer::Stopped),
            None => Err(Answer::Unreachable("the request was dropped".into())),
        }
    }
}

/// Sorts a response by its status; bodies of errors are not read, nodes of different ages write
/// different things there.
fn read(mut response: Response<ureq::Body>, limit: usize) -> Answer {
    let status = response.status();
    match status {
        StatusCode::OK => {}
        // 400 and 416 answer ranges longer than the server's limit.
        StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST | StatusCode::RANGE_NOT_SATISFIABLE => {
            return Answer::Missing(status.as_u16());
        }
        _ => {
            let seconds =
                response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            let retry_after = seconds.map(|seconds| Duration::from_secs(seconds).min(RETRY_LIMIT));
            return Answer::Refused { status: status.as_u16(), retry_after };
        }
    }
    let mut body = Vec::new();
    // The limit holds for the body as it is after decompression.
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match response.body_mut().as_reader().take(most).read_to_end(&mut body) {
        Ok(_) if body.len() > limit => Answer::TooLarge(limit),
        Ok(_) => Answer::Body(body),
        Err(error) => Answer::Unreachable(error.to_string()),
    }
}
