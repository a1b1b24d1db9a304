//! HTTP and WebSockets: how long to wait, and what their failures mean.
//!
//! Not here: what is said over it (`client`).

use std::time::Duration;

use argosy_primitives::GenesisHash;
use argosy_rpc_api::RpcError;
use jsonrpsee::core::ClientError;
use jsonrpsee::core::http_helpers::HttpError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder, transport};
use jsonrpsee::ws_client::{PingConfig, WsClient, WsClientBuilder};

use crate::SdkError;

/// Larger than what a node takes, and than what it answers with.
const MESSAGE_BYTES_MAX: u32 = 32 * 1024 * 1024;

/// Notices that wait for their reader; then the subscription ends, and goes on behind its cursor.
const NOTICES_MAX: usize = 16;
/// A line on which nothing comes for so long is asked whether it is one, and given up after that.
const PING_EVERY: Duration = Duration::from_secs(10);
const SILENT_MAX: Duration = Duration::from_secs(30);

/// How long to wait for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOptions {
    /// For a connection.
    pub connect_timeout: Duration,
    /// For an answer, beside the time that the node itself waits for a block.
    pub request_timeout: Duration,
    /// For a transaction to be in a block.
    pub wait_timeout: Duration,
    /// The chain that the node must be on; `None` takes the node's word.
    pub chain: Option<GenesisHash>,
}

impl Default for ClientOptions {
    fn default() -> ClientOptions {
        ClientOptions {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            wait_timeout: Duration::from_secs(30),
            chain: None,
        }
    }
}

/// A client of one server; nothing is sent yet.
pub(crate) fn http_client(
    url: &str,
    options: &ClientOptions,
    request_timeout: Duration,
) -> Result<HttpClient, SdkError> {
    let builder = HttpClientBuilder::default()
        .connect_timeout(options.connect_timeout)
        .request_timeout(request_timeout)
        .max_request_size(MESSAGE_BYTES_MAX)
        .max_response_size(MESSAGE_BYTES_MAX);
    builder.build(url).map_err(|error| SdkError::BadUrl {
        url: without_secret(url),
        reason: error.to_string(),
    })
}

/// A WebSocket to the same server.
pub(crate) async fn ws_client(url: &str, options: &ClientOptions) -> Result<WsClient, ClientError> {
    let url = match url.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => url.to_owned(),
    };
    let pings = PingConfig::new()
        .ping_interval(PING_EVERY)
        .inactive_limit(SILENT_MAX);
    WsClientBuilder::default()
        .connection_timeout(options.connect_timeout)
        .request_timeout(options.request_timeout)
        .max_request_size(MESSAGE_BYTES_MAX)
        .max_response_size(MESSAGE_BYTES_MAX)
        .max_buffer_capacity_per_subscription(NOTICES_MAX)
        .enable_ws_ping(pings)
        .build(url)
        .await
}

/// An address as it may be shown and logged: what stands before its host, a name and a password mostly, is
/// nobody's business.
pub fn without_secret(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (place, path) = rest.split_at(end);
    match place.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***@{host}{path}"),
        None => url.to_owned(),
    }
}

/// The longest that `tx_submitAndWait` may take.
pub(crate) fn patience(options: &ClientOptions) -> Duration {
    options.request_timeout.saturating_add(options.wait_timeout)
}

/// The transport's errors in our words.
pub(crate) fn failure(
    url: &str,
    method: &'static str,
    waited: Duration,
    error: ClientError,
) -> SdkError {
    let url = without_secret(url);
    match error {
        ClientError::Call(object) => match RpcError::from_object(&object) {
            Some(error) => error.into(),
            None => SdkError::UnknownRpc {
                method,
                code: object.code(),
                message: object.message().to_owned(),
                data: object.data().map(|it| it.get().to_owned()),
            },
        },
        ClientError::RequestTimeout => SdkError::Timeout {
            url,
            method,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        },
        ClientError::Transport(error) => match error.downcast_ref() {
            Some(transport::Error::Rejected { status_code }) => SdkError::HttpStatus {
                url,
                status: *status_code,
            },
            Some(transport::Error::Http(HttpError::Malformed)) => SdkError::BadAnswer {
                method,
                reason: "it is no JSON".to_owned(),
            },
            Some(transport::Error::Http(HttpError::TooLarge)) => SdkError::BadAnswer {
                method,
                reason: format!("it has more than {MESSAGE_BYTES_MAX} bytes"),
            },
            _ => SdkError::Unreachable {
                url,
                reason: innermost(&*error),
            },
        },
        other => SdkError::BadAnswer {
            method,
            reason: other.to_string(),
        },
    }
}

/// The last cause says what happened; those around it only where.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let shown = |url: &str| without_secret(url);
        assert_eq!(shown("http://me:secret@node:1/x"), "http://***@node:1/x");
        assert_eq!(shown("https://a@b:c@node"), "https://***@node");
        for plain in ["http://127.0.0.1:9533", "http://node/x@y?z=a@b", "nonsense"] {
            assert_eq!(shown(plain), plain);
        }
        let options = ClientOptions::default();
        let wrong = http_client("ftp://me:secret@node", &options, options.request_timeout);
        assert!(!wrong.unwrap_err().to_string().contains("secret"));
    }
}
