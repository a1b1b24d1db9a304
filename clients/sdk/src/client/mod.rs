//! One node: every method of its interface, with its errors in our words. A file per group of methods.
//!
//! Invariant: an answer that names a chain names the one found on connecting, and a header that
//! comes with a hash has that hash; anything else is an error.
//! Not here: building transactions (`send`), contracts by their ABI (`contract`).

mod account;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod state;
mod system;
mod tx;

use std::sync::Arc;

use argosy_primitives::{Address, GenesisHash, Hrp};
use argosy_rpc_api::{AddressText, ChainInfo, SystemApiClient};
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::HttpClient;

use crate::transport::{ClientOptions, failure, http_client, patience};
use crate::{SdkError, Token};

/// Where a node on this machine listens.
pub const DEFAULT_URL: &str = "http://127.0.0.1:9533";
/// Talks to one node. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    /// For the one method that answers late.
    waiting: HttpClient,
    url: String,
    options: ClientOptions,
    info: ChainInfo,
    hrp: Hrp,
    token: Token,
}

impl Client {
    /// Connects and asks the node which chain it is on.
    pub async fn connect(url: &str) -> Result<Client, SdkError> {
        Client::connect_with(url, ClientOptions::default()).await
    }

    /// The same with other times, or for a certain chain only.
    pub async fn connect_with(url: &str, options: ClientOptions) -> Result<Client, SdkError> {
        let method = "system_chainInfo";
        let http = http_client(url, &options, options.request_timeout)?;
        let waiting = http_client(url, &options, patience(&options))?;
        let info = http.chain_info().await;
        let info = info.map_err(|it| failure(url, method, options.request_timeout, it))?;
        if let Some(expected) = options.chain {
            same_chain(expected, info.genesis_hash.0)?;
        }
        let hrp = info.hrp.parse().map_err(|_| SdkError::BadAnswer {
            method,
            reason: format!("{:?} is the prefix of no network", info.hrp),
        })?;
        let token = Token::new(&info.token_symbol, info.token_decimals).map_err(|error| {
            SdkError::BadAnswer {
                method,
                reason: error.to_string(),
            }
        })?;
        let inner = Inner {
            http,
            waiting,
            url: url.to_owned(),
            options,
            info,
            hrp,
            token,
        };
        Ok(Client {
            inner: Arc::new(inner),
        })
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// What the node said about its chain on connecting.
    pub fn info(&self) -> &ChainInfo {
        &self.inner.info
    }

    /// The chain, as every transaction names it.
    pub fn chain(&self) -> GenesisHash {
        self.inner.info.genesis_hash.0
    }

    /// The network whose addresses the node speaks.
    pub fn hrp(&self) -> Hrp {
        self.inner.hrp
    }

    /// The chain's token.
    pub fn token(&self) -> &Token {
        &self.inner.token
    }

    /// The address in the text of this network.
    pub fn text(&self, address: Address) -> AddressText {
        AddressText::new(self.hrp(), address)
    }

    pub(crate) fn options(&self) -> &ClientOptions {
        &self.inner.options
    }

    fn http(&self) -> &HttpClient {
        &self.inner.http
    }

    fn told<T>(&self, method: &'static str, answer: Result<T, ClientError>) -> Result<T, SdkError> {
        let waited = self.inner.options.request_timeout;
        answer.map_err(|error| failure(self.url(), method, waited, error))
    }
}

pub(crate) fn same_chain(expected: GenesisHash, found: GenesisHash) -> Result<(), SdkError> {
    if found == expected {
        return Ok(());
    }
    Err(SdkError::OtherChain { expected, found })
}
