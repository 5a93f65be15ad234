//! The simulated stake table contract: its events, the state they make, and the table of each epoch.

mod event;
mod ledger;
mod log;
mod possession;
mod state;

pub use event::{Event, G2Words, PointWords, Proven};
pub use ledger::{EpochStake, Ledger};
pub use log::Log;
pub use state::{Keys, Registered, State};
