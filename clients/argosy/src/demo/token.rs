//! The token: deployed, transferred, allowed, refused; and what it announced.

use std::collections::BTreeMap;

use argosy_primitives::{StatusCode, blake3};
use argosy_rpc_api::{EventFilter, ReceiptAnswer};
use argosy_sdk::module::Module;
use argosy_sdk::{
    AbiValue, Admin, Args, Called, Client, Contract, DeployOptions, SdkError, Signer, TxOptions,
    wallet,
};

use super::stage::Stage;
use crate::commands::{AbiBook, failure};
use crate::failure::Failure;
use crate::output::Report;

/// The sample contract, as it is in the repository.
const MODULE: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");
/// What the token is created with.
pub(super) const INIT_LINE: &str = "--name Harbour --symbol HRB --decimals 0 --supply 1000000";
const SUPPLY: u128 = 1_000_000;
/// Enough for a transfer; it is only given so that nothing is simulated.
const GAS_LIMIT: u64 = 1_000_000;

/// The token and those who hold it.
pub(super) struct Token {
    pub(super) client: Client,
    pub(super) contract: Contract,
    pub(super) people: BTreeMap<&'static str, Signer>,
}

impl Token {
    pub(super) fn address_text(&self) -> String {
        self.client.text(self.contract.address()).to_string()
    }

    pub(super) fn signer(&self, name: &str) -> &Signer {
        &self.people[name]
    }

    async fn call(&self, from: &str, line: &str, options: &TxOptions) -> Result<Called, SdkError> {
        let (method, texts) = words(line);
        self.contract
            .call(self.signer(from), method, Args::Texts(&texts), 0, options)
            .await
    }

    /// A number that the contract answers.
    pub(super) async fn ask(&self, line: &str) -> Result<u128, Failure> {
        let (method, texts) = words(line);
        match self
            .contract
            .query(method, Args::Texts(&texts))
            .await
            .map_err(failure)?
        {
            AbiValue::Unsigned { value, .. } => Ok(value),
            other => Err(Failure::failed(format!("{line} answered {other}"))),
        }
    }

    async fn balances(&self, names: &[&str]) -> Result<Vec<u128>, Failure> {
        let mut balances = Vec::new();
        for name in names {
            balances.push(self.ask(&format!("balance_of --owner {name}")).await?);
        }
        Ok(balances)
    }

    fn fee(&self, answer: &ReceiptAnswer) -> String {
        self.client.token().format(answer.receipt.fee.0)
    }
}

/// `method --name value …`
fn words(line: &str) -> (&str, Vec<(String, String)>) {
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default();
    (method, pairs(words))
}

fn pairs<'a>(mut words: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        pairs.push((name.trim_start_matches("--").to_owned(), value.to_owned()));
    }
    pairs
}

/// Uploads the module and creates the token, in one transaction.
pub(super) async fn deploy(stage: &mut Stage, client: &Client) -> Result<Token, Failure> {
    stage.step("Alice deploys a token: upload and creation in one transaction");
    stage.command(&format!(
        "argosy contract deploy token.wasm --from alice --salt demo -- {INIT_LINE}"
    ));
    let people: BTreeMap<&'static str, Signer> = wallet::dev_accounts().into_iter().collect();
    let module = Module::parse(MODULE.to_vec()).map_err(|error| failure(error.into()))?;
    let init = pairs(INIT_LINE.split_whitespace());
    let options = DeployOptions {
        salt: Some(blake3(b"demo")),
        admin: Admin::Nobody,
        ..DeployOptions::default()
    };
    let deployed = client
        .deploy(
            &people["alice"],
            &module,
            ("init", Args::Texts(&init)),
            &options,
        )
        .await;
    let deployed = deployed.map_err(failure)?;
    let contract = deployed.contract.with_names(wallet::dev_names());
    let token = Token {
        client: client.clone(),
        contract,
        people,
    };
    let receipt = &deployed.answer.receipt;
    stage.rows(
        Report::default()
            .row("contract", token.address_text())
            .row(
                "module",
                format!("{} bytes, {}", module.wasm.len(), module.code),
            )
            .row("gas used", receipt.gas_used)
            .row("fee", token.fee(&deployed.answer))
            .row(
                "deposit",
                format!(
                    "{}, refunded when what is stored is deleted",
                    client.token().format_signed(receipt.deposit.0)
                ),
            ),
    );
    let supply = token.ask("balance_of --owner alice").await?;
    stage.check(
        format!("the whole supply of {SUPPLY} HRB is alice's"),
        supply == SUPPLY,
    );
    Ok(token)
}

/// Moves tokens among three accounts.
pub(super) async fn transfer(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    stage.step("Transfers among three accounts");
    stage.command(&format!(
        "argosy contract call {} --from alice -- transfer --to bob --amount 250",
        short(token)
    ));
    let mut report = Report::default().columns(["from", "to", "HRB", "gas used", "fee", "block"]);
    for (from, to, amount) in [
        ("alice", "bob", 250),
        ("alice", "carol", 100),
        ("bob", "carol", 50),
    ] {
        let called = token
            .call(
                from,
                &format!("transfer --to {to} --amount {amount}"),
                &TxOptions::default(),
            )
            .await;
        let answer = called.map_err(failure)?.answer;
        let (gas, fee) = (answer.receipt.gas_used.to_string(), token.fee(&answer));
        report = report.columns([
            from.to_owned(),
            to.to_owned(),
            amount.to_string(),
            gas,
            fee,
            answer.at.height.to_string(),
        ]);
    }
    stage.rows(report);
    let balances = token.balances(&["alice", "bob", "carol"]).await?;
    let text: Vec<String> = balances.iter().map(u128::to_string).collect();
    stage.check(
        format!("alice, bob and carol hold {} HRB", text.join(", ")),
        balances == [SUPPLY - 350, 200, 150],
    );
    Ok(())
}

/// A third account spends what it was allowed to.
pub(super) async fn allow(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    stage.step("Dave spends what alice allows him");
    let mut report = Report::default();
    for (from, line) in [
        ("alice", "approve --spender dave --amount 40"),
        ("dave", "transfer_from --from alice --to bob --amount 25"),
    ] {
        let answer = token
            .call(from, line, &TxOptions::default())
            .await
            .map_err(failure)?
            .answer;
        let gas = format!("gas {}", answer.receipt.gas_used);
        report = report.columns([
            from.to_owned(),
            line.to_owned(),
            gas,
            format!("fee {}", token.fee(&answer)),
        ]);
    }
    stage.rows(report);
    let left = token.ask("allowance --owner alice --spender dave").await?;
    let bob = token.ask("balance_of --owner bob").await?;
    stage.check(
        format!("dave may spend {left} more, bob holds {bob}"),
        (left, bob) == (15, 225),
    );
    Ok(())
}

/// A transfer that must not happen: refused for free, and in a block for a fee.
pub(super) async fn fail(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    stage.step("Bob tries to send more than he has");
    stage.command(&format!(
        "argosy contract call {} --from bob -- transfer --to carol --amount 5000",
        short(token)
    ));
    const LINE: &str = "transfer --to carol --amount 5000";
    const EXPECTED: &str = "InsufficientBalance { have: 225, need: 5000 }";
    let tried = match token.call("bob", LINE, &TxOptions::default()).await {
        Err(SdkError::Reverted { revert, .. }) => revert.to_string(),
        Err(error) => return Err(failure(error)),
        Ok(_) => "it succeeded".to_owned(),
    };
    stage.rows(
        Report::default()
            .row("tried first", &tried)
            .row("", "so nothing is sent and nothing is paid"),
    );
    stage.check(
        "the contract's error is decoded by its ABI",
        tried == EXPECTED,
    );

    let blindly = TxOptions {
        gas_limit: Some(GAS_LIMIT),
        deposit_max: Some(0),
        ..TxOptions::default()
    };
    let failed = match token.call("bob", LINE, &blindly).await {
        Err(SdkError::Failed(failed)) => failed,
        Err(error) => return Err(failure(error)),
        Ok(_) => {
            return Err(Failure::failed(
                "a transfer of more than there is succeeded",
            ));
        }
    };
    let receipt = &failed.answer.receipt;
    let reason = failed
        .revert
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    stage.rows(
        Report::default()
            .row(
                "sent blindly",
                format!(
                    "{} in block {}: {reason}",
                    receipt.status, failed.answer.at.height
                ),
            )
            .row("fee", token.fee(&failed.answer)),
    );
    let unchanged = token.balances(&["bob", "carol"]).await? == [225, 150];
    let reverted = receipt.status.0 == StatusCode::Reverted && receipt.events.is_empty();
    stage.check(
        "it is in a block as failed, and changed nothing but bob's fee",
        unchanged && reverted,
    );
    Ok(())
}

/// What the token announced, in order, each with its cursor.
pub(super) async fn events(stage: &mut Stage, token: &Token) -> Result<(), Failure> {
    stage.step("Events, each with a cursor to read on from");
    stage.command(&format!("argosy events query --contract {}", short(token)));
    let filter = EventFilter {
        contract: Some(token.client.text(token.contract.address())),
        topics: Vec::new(),
    };
    let page = token
        .client
        .events(filter, None, (None, None), None)
        .await
        .map_err(failure)?;
    let mut names = wallet::dev_names();
    names.insert("the token".to_owned(), token.contract.address());
    let mut book = AbiBook::new(&token.client, &names);
    let mut report = Report::default();
    for entry in &page.events {
        let (text, _) = book.entry(entry).await;
        report = report.columns([entry.cursor.to_string(), text]);
    }
    stage.rows(report);
    let ordered = page.events.is_sorted_by(|a, b| a.cursor.0 < b.cursor.0);
    stage.check(
        "six events, none of the failed transfer, in order",
        page.events.len() == 6 && ordered && !page.more,
    );
    Ok(())
}

/// The contract's address, shortened for the eye.
fn short(token: &Token) -> String {
    let text = token.address_text();
    format!("{}…", text.get(..12).unwrap_or(&text))
}
