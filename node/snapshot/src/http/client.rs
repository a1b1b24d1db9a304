//! A snapshot on a server that nobody trusts.
//!
//! Always: what is read of an answer is bounded by what was announced before, in bytes and in time.

use std::time::Duration;

use argosy_primitives::BlockHash;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::{Entry, PATH};
use crate::folder::{is_name, name_of};
use crate::limits::MANIFEST_BYTES_MAX;
use crate::source::{Source, SourceError};

/// A list is no longer.
const LIST_BYTES_MAX: u64 = 1 << 20;
/// An answer has so long, and longer by its size.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Slower than this is too slow.
const BYTES_PER_SECOND_MIN: u64 = 64 << 10;
/// Most of a server's words that are repeated.
const STATUS_WORDS: &str = "the server answered";

/// A snapshot behind a URL.
#[derive(Debug)]
pub struct HttpSource {
    url: Url,
    runtime: Runtime,
}

/// `http://host:port/path`, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Url {
    /// Host and port.
    authority: String,
    path: String,
}

impl HttpSource {
    /// The snapshot at a URL that ends with `/v1/snapshots/NAME`, or, of the server at any other URL,
    /// the one of the block with this hash, and without one the newest.
    pub fn find(url: &str, hash: Option<&BlockHash>) -> Result<HttpSource, SourceError> {
        let parsed = Url::parse(url).map_err(|reason| SourceError::BadUrl {
            url: url.into(),
            reason,
        })?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SourceError::Failed {
            what: "network".into(),
            reason: error.to_string(),
        })?;
        let mut source = HttpSource {
            url: parsed,
            runtime,
        };
        if !source.url.names_snapshot() {
            source.url.path = format!("{}{PATH}", source.url.path);
            let name = source.choose(hash)?;
            source.url.path = format!("{}/{name}", source.url.path);
        }
        Ok(source)
    }

    fn choose(&self, hash: Option<&BlockHash>) -> Result<String, SourceError> {
        let what = "list of snapshots";
        let bytes = self.get("", what, LIST_BYTES_MAX)?;
        let listed = serde_json::from_slice::<Vec<Entry>>(&bytes);
        let listed = listed.map_err(|error| SourceError::Failed {
            what: what.into(),
            reason: error.to_string(),
        })?;
        let is_wanted = |it: &&Entry| {
            is_name(&it.name) && hash.is_none_or(|hash| name_of(it.height, hash) == it.name)
        };
        let found = listed.iter().filter(is_wanted).max_by_key(|it| it.height);
        let found = found.ok_or(SourceError::Missing {
            what: "snapshot".into(),
        })?;
        Ok(found.name.clone())
    }

    fn get(&self, below: &str, what: &str, bytes_max: u64) -> Result<Vec<u8>, SourceError> {
        let more = Duration::from_secs(bytes_max / BYTES_PER_SECOND_MIN);
        let within = ANSWER_WITHIN.saturating_add(more);
        let asked = async { timeout(within, get(&self.url, below, what, bytes_max)).await };
        let answer = self.runtime.block_on(asked);
        answer.unwrap_or_else(|_| {
            Err(SourceError::Late {
                what: what.into(),
                seconds: within.as_secs(),
            })
        })
    }
}

impl Source for HttpSource {
    fn name(&self) -> String {
        format!("http://{}{}", self.url.authority, self.url.path)
    }

    fn manifest(&self) -> Result<Vec<u8>, SourceError> {
        self.get("/manifest", "manifest", MANIFEST_BYTES_MAX as u64)
    }

    fn chunk(&self, index: u32, bytes: u32) -> Result<Vec<u8>, SourceError> {
        let what = format!("chunk {index}");
        self.get(&format!("/chunks/{index}"), &what, bytes.into())
    }

    fn chunk_beyond(&self, _: usize) -> Result<Option<u32>, SourceError> {
        // A server that has more than it announces harms nobody: it is never asked for it.
        Ok(None)
    }
}

impl Url {
    fn parse(text: &str) -> Result<Url, String> {
        let uri: Uri = text.parse().map_err(|_| "it is no URL".to_owned())?;
        if uri.scheme_str() != Some("http") {
            return Err("only http:// is spoken: put a proxy before what speaks https".into());
        }
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err("user names and queries have no meaning here".into());
        }
        let port = authority.port_u16().unwrap_or(80);
        Ok(Url {
            authority: format!("{}:{port}", authority.host()),
            path: uri.path().trim_end_matches('/').to_owned(),
        })
    }

    fn names_snapshot(&self) -> bool {
        let name = self.path.rsplit_once('/');
        name.is_some_and(|(before, name)| before.ends_with(PATH) && is_name(name))
    }
}

async fn get(url: &Url, below: &str, what: &str, bytes_max: u64) -> Result<Vec<u8>, SourceError> {
    let failed = |reason: String| SourceError::Failed {
        what: what.into(),
        reason,
    };
    let stream = TcpStream::connect(&url.authority).await;
    let stream = stream.map_err(|error| failed(error.to_string()))?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| failed(error.to_string()))?;
    let request = Request::get(format!("{}{below}", url.path))
        .header(HOST, &url.authority)
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new());
    let request = request.map_err(|error| failed(error.to_string()))?;
    let exchange = async {
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        match answer.status() {
            StatusCode::OK => read(answer.into_body(), what, bytes_max).await,
            StatusCode::NOT_FOUND => Err(SourceError::Missing { what: what.into() }),
            other => Err(failed(format!("{STATUS_WORDS} {other}"))),
        }
    };
    tokio::pin!(connection, exchange);
    // The connection moves bytes; what it ends with shows in the exchange.
    tokio::select! {
        done = &mut exchange => done,
        _ = &mut connection => exchange.await,
    }
}

async fn read(
    mut body: hyper::body::Incoming,
    what: &str,
    bytes_max: u64,
) -> Result<Vec<u8>, SourceError> {
    let too_large = || SourceError::TooLarge {
        what: what.into(),
        bytes_max,
    };
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| SourceError::BrokeOff { what: what.into() })?;
        let Ok(data) = frame.into_data() else {
            continue; // A trailer says nothing.
        };
        if (bytes.len() + data.len()) as u64 > bytes_max {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, bool)>) {
        let found = Url::parse(text).ok();
        let found = found.as_ref().map(|it| {
            let parts = (it.authority.as_str(), it.path.as_str());
            (parts.0, parts.1, it.names_snapshot())
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn urls_name_a_server_or_a_snapshot() {
        check("http://a:1", Some(("a:1", "", false)));
        check("http://a/", Some(("a:80", "", false)));
        check("http://[::1]:9/b/", Some(("[::1]:9", "/b", false)));
        let path = "/v1/snapshots/12-0a0b0c0d";
        check(&format!("http://a:1{path}/"), Some(("a:1", path, true)));
        check(
            "http://a/12-0a0b0c0d",
            Some(("a:80", "/12-0a0b0c0d", false)),
        );
        for bad in [
            "https://a",
            "a",
            "ftp://a",
            "http://",
            "http://u@a/",
            "http://a/?x",
            "/x",
        ] {
            check(bad, None);
        }
    }
}
