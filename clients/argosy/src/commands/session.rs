//! A node, its chain, and who we are there.

use std::collections::BTreeMap;
use std::time::Duration;

use argosy_primitives::{Address, Balance, GenesisHash, Hrp, PublicKey};
use argosy_rpc_api::{AddressText, BlockSelector};
use argosy_sdk::wallet::{self, Signer};
use argosy_sdk::{Client, ClientOptions, SdkError};

use super::abi_book::AbiBook;
use super::problem::failure;
use crate::account::{AccountRef, Names};
use crate::args::{AtArgs, GlobalArgs, PassphraseArgs, SenderArgs};
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::networks::{self, Place};
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

/// Who acts and pays; the key is unlocked only when there is something to sign.
pub(super) struct Sender {
    pub(super) public: PublicKey,
    /// None for a bare public key.
    name: Option<String>,
}

impl Sender {
    pub(super) fn address(&self) -> Address {
        Address::of_key(&self.public)
    }
}

/// How long to wait, as the user wants it.
pub(super) fn options(global: &GlobalArgs, chain: Option<GenesisHash>) -> ClientOptions {
    let timeout = Duration::from_secs(global.timeout.into());
    ClientOptions {
        connect_timeout: timeout.min(CONNECT_MAX),
        request_timeout: timeout,
        wait_timeout: timeout.min(WAIT_MAX),
        chain,
    }
}

impl Session {
    /// Connects to the node that the options name.
    pub(super) async fn connect(global: GlobalArgs, output: Output) -> Result<Session, Failure> {
        let place = networks::choose(&global)?;
        let options = options(&global, place.chain);
        let keys = KeyRing::at(global.keys_dir, output.may_ask())?;
        let client = Client::connect_with(&place.url, options).await;
        let client = client.map_err(|error| not_connected(&place, error))?;
        Ok(Session {
            client,
            output,
            timeout: Duration::from_secs(global.timeout.into()),
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

    /// Who `--from` is.
    pub(super) fn sender(&self, args: &SenderArgs) -> Result<Sender, Failure> {
        // Only now: questions such as `-- --help` need nobody who signs.
        let Some(from) = &args.from else {
            let failure = Failure::usage("who signs and pays? --from is missing");
            return Err(failure.hint("name a key or a dev account, such as --from alice"));
        };
        if let Ok(public) = from.parse::<PublicKey>() {
            if !args.dry_run && args.unsigned.is_none() {
                let failure = Failure::usage("a public key cannot sign");
                return Err(failure.hint("name a key, or add --unsigned FILE or --dry-run"));
            }
            return Ok(Sender { public, name: None });
        }
        let public = match self.dev_account(from)? {
            Some(signer) => signer.public(),
            None => {
                match self.client.hrp() {
                    Hrp::Dev => self.keys.require_signer(from)?,
                    Hrp::Main | Hrp::Test => self.keys.require(from)?,
                }
                self.keys.public_key(from)?
            }
        };
        Ok(Sender {
            public,
            name: Some(from.clone()),
        })
    }

    /// The sender's key.
    pub(super) fn unlock(
        &self,
        sender: &Sender,
        passphrase: &PassphraseArgs,
    ) -> Result<Signer, Failure> {
        let Some(name) = &sender.name else {
            return Err(Failure::usage("a public key cannot sign"));
        };
        let signer = match self.dev_account(name)? {
            Some(signer) => signer,
            None => Signer::new(self.keys.unlock(name, passphrase)?),
        };
        if signer.public() == sender.public {
            return Ok(signer);
        }
        Err(Failure::failed(format!(
            "the file of {name} changed meanwhile; nothing was sent"
        )))
    }

    fn dev_account(&self, name: &str) -> Result<Option<Signer>, Failure> {
        match (wallet::dev_account(name), self.client.hrp()) {
            (Some(_), hrp @ (Hrp::Main | Hrp::Test)) => Err(Failure::usage(format!(
                "{name} is a dev account, its key is public; this chain is {hrp}"
            ))),
            (signer, _) => Ok(signer),
        }
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

/// The node cannot be used, or is on another chain than the one that was remembered.
fn not_connected(place: &Place, error: SdkError) -> Failure {
    let other = matches!(error, SdkError::OtherChain { .. });
    let base = failure(error);
    match &place.name {
        Some(name) if other => base.hint(format!(
            "network {name} was another chain when it was added; if that is wanted: \
             argosy network remove {name}, and add it again"
        )),
        Some(name) if *name != networks::LOCAL => base.row("network", name),
        _ => base,
    }
}
