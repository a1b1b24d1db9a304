//! Modules from a node, as they were uploaded: `GET /v1/code/{hash}`. Whoever asks compares the hash.

use std::time::Duration;

use anyhow::Context;
use argosy_primitives::CodeHash;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls_platform_verifier::ConfigVerifierExt;

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
    let authority = uri.authority().context("the address names no host")?;
    // A name and a password are for the methods.
    let place = authority.as_str();
    let place = place.rsplit('@').next().unwrap_or(place);
    let asked = Uri::builder()
        .scheme(uri.scheme_str().unwrap_or("http"))
        .authority(place)
        .path_and_query(format!("/v1/code/{code}"))
        .build()?;
    let request = Request::get(asked).body(Empty::<Bytes>::new())?;
    let response = client().request(request).await.map_err(innermost)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), CODE_BYTES_MAX)
        .collect()
        .await;
    let body = body.map_err(|error| anyhow::anyhow!("the body: {error}"))?;
    Ok((status, body.to_bytes().to_vec()))
}

/// By `http`, or by `https` with a certificate that this machine trusts.
fn client() -> Client<HttpsConnector<HttpConnector>, Empty<Bytes>> {
    // Only the first of the process counts, and all are this one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(rustls::ClientConfig::with_platform_verifier())
        .https_or_http()
        .enable_http1()
        .build();
    Client::builder(TokioExecutor::new()).build(connector)
}

/// Why nothing came, without the layers above it.
fn innermost(error: hyper_util::client::legacy::Error) -> anyhow::Error {
    let error = anyhow::Error::from(error);
    anyhow::anyhow!("{}", error.root_cause())
}
