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
        Lie::EventsNone => events.clear(),
        Lie::EventsProof => {
            let proofs = events.iter_mut().filter_map(|event| match event {
                Event::RegisterV2 { keys, .. } | Event::RegisterV3 { keys, .. } | Event::KeyUpdateV2 { keys, .. } => {
                    Some(&mut keys.schnorr_sig)
                }
                _ => None,
            });
            // A digit of s.
            for proof in proofs {
                let digit = if proof.get(4..5) == Some("0") { "1" } else { "0" };
                proof.replace_range(4..5, digit);
            }
        }
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
