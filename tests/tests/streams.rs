//! The devnet's own listener: WebSocket streams, and the control by which it is made to lie.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use common::node;
use hotshot_tests::{
    chain::Settings,
    lie::Lie,
    server::{Node, serve},
};
use serde_json::Value;
use tungstenite::Message;

fn listen() -> (Arc<Node>, SocketAddr) {
    let settings = Settings { validators: 4, epoch_height: 10, ..Settings::default() };
    let node = Arc::new(node(settings, 12));
    let (sender, receiver) = mpsc::channel();
    let served = Arc::clone(&node);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = serve(served, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            sender.send(server.address).unwrap();
            server.run().await.unwrap();
        });
    });
    (node, receiver.recv().unwrap())
}

#[test]
fn streams_send_what_is_there_and_wait_for_what_is_not() {
    let (node, address) = listen();
    for (kind, path) in [
        ("leaf", "leaves"),
        ("header", "headers"),
        ("block", "blocks"),
        ("payload", "payloads"),
        ("vid/common", "vid/common"),
    ] {
        let last = node.chain().blocks().len() as u64 - 1;
        let uri = format!("ws://{address}/v1/availability/stream/{path}/{}", last - 1);
        let (mut socket, response) = tungstenite::client(uri, TcpStream::connect(address).unwrap()).unwrap();
        assert_eq!(response.status(), 101);
        let mut next = || -> Value {
            let Message::Text(text) = socket.read().unwrap() else { unreachable!("one text frame an object") };
            serde_json::from_str(&text).unwrap()
        };
        let plain = |height: u64| {
            serde_json::from_str::<Value>(&node.answer(&format!("/v1/availability/{kind}/{height}")).body).unwrap()
        };
        assert_eq!([next(), next()], [plain(last - 1), plain(last)], "{kind}");
        node.produce().unwrap();
        assert_eq!(next(), plain(last + 1), "{kind}");
        socket.close(None).unwrap();
    }
    let nowhere = format!("ws://{address}/v1/availability/stream/nothing/3");
    assert!(tungstenite::client(nowhere, TcpStream::connect(address).unwrap()).is_err());
}

/// Sends a request and returns status and body.
fn send(address: SocketAddr, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("access-control-allow-origin: *"), "{head}");
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn lies_are_ordered_over_http() {
    let (node, address) = listen();
    let (status, lies) = send(address, "GET", "/devnet/lies", "");
    assert_eq!((status, lies.as_array().unwrap().len()), (200, Lie::ALL.len()));
    for lie in Lie::ALL {
        let order = serde_json::json!({ "kind": lie.name() }).to_string();
        assert_eq!(send(address, "POST", "/devnet/lie", &order), (200, serde_json::from_str(&order).unwrap()));
        assert_eq!(node.lie(), Some(*lie));
    }
    assert_eq!(send(address, "GET", "/devnet/lie", "").1["kind"], Lie::ALL.last().unwrap().name());
    for bad in ["", "{}x", r#"{"kind":"truth"}"#, r#"{"kind":7}"#, &"x".repeat(10_000)] {
        assert_eq!(send(address, "POST", "/devnet/lie", bad).0, 400, "{bad}");
        assert!(node.lie().is_some(), "a bad order changes nothing");
    }
    let (status, current) = send(address, "POST", "/devnet/lie", r#"{"kind":null}"#);
    assert_eq!((status, &current["kind"], node.lie()), (200, &Value::Null, None));
    assert_eq!(send(address, "DELETE", "/devnet/lie", "").0, 404);
    assert_eq!(send(address, "POST", "/v1/availability/leaf/1", "").0, 405);
}
