//! Whether a server streams: a WebSocket handshake to its end (RFC 6455). A plain GET does not tell,
//! because servers and the proxies before them refuse it in many ways.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use tungstenite::HandshakeError;
use ureq::Proxy;
use ureq::http::Uri;

use crate::stop::Stop;

/// What came of the handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Streams {
    /// The server switched protocols, and proved that it had read the request.
    Offered,
    /// It did something else.
    Refused(String),
    /// It could not be tried from here.
    Untried(String),
}

/// Tries a handshake at an address that begins with `http`, and leaves at once.
pub fn handshake(address: String, stop: &Stop, timeout: Duration) -> Streams {
    // A proxy would have to be asked for a tunnel first, which decides about streams as well.
    if let Some(proxy) = Proxy::try_from_env()
        && address.parse().is_ok_and(|uri: Uri| !proxy.is_no_proxy(&uri))
    {
        return Streams::Untried(format!("not tried: requests go through the proxy {}", proxy.host()));
    }
    match stop.unless_raised(move || connect(&address, timeout)) {
        Some(Ok(())) => Streams::Offered,
        Some(Err(reason)) => Streams::Refused(reason),
        None => Streams::Untried("interrupted".into()),
    }
}

fn connect(address: &str, timeout: Duration) -> Result<(), String> {
    let uri: Uri = address.parse().map_err(|error| format!("{error}"))?;
    let encrypted = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let places = format!("{host}:{port}").to_socket_addrs().map_err(|error| error.to_string())?;
    let mut failure = "the host has no address".to_owned();
    for place in places {
        match TcpStream::connect_timeout(&place, timeout).map_err(|error| error.to_string()) {
            Ok(stream) => return upgrade(address, stream, timeout),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn upgrade(address: &str, stream: TcpStream, timeout: Duration) -> Result<(), String> {
    stream
        .set_read_timeout(Some(timeout))
        .and_then(|()| stream.set_write_timeout(Some(timeout)))
        .map_err(|error| error.to_string())?;
    let address = format!("ws{}", address.trim_start_matches("http"));
    match tungstenite::client_tls(address, stream) {
        Ok((mut socket, _)) => {
            // Whether the goodbye arrives is of no interest.
            let _ = socket.close(None).and_then(|()| socket.flush());
            Ok(())
        }
        Err(HandshakeError::Interrupted(_)) => Err("no answer to the handshake".into()),
        Err(HandshakeError::Failure(error)) => Err(error.to_string()),
    }
}
