//! Every call of the C interface with bytes that anybody may have made. The first byte chooses.
//!
//! What comes back is held to the contract: a result or a message, never both, and never a panic.
#![no_main]

use std::mem::MaybeUninit;

use hotshot_light_client_c::*;
use libfuzzer_sys::fuzz_target;

const NETWORK: &[u8] = include_bytes!("../seeds/network.json");

fn lend(bytes: &[u8]) -> HslcSlice {
    HslcSlice { data: bytes.as_ptr(), length: bytes.len() }
}

type Place<T> = MaybeUninit<Option<Box<T>>>;

/// Makes a call and takes what it left.
fn made<T>(call: impl FnOnce(&mut Place<T>, &mut Place<HslcBuffer>) -> HslcStatus) -> Option<Box<T>> {
    let (mut place, mut message) = (Place::<T>::new(None), Place::<HslcBuffer>::new(None));
    let status = call(&mut place, &mut message);
    // Written by every call, and initialised here.
    let (result, message) = unsafe { (place.assume_init(), message.assume_init()) };
    assert_ne!(status, HSLC_PANIC);
    assert_eq!(message.is_some(), status != HSLC_OK);
    assert!(status == HSLC_OK || result.is_none());
    assert!(!hslc_status_code(status).is_null());
    hslc_buffer_free(message);
    result
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let (number, rest) = body.split_at_checked(8).unwrap_or((&[], body));
    let number = number.try_into().map(u64::from_le_bytes).unwrap_or_default();
    let network = made(|place, message| hslc_network_parse(lend(NETWORK), Some(place), Some(message)));
    let network = network.as_deref();
    let tables = made(|place, message| hslc_tables_admit(network, Some(place), Some(message)));
    let tables = tables.as_deref();
    match choice % 9 {
        0 => drop(made(|place, message| hslc_network_parse(lend(body), Some(place), Some(message)))),
        1 => drop(made(|place, message| hslc_checkpoint_read(lend(body), network, Some(place), Some(message)))),
        2 => drop(made(|place, message| {
            hslc_certificate_verify(tables, number % 8, u32::from(*choice) / 9, lend(rest), Some(place), Some(message))
        })),
        3 => {
            let (proof, descendants) = rest.split_at(rest.len() / 2);
            drop(made(|place, message| {
                let nothing = lend(&[]);
                hslc_leaf_proof_verify(network, tables, lend(proof), lend(descendants), number, nothing, None, Some(place), Some(message))
            }));
        }
        4 => drop(made(|place, message| hslc_recording_verify(tables, lend(body), lend(&[]), Some(place), Some(message)))),
        5 => {
            let client = made(|place, message| hslc_client_new(network, lend(&[]), number, lend(&[]), lend(&[]), Some(place), Some(message)));
            let client = client.as_deref();
            for answer in rest.split(|byte| *byte == 0).take(16) {
                made(|place, message| hslc_client_respond(client, lend(answer), Some(place), Some(message)));
                made(|place, message| hslc_client_step(client, 64, Some(place), Some(message)));
                made(|place, message| hslc_client_missing(client, Some(place), Some(message)));
            }
            assert!(made(|place, message| hslc_client_checkpoint(client, Some(place), Some(message))).is_none());
        }
        6 => drop(made(|place, message| {
            hslc_header_trusted(lend(rest), lend(&body[..body.len().min(32)]), Some(place), Some(message))
        })),
        7 => drop(made(|place, message| {
            hslc_state_certificate_verify(tables, number % 8, 4, 200, lend(rest), Some(place), Some(message))
        })),
        _ => drop(made(|place, message| hslc_tables_insert(tables, number, lend(rest), Some(place), Some(message)))),
    }
});
