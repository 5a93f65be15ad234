//! WebSocket streams: one text frame an object, waiting for those that do not exist yet.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};

use super::{Node, routes};

/// The kind of object and the first height that a path asks to stream.
pub(super) fn requested(path: &str) -> Option<(String, u64)> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let segments = match segments.as_slice() {
        ["v0" | "v1", rest @ ..] => rest,
        rest => rest,
    };
    let (kind, height) = match segments {
        ["availability", "stream", "leaves", height] => ("leaf", height),
        ["availability", "stream", "headers", height] => ("header", height),
        ["availability", "stream", "blocks", height] => ("block", height),
        ["availability", "stream", "payloads", height] => ("payload", height),
        ["availability", "stream", "vid", "common", height] => ("vid/common", height),
        _ => return None,
    };
    Some((kind.into(), height.parse().ok()?))
}

/// Sends objects from `from` on until the other side leaves.
pub(super) async fn run(mut socket: WebSocket, node: Arc<Node>, kind: String, from: u64) {
    let mut height = node.height();
    for at in from.. {
        let next = tokio::select! {
            grown = height.wait_for(|height| *height > at) => grown.is_ok(),
            () = closed(&mut socket) => false,
        };
        let Some(object) = node.block(at).filter(|_| next).and_then(|block| routes::object(&kind, &block)) else {
            break;
        };
        tokio::time::sleep(node.manners().delay).await;
        if socket.send(Message::text(object)).await.is_err() {
            return;
        }
    }
    let _ = socket.send(Message::Close(None)).await;
}

/// Returns when the other side closes.
async fn closed(socket: &mut WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}
