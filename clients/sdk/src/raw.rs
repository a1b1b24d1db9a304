//! Any method of a node, by its name and with JSON as it is: for tools, and for methods that this version
//! does not know.
//!
//! Not here: methods with types ([`crate::Client`]).

use jsonrpsee::core::ClientError;
use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::{ArrayParams, ObjectParams};

use crate::SdkError;
use crate::transport::{ClientOptions, failure, http_client};

pub use jsonrpsee::core::JsonValue;

/// What errors call the method, whose name is not known when this is compiled.
const METHOD: &str = "the method";

/// Calls `method` and gives the answer as it came. `params` is an object, by name, or a list, by
/// position; `null` is none.
pub async fn call(
    url: &str,
    options: &ClientOptions,
    method: &str,
    params: JsonValue,
) -> Result<JsonValue, SdkError> {
    let http = http_client(url, options, options.request_timeout)?;
    let failed = |error: ClientError| failure(url, METHOD, options.request_timeout, error);
    let unread = |error| failed(ClientError::ParseError(error));
    match params {
        JsonValue::Object(facts) => {
            let mut params = ObjectParams::new();
            for (name, value) in facts {
                params.insert(&name, value).map_err(unread)?;
            }
            http.request(method, params).await.map_err(failed)
        }
        JsonValue::Array(values) => {
            let mut params = ArrayParams::new();
            for value in values {
                params.insert(value).map_err(unread)?;
            }
            http.request(method, params).await.map_err(failed)
        }
        JsonValue::Null => http
            .request(method, ArrayParams::new())
            .await
            .map_err(failed),
        other => Err(SdkError::Params {
            found: other.to_string(),
        }),
    }
}
