//! Verdicts on recorded blocks.
#![expect(unsafe_code, reason = "exported names")]

use std::mem::MaybeUninit;

use hotshot_light_client::consensus::recording::Recording;

use crate::border::{HslcBuffer, HslcSlice, call, required};
use crate::network::HslcTables;
use crate::status::HslcStatus;

/// Judges recorded blocks: the text of a `blocks.jsonl`, one block a line. Writes one JSON object a
/// line and one to close with, as `hotshot-verify recording --json` prints them. Rejected blocks are
/// part of the verdict; broken JSON ends the call. `entropy` is 32 random bytes, or left out.
#[unsafe(no_mangle)]
pub extern "C" fn hslc_recording_verify(
    tables: Option<&HslcTables>,
    blocks: HslcSlice,
    entropy: HslcSlice,
    verdicts: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
    message: Option<&mut MaybeUninit<Option<Box<HslcBuffer>>>>,
) -> HslcStatus {
    call(verdicts, message, || {
        let tables = required(tables, "tables")?.current();
        let entropy = entropy.array_or_zeros::<32>()?;
        let mut recording = Recording::new(&tables);
        for line in blocks.bytes()?.trim_ascii().split(|byte| *byte == b'\n') {
            recording.push(line)?;
        }
        let verdict = recording.finish(&entropy);
        let mut text: String = verdict.lines.iter().map(|line| line.to_json() + "\n").collect();
        text.push_str(&verdict.summary_json());
        text.push('\n');
        Ok(Some(HslcBuffer::text(text)))
    })
}
