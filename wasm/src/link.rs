//! The way from the client to the module that derives stake tables.
//!
//! Both are instances of their own; what crosses are calls with bytes. The client holds a number only,
//! because objects of JavaScript cannot be sent to threads and a client can.

use std::cell::RefCell;

use hotshot_light_client::stake_table::remote::Transport;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// `Deriver` of the other module.
    pub type Linked;

    #[wasm_bindgen(method)]
    fn begin(this: &Linked, job: &[u8]) -> Vec<u8>;

    #[wasm_bindgen(method)]
    fn step(this: &Linked, budget: u32) -> Vec<u8>;

    #[wasm_bindgen(method)]
    fn registrations(this: &Linked, state: u32) -> Option<Vec<u8>>;
}

thread_local! {
    /// By the numbers of their links; none before they are made.
    static LINKED: RefCell<Vec<Option<Linked>>> = const { RefCell::new(Vec::new()) };
}

/// The number of a client's link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link(usize);

impl Link {
    /// A link that leads nowhere yet.
    pub(crate) fn new() -> Self {
        LINKED.with_borrow_mut(|linked| {
            linked.push(None);
            Self(linked.len() - 1)
        })
    }

    /// Sets or takes away what it leads to.
    pub(crate) fn set(self, deriver: Option<Linked>) {
        LINKED.with_borrow_mut(|linked| {
            if let Some(place) = linked.get_mut(self.0) {
                *place = deriver;
            }
        });
    }

    /// Whether it leads anywhere.
    pub(crate) fn is_set(self) -> bool {
        self.call(|_| ()).is_some()
    }

    fn call<T>(self, call: impl FnOnce(&Linked) -> T) -> Option<T> {
        LINKED.with_borrow(|linked| linked.get(self.0)?.as_ref().map(call))
    }
}

impl Transport for Link {
    fn begin(&mut self, job: &[u8]) -> Vec<u8> {
        // No bytes are no answer, which the client refuses.
        self.call(|deriver| deriver.begin(job)).unwrap_or_default()
    }

    fn step(&mut self, budget: u32) -> Vec<u8> {
        self.call(|deriver| deriver.step(budget)).unwrap_or_default()
    }

    fn registrations(&self, state: u32) -> Option<Vec<u8>> {
        self.call(|deriver| deriver.registrations(state)).flatten()
    }
}
