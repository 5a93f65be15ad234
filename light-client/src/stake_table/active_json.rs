//! A replayed history as text: its summary, and its active table as a file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::active_set::{ActiveSet, vid_total_weight};
use super::commitment::hash_to_text;
use super::replay::Summary;
use super::threshold::Threshold;
use crate::encoding::bytes::to_hex;
use crate::encoding::integer::U256;
use crate::encoding::tagged_base64::{self, tag};
use crate::rejection::{Rejected, Rejection};

impl Summary {
    /// One JSON object with the values that recorded snapshots have, in their order. Without active
    /// validators their commitment is null, and `rejected` says why.
    pub fn to_json(&self) -> String {
        let (commitment, active, rejected) = match &self.active {
            Ok((commitment, active)) => (format!(r#""{}""#, hash_to_text(commitment)), *active, String::new()),
            Err(rejected) => ("null".into(), 0, format!(r#","rejected":"{}""#, rejected.code())),
        };
        format!(
            r#"{{"events":{},"stake_table_hash":"{}","active_validators_commit":{commitment},"all_validators":{},"active_validators":{active}{rejected}}}"#,
            self.events,
            hash_to_text(&self.stake_table_hash),
            self.all_validators,
        )
    }
}

impl ActiveSet<'_> {
    /// The active table in signer order, in the form that stake table files have: see
    /// [`super::entry::RawEntry::list_from_json`]. Beside the validators stand the hash of the state
    /// they come from, the total stake and what follows from it.
    ///
    /// # Errors
    /// `stake_table.total` if the stakes leave 256 bits, `stake_table.stake_overflow` near that.
    pub fn to_json(&self, stake_table_hash: &[u8; 32]) -> Result<String, Rejected> {
        let stakes = || self.validators().iter().map(|(_, validator)| validator.stake);
        let overflow = || Rejection::StakeTableTotal.with("more than 256 bits", "a total below 2^256");
        let total = stakes().try_fold(U256::ZERO, |total, stake| total.checked_add(stake)).ok_or_else(overflow)?;
        let weight = vid_total_weight(stakes())?;
        let validators: Vec<String> = self
            .validators()
            .iter()
            .map(|(account, validator)| {
                let tagged = |tag, bytes: Option<Vec<u8>>| match bytes {
                    Some(bytes) => format!(r#""{}""#, tagged_base64::encode(tag, &bytes)),
                    None => "null".into(),
                };
                let delegators: Vec<String> = validator
                    .delegators
                    .iter()
                    .map(|(delegator, amount)| format!(r#""{}": "{amount}""#, to_hex(delegator)))
                    .collect();
                format!(
                    "  {{\n   \"account\": \"{}\",\n   \"stake_key\": {},\n   \"state_ver_key\": {},\n   \
                     \"commission\": {},\n   \"stake_amount\": \"{}\",\n   \"delegators\": {{{}}}\n  }}",
                    to_hex(account.as_slice()),
                    tagged(tag::BLS_VER_KEY, validator.bls_key.map(|key| key.to_bytes().to_vec())),
                    tagged(tag::SCHNORR_VER_KEY, validator.schnorr_key.map(|key| key.to_bytes().to_vec())),
                    validator.commission,
                    validator.stake,
                    delegators.join(", "),
                )
            })
            .collect();
        Ok(format!(
            "{{\n \"stake_table_hash\": \"{}\",\n \"active_validators_commit\": \"{}\",\n \"total_stake\": \"{total}\",\n \
             \"success_threshold\": \"{}\",\n \"vid_total_weight\": {weight},\n \"vid_recovery_threshold\": {},\n \
             \"validators\": [\n{}\n ]\n}}\n",
            hash_to_text(stake_table_hash),
            hash_to_text(&self.commitment()),
            Threshold::Success.of(total),
            weight.div_ceil(3),
            validators.join(",\n"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::active_set::ActiveRules;
    use super::super::fixture::{delegate, register, register_v2, state};
    use super::super::table::StakeTable;
    use super::super::transition::EpochState;
    use super::*;
    use crate::encoding::json::parse;

    #[test]
    fn the_file_is_read_back_as_the_same_table() {
        let state = state(alloc::vec![
            register(4),
            register_v2(2),
            register(3),
            delegate(1, 2, 700),
            delegate(2, 2, 100),
            delegate(1, 4, 900),
        ]);
        let text = state.active_set(ActiveRules::Staked).unwrap().to_json(&state.hash()).unwrap();
        let json = parse(text.as_bytes()).unwrap();
        let value = |key| json.get(key).unwrap();
        assert_eq!(value("stake_table_hash").text().unwrap(), hash_to_text(&state.hash()));
        assert_eq!(
            (value("total_stake").text().unwrap(), value("success_threshold").text().unwrap()),
            ("1700", "1134")
        );
        assert_eq!(value("vid_total_weight").u64().unwrap(), 470 + 1 + 529 + 1);
        let hash = state.hash();
        let table = EpochState::from_replay(3, state, &hash).unwrap().table(ActiveRules::Staked).unwrap();
        assert_eq!(StakeTable::from_json(&json).unwrap(), table.table);
    }

    #[test]
    fn nobody_active() {
        let summary = Summary {
            events: 1,
            stake_table_hash: [0; 32],
            all_validators: 1,
            active: Err(Rejection::StakeTableNoActiveValidators.bare()),
        };
        let text = summary.to_json();
        let json = parse(text.as_bytes()).unwrap();
        assert!(json.get("active_validators_commit").unwrap().non_null().is_none());
        assert_eq!(json.get("active_validators").unwrap().u64().unwrap(), 0);
        assert_eq!(json.get("rejected").unwrap().text().unwrap(), "stake_table.nobody_active");
    }
}
