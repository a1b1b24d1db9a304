//! `argosy contract deploy`: the code, if the chain does not have it, and a contract of it, in one
//! transaction.

use std::path::{Path, PathBuf};

use argosy_primitives::{Action, Hash32, blake3};
use argosy_rpc_api::BlockSelector;
use argosy_sdk::contract::address_of;
use argosy_sdk::module::Module;
use argosy_sdk::{Codec, MessageKind, SdkError, TxOptions};
use serde_json::json;

use super::message::{self, Spoken};
use crate::account::AccountRef;
use crate::args::{MessageArgs, SenderArgs};
use crate::commands::failure;
use crate::commands::send::{Outcome, Target};
use crate::commands::session::{Sender, Session};
use crate::failure::Failure;
use crate::output::Report;

/// What was asked for.
pub(super) struct Wanted {
    pub(super) file: PathBuf,
    pub(super) sender: SenderArgs,
    pub(super) salt: Option<String>,
    pub(super) funds: Option<String>,
    pub(super) admin: Option<AccountRef>,
    pub(super) message: MessageArgs,
}

/// Deploys and tells.
pub(super) async fn run(wanted: Wanted, session: &Session) -> Result<Report, Failure> {
    let module = read_module(&wanted.file, session)?;
    let book_of_names = session.address_book();
    let codec = module
        .abi
        .as_ref()
        .map(|abi| Codec::new(abi, session.client.hrp()).with_names(&book_of_names));
    let message = match message::read(codec.as_ref(), MessageKind::Init, &wanted.message)? {
        Spoken::Message(message) => message,
        Spoken::Help(report) => return Ok(report),
    };
    let sender = session.sender(&wanted.sender)?;
    let admin = wanted
        .admin
        .as_ref()
        .map(|it| session.resolve(it))
        .transpose()?;
    let funds = session.funds(wanted.funds.as_deref())?;
    let options = with_nonce(session, &sender, session.tx_options(&wanted.sender)?).await?;
    let salt = salt(wanted.salt.as_deref(), options.nonce.unwrap_or_default())?;
    let contract = address_of(module.host, &sender.address(), &salt, &module.code);

    let upload = upload(&module, session).await?;
    let stores = upload.is_some();
    let instantiate = Action::Instantiate {
        code: module.code,
        salt,
        admin: admin.map(|it| it.address),
        funds,
        message: message.bytes,
    };
    let actions = upload.into_iter().chain([instantiate]).collect();
    let target = Some(Target {
        contract: session.client.text(contract),
        codec,
        kind: MessageKind::Init,
        method: message.method.as_deref(),
    });
    let mut book = session.abi_book();
    if let Some(abi) = &module.abi {
        book.insert(contract, abi.clone());
    }
    let outcome = session.send(
        &sender,
        &wanted.sender,
        actions,
        &options,
        target,
        &mut book,
    );
    let sent = match outcome.await? {
        Outcome::Sent(sent) => sent,
        Outcome::Kept(report) => {
            return Ok(report.with("contract", session.client.text(contract)));
        }
    };
    let address = session.client.text(contract);
    let code_note = if stores {
        "uploaded"
    } else {
        "was on the chain already"
    };
    let document = json!({"contract": address, "code": module.code.to_string(), "stored": stores, "admin": admin});
    let report = Report::new(document)
        .row("contract", address)
        .row(
            "code",
            format!("{} ({} bytes, {code_note})", module.code, module.wasm.len()),
        )
        .row(
            "admin",
            admin.map_or("nobody".to_owned(), |it| it.to_string()),
        );
    session.finish(report, &sent, target, &mut book).await
}

/// The action that stores the code, unless the chain has it.
pub(super) async fn upload(module: &Module, session: &Session) -> Result<Option<Action>, Failure> {
    let known = session
        .client
        .proven_code(&module.code, BlockSelector::Latest)
        .await
        .map_err(failure)?;
    Ok(known.value.is_none().then(|| Action::StoreCode {
        code: module.wasm.clone(),
    }))
}

/// A module of a size that the chain takes.
pub(in crate::commands) fn read_module(file: &Path, session: &Session) -> Result<Module, Failure> {
    let limits = &session.client.info().limits;
    let unread = |error: std::io::Error| {
        let failure = Failure::failed(format!("cannot read {}: {error}", file.display()));
        failure.hint("name the .wasm file that `argosy build` tells")
    };
    let facts = std::fs::metadata(file).map_err(unread)?;
    let tx_max = u64::from(limits.tx_size_bytes_max);
    if facts.is_file() && facts.len() > tx_max {
        let failure = Failure::failed(format!(
            "{} has {} bytes, this chain takes at most {tx_max}",
            file.display(),
            facts.len(),
        ));
        return Err(
            failure.hint("`argosy build` makes a small module and tells the sizes of its parts")
        );
    }
    let wasm = std::fs::read(file).map_err(unread)?;
    let module = Module::parse(wasm).and_then(|module| {
        module.check_size(limits)?;
        Ok(module)
    });
    module.map_err(|error| {
        let failed = failure(SdkError::Module(error));
        failed.row("file", file.display())
    })
}

/// The nonce is part of the usual salt, so it is fixed first.
async fn with_nonce(
    session: &Session,
    sender: &Sender,
    options: TxOptions,
) -> Result<TxOptions, Failure> {
    let account = session
        .client
        .account(sender.address(), BlockSelector::Latest)
        .await
        .map_err(failure)?;
    let nonce = account.next_nonce.unwrap_or(account.nonce).0;
    Ok(TxOptions {
        nonce: Some(nonce),
        ..options
    })
}

/// A hash as it is, any other text by its hash; the nonce if there is none, as the SDK does.
fn salt(text: Option<&str>, nonce: u64) -> Result<[u8; 32], Failure> {
    match text {
        Some(hash) if hash.starts_with("0x") => {
            let parsed = hash
                .parse::<Hash32>()
                .map_err(|error| Failure::usage(format!("--salt: {error}")))?;
            Ok(*parsed.as_bytes())
        }
        Some(text) => Ok(blake3(text.as_bytes())),
        None => {
            let mut salt = [0; 32];
            salt[..8].copy_from_slice(&nonce.to_le_bytes());
            Ok(salt)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_is_a_hash_a_text_or_the_nonce() {
        let hash = format!("0x{}", "07".repeat(32));
        assert_eq!(salt(Some(&hash), 0).unwrap(), [7; 32]);
        assert_eq!(salt(Some("mine"), 0).unwrap(), blake3(b"mine"));
        assert_eq!(salt(None, 258).unwrap()[..3], [2, 1, 0]);
        assert!(salt(Some("0x07"), 0).is_err());
    }
}
