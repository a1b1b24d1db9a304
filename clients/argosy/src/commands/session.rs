//! A node, its chain, and who we are there.

use std::collections::BTreeMap;
use std::time::Duration;

use argosy_primitives::{Address, Balance, Hrp};
use argosy_rpc_api::{AddressText, BlockSelector};
use argosy_sdk::wallet::{self, Signer};
use argosy_sdk::{Client, ClientOptions};

use super::abi_book::AbiBook;
use super::problem::failure;
use crate::account::{AccountRef, Names};
use crate::args::{AtArgs, GlobalArgs, SenderArgs};
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::output::Output;

/// The longest that a node holds a call for a receipt.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// The longest that a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// What commands share.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) output: Output,
    /// How long the user wants to wait.
    pub(super) timeout: Duration,
    keys: KeyRing,
}

impl Session {
    /// Connects to the node that the options name.
    pub(super) async fn connect(global: GlobalArgs, output: Output) -> Result<Session, Failure> {
        let timeout = Duration::from_secs(global.timeout.into());
        let options = ClientOptions {
            connect_timeout: timeout.min(CONNECT_MAX),
            request_timeout: timeout,
            wait_timeout: timeout.min(WAIT_MAX),
            chain: None,
        };
        let keys = KeyRing::at(global.keys_dir)?;
        let client = Client::connect_with(&global.rpc_url, options)
            .await
            .map_err(failure)?;
        Ok(Session {
            client,
            output,
            timeout,
            keys,
        })
    }

    /// The address that a name or an address means on this chain.
    pub(super) fn resolve(&self, account: &AccountRef) -> Result<AddressText, Failure> {
        Names {
            hrp: self.client.hrp(),
            keys: &self.keys,
        }
        .resolve(account)
    }

    /// Every name that means an address here, for arguments of contracts.
    pub(super) fn address_book(&self) -> BTreeMap<String, Address> {
        let mut book = BTreeMap::new();
        if self.client.hrp() == Hrp::Dev {
            book.extend(wallet::dev_names());
        }
        // A damaged key file must not keep one from calling a contract; naming it will tell.
        for name in self.keys.names().unwrap_or_default() {
            if let Ok(key) = self.keys.public_key(&name) {
                book.entry(name).or_insert(Address::of_key(&key));
            }
        }
        book
    }

    /// What reads the events of this chain, for people who use these names.
    pub(super) fn abi_book(&self) -> AbiBook {
        AbiBook::new(&self.client, &self.address_book())
    }

    /// The key of `--from`.
    pub(super) fn signer(&self, sender: &SenderArgs) -> Result<Signer, Failure> {
        // Only now: questions such as `-- --help` need nobody who signs.
        let Some(from) = &sender.from else {
            let failure = Failure::usage("who signs and pays? --from is missing");
            return Err(failure.hint("name a key or a dev account, such as --from alice"));
        };
        if let Some(signer) = wallet::dev_account(from) {
            return match self.client.hrp() {
                Hrp::Dev => Ok(signer),
                Hrp::Main | Hrp::Test => Err(Failure::usage(format!(
                    "{} is a dev account, its key is public; this chain is {}",
                    from,
                    self.client.hrp()
                ))),
            };
        }
        let key = self.keys.unlock(from, &sender.passphrase)?;
        Ok(Signer::new(key))
    }

    /// An amount of the chain's token.
    pub(super) fn amount(&self, text: &str) -> Result<Balance, Failure> {
        self.client.token().parse(text).map_err(Failure::usage)
    }

    /// The same for what may be left out, which is nothing.
    pub(super) fn funds(&self, text: Option<&str>) -> Result<Balance, Failure> {
        text.map_or(Ok(0), |text| self.amount(text))
    }

    /// An amount for people.
    pub(super) fn tokens(&self, amount: Balance) -> String {
        self.client.token().format(amount)
    }

    /// The block that a read is about.
    pub(super) fn at(&self, at: AtArgs) -> BlockSelector {
        at.at.unwrap_or_default()
    }
}
