//! Modules from a node, as they were uploaded: `GET /v1/code/{hash}`. Whoever asks compares the hash.

use std::time::Duration;

use argosy_primitives::CodeHash;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::HOST;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::failure::Exit;

/// Larger than any chain's modules.
const CODE_BYTES_MAX: usize = 8 << 20;
const WITHIN: Duration = Duration::from_secs(20);

/// Why a module did not come.
#[derive(Debug, thiserror::Error)]
#[error("GET /v1/code/{code}: {what}")]
pub(crate) struct NoModule {
    code: CodeHash,
    what: String,
    /// What that means to who asked.
    pub(crate) exit: Exit,
}

/// The bytes that the node has under this hash.
pub(crate) async fn module(url: &str, code: CodeHash) -> Result<Vec<u8>, NoModule> {
    let failed = |what: String, exit| NoModule { code, what, exit };
    let asked = tokio::time::timeout(WITHIN, get(url, &code)).await;
    let answered = asked.map_err(|_| {
        let text = format!("nothing came within {} s", WITHIN.as_secs());
        failed(text, Exit::Timeout)
    })?;
    let (status, bytes) = answered.map_err(|error| failed(format!("{error:#}"), Exit::Network))?;
    match status {
        StatusCode::OK => Ok(bytes),
        status => Err(failed(format!("HTTP status {status}"), Exit::Failed)),
    }
}

async fn get(url: &str, code: &CodeHash) -> anyhow::Result<(StatusCode, Vec<u8>)> {
    let uri: Uri = url.parse()?;
    let host = uri
        .host()
        .ok_or_else(|| anyhow::anyhow!("the address names no host"))?;
    anyhow::ensure!(
        uri.scheme_str() == Some("http"),
        "modules are read over http only"
    );
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((name, uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let running = tokio::spawn(connection);
    let authority = uri.authority().map_or(host, |it| it.as_str());
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    let request = Request::get(format!("/v1/code/{code}"))
        .header(HOST, authority)
        .body(Empty::<Bytes>::new())?;
    let response: Response<_> = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), CODE_BYTES_MAX)
        .collect()
        .await;
    running.abort();
    let body = body.map_err(|error| anyhow::anyhow!("the body: {error}"))?;
    Ok((status, body.to_bytes().to_vec()))
}
