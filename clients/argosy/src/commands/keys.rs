//! `argosy keys …`.

use std::io::Read;

use anyhow::Context;
use argosy_primitives::{Address, Hrp, PublicKey};
use argosy_sdk::Signer;
use argosy_sdk::wallet::{self, DEV_NAMES};
use serde::Serialize;
use serde_json::json;

use crate::account::closest;
use crate::args::{KeysCommand, NetworkArgs, SignedMessage};
use crate::failure::{Exit, Failure};
use crate::keys::KeyRing;
use crate::output::{Output, Report};

/// Bytes of a file that is signed.
const MESSAGE_BYTES_MAX: u64 = 16 << 20;

/// A key as programs see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeyView {
    name: String,
    address: String,
    public_key: String,
    /// `file` or `dev`
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
}

/// Does what is asked. `usual` is the network whose addresses are shown if none is named.
pub(super) fn run(
    command: KeysCommand,
    keys: &KeyRing,
    usual: impl Fn() -> Result<Option<Hrp>, Failure>,
    output: Output,
) -> Result<Report, Failure> {
    let hrp = |args: NetworkArgs| -> Result<Hrp, Failure> {
        match args.hrp {
            Some(hrp) => Ok(hrp),
            None => Ok(usual()?.unwrap_or(Hrp::Dev)),
        }
    };
    let found = |name: &str, args: NetworkArgs| -> Result<Report, Failure> {
        Ok(shown(&find(keys, name, hrp(args)?)?))
    };
    match command {
        KeysCommand::New {
            name,
            passphrase,
            network,
            phrase_out,
        } => {
            match &phrase_out {
                Some(out) => keys.create_with_phrase(&name, &passphrase, out)?,
                None => keys.create(&name, &passphrase)?,
            };
            let report = found(&name, network)?;
            let phrase = phrase_out.map(|it| it.display().to_string());
            Ok(match &phrase {
                Some(path) => report.with("phraseFile", path).row("phrase", path),
                None => report,
            })
        }
        KeysCommand::Import(args) => {
            keys.import(&args)?;
            found(&args.name, args.network)
        }
        KeysCommand::Export {
            name,
            passphrase,
            out,
            new_passphrase_file,
            plain,
        } => {
            let new_passphrase = new_passphrase_file.as_deref();
            let key = keys.export(&name, &passphrase, &out, new_passphrase, plain)?;
            let path = out.display().to_string();
            let document = json!({
                "name": name,
                "publicKey": key.to_string(),
                "path": path,
                "encrypted": !plain,
            });
            Ok(Report::new(document)
                .row("name", name)
                .row("public key", key)
                .row("file", path))
        }
        KeysCommand::List { network } => listed(keys, hrp(network)?),
        KeysCommand::Show { name, network } => found(&name, network),
        KeysCommand::Rename {
            name,
            new_name,
            network,
        } => {
            keys.rename(&name, &new_name)?;
            found(&new_name, network)
        }
        KeysCommand::Sign {
            name,
            message,
            passphrase,
            network,
        } => {
            let key = find(keys, &name, hrp(network)?)?;
            let signer = match keys.has(&name) {
                true => Signer::new(keys.unlock(&name, &passphrase)?),
                false => {
                    let signer = wallet::dev_account(&name);
                    signer.ok_or_else(|| Failure::usage(format!("there is no key {name}")))?
                }
            };
            let signature = signer.sign_message(&bytes(message)?);
            Ok(shown(&key)
                .with("signature", signature.to_string())
                .row("signature", signature))
        }
        KeysCommand::Verify {
            key,
            message,
            signature,
            network,
        } => {
            let public = public_key(keys, &key)?;
            let address = Address::of_key(&public).to_text(hrp(network)?);
            let checked = wallet::check_message(&public, &bytes(message)?, &signature);
            checked.map_err(|_| {
                let message = "the signature is not of this message by this key";
                Failure::new(Exit::Failed, "BAD_SIGNATURE", message)
            })?;
            let document = json!({
                "isValid": true,
                "publicKey": public.to_string(),
                "address": address,
            });
            Ok(Report::new(document)
                .row("signature", "holds")
                .row("public key", public)
                .row("address", address))
        }
        KeysCommand::Remove { name } => remove(&name, keys, output),
    }
}

/// What is signed: words as they are, or a file.
fn bytes(message: SignedMessage) -> Result<Vec<u8>, Failure> {
    let Some(file) = message.file else {
        return Ok(message.message.unwrap_or_default().into_bytes());
    };
    let shown = file.display();
    let unread = || format!("cannot read {shown}");
    let opened = std::fs::File::open(&file).with_context(unread)?;
    // Not by its length: a pipe or a device has none.
    let mut bytes = Vec::new();
    let mut begins = opened.take(MESSAGE_BYTES_MAX + 1);
    begins.read_to_end(&mut bytes).with_context(unread)?;
    if bytes.len() as u64 > MESSAGE_BYTES_MAX {
        let message = format!("{shown} has more than {MESSAGE_BYTES_MAX} bytes");
        return Err(Failure::usage(message));
    }
    Ok(bytes)
}

/// A public key as it is, or by name.
fn public_key(keys: &KeyRing, text: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    // As for signing: a key of the user's own goes before the public one of that name.
    if keys.has(text) {
        return keys.public_key(text);
    }
    match wallet::dev_account(text) {
        Some(signer) => Ok(signer.public()),
        None => {
            keys.require_signer(text)?;
            keys.public_key(text)
        }
    }
}

/// What is deleted cannot be had back: somebody has to say yes.
fn remove(name: &str, keys: &KeyRing, output: Output) -> Result<Report, Failure> {
    keys.require(name)?;
    if !output.may_ask() && !output.is_agreed() {
        let failure = Failure::usage(format!("nobody confirmed that {name} is to be removed"));
        return Err(failure.hint("add --yes"));
    }
    output.confirm(&format!(
        "Remove {}? What it owns is lost unless there is a copy or a phrase.",
        keys.path(name).display()
    ))?;
    keys.remove(name)?;
    Ok(Report::new(json!({"removed": name})).row("removed", name))
}

fn shown(key: &KeyView) -> Report {
    let note = (key.kind == "dev").then_some("public, for dev chains only");
    Report::new(key)
        .row("name", &key.name)
        .row("address", &key.address)
        .row("public key", &key.public_key)
        .row_if("file", key.path.as_ref())
        .row_if("secret", note)
}

fn listed(keys: &KeyRing, hrp: Hrp) -> Result<Report, Failure> {
    let mut found = Vec::new();
    let mut rows = Vec::new();
    for name in keys.names()? {
        match find(keys, &name, hrp) {
            Ok(key) => {
                rows.push([name, key.address.clone(), String::new()]);
                found.push(json!(key));
            }
            // One bad file must not hide the others.
            Err(failure) => {
                let path = keys.path(&name).display().to_string();
                found.push(json!({"name": name, "path": path, "error": failure.message()}));
                rows.push([name, "unreadable".to_owned(), failure.message().to_owned()]);
            }
        }
    }
    if hrp == Hrp::Dev {
        for key in DEV_NAMES.into_iter().filter_map(dev_key) {
            rows.push([
                key.name.clone(),
                key.address.clone(),
                "dev account, its key is public".to_owned(),
            ]);
            found.push(json!(key));
        }
    }
    let report = Report::new(json!({"keys": found})).list_of("keys");
    if rows.is_empty() {
        return Ok(report.line("no keys yet; make one with: argosy keys new NAME"));
    }
    Ok(rows.into_iter().fold(report, Report::columns))
}

fn find(keys: &KeyRing, name: &str, hrp: Hrp) -> Result<KeyView, Failure> {
    if keys.has(name) {
        let path = Some(keys.path(name).display().to_string());
        return Ok(view(name, hrp, &keys.public_key(name)?, "file", path));
    }
    if let Some(key) = dev_key(name) {
        return match hrp {
            Hrp::Dev => Ok(key),
            Hrp::Main | Hrp::Test => Err(Failure::usage(format!(
                "{name} is a dev account and has no address on {hrp}"
            ))),
        };
    }
    let (mut known, failure) = (
        keys.names()?,
        Failure::usage(format!("there is no key {name}")),
    );
    known.extend(DEV_NAMES.map(str::to_owned));
    Err(match closest(name, known.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint(format!("make one with: argosy keys new {name}")),
    })
}

fn dev_key(name: &str) -> Option<KeyView> {
    let key = wallet::dev_account(name)?.public();
    Some(view(name, Hrp::Dev, &key, "dev", None))
}

fn view(
    name: &str,
    hrp: Hrp,
    key: &PublicKey,
    kind: &'static str,
    path: Option<String>,
) -> KeyView {
    KeyView {
        name: name.to_owned(),
        address: Address::of_key(key).to_text(hrp),
        public_key: key.to_string(),
        kind,
        path,
    }
}
