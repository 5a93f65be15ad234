//! What no real node has: `/devnet/…`, by which a person or a demo page makes this one lie. Anybody
//! who reaches the port may use it, so the devnet listens on the loopback interface.

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Node, config, http::respond};
use crate::lie::Lie;

/// The body of `POST /devnet/lie`: a kind from `GET /devnet/lies`, or null for the truth.
#[derive(Deserialize)]
struct Order {
    kind: Option<String>,
}

const BODY_LIMIT: usize = 1 << 12;

/// Answers a request for a path under `/devnet/`.
pub(super) async fn answer(node: &Node, path: &str, request: Request) -> Response {
    match (request.method().clone(), path) {
        (Method::OPTIONS, _) => StatusCode::NO_CONTENT.into_response(),
        (Method::GET, "lies") => respond(Answer::json(&lies())),
        (Method::GET, "lie") => respond(current(node)),
        (Method::GET, "network") => respond(Answer::json(&config::network_file(&node.chain(), &[]))),
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
