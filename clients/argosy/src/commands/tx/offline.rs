//! `argosy tx sign|decode`: what needs no node, so that a key can stay where no network is.
//!
//! Always: what is signed is shown first, read from the bytes that are signed; only the key that the
//! transaction names can sign it.

use argosy_primitives::{Address, Hrp, Transaction};
use argosy_rpc_api::{ActionView, AddressText};
use argosy_sdk::{Signer, Token, cost_max, wallet};
use serde_json::json;

use super::actions;
use super::file::TxFile;
use crate::args::TxCommand;
use crate::commands::preview::unsigned_view;
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::networks::{Book, Networks};
use crate::output::{Output, Report};

/// Does what is asked.
pub(in crate::commands) fn run(
    command: TxCommand,
    keys: &KeyRing,
    output: Output,
) -> Result<Report, Failure> {
    match command {
        TxCommand::Decode { file } => shown(&TxFile::read(&file)?, &known()),
        TxCommand::Sign {
            file,
            from,
            passphrase,
            out,
        } => {
            let file = TxFile::read(&file)?;
            if file.is_signed() {
                let failure = Failure::usage("the transaction is signed already");
                return Err(failure.hint("send it: argosy tx send FILE"));
            }
            let transaction = file.transaction()?;
            let public = match wallet::dev_account(&from) {
                Some(signer) => signer.public(),
                None => {
                    keys.require_signer(&from)?;
                    keys.public_key(&from)?
                }
            };
            if public != transaction.signer {
                let hrp = file.hrp()?;
                let text = |key| AddressText::new(hrp, Address::of_key(key));
                return Err(Failure::usage(format!(
                    "the transaction is for {} to sign, {from} is {}",
                    text(&transaction.signer),
                    text(&public)
                )));
            }
            output.show(&shown(&file, &known())?);
            output.confirm("Sign it?")?;
            let signer = match wallet::dev_account(&from) {
                Some(signer) => signer,
                None => Signer::new(keys.unlock(&from, &passphrase)?),
            };
            let signed = signer.sign(transaction);
            // Also finds a key file whose public half is not that of its secret half.
            let signed = signed.verify().map_err(Failure::failed)?;
            file.with_signed(signed.signed()).write(&out)
        }
        _ => Err(Failure::failed("this command needs a node")),
    }
}

/// The networks that this machine remembers; a file of them that is damaged keeps nobody from signing.
fn known() -> Book {
    let known = Networks::usual().and_then(|it| it.load());
    known.unwrap_or_default()
}

/// What the network is called for whose chain a transaction is. The file says what addresses begin with, the
/// bytes say the chain: who is to sign for one network must not take it for another.
fn network<'a>(
    transaction: &Transaction,
    hrp: Hrp,
    known: &'a Book,
) -> Result<Option<&'a str>, Failure> {
    let chain = transaction.chain.to_string();
    let mut networks = known.networks.iter();
    let Some((name, network)) = networks.find(|(_, it)| it.chain == chain) else {
        return Ok(None);
    };
    if network.hrp == hrp.as_str() {
        return Ok(Some(name));
    }
    Err(Failure::failed(format!(
        "the file says that it is for {hrp}, its chain is that of network {name}, which is {}",
        network.hrp
    )))
}

/// What is in a file.
fn shown(file: &TxFile, known: &Book) -> Result<Report, Failure> {
    let transaction = file.transaction()?;
    let (hrp, token) = (file.hrp()?, file.token().map_err(Failure::failed)?);
    let network = network(&transaction, hrp, known)?;
    if file.is_signed() {
        file.signed()?;
    }
    let document = json!({
        "signed": file.is_signed(),
        "transaction": unsigned_view(&transaction, hrp),
    });
    let sender = AddressText::new(hrp, Address::of_key(&transaction.signer));
    let report = Report::new(document)
        .row("transaction", transaction.id())
        .row("signed", if file.is_signed() { "yes" } else { "no" })
        .row("chain", transaction.chain)
        .row(
            "network",
            network.unwrap_or("not one that this machine knows"),
        )
        .row("from", sender)
        .row("nonce", transaction.nonce);
    let actions = transaction.actions.iter().enumerate();
    let report = actions.fold(report, |report, (index, action)| {
        let tokens = |amount| exact(amount, &token);
        let text = actions::line(&ActionView::new(action, hrp), &tokens, None);
        report.row(format!("action {index}"), text)
    });
    Ok(report
        .row("gas limit", transaction.gas_limit)
        .row(
            "gas price",
            format!("at most {} units", transaction.max_gas_price),
        )
        .row(
            "deposit",
            format!("at most {}", exact(transaction.deposit_max, &token)),
        )
        .row("valid until", format!("block {}", transaction.valid_until))
        .row("at most", most(&transaction, &token)))
}

fn most(transaction: &Transaction, token: &Token) -> String {
    match cost_max(transaction) {
        Some(cost) => format!("{} leave the account", exact(cost, token)),
        None => "more than any account has".to_owned(),
    }
}

/// In the smallest unit too: the file's word for decimals is not to be trusted.
fn exact(amount: u128, token: &Token) -> String {
    format!("{} ({amount} units)", token.format(amount))
}

#[cfg(test)]
mod tests {
    use argosy_primitives::{Action, GenesisHash};

    use super::*;
    use crate::networks::Network;

    #[test]
    fn a_file_cannot_say_that_it_is_for_another_network() {
        let transaction = Transaction {
            chain: GenesisHash::from_bytes([7; 32]),
            signer: wallet::dev_account("alice").unwrap().public(),
            nonce: 0,
            valid_until: 9,
            gas_limit: 10,
            max_gas_price: 1,
            tip: 0,
            deposit_max: 0,
            actions: vec![Action::Unjail],
        };
        let mut known = Book::default();
        assert_eq!(network(&transaction, Hrp::Dev, &known).unwrap(), None);
        let harbour = Network {
            url: "http://harbour".to_owned(),
            chain: transaction.chain.to_string(),
            hrp: "argo".to_owned(),
        };
        known.add("harbour", harbour).unwrap();
        let found = network(&transaction, Hrp::Main, &known).unwrap();
        assert_eq!(found, Some("harbour"));
        let lie = network(&transaction, Hrp::Dev, &known).unwrap_err();
        assert!(lie.message().contains("network harbour, which is argo"));
    }
}
