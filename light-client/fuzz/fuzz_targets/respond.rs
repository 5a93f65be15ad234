//! The client's state machine against a server that answers anything, in any order.
//!
//! The seeds are blocks of a devnet; the network file names another validator, with an INSECURE key
//! that signed none of them. So nothing that the fuzzer makes of them may ever become final.
#![no_main]

use hotshot_light_client::client::network::Network;
use hotshot_light_client::client::sync::{Client, Progress, Start};
use libfuzzer_sys::fuzz_target;

const NETWORK: &[u8] = include_bytes!("../seeds/network.json");

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let start = if choice & 1 == 0 { Start::Tip } else { Start::Height(u64::from(choice >> 1)) };
    let network = Network::parse(NETWORK).expect("the committed network file is good");
    let mut client = Client::new(network, None, start, [0; 32]).expect("the committed network file is good");
    while client.request().is_none() {
        client.step(1).expect("the committed table is good");
    }
    // Answers are separated by a byte that no JSON text holds outside of strings.
    for answer in rest.split(|byte| *byte == 0).take(32) {
        let before = client.checkpoint().copied();
        let verdict = if answer == b"missing" { Ok(client.missing()) } else { client.respond(answer) };
        for _ in 0..64 {
            if client.request().is_some() {
                break;
            }
            if let Ok(Progress::Finalized(_)) = client.step(8) {
                panic!("something became final that nobody signed");
            }
        }
        if verdict.is_err() {
            assert_eq!(client.checkpoint().copied(), before);
        }
    }
});
