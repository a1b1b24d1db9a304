//! What one needs to know to use a dev chain: where it is, which chain it is, who has funds.

use std::time::Duration;

use argosy_fork::{Fork, ForkFacts};
use argosy_replica::BlockMode;
use argosy_sdk::{Token, wallet};
use serde::Serialize;

use super::node::DevNode;
use crate::output::{Paint, Report};

/// The facts, as programs see them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Banner {
    url: String,
    name: String,
    caip2: String,
    genesis_hash: String,
    block_time: String,
    accounts: Vec<AccountView>,
    ready_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fork: Option<ForkFacts>,
    #[serde(skip)]
    token: Token,
    #[serde(skip)]
    is_manual: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountView {
    name: String,
    address: String,
    /// Of a fork nobody knows before it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    #[serde(skip)]
    units: u128,
    public_key: String,
    secret_key: String,
}

impl Banner {
    /// The facts about `node`, which took `elapsed` to be ready.
    pub(super) fn new(node: &DevNode, block_time: BlockMode, elapsed: Duration) -> Banner {
        let network = &node.spec.network;
        let genesis = &node.spec.genesis.accounts;
        let view = |(name, signer): &(String, wallet::Signer)| {
            let funded = genesis.iter().find(|it| it.address == signer.address());
            let units = funded.map_or(0, |it| it.balance);
            AccountView {
                name: name.clone(),
                address: signer.address().to_text(network.hrp),
                balance: node.fork.is_none().then(|| units.to_string()),
                units,
                public_key: signer.public().to_string(),
                secret_key: const_hex::encode_prefixed(signer.secret().expose_seed()),
            }
        };
        Banner {
            url: node.url(),
            name: network.name.clone(),
            caip2: format!(
                "argosy:{}",
                const_hex::encode(&node.genesis.as_bytes()[..16])
            ),
            genesis_hash: node.genesis.to_string(),
            block_time: block_time.to_string(),
            accounts: node.accounts.iter().map(view).collect(),
            state: (node.file.as_ref()).map(|it| it.path().display().to_string()),
            fork: node.fork.as_ref().map(Fork::facts),
            ready_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            token: Token {
                symbol: network.token_symbol.clone(),
                decimals: network.token_decimals,
            },
            is_manual: block_time == BlockMode::Manual,
        }
    }

    /// For programs: one line.
    pub(super) fn report(&self) -> Report {
        Report::new(self)
    }

    /// For people.
    pub(super) fn text(&self, paint: Paint) -> String {
        let funds = self
            .accounts
            .first()
            .map(|it| self.token.format(it.units))
            .unwrap_or_default();
        let next_block = if self.is_manual {
            "; press Enter for a block"
        } else {
            ""
        };
        let accounts = match &self.fork {
            None => format!("Accounts with {funds} each: name, address, secret key"),
            Some(_) => "Accounts, with what they have there: name, address, secret key".to_owned(),
        };
        let facts = Report::default()
            .heading(match (&self.state, &self.fork) {
                (Some(file), _) => {
                    format!("Argosy dev chain, in memory, and in {file} when it stops")
                }
                (None, None) => "Argosy dev chain, in memory: all is gone when it stops".to_owned(),
                (None, Some(_)) => {
                    "Argosy fork of another chain, in memory: all is gone when it stops".to_owned()
                }
            })
            .row_if("fork of", self.fork.as_ref().map(ForkFacts::text))
            .row("RPC", &self.url)
            .row("chain", format!("{} ({})", self.caip2, self.name))
            .row("genesis", &self.genesis_hash)
            .row("blocks", format!("{}{next_block}", self.block_time))
            .heading(accounts)
            .own_line(paint.yellow("These keys are public. Never send anything of value to them."));
        let facts = match &self.fork {
            Some(_) => {
                facts.own_line(paint.yellow("What is signed for a fork is valid on its origin."))
            }
            None => facts,
        };
        let accounts = self.accounts.iter().fold(facts, |report, it| {
            report.columns([&it.name, &it.address, &it.secret_key])
        });
        let ready = paint.green(&format!("ready in {} ms", self.ready_ms));
        format!("{}\n{ready}; stop with Ctrl-C\n", accounts.text(paint))
    }
}
