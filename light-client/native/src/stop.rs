//! The wish to end, raised by Ctrl-C or a termination signal.

use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// A flag that can be waited for.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Stop {
    /// A flag that nobody raised yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag that signals raise. A second signal ends the process at once.
    ///
    /// # Errors
    /// If another handler is installed already.
    pub fn on_signals() -> Result<Self, String> {
        let stop = Self::new();
        let raised = stop.clone();
        ctrlc::set_handler(move || {
            if raised.is_raised() {
                std::process::exit(130);
            }
            raised.raise();
        })
        .map_err(|error| error.to_string())?;
        Ok(stop)
    }

    /// Asks everyone to end.
    pub fn raise(&self) {
        let (flag, wake) = &*self.shared;
        *flag.lock().unwrap_or_else(PoisonError::into_inner) = true;
        wake.notify_all();
    }

    /// Whether it is time to end.
    pub fn is_raised(&self) -> bool {
        *self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something in a thread of its own and waits for it; `None` if it is time to end before, or
    /// if the thread broke down. Either way the thread is left to itself.
    pub fn unless_raised<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody listens once it is time to end.
            let _ = sender.send(work());
        });
        loop {
            match receiver.recv_timeout(Duration::from_millis(20)) {
                Ok(outcome) => return Some(outcome),
                Err(mpsc::RecvTimeoutError::Timeout) if !self.is_raised() => {}
                Err(_) => return None,
            }
        }
    }

    /// Waits, and says whether it is time to end.
    pub fn wait(&self, time: Duration) -> bool {
        let (flag, wake) = &*self.shared;
        let guard = flag.lock().unwrap_or_else(PoisonError::into_inner);
        match wake.wait_timeout_while(guard, time, |raised| !*raised) {
            Ok((guard, _)) => *guard,
            Err(poisoned) => *poisoned.into_inner().0,
        }
    }
}
