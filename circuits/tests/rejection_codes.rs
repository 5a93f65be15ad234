//! The Solidity library of rejection codes is generated from the core's table, and is what is committed.
//!
//! After a change of the table: `WRITE_GENERATED=1 cargo test -p hotshot-circuits --test rejection_codes`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;

use hotshot_light_client::Rejection;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts/src/RejectionCodes.sol");

fn library() -> String {
    let mut text = String::from(
        "// SPDX-License-Identifier: MIT OR Apache-2.0\n\
         // Generated from light-client/src/rejection.rs by circuits/tests/rejection_codes.rs; not to be edited.\n\
         pragma solidity 0.8.37;\n\n\
         /// The stable codes of all rejections, in the order of their numbers.\n\
         library RejectionCodes {\n",
    );
    for rejection in Rejection::ALL {
        let (number, code) = (rejection.number(), rejection.code());
        writeln!(text, "    /// {number}: {}.", rejection.summary()).unwrap();
        writeln!(text, "    bytes32 internal constant {} = \"{code}\";", constant(code)).unwrap();
    }
    text.push_str("}\n");
    text
}

fn constant(code: &str) -> String {
    code.to_ascii_uppercase().replace('.', "_")
}

#[test]
fn the_committed_library_is_the_generated_one() {
    let names: HashSet<_> = Rejection::ALL.iter().map(|rejection| constant(rejection.code())).collect();
    assert_eq!(names.len(), Rejection::ALL.len(), "two codes have one name");
    if std::env::var_os("WRITE_GENERATED").is_some() {
        fs::write(FILE, library()).unwrap();
    }
    assert_eq!(fs::read_to_string(FILE).unwrap(), library());
}
