//! Events of the stake table contract that did not happen so.

use hotshot_light_client::encoding::integer::U256;

use super::Lie;
use crate::{
    model::{Address, HexU256},
    stake::Event,
};

/// Changes the events of an epoch.
pub(crate) fn alter_events(lie: Lie, events: &mut Vec<Event>) {
    match lie {
        Lie::EventOmitted => {
            events.pop();
        }
        Lie::EventInvented => {
            let validator = events.iter().find_map(|event| match event {
                Event::Delegate { validator, .. } => Some(*validator),
                _ => None,
            });
            events.extend(validator.map(|validator| Event::Delegate {
                delegator: Address([7; 20]),
                validator,
                amount: HexU256(U256::from(1)),
            }));
        }
        Lie::EventsReversed => events.reverse(),
        Lie::EventStake => {
            if let Some(Event::Delegate { amount, .. }) =
                events.iter_mut().find(|event| matches!(event, Event::Delegate { .. }))
            {
                amount.0 += U256::from(1);
            }
        }
        _ => {}
    }
}
