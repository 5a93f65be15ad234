//! The simulated stake table contract: its events, the state they make, and the table of each epoch.

mod event;
mod ledger;
mod state;

pub use event::{Event, G2Words, PointWords};
pub use ledger::{EpochStake, Ledger};
pub use state::{Registered, State};
