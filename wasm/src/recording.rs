//! Verdicts on recorded blocks.

use std::sync::Arc;

use hotshot_light_client::client::network::Network;
use hotshot_light_client::consensus::recording::Recording;
use hotshot_light_client::consensus::tables::EpochTables;
use hotshot_light_client::encoding::json;
use hotshot_light_client::stake_table::table::StakeTable;
use hotshot_light_client::{Operand, Rejected};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::{entropy, refusal};

/// A recording that is being read.
#[wasm_bindgen(js_name = Recording)]
pub struct RecordingReader {
    tables: EpochTables,
    lines: Vec<Vec<u8>>,
}

#[wasm_bindgen(js_class = Recording)]
impl RecordingReader {
    /// A recording of a network: a network file, or the `stake_table.json` of a recording.
    ///
    /// # Errors
    /// What is wrong with it.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &[u8]) -> Result<Self, JsValue> {
        let tables = Network::parse(network).and_then(|network| network.admit()).map_err(refusal)?;
        Ok(Self { tables, lines: Vec::new() })
    }

    /// Adds a table that holds from an epoch on.
    ///
    /// # Errors
    /// What is wrong with the table.
    #[wasm_bindgen(js_name = addTable)]
    pub fn add_table(&mut self, epoch: u64, table: &[u8]) -> Result<(), JsValue> {
        let table = json::parse(table).and_then(|json| StakeTable::from_json(&json)).map_err(refusal)?;
        self.tables.insert_from(epoch, Arc::new(table));
        Ok(())
    }

    /// Adds a line.
    pub fn push(&mut self, line: Vec<u8>) {
        self.lines.push(line);
    }

    /// The verdict: one JSON object for each line and one for the whole, as the command line tool
    /// prints them.
    ///
    /// # Errors
    /// `json.syntax`, naming the line; `entropy.unavailable`.
    pub fn verify(&self) -> Result<String, JsValue> {
        let mut recording = Recording::new(&self.tables);
        for (line, text) in (1..).zip(&self.lines) {
            recording.push(text).map_err(|rejected| refusal(in_line(line, rejected)))?;
        }
        let verdict = recording.finish(&entropy()?);
        let mut text = String::new();
        for line in &verdict.lines {
            text.push_str(&line.to_json());
            text.push('\n');
        }
        text.push_str(&verdict.summary_json());
        Ok(text)
    }
}

fn in_line(line: usize, rejected: Rejected) -> Rejected {
    let place = match &rejected.got {
        // A line of JSON is one line: only the column says something.
        Operand::Text(place) => place.strip_prefix("line 1 ").unwrap_or(place),
        _ => "",
    };
    let place = Operand::foreign(&format!("line {line} {place}"));
    rejected.found(place)
}
