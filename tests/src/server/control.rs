//! What no real node has: `/devnet/…`, by which a person or a demo page makes this one lie. Anybody
//! who reaches the port may use it, so the devnet listens on the loopback interface.

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use hotshot_light_client::encoding::bytes::to_hex;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Node, config, http::respond};
use crate::{
    l1,
    lie::Lie,
    rollup::{Posted, Rollup},
};

/// The body of `POST /devnet/lie`: a kind from `GET /devnet/lies`, or null for the truth.
#[derive(Deserialize)]
struct Order {
    kind: Option<String>,
}

/// The body of `POST /devnet/post`: names from `GET /devnet/rollups`, and what to write into the
/// transactions.
#[derive(Deserialize)]
struct Letter {
    rollups: Vec<String>,
    #[serde(default)]
    text: String,
}

const BODY_LIMIT: usize = 1 << 12;

/// Answers a request for a path under `/devnet/`.
pub(super) async fn answer(node: &Node, path: &str, request: Request) -> Response {
    match (request.method().clone(), path) {
        (Method::OPTIONS, _) => StatusCode::NO_CONTENT.into_response(),
        (Method::GET, "lies") => respond(Answer::json(&lies())),
        (Method::GET, "lie") => respond(current(node)),
        (Method::GET, "network") => {
            let mut network = config::network_file(&node.chain(), &[]);
            node.manners().proofs.pin(&mut network);
            respond(Answer::json(&network))
        }
        (Method::GET, "rollups") => respond(rollups(node)),
        (Method::GET, "l1") => respond(l1(node)),
        (Method::POST, "post") => match axum::body::to_bytes(request.into_body(), BODY_LIMIT).await {
            Ok(body) => respond(post(node, &body)),
            Err(_) => respond(Answer::error(400, "the body is too long")),
        },
        (Method::POST, "lie") => match axum::body::to_bytes(request.into_body(), BODY_LIMIT).await {
            Ok(body) => respond(set(node, &body)),
            Err(_) => respond(Answer::error(400, "the body is too long")),
        },
        _ => respond(Answer::error(404, "no such control")),
    }
}

/// All lies, for people and pages.
pub(super) fn lies() -> Vec<serde_json::Value> {
    let entry = |lie: &Lie| json!({ "kind": lie.name(), "words": lie.words(), "codes": lie.codes() });
    Lie::ALL.iter().map(entry).collect()
}

fn current(node: &Node) -> Answer {
    Answer::json(&json!({ "kind": node.lie().map(Lie::name) }))
}

fn set(node: &Node, body: &[u8]) -> Answer {
    let Ok(order) = serde_json::from_slice::<Order>(body) else {
        return Answer::error(400, "the body must be {\"kind\": a name from /devnet/lies, or null}");
    };
    match order.kind.as_deref().map(|name| Lie::from_name(name).ok_or(())).transpose() {
        Ok(lie) => {
            node.set_lie(lie);
            current(node)
        }
        Err(()) => Answer::error(400, "no such lie: GET /devnet/lies lists them"),
    }
}

/// What to put into an EVM so that it holds this chain's contracts, as they stand at the newest block.
fn l1(node: &Node) -> Answer {
    let chain = node.chain();
    let height = (chain.blocks().len() as u64).saturating_sub(1);
    let known = 1..=height.div_ceil(chain.schedule().epoch_height().max(1));
    l1::everything(&chain, height, l1::now(), known).map_or_else(
        || Answer::error(404, "no table comes from events yet: --dynamic-stake, --history"),
        |everything| Answer::json(&everything),
    )
}

/// The rollups with the configuration by which clients know them; none without `--rollups`.
fn rollups(node: &Node) -> Answer {
    let chain = node.chain();
    let Some(rollups) = chain.rollups() else { return Answer::json::<[(); 0]>(&[]) };
    let entry = |rollup: Rollup| json!({ "name": rollup.name(), "config": rollups.config(rollup) });
    Answer::json(&Rollup::ALL.map(entry))
}

/// Sends one transaction to each of the named rollups, as their users would: the sequencers take them
/// into their next messages, all in one block. Real rollups have endpoints of their own for this.
fn post(node: &Node, body: &[u8]) -> Answer {
    let Ok(letter) = serde_json::from_slice::<Letter>(body) else {
        return Answer::error(400, "the body must be {\"rollups\": [names from /devnet/rollups], \"text\": text}");
    };
    let named: Option<Vec<Rollup>> = letter.rollups.iter().map(|name| Rollup::from_name(name)).collect();
    let Some(named) = named.filter(|named| (1..=8).contains(&named.len())) else {
        return Answer::error(400, "one to eight names from /devnet/rollups");
    };
    let Some(posted) = node.post(&named, &letter.text) else {
        return Answer::error(404, "this devnet has no rollups: --rollups");
    };
    let chain = node.chain();
    let entry = |posted: &Posted| {
        json!({
            "name": posted.rollup.name(),
            "rollup": chain.rollups().map(|rollups| rollups.config(posted.rollup)),
            "transaction": to_hex(&posted.transaction.hash()),
        })
    };
    Answer::json(&json!({ "legs": posted.iter().map(entry).collect::<Vec<_>>(), "height": chain.blocks().len() }))
}
