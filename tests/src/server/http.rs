//! HTTP: CORS as real nodes have it, loopback only unless told otherwise.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State, WebSocketUpgrade},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use tokio::net::TcpListener;

use super::{Answer, Node, control, stream};
use crate::chain::Failure;

/// The most bytes of a submitted transaction: those of a block, in base64.
const BODY_LIMIT: usize = 2 << 20;

/// A devnet that listens.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    listener: TcpListener,
    node: Arc<Node>,
}

/// Listens at an address; port 0 takes any free one.
///
/// # Errors
/// When the address is taken.
pub async fn serve(node: Arc<Node>, address: SocketAddr) -> Result<Server, Failure> {
    let listener = TcpListener::bind(address).await?;
    Ok(Server { address: listener.local_addr()?, listener, node })
}

impl Server {
    /// Answers until the process ends.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self) -> Result<(), Failure> {
        let router = Router::new().fallback(handle).with_state(self.node);
        axum::serve(self.listener, router).await?;
        Ok(())
    }
}

async fn handle(
    State(node): State<Arc<Node>>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(control) = path.strip_prefix("/devnet/") {
        return shared(control::answer(&node, control, request).await);
    }
    tokio::time::sleep(node.manners().delay).await;
    if let (Some(path), &Method::GET) = (path.strip_prefix("/proofs/"), request.method()) {
        return shared(match node.manners().proofs.file(path) {
            Some(file) => ([(header::CONTENT_TYPE, "application/octet-stream")], file).into_response(),
            None => respond(Answer::missing()),
        });
    }
    let response = match (stream::requested(&path), upgrade) {
        (Some((kind, from)), Ok(upgrade)) if node.has("streams") && node.has("availability") => {
            upgrade.on_upgrade(move |socket| stream::run(socket, node, kind, from)).into_response()
        }
        (Some(_), _) => respond(Answer::error(404, "no such stream")),
        (None, _) if request.method() == Method::GET => respond(node.answer(&path)),
        (None, _) if request.method() == Method::POST => submit(&node, &path, request).await,
        (None, _) if request.method() == Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    shared(response)
}

/// The one thing that clients may post: a transaction. The route of the query service is
/// `submit/submit`, with or without a version.
async fn submit(node: &Node, path: &str, request: Request) -> Response {
    let known = ["/submit/submit", "/v0/submit/submit", "/v1/submit/submit"];
    if !known.contains(&path) || !node.has("submit") {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match axum::body::to_bytes(request.into_body(), BODY_LIMIT).await {
        Ok(body) => respond(node.submit(&body)),
        Err(_) => respond(Answer::error(400, "the body is too long")),
    }
}

/// Lets pages of every origin read the response, as real nodes do.
fn shared(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, any.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, any);
    response
}

pub(super) fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json")], answer.body).into_response()
}
