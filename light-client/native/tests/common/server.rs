//! A query service on loopback that says what a test wants it to say.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// One answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: br#"{"Custom":{"message":"no","status":0}}"#.to_vec() }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A server that runs until the test process ends.
pub struct Server {
    pub address: String,
    paths: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves what the handler returns for a path; `None` leaves the client without an answer.
    pub fn start(handler: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let paths = Arc::new(Mutex::new(Vec::new()));
        let (handler, seen) = (Arc::new(handler), paths.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, seen) = (handler.clone(), seen.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &*handler, &seen));
            }
        });
        Self { address, paths }
    }

    /// An address where nobody listens: port 1 is never handed out.
    pub fn dead() -> Self {
        Self { address: "http://127.0.0.1:1".into(), paths: Arc::default() }
    }

    /// The paths that were asked for so far.
    pub fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, handler: &dyn Fn(&str) -> Option<Reply>, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
        }
        let path = lines[0].split(' ').nth(1).unwrap().to_string();
        let has = |header: &str| lines.iter().any(|line| line.to_lowercase().starts_with(header));
        assert!(has("accept: application/json") || has("upgrade: websocket"), "{lines:?}");
        seen.lock().unwrap().push(path.clone());
        let Some(reply) = handler(&path) else {
            // Held open until the client loses patience.
            let _ = reader.read_line(&mut String::new());
            return;
        };
        let mut head = format!("HTTP/1.1 {} -\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&reply.body)).is_err() {
            return;
        }
    }
}

/// The leaves of recorded blocks, as a query service has them.
#[derive(Clone)]
pub struct Chain {
    pub leaves: Vec<Value>,
    pub blocks: u64,
}

impl Chain {
    pub fn new(lines: &[Value], blocks: u64) -> Self {
        Self { leaves: lines.iter().map(|line| line["leaf"].clone()).collect(), blocks }
    }

    pub fn leaf(&self, height: u64) -> Option<&Value> {
        self.leaves.iter().find(|leaf| height_of(leaf) == height).filter(|_| height < self.blocks)
    }

    /// The answer of an honest server without the light-client module.
    pub fn answer(&self, path: &str) -> Reply {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        let found = match parts.as_slice() {
            ["node", "block-height"] => Some(self.blocks.to_string()),
            ["availability", "limits"] => {
                Some(r#"{"small_object_range_limit":500,"large_object_range_limit":100}"#.into())
            }
            ["availability", "leaf", height] => self.leaf(height.parse().unwrap()).map(Value::to_string),
            ["availability", "leaf", from, until] => (from.parse().unwrap()..until.parse().unwrap())
                .map(|height| self.leaf(height).cloned())
                .collect::<Option<Vec<Value>>>()
                .map(|leaves| Value::from(leaves).to_string()),
            _ => None,
        };
        let reply = found.map_or_else(|| Reply::status(404), Reply::ok);
        reply.header("Access-Control-Allow-Origin", "*")
    }
}

fn height_of(leaf: &Value) -> u64 {
    leaf["leaf"]["block_header"]["fields"]["height"].as_u64().unwrap()
}
