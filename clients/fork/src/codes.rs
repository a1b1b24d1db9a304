//! Modules from a node, as they were uploaded: `GET /v1/code/{hash}`, which HTTP says better than JSON-RPC. It
//! is asked where its methods are: over TLS or not, below the same path, with the same name and password.
//! Whoever asks compares the hash.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use argosy_primitives::CodeHash;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue, InvalidHeaderValue, RETRY_AFTER};
use hyper::http::uri::InvalidUri;
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::Trouble;

/// Larger than any chain's modules.
const CODE_BYTES_MAX: usize = 8 << 20;
const WITHIN: Duration = Duration::from_secs(20);

/// Asks a node for modules.
pub struct Codes {
    http: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    place: Place,
}

/// Why no modules can be asked for at an address.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is no address.
    #[error(transparent)]
    Unreadable(#[from] InvalidUri),
    /// It says nothing of how to ask.
    #[error("the address has no scheme")]
    NoScheme,
    /// It says nothing of whom to ask.
    #[error("the address names no host")]
    NoHost,
    /// Its name and password cannot stand in a header.
    #[error("name and password: {0}")]
    Secret(#[from] InvalidHeaderValue),
    /// This machine cannot speak TLS.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a module did not come.
#[derive(Debug, thiserror::Error)]
#[error("GET /v1/code/{code}: {what}")]
pub struct NoModule {
    code: CodeHash,
    what: String,
    /// The node answered that it has none.
    is_missing: bool,
    /// What that means to who asked.
    pub trouble: Trouble,
}

impl NoModule {
    /// It was asked too much, again and again.
    pub fn too_much(code: &CodeHash) -> NoModule {
        NoModule::new(
            code,
            "the node was asked too much; try again later",
            Trouble::Failed,
        )
    }

    fn new(code: &CodeHash, what: impl Into<String>, trouble: Trouble) -> NoModule {
        NoModule {
            code: *code,
            what: what.into(),
            is_missing: false,
            trouble,
        }
    }

    /// The module, if the node says that it has none of that hash.
    pub(crate) fn missing(&self) -> Option<CodeHash> {
        self.is_missing.then_some(self.code)
    }
}

/// What a node answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The bytes that it has under the hash.
    Module(Vec<u8>),
    /// It was asked too much, and may be asked again after that.
    Later(Duration),
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
    pub fn of(url: &str) -> Result<Codes, AddressError> {
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
            place: Place::of(url)?,
        })
    }

    /// Asks once.
    pub async fn fetch(&self, code: &CodeHash) -> Result<Fetched, NoModule> {
        let failed = |what, trouble| NoModule::new(code, what, trouble);
        let asked = tokio::time::timeout(WITHIN, self.get(code)).await;
        let answered = asked.map_err(|_| {
            let text = format!("nothing came within {} s", WITHIN.as_secs());
            failed(text, Trouble::Timeout)
        })?;
        let (status, later, bytes) = answered.map_err(|text| failed(text, Trouble::Network))?;
        match (status, later) {
            (StatusCode::OK, _) => Ok(Fetched::Module(bytes)),
            (StatusCode::TOO_MANY_REQUESTS, Some(later)) => Ok(Fetched::Later(later)),
            (status, _) => Err(NoModule {
                is_missing: status == StatusCode::NOT_FOUND && says_so(&bytes),
                ..failed(format!("HTTP status {status}"), Trouble::Failed)
            }),
        }
    }

    async fn get(
        &self,
        code: &CodeHash,
    ) -> Result<(StatusCode, Option<Duration>, Vec<u8>), String> {
        let mut request = Request::get(format!("{}/v1/code/{code}", self.place.base));
        if let Some(authorization) = &self.place.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Empty::new());
        let request = request.map_err(|error| with_causes(&error))?;
        let response = self.http.request(request).await;
        let response = response.map_err(|error| with_causes(&error))?;
        let status = response.status();
        let later = response.headers().get(RETRY_AFTER);
        let later = later.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
        let body = Limited::new(response.into_body(), CODE_BYTES_MAX);
        let body = body.collect().await;
        let not_read = |error: Box<dyn Error + Send + Sync>| format!("the body: {error}");
        let bytes = body.map_err(not_read)?.to_bytes().to_vec();
        Ok((status, later.map(Duration::from_secs), bytes))
    }
}

/// Whether an answer is a node's own that it has no such module: whoever stands before it may say 404, too.
fn says_so(answer: &[u8]) -> bool {
    let answer: Option<serde_json::Value> = serde_json::from_slice(answer).ok();
    let kind = answer
        .as_ref()
        .and_then(|it| it["error"]["data"]["kind"].as_str());
    kind == Some("NOT_FOUND")
}

/// An error with what it comes from, in one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |it| (**it).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Place {
    fn of(url: &str) -> Result<Place, AddressError> {
        let uri: Uri = url.parse()?;
        let scheme = uri.scheme_str().ok_or(AddressError::NoScheme)?;
        let authority = uri.authority().ok_or(AddressError::NoHost)?;
        let (secret, host) = match authority.as_str().rsplit_once('@') {
            Some((secret, host)) => (Some(secret), host),
            None => (None, authority.as_str()),
        };
        let basic = |secret: &str| {
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(secret)))?;
            value.set_sensitive(true);
            Ok::<_, AddressError>(value)
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
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_node_that_was_asked_too_much_is_asked_later() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://me:pw@{}/node/", listener.local_addr().unwrap());
        let answers = [
            "429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n",
            "200 OK\r\ncontent-length: 3\r\n\r\nabc",
            "404 Not Found\r\ncontent-length: 0\r\n\r\n",
            "404 Not Found\r\ncontent-length: 39\r\n\r\n{\"error\":{\"data\":{\"kind\":\"NOT_FOUND\"}}}",
        ];
        let served = std::thread::spawn(move || {
            answers.map(|answer| {
                let (mut socket, _) = listener.accept().unwrap();
                let mut asked = vec![0; 4096];
                let length = socket.read(&mut asked).unwrap();
                let (status, rest) = answer.split_once("\r\n").unwrap();
                write!(socket, "HTTP/1.1 {status}\r\nconnection: close\r\n{rest}").unwrap();
                String::from_utf8_lossy(&asked[..length]).to_lowercase()
            })
        });
        let codes = Codes::of(&url).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let fetch = || runtime.block_on(codes.fetch(&CodeHash::ZERO));
        assert_eq!(fetch().unwrap(), Fetched::Later(Duration::from_secs(3)));
        assert_eq!(fetch().unwrap(), Fetched::Module(b"abc".to_vec()));
        let error = fetch().unwrap_err();
        assert_eq!(error.missing(), None, "who knows who answered");
        let error = error.to_string();
        assert!(error.contains("404") && !error.contains("pw"), "{error}");
        assert_eq!(fetch().unwrap_err().missing(), Some(CodeHash::ZERO));
        for asked in served.join().unwrap() {
            assert!(asked.starts_with("get /node/v1/code/0x00"), "{asked}");
            assert!(asked.contains("authorization: basic bwu6chc="), "{asked}");
        }
    }

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
