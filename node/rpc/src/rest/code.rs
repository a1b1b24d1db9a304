//! `GET /v1/code/{hash}`: the bytes of a code, as they were uploaded.
//!
//! Always holds: they never change, so nobody has to ask for them twice.

use argosy_primitives::CodeHash;
use argosy_rpc_api::RpcError;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use hyper::http::request::Parts;
use jsonrpsee::server::{HttpBody, HttpResponse};

use super::{CODE_PATH, Rest};

/// A year, which is what caches take for ever.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const WASM: HeaderValue = HeaderValue::from_static("application/wasm");

impl Rest {
    pub(super) async fn code(&self, request: &Parts) -> Result<HttpResponse, RpcError> {
        let text = request.uri.path().strip_prefix(CODE_PATH);
        let hash: CodeHash = text
            .unwrap_or_default()
            .parse()
            .map_err(|_| RpcError::invalid("hash", "expected a hash, 0x and 64 digits"))?;
        let bytes = self.api.code_bytes(hash).await?;
        let tag = format!("\"{hash}\"");
        let tag = HeaderValue::try_from(tag).expect("quotes, letters and digits");
        let is_known = request.headers.get(IF_NONE_MATCH) == Some(&tag);
        let mut response = match is_known {
            true => HttpResponse::new(HttpBody::empty()),
            false => HttpResponse::new(HttpBody::from(bytes)),
        };
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, WASM);
        headers.insert(CACHE_CONTROL, FOR_EVER);
        headers.insert(ETAG, tag);
        Ok(response)
    }
}
