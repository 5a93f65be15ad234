//! Keys and proofs as JSON for other programs: the form that snarkjs reads, which most tools around
//! Groth16 share, with what it leaves out beside it.
//!
//! Coordinates are decimal, projective with a last one; those of G2 are `[c0, c1]`. The precompiled
//! contracts of the EVM want `c1` before `c0`.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ff::PrimeField as _;
use hotshot_light_client::encoding::bytes::to_hex;
use hotshot_light_client::encoding::integer::U256;
use hotshot_light_client::hash::element::to_u256;
use hotshot_light_client::transition::certificate::{StateCertificate, StateSignature};
use hotshot_light_client::transition::kind::digest;
use hotshot_light_client::transition::proof::{Proof, VerifyingKey};
use hotshot_light_client::transition::record::TransitionRecord;
use hotshot_light_client::transition::stake_table_state::StakeTableState;

use crate::fixture::Member;

fn coordinate(value: &Fq) -> String {
    U256::from_limbs(value.into_bigint().0).to_string()
}

fn g1(point: &G1Affine) -> String {
    format!(r#"["{}","{}","1"]"#, coordinate(&point.x), coordinate(&point.y))
}

fn g2(point: &G2Affine) -> String {
    let [x0, x1, y0, y1] = [point.x.c0, point.x.c1, point.y.c0, point.y.c1].map(|value| coordinate(&value));
    format!(r#"[["{x0}","{x1}"],["{y0}","{y1}"],["1","0"]]"#)
}

/// A verifying key: `verification_key.json` of snarkjs, and under `hotshot` what the key is for.
pub fn key(key: &VerifyingKey) -> String {
    let inputs: Vec<_> = key.inputs.iter().map(g1).collect();
    let purpose = &key.purpose;
    format!(
        concat!(
            r#"{{"protocol":"groth16","curve":"bn128","nPublic":{},"vk_alpha_1":{},"vk_beta_2":{},"vk_gamma_2":{},"#,
            r#""vk_delta_2":{},"IC":[{}],"hotshot":{{"insecure":{},"capacity":{},"routable":{},"slots":{},"#,
            r#""circuit":"{}","key_hash":"{}"}}}}"#
        ),
        inputs.len() - 1,
        g1(&key.alpha),
        g2(&key.beta),
        g2(&key.gamma),
        g2(&key.delta),
        inputs.join(","),
        purpose.insecure,
        purpose.capacity,
        purpose.routable,
        purpose.slots,
        to_hex(&purpose.circuit),
        to_hex(&key.hash()),
    )
}

/// A proof: `proof.json` of snarkjs.
pub fn proof(proof: &Proof) -> String {
    format!(
        r#"{{"pi_a":{},"pi_b":{},"pi_c":{},"protocol":"groth16","curve":"bn128"}}"#,
        g1(&proof.a),
        g2(&proof.b),
        g1(&proof.c)
    )
}

/// Public inputs: `public.json` of snarkjs.
pub fn public(inputs: &[Fr]) -> String {
    let inputs: Vec<_> = inputs.iter().map(|input| format!(r#""{}""#, to_u256(input))).collect();
    format!("[{}]", inputs.join(","))
}

/// The commitments of a table, as integers in decimal text.
pub fn table(table: &StakeTableState) -> String {
    format!(
        r#"{{"threshold":"{}","bls_key_comm":"{}","schnorr_key_comm":"{}","amount_comm":"{}"}}"#,
        table.threshold,
        to_u256(&table.bls_key_comm),
        to_u256(&table.schnorr_key_comm),
        to_u256(&table.amount_comm),
    )
}

/// A state certificate as query services serve it.
pub fn certificate(certificate: &StateCertificate) -> String {
    let signatures: Vec<_> = (certificate.signatures.iter())
        .map(|signer| {
            let StateSignature { key, signature, legacy } = signer;
            format!(r#"["{}","{}","{}"]"#, key.to_tagged(), signature.to_tagged(), legacy.to_tagged())
        })
        .collect();
    format!(
        r#"{{"epoch":{},"light_client_state":"{}","next_stake_table_state":"{}","signatures":[{}],"auth_root":"{}"}}"#,
        certificate.epoch,
        certificate.state.to_tagged(),
        certificate.next_table.to_tagged(),
        signatures.join(","),
        to_hex(&certificate.auth_root),
    )
}

/// A `stake_table.json` of these members.
pub fn stake_table(members: &[Member], capacity: usize, epoch_height: u64) -> String {
    let entries: Vec<_> = (members.iter())
        .map(|member| {
            let key = member.signer.verification_key();
            format!(
                r#"{{"stake_key":"{}","stake_amount":"{:#x}","state_ver_key":"{}"}}"#,
                member.stake_key.to_tagged(),
                member.amount,
                key.to_tagged()
            )
        })
        .collect();
    format!(
        "{{\"epoch_height\":{epoch_height},\"stake_table_capacity\":{capacity},\"known_nodes_with_stake\":[\n{}\n]}}\n",
        entries.join(",\n")
    )
}

/// A record with everything that a contract is called with, and the inputs under the table that
/// signed it.
pub fn record(record: &TransitionRecord, signing: &StakeTableState) -> String {
    let TransitionRecord { epoch, state, next_table, auth_root, proof: proven } = record;
    format!(
        concat!(
            r#"{{"epoch":{},"state":{{"view":"{}","height":"{}","block_comm_root":"{}"}},"next_table":{},"#,
            r#""auth_root":"{}","digest":"{}","proof":{},"public":{}}}"#
        ),
        epoch,
        state.view,
        state.height,
        to_u256(&state.block_comm_root),
        table(next_table),
        to_hex(auth_root),
        to_u256(&digest(state, next_table, auth_root)),
        proof(proven),
        public(&record.public_inputs(signing)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use crate::groth16::{InsecureSecrets, Keys};
    use crate::shape::Preset;
    use hotshot_light_client::encoding::integer::parse_u256;
    use hotshot_light_client::encoding::json::{Json, parse};
    use hotshot_light_client::stake_table::table::StakeTable;
    use hotshot_light_client::transition::voting_table::VotingTable;

    fn numbers(json: &Json<'_>) -> Vec<U256> {
        match json {
            Json::Array(items) => items.iter().flat_map(numbers).collect(),
            other => vec![parse_u256(other.text().unwrap()).unwrap()],
        }
    }

    #[test]
    fn certificates_and_tables_are_read_back() {
        let shape = Preset::named("tiny").unwrap().shape;
        let fixture = Fixture::new("export", shape, 10).unwrap();
        let made = fixture.certificate(15).unwrap();
        let text = certificate(&made);
        assert_eq!(StateCertificate::from_json(&parse(text.as_bytes()).unwrap()).unwrap(), made);
        let text = stake_table(&fixture.members(2).unwrap(), shape.capacity, 10);
        let table = StakeTable::from_json(&parse(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(VotingTable::admit(&table, shape.capacity).unwrap(), fixture.table(2).unwrap());
    }

    #[test]
    fn coordinates_stand_where_snarkjs_looks_for_them() {
        let shape = Preset::named("tiny").unwrap().shape;
        let keys = Keys::insecure(shape, b"export").unwrap();
        let fixture = Fixture::new("export", shape, 10).unwrap();
        let signing = fixture.table(1).unwrap().state();
        let unproven = fixture.certificate(fixture.root(1)).unwrap();
        let made = InsecureSecrets::of_seed(b"export").forge_record(&keys.verifying, &unproven, &signing, [5, 6]);

        let text = key(&keys.verifying);
        let json = parse(text.as_bytes()).unwrap();
        assert_eq!(json.get("nPublic").unwrap().u64().unwrap(), 3);
        assert_eq!(json.get("IC").unwrap().items().unwrap().len(), 4);
        let beta = numbers(json.get("vk_beta_2").unwrap());
        let point = keys.verifying.beta;
        let expected =
            [point.x.c0, point.x.c1, point.y.c0, point.y.c1].map(|value| U256::from_limbs(value.into_bigint().0));
        assert_eq!(beta, [&expected[..], &[U256::from(1u64), U256::ZERO]].concat());
        assert_eq!(json.get("hotshot").unwrap().get("insecure").unwrap(), &Json::Bool(true));

        let text = record(&made, &signing);
        let json = parse(text.as_bytes()).unwrap();
        let inputs = made.public_inputs(&signing);
        assert_eq!(numbers(json.get("public").unwrap()), inputs.map(|input| to_u256(&input)));
        assert_eq!(numbers(json.get("digest").unwrap()), [to_u256(&inputs[2])]);
        let a = numbers(json.get("proof").unwrap().get("pi_a").unwrap());
        assert_eq!(a[0], U256::from_limbs(made.proof.a.x.into_bigint().0));
        assert_eq!(json.get("epoch").unwrap().u64().unwrap(), 1);
    }
}
