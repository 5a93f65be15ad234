//! HTTP: asking a provider, and offering the store of records.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use crate::command::serve::Shared;
use crate::input::Failure;

/// The most bytes of an answer: certificates and tables of a thousand members stay far below.
const ANSWER_LIMIT: u64 = 4 << 20;

/// The body of a GET; `None` where the provider has nothing there yet.
pub(crate) fn fetch(address: &str) -> Result<Option<Vec<u8>>, Failure> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        .build()
        .into();
    let mut response = agent.get(address).call().map_err(|error| format!("{address}: {error}"))?;
    match response.status().as_u16() {
        200 => Ok(Some(response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec()?)),
        404 => Ok(None),
        status => Err(format!("{address}: status {status}").into()),
    }
}

/// A store that is offered.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    listener: std::net::TcpListener,
    shop: Shop,
}

#[derive(Clone)]
struct Shop {
    folder: Arc<PathBuf>,
    status: Shared,
}

impl Server {
    /// Listens.
    pub(crate) fn bind(address: SocketAddr, folder: &Path, status: &Shared) -> Result<Self, Failure> {
        let listener = std::net::TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))?;
        listener.set_nonblocking(true)?;
        let shop = Shop { folder: Arc::new(folder.into()), status: Arc::clone(status) };
        Ok(Self { address: listener.local_addr()?, listener, shop })
    }

    /// Answers until the process ends.
    pub(crate) fn run(self) {
        let served = || -> Result<(), Failure> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(self.listener)?;
                axum::serve(listener, Router::new().fallback(answer).with_state(self.shop)).await?;
                Ok(())
            })
        };
        if let Err(failure) = served() {
            eprintln!("error: nothing is served any more: {failure}");
        }
    }
}

/// The newest proven state of an ordinary block, which is not always the same.
const LATEST: &str = "latest";

/// The file of a path, if it is `/<network>/<key hash>/<epoch>`, the `verifying-key` or the `latest` there,
/// and nothing else.
fn record_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    let mut parts = path.split('/');
    let (network, hash, epoch) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |text: &str, allowed: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|byte| allowed(&byte));
    let fits = plain(network, |byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_')
        && hash.len() == 64
        && plain(hash, u8::is_ascii_hexdigit)
        && (epoch == "verifying-key" || epoch == LATEST || plain(epoch, u8::is_ascii_digit))
        && parts.next().is_none();
    fits.then_some(path)
}

async fn answer(State(shop): State<Shop>, uri: Uri) -> Response {
    let mut response = if uri.path() == "/status" {
        let status = shop.status.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = status.trouble.as_deref().map_or("null".into(), |trouble| format!("{trouble:?}"));
        let body = format!(
            r#"{{"network":{:?},"phase":"{}","epoch":{},"proven":{},"last_proof_seconds":{:.1},"trouble":{trouble}}}"#,
            status.network, status.phase, status.epoch, status.proven, status.seconds,
        );
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    } else {
        // Records are small, and reading one takes no time worth another thread.
        match record_of(uri.path()).and_then(|path| std::fs::read(shop.folder.join(path)).ok()) {
            Some(record) => {
                let changes = uri.path().ends_with(LATEST);
                let keep = if changes { "no-cache" } else { "public, max-age=31536000, immutable" };
                let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, keep)];
                (headers, record).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        }
    };
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_are_files() {
        let hash = "ab".repeat(32);
        let good = format!("/main-net_1/{hash}/17");
        assert_eq!(record_of(&good), Some(&good[1..]));
        for name in ["verifying-key", "latest"] {
            let other = good.replace("17", name);
            assert_eq!(record_of(&other), Some(&other[1..]));
        }
        for bad in [
            "/".to_string(),
            good.replace("/17", ""),
            good.replace("17", ""),
            good.replace("17", "proving-key"),
            good.replace("17", "17/"),
            good.replace("17", "17.partial"),
            good.replace("main-net_1", ".."),
            good.replace("main-net_1", "a/b"),
            format!("/devnet/{}/../17", &hash[..61]),
            good.replace("ab", "zz"),
            good.replacen('/', "//", 1),
        ] {
            assert_eq!(record_of(&bad), None, "{bad}");
        }
    }
}
