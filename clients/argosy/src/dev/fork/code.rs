//! Modules from the origin's node: `GET /v1/code/{hash}`, which HTTP says better than JSON-RPC. It is asked
//! where its methods are: over TLS or not, below the same path, with the same name and password. Whoever
//! asks compares the hash.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use argosy_primitives::CodeHash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use super::error::OriginError;
use crate::failure::Exit;

/// Larger than any chain's modules.
const CODE_BYTES_MAX: usize = 8 << 20;
const WITHIN: Duration = Duration::from_secs(20);

/// Asks a node for modules.
pub(super) struct Codes {
    http: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    url: String,
    place: Place,
}

/// What an address says.
struct Place {
    /// What stands before `/v1`: no name, no password, no slash at the end.
    base: String,
    /// Name and password, as HTTP has them.
    authorization: Option<HeaderValue>,
}

impl Codes {
    /// Of the node at an address; nothing is asked yet.
    pub(super) fn of(url: &str) -> anyhow::Result<Codes> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Codes {
            http: Client::builder(TokioExecutor::new()).build(connector),
            url: url.to_owned(),
            place: Place::of(url)?,
        })
    }

    /// The bytes that the node has under this hash.
    pub(super) async fn fetch(&self, code: &CodeHash) -> Result<Vec<u8>, OriginError> {
        let failed = |text: String, exit| OriginError::Unanswered {
            url: self.url.clone(),
            source_text: format!("GET /v1/code/{code}: {text}"),
            exit,
        };
        let asked = tokio::time::timeout(WITHIN, self.get(code)).await;
        let answered = asked.map_err(|_| {
            let text = format!("nothing came within {} s", WITHIN.as_secs());
            failed(text, Exit::Timeout)
        })?;
        let answered = answered.map_err(|error| failed(format!("{error:#}"), Exit::Network));
        match answered? {
            (StatusCode::OK, bytes) => Ok(bytes),
            (status, _) => Err(failed(format!("HTTP status {status}"), Exit::Failed)),
        }
    }

    async fn get(&self, code: &CodeHash) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let mut request = Request::get(format!("{}/v1/code/{code}", self.place.base));
        if let Some(authorization) = &self.place.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let response = self.http.request(request.body(Empty::new())?).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), CODE_BYTES_MAX);
        let body = body.collect().await;
        let not_read = |error: Box<dyn Error + Send + Sync>| anyhow::anyhow!("the body: {error}");
        Ok((status, body.map_err(not_read)?.to_bytes().to_vec()))
    }
}

impl Place {
    fn of(url: &str) -> anyhow::Result<Place> {
        let uri: Uri = url.parse()?;
        let scheme = uri.scheme_str().context("the address has no scheme")?;
        let authority = uri.authority().context("the address names no host")?;
        let (secret, host) = match authority.as_str().rsplit_once('@') {
            Some((secret, host)) => (Some(secret), host),
            None => (None, authority.as_str()),
        };
        let basic = |secret: &str| {
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(secret)))?;
            value.set_sensitive(true);
            anyhow::Ok(value)
        };
        Ok(Place {
            base: format!("{scheme}://{host}{}", uri.path().trim_end_matches('/')),
            // A name alone is for nobody, as with methods.
            authorization: secret
                .filter(|it| it.contains(':'))
                .map(basic)
                .transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_asked_for_where_the_methods_are() {
        let cases = [
            ("http://127.0.0.1:9533", "http://127.0.0.1:9533", None),
            ("http://[::1]:9533/", "http://[::1]:9533", None),
            ("https://node.example", "https://node.example", None),
            (
                "https://node.example/argosy/?key=1",
                "https://node.example/argosy",
                None,
            ),
            ("http://me@node:1", "http://node:1", None),
            (
                "https://Aladdin:open%20sesame@node",
                "https://node",
                Some("Basic QWxhZGRpbjpvcGVuJTIwc2VzYW1l"),
            ),
        ];
        for (url, base, authorization) in cases {
            let place = Place::of(url).unwrap();
            assert_eq!(place.base, base, "{url}");
            let found = place
                .authorization
                .map(|it| it.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), authorization, "{url}");
        }
        for url in ["/v1", "node"] {
            assert!(Place::of(url).is_err(), "{url}");
        }
    }
}
