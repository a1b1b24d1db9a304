//! What the shell offers when TAB is pressed: commands from clap's tree, and names that only this machine
//! or the node knows.
//!
//! ```text
//! shell ── ARGOSY_COMPLETE=bash argosy -- WORDS ──► answer_shell ──► candidates, one a line
//! console ──► of_line ──► candidates
//! ```
//!
//! Always: a completer never asks, never prints and never fails: what it cannot learn in
//! [`PATIENCE`] it does not offer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use argosy_rpc_api::{BlockSelector, METHODS, MethodSpec};
use argosy_sdk::wallet::DEV_NAMES;
use argosy_sdk::{Abi, Client, ClientOptions, Contract, MessageKind, Module};
use argosy_vm_abi::schema::{Field, MessageItem};
use clap::{CommandFactory, Parser};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, CompletionCandidate, engine};

use crate::account::{AccountRef, Names};
use crate::args::{Cli, GlobalArgs, Shell};
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::networks::{self, Networks};
use crate::output::printable;

/// How long a person waits for a TAB.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Larger than any module that a chain takes.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most contracts that are offered.
const CONTRACTS_MAX: u32 = 50;
/// Most modules whose contracts are offered with a name.
const NAMES_MAX: usize = 8;
/// The variable by which a shell asks.
const VARIABLE: &str = "ARGOSY_COMPLETE";
const PROGRAM: &str = "argosy";

/// Answers a shell that asks for completions, and ends the program then.
pub(crate) fn answer_shell() {
    CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .complete();
}

/// What a shell has to run so that it asks.
pub(crate) fn script(shell: Shell) -> Result<String, Failure> {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Elvish => "elvish",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
        Shell::Zsh => "zsh",
    };
    let shells = Shells::builtins();
    let completer = shells.completer(name);
    let completer =
        completer.ok_or_else(|| Failure::failed(format!("no completions for {name}")))?;
    let mut script = Vec::new();
    let written = completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script);
    written.map_err(Failure::failed)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// The user's own keys.
pub(crate) fn keys() -> Vec<CompletionCandidate> {
    let names = ring().and_then(|it| it.names().ok()).unwrap_or_default();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// Who can sign.
pub(crate) fn signers() -> Vec<CompletionCandidate> {
    let dev = DEV_NAMES.into_iter();
    let dev = dev.map(|it| CompletionCandidate::new(it).help(Some("dev account".into())));
    keys().into_iter().chain(dev).collect()
}

/// Who has a name.
pub(crate) fn accounts() -> Vec<CompletionCandidate> {
    signers()
}

/// The networks that are remembered.
pub(crate) fn networks() -> Vec<CompletionCandidate> {
    let known = Networks::usual().and_then(|it| it.load());
    let names = known.map(|it| it.names()).unwrap_or_default();
    let local = [networks::LOCAL.to_owned()];
    let all = names.into_iter().chain(local);
    all.map(CompletionCandidate::new).collect()
}

/// Methods of the node.
pub(crate) fn rpc_methods() -> Vec<CompletionCandidate> {
    let candidate =
        |it: &MethodSpec| CompletionCandidate::new(it.name).help(Some(it.summary.into()));
    METHODS.iter().map(candidate).collect()
}

thread_local! {
    /// The words that are being completed, where they are not a shell's.
    static LINE: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// What may stand in the place of the last word of a line; the name of this program is not in it.
pub(crate) fn of_line(before: impl Iterator<Item = OsString>, current: OsString) -> Vec<Offer> {
    let mut words = vec![OsString::from(PROGRAM)];
    words.extend(before);
    words.push(current);
    let texts = words.iter().map(|it| it.to_string_lossy().into_owned());
    LINE.set(Some(texts.collect()));
    let last = words.len() - 1;
    let found = engine::complete(&mut Cli::command(), words, last, Some(Path::new(".")));
    LINE.set(None);
    let found = found.unwrap_or_default().into_iter();
    let offer = |it: CompletionCandidate| {
        let help = it.get_help().map(ToString::to_string);
        (it.get_value().to_string_lossy().into_owned(), help)
    };
    found.filter(|it| !it.is_hide_set()).map(offer).collect()
}

/// The words of the line that is being completed.
fn line() -> Vec<String> {
    LINE.with_borrow(Clone::clone).unwrap_or_else(|| {
        // The shell's words follow the first `--` of this program's own.
        let words = std::env::args_os().map(|it| it.to_string_lossy().into_owned());
        words.skip_while(|it| it != "--").skip(1).collect()
    })
}

/// Contracts, where the node keeps an index that lists them: the oldest, with what each is called.
pub(crate) fn contracts() -> Vec<CompletionCandidate> {
    let words = line();
    let own = words.split(|it| it == "--").next().unwrap_or_default();
    let found = ask_node(own, |client, _| async move {
        let newest = BlockSelector::Latest;
        let page = client.contracts(None, CONTRACTS_MAX, newest).await.ok()?;
        let mut found = Vec::new();
        // A name for each module, as far as they are few.
        let mut names: BTreeMap<String, Option<String>> = BTreeMap::new();
        for it in page.contracts {
            let code = it.code.to_string();
            if !names.contains_key(&code) && names.len() < NAMES_MAX {
                let contract = Contract::at(&client, it.contract.address).await.ok();
                let told =
                    contract.and_then(|it| it.abi().contract.as_ref().map(|it| it.name.clone()));
                names.insert(code.clone(), told.map(|it| printable(&it)));
            }
            let name = names.get(&code).cloned().flatten();
            found.push((it.contract.to_string(), name));
        }
        Some(found)
    });
    candidates(found.unwrap_or_default())
}

fn candidates(offers: Vec<Offer>) -> Vec<CompletionCandidate> {
    let candidate = |(text, help): Offer| CompletionCandidate::new(text).help(help.map(Into::into));
    offers.into_iter().map(candidate).collect()
}

/// Methods and arguments of the contract, or of the file, that the words before name.
pub(crate) fn methods(current: &OsStr) -> Vec<CompletionCandidate> {
    let found = offers(&line(), &current.to_string_lossy());
    candidates(found.unwrap_or_default())
}

/// A candidate, and what it is.
pub(crate) type Offer = (String, Option<String>);

fn offers(words: &[String], current: &str) -> Option<Vec<Offer>> {
    let end = words.iter().position(|it| it == "--")?;
    let (own, said) = (&words[..end], &words[end + 1..]);
    let verb = own.iter().position(|it| it == "contract")? + 1;
    let kind = match own.get(verb)?.as_str() {
        "call" => MessageKind::Call,
        "query" => MessageKind::Query,
        "deploy" => MessageKind::Init,
        "upgrade" => MessageKind::Upgrade,
        _ => return None,
    };
    let file = own.iter().find(|it| it.ends_with(".wasm"));
    let abi = match file {
        Some(file) => abi_in(file)?,
        None => abi_of(own, own.get(verb + 1)?)?,
    };
    Some(of_abi(&abi, kind, said, current))
}

fn abi_in(file: &str) -> Option<Abi> {
    let facts = std::fs::metadata(file).ok()?;
    if !facts.is_file() || facts.len() > FILE_BYTES_MAX {
        return None;
    }
    Module::parse(std::fs::read(file).ok()?).ok()?.abi
}

/// The ABI of a contract on the chain that the words are about.
fn abi_of(own: &[String], contract: &str) -> Option<Abi> {
    let contract: AccountRef = contract.parse().ok()?;
    ask_node(own, |client, global| async move {
        let keys = KeyRing::at(global.keys_dir, false).ok()?;
        let names = Names {
            hrp: client.hrp(),
            keys: &keys,
        };
        let address = names.resolve(&contract).ok()?.address;
        let contract = Contract::at(&client, address).await.ok()?;
        Some(contract.abi().clone())
    })
}

/// Asks the node that the words are about, with little patience.
fn ask_node<T, F: Future<Output = Option<T>>>(
    own: &[String],
    ask: impl FnOnce(Client, GlobalArgs) -> F,
) -> Option<T> {
    let global = global(own)?;
    let place = networks::choose(&global).ok()?;
    let options = ClientOptions {
        connect_timeout: PATIENCE,
        request_timeout: PATIENCE,
        wait_timeout: PATIENCE,
        chain: place.chain,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let client = Client::connect_with(&place.url, options).await.ok()?;
        ask(client, global).await
    })
}

/// The options that say which node is meant; the rest of the line is not complete yet.
fn global(own: &[String]) -> Option<GlobalArgs> {
    let mut words = vec![PROGRAM.to_owned(), "doctor".to_owned()];
    for (index, word) in own.iter().enumerate() {
        for option in ["--rpc-url", "--network", "--keys-dir"] {
            if word == option {
                words.extend([word.clone(), own.get(index + 1)?.clone()]);
            } else if word
                .strip_prefix(option)
                .is_some_and(|it| it.starts_with('='))
            {
                words.push(word.clone());
            }
        }
    }
    Cli::try_parse_from(words).ok().map(|it| it.global)
}

/// What can follow: a method, then its arguments that are not there yet.
fn of_abi(abi: &Abi, kind: MessageKind, said: &[String], current: &str) -> Vec<Offer> {
    let of_kind: Vec<&MessageItem> = abi.messages.iter().filter(|it| it.kind == kind).collect();
    // The last of the words is the one that is being typed.
    let before = said.split_last().map_or(&[][..], |(_, before)| before);
    let is_value = |it: &String| it.starts_with("--") && !it.contains('=');
    // Where a contract is created, or migrated, in one way only, that needs no name.
    let only = match of_kind.as_slice() {
        [only] if matches!(kind, MessageKind::Init | MessageKind::Upgrade) => Some(*only),
        _ => None,
    };
    let offers = match before.first() {
        None => {
            let names = of_kind
                .iter()
                .map(|it| (kebab(&it.name), first_line(&it.docs)));
            let args = only.map(|it| arguments(it, before)).unwrap_or_default();
            names.chain(args).collect()
        }
        Some(_) if before.last().is_some_and(is_value) => Vec::new(),
        Some(first) if first.starts_with("--") => {
            only.map(|it| arguments(it, before)).unwrap_or_default()
        }
        Some(name) => {
            let name = name.replace('-', "_");
            let method = of_kind.into_iter().find(|it| it.name == name);
            method.map(|it| arguments(it, before)).unwrap_or_default()
        }
    };
    let fits = |(text, _): &Offer| text.starts_with(current);
    offers.into_iter().filter(fits).collect()
}

fn arguments(method: &MessageItem, before: &[String]) -> Vec<Offer> {
    let given: Vec<&str> = before
        .iter()
        .filter_map(|it| it.split('=').next())
        .collect();
    let offer = |it: &Field| (format!("--{}", kebab(&it.name)), Some(printable(&it.ty)));
    let offers = method.args.iter().map(offer);
    offers
        .filter(|(name, _)| !given.contains(&name.as_str()))
        .collect()
}

fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

fn first_line(docs: &str) -> Option<String> {
    docs.lines().next().map(|it| printable(it.trim()))
}

fn ring() -> Option<KeyRing> {
    let dir = std::env::var_os("ARGOSY_KEYS_DIR").map(Into::into);
    KeyRing::at(dir, false).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abi() -> Abi {
        let field = |name: &str| Field {
            name: name.to_owned(),
            ty: "u64".to_owned(),
        };
        let method = |kind, name: &str, args: &[&str]| MessageItem {
            kind,
            name: name.to_owned(),
            selector: argosy_vm_abi::selector_of(name),
            args: args.iter().map(|it| field(it)).collect(),
            returns: "()".to_owned(),
            error: None,
            payable: false,
            docs: "What it does.\nMore.".to_owned(),
        };
        Abi {
            messages: vec![
                method(MessageKind::Call, "transfer_from", &["from", "amount_max"]),
                method(MessageKind::Query, "value", &[]),
                method(MessageKind::Init, "init", &["start"]),
            ],
            ..Abi::default()
        }
    }

    #[track_caller]
    fn check(kind: MessageKind, line: &str, expected: &[&str]) {
        let said: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let current = said.last().map_or("", String::as_str);
        let found = of_abi(&abi(), kind, &said, current);
        let found: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(found, expected, "{line:?}");
    }

    #[test]
    fn a_method_comes_first_and_then_its_arguments() {
        check(MessageKind::Call, "", &["transfer-from"]);
        check(MessageKind::Query, "v", &["value"]);
        check(MessageKind::Query, "w", &[]);
        check(
            MessageKind::Call,
            "transfer-from ",
            &["--from", "--amount-max"],
        );
        check(MessageKind::Call, "transfer_from --a", &["--amount-max"]);
        check(MessageKind::Call, "transfer-from --from ", &[]);
        check(
            MessageKind::Call,
            "transfer-from --from bob ",
            &["--amount-max"],
        );
        check(
            MessageKind::Call,
            "transfer-from --from=bob ",
            &["--amount-max"],
        );
        check(MessageKind::Call, "nothing ", &[]);
        check(MessageKind::Init, "", &["init", "--start"]);
        check(MessageKind::Init, "--start 4 ", &[]);
    }

    #[test]
    fn every_shell_has_a_script() {
        for shell in [
            Shell::Bash,
            Shell::Elvish,
            Shell::Fish,
            Shell::Powershell,
            Shell::Zsh,
        ] {
            assert!(script(shell).unwrap().contains("argosy"), "{shell:?}");
        }
    }
}
