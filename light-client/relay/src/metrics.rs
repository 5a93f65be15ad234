//! What a relayer tells about itself: numbers for Prometheus, and whether it is well.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Epoch whose table votes at the contract.
    pub voting_epoch: u64,
    /// Height of the contract's last state.
    pub height: u64,
    /// Whether this state is served as final.
    pub is_final: bool,
    /// Transactions sent, those that replace others included.
    pub sent: u64,
    /// Transactions sent again at a higher price.
    pub replaced: u64,
    /// Transactions that are as deep as asked for.
    pub confirmed: u64,
    /// Transactions in blocks that did nothing: someone else was first.
    pub reverted: u64,
    /// Transactions that a reorganisation took out of a block.
    pub reorganised: u64,
    /// Proofs that the core refused.
    pub refused_by_core: u64,
    /// Calls that the contract would refuse.
    pub refused_by_contract: u64,
    /// Bundles of a state relay that less than a quorum had signed.
    pub too_few_signatures: u64,
    /// Turns that waited for a lower price.
    pub too_expensive: u64,
    /// Turns that ended with an error.
    pub errors: u64,
    /// Proofs made here.
    pub proven: u64,
    /// Gas of confirmed transactions.
    pub gas: u64,
    /// What the account has, in gwei.
    pub balance_gwei: u64,
    /// Base fee of the last block, in wei.
    pub base_fee: u64,
    /// Number of the last L1 block.
    pub block: u64,
}

#[derive(Debug)]
struct State {
    numbers: Numbers,
    last_good_turn: Option<Instant>,
    last_error: Option<String>,
}

/// The numbers, shared with the server that shows them.
#[derive(Clone, Debug)]
pub struct Metrics {
    state: Arc<Mutex<State>>,
    patience: Duration,
}

impl Metrics {
    /// Healthy as long as turns succeed at least this often.
    pub fn new(patience: Duration) -> Self {
        let state = State { numbers: Numbers::default(), last_good_turn: None, last_error: None };
        Self { state: Arc::new(Mutex::new(state)), patience }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The numbers now.
    pub fn numbers(&self) -> Numbers {
        self.with(|state| state.numbers.clone())
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Numbers)) {
        self.with(|state| change(&mut state.numbers));
    }

    pub(crate) fn turn_succeeded(&self) {
        self.with(|state| {
            state.last_good_turn = Some(Instant::now());
            state.last_error = None;
        });
    }

    pub(crate) fn turn_failed(&self, error: &str) {
        self.with(|state| {
            state.numbers.errors += 1;
            state.last_error = Some(error.into());
        });
    }

    /// Whether turns succeed, and the last error.
    pub fn health(&self) -> (bool, Option<String>) {
        self.with(|state| {
            let well = state.last_good_turn.is_some_and(|turn| turn.elapsed() <= self.patience);
            (well, state.last_error.clone())
        })
    }

    /// The text form of Prometheus.
    pub fn text(&self) -> String {
        let numbers = self.numbers();
        let (well, _) = self.health();
        let gauges = [
            ("voting_epoch", "Epoch whose table votes at the contract", numbers.voting_epoch),
            ("height", "HotShot height of the contract's last state", numbers.height),
            ("final", "Whether this state is served as final", u64::from(numbers.is_final)),
            ("healthy", "Whether turns succeed", u64::from(well)),
            ("balance_gwei", "What the account has", numbers.balance_gwei),
            ("base_fee_wei", "Base fee of the last L1 block", numbers.base_fee),
            ("l1_block", "Number of the last L1 block", numbers.block),
        ];
        let counters = [
            ("sent", "Transactions sent, replacements included", numbers.sent),
            ("replaced", "Transactions sent again at a higher price", numbers.replaced),
            ("confirmed", "Transactions as deep as asked for", numbers.confirmed),
            ("reverted", "Transactions in blocks that did nothing", numbers.reverted),
            ("reorganised", "Transactions that left the chain again", numbers.reorganised),
            ("refused_by_core", "Proofs that the core refused", numbers.refused_by_core),
            ("refused_by_contract", "Calls that the contract would refuse", numbers.refused_by_contract),
            ("too_few_signatures", "Bundles that less than a quorum had signed", numbers.too_few_signatures),
            ("too_expensive", "Turns that waited for a lower price", numbers.too_expensive),
            ("errors", "Turns that failed", numbers.errors),
            ("proven", "Proofs made here", numbers.proven),
            ("gas", "Gas of confirmed transactions", numbers.gas),
        ];
        let mut text = String::new();
        let mut line = |name: &str, kind, help, suffix, value| {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "# HELP hotshot_relay_{name}{suffix} {help}.\n# TYPE hotshot_relay_{name}{suffix} {kind}\nhotshot_relay_{name}{suffix} {value}"
            );
        };
        gauges.iter().for_each(|(name, help, value)| line(name, "gauge", help, "", value));
        counters.iter().for_each(|(name, help, value)| line(name, "counter", help, "_total", value));
        text
    }

    /// Answers `/metrics` and `/health`, for as long as the program runs. The address that it listens on.
    ///
    /// # Errors
    /// If it cannot listen there.
    pub fn serve(&self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let metrics = self.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // One after the other, each with little time: the numbers are for one or two readers.
                let _ = metrics.answer(connection);
            }
        });
        Ok(address)
    }

    fn answer(&self, mut connection: TcpStream) -> std::io::Result<()> {
        let time = Duration::from_secs(2);
        connection.set_read_timeout(Some(time))?;
        connection.set_write_timeout(Some(time))?;
        let begun = Instant::now();
        let mut request = Vec::new();
        let mut part = [0; 1024];
        // To the end of the head, as long as that is of a decent length.
        // A reader that sends byte by byte must not keep others away.
        while request.len() < 8192 && begun.elapsed() < time && !request.windows(4).any(|end| end == b"\r\n\r\n") {
            let length = connection.read(&mut part)?;
            if length == 0 {
                break;
            }
            request.extend_from_slice(part.get(..length).unwrap_or_default());
        }
        let line = String::from_utf8_lossy(&request);
        let (status, body) = match line.split_whitespace().nth(1) {
            Some("/metrics") => ("200 OK", self.text()),
            Some("/health") => match self.health() {
                (true, _) => ("200 OK", "healthy\n".into()),
                (false, error) => {
                    ("503 Service Unavailable", format!("{}\n", error.unwrap_or_else(|| "no turn yet".into())))
                }
            },
            _ => ("404 Not Found", "/metrics and /health are here\n".into()),
        };
        write!(
            connection,
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    }
}
