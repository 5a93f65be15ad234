//! Events of the stake table contract in each of their forms, applied to a state as far as they go.
#![no_main]

use hotshot_light_client::encoding::json;
use hotshot_light_client::stake_table::abi::decode_event;
use hotshot_light_client::stake_table::active_set::ActiveRules;
use hotshot_light_client::stake_table::event::{Event, EventKind};
use hotshot_light_client::stake_table::event_json::{events_from_json, events_to_json};
use hotshot_light_client::stake_table::logs::LogFilter;
use hotshot_light_client::stake_table::network_address;
use hotshot_light_client::stake_table::possession::KeyChecks;
use hotshot_light_client::stake_table::replay::Replay;
use hotshot_light_client::stake_table::state::{Applied, RegistrationState};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    match choice % 5 {
        0 => {
            let Ok(json) = json::parse(body) else { return };
            if let Ok(reading) = LogFilter::default().read(&json)
                && let Ok(replayed) = Replay::new(reading, &[]).and_then(Replay::finish)
            {
                replayed.summary(ActiveRules::Staked).to_json();
            }
        }
        1 => {
            let Ok(json) = json::parse(body) else { return };
            let Ok(events) = events_from_json(&json) else { return };
            let text = events_to_json(&events);
            assert_eq!(events_from_json(&json::parse(text.as_bytes()).unwrap()).as_ref(), Ok(&events));
            apply(events);
        }
        2 => {
            // Words of a log's data, of a kind and with topics that the first bytes tell.
            let Some((head, data)) = body.split_at_checked(1 + 4 * 32) else { return };
            let topics: Vec<[u8; 32]> = head[1..].chunks_exact(32).map(|topic| topic.try_into().unwrap()).collect();
            let kind = EventKind::ALL[usize::from(head[0]) % EventKind::ALL.len()];
            if let Some(event) = decode_event(kind, &topics, data) {
                assert_eq!(event.kind(), kind);
                apply(vec![event]);
            }
        }
        3 => drop(RegistrationState::from_bytes(body, &[0; 32])),
        _ => {
            if let Some(address) = core::str::from_utf8(body).ok().and_then(network_address::canonical) {
                let (_, port) = address.rsplit_once(':').unwrap();
                assert!(port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
            }
        }
    }
});

/// Applies events as far as they go. What has no effect leaves no trace; what is kept is read back.
fn apply(events: Vec<Event>) {
    let Ok(checks) = KeyChecks::new(events, &[]) else { return };
    let mut state = RegistrationState::default();
    for checked in checks.finish() {
        let before = state.hash();
        if state.apply(&checked) != Ok(Applied::Changed) {
            assert_eq!(state.hash(), before);
        }
    }
    let (bytes, hash) = (state.to_bytes(), state.hash());
    assert_eq!(RegistrationState::from_bytes(&bytes, &hash).unwrap().to_bytes(), bytes);
    let _ = state.active_set(ActiveRules::StakedAndReachable);
}
