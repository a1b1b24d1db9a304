//! `argosy tx profile`: where the gas of a transaction went.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use argosy_primitives::{CodeHash, Hash32};
use argosy_rpc_api::{ProfileAnswer, ProfileNode, ProfilePlace};
use argosy_vm_engine::{FunctionNames, NamesError, function_names, functions_hash};

use crate::args::ProfileArgs;
use crate::commands::problem::failure;
use crate::commands::session::Session;
use crate::failure::Failure;
use crate::flame::{Kind, Node, folded, svg};
use crate::output::Report;

/// Places that are told; files have all.
const SHOWN_MAX: usize = 15;
/// Bytes of a debug build that are read.
const TWIN_BYTES_MAX: u64 = 256 << 20;

/// Asks, writes files, tells.
pub(super) async fn run(args: &ProfileArgs, session: &Session) -> Result<Report, Failure> {
    let id = args.id;
    // Before anything is asked of the node: what is wrong with a file is known at once.
    let twins = args.twin.iter().map(|it| Twin::read(it));
    let twins = twins.collect::<Result<Vec<_>, _>>()?;
    let profile = session.client.profile_transaction(id).await;
    let mut profile = profile.map_err(failure)?;
    rename(&mut profile, &twins)?;
    let nodes = nodes(&profile);
    let mut report = Report::new(&profile)
        .row("transaction", id)
        .row("block", profile.at.height.0)
        .row("status", profile.status)
        .row("gas used", profile.gas_used);
    if let Some(path) = &args.folded {
        write(path, &folded(&nodes))?;
        report = report.row("folded stacks", path.display());
    }
    if let Some(path) = &args.svg {
        write(path, &svg(&title(&profile), &nodes))?;
        report = report.row("flame graph", path.display());
    }
    let mut report = report.heading("Gas of their own");
    for (name, (gas, calls)) in dearest(&profile).into_iter().take(SHOWN_MAX) {
        let share = u128::from(gas) * 1_000 / u128::from(profile.gas_used.0.max(1));
        let share = format!("{:>3}.{} %", share / 10, share % 10);
        report = report.columns([share, format!("{gas:>12}"), format!("{calls:>8} x"), name]);
    }
    match profile.truncated {
        true => Ok(report.heading("There were more functions than an answer holds.")),
        false => Ok(report),
    }
}

/// What stands above the picture.
fn title(profile: &ProfileAnswer) -> String {
    let ProfileAnswer {
        tx_id, gas_used, ..
    } = profile;
    format!("gas of transaction {tx_id}: {gas_used}")
}

/// Names with the gas that is their own wherever they stand, the dearest first.
fn dearest(profile: &ProfileAnswer) -> Vec<(String, (u64, u64))> {
    let mut names: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for node in &profile.nodes {
        let (gas, calls) = names.entry(&node.name).or_default();
        *gas = gas.saturating_add(node.gas.0);
        *calls = calls.saturating_add(node.calls.0);
    }
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_key(|(_, (gas, _))| std::cmp::Reverse(*gas));
    let owned = |(name, used): (&str, _)| (name.to_owned(), used);
    names.into_iter().map(owned).collect()
}

fn nodes(profile: &ProfileAnswer) -> Vec<Node> {
    let node = |it: &ProfileNode| Node {
        parent: it.parent.and_then(|it| usize::try_from(it).ok()),
        name: it.name.clone(),
        kind: match it.place {
            ProfilePlace::Transaction => Kind::Chain,
            ProfilePlace::Frame { .. } => Kind::Contract,
            ProfilePlace::Function { .. } => Kind::Function,
            ProfilePlace::Import => Kind::Import,
        },
        gas: it.gas.0,
    };
    profile.nodes.iter().map(node).collect()
}

/// A build of a module with the names of its functions.
struct Twin {
    path: PathBuf,
    functions: Hash32,
    names: FunctionNames,
}

impl Twin {
    fn read(path: &Path) -> Result<Twin, Failure> {
        let shown = path.display();
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
        if size.len() > TWIN_BYTES_MAX {
            let message = format!("{shown} has more than {TWIN_BYTES_MAX} bytes");
            return Err(Failure::usage(message));
        }
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let no_module = |error: NamesError| Failure::usage(format!("{shown}: {error}"));
        Ok(Twin {
            path: path.to_owned(),
            functions: Hash32::from_bytes(functions_hash(&bytes).map_err(no_module)?),
            names: function_names(&bytes).map_err(no_module)?,
        })
    }
}

/// Calls functions what the debug builds of their modules call them.
fn rename(profile: &mut ProfileAnswer, twins: &[Twin]) -> Result<(), Failure> {
    let mut names: BTreeMap<CodeHash, &FunctionNames> = BTreeMap::new();
    for twin in twins {
        let mut found = false;
        for module in &profile.modules {
            if module.functions.0 == twin.functions {
                names.insert(module.code.0, &twin.names);
                found = true;
            }
        }
        if !found {
            let shown = twin.path.display();
            let message = format!("{shown} has the functions of no module that ran");
            let hint = "build the same source with the same toolchain and options, but unstripped";
            return Err(Failure::usage(message).hint(hint));
        }
    }
    for node in &mut profile.nodes {
        if let ProfilePlace::Function { code, function } = &node.place
            && let Some(names) = names.get(&code.0)
            && names.get(*function).is_some()
        {
            node.name = names.label(*function);
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = std::fs::write(path, text);
    Ok(written.with_context(|| format!("cannot write {}", path.display()))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_primitives::{BlockHash, StatusCode, TxId};
    use argosy_rpc_api::{At, Decimal, ProfiledModule, Status, Text};

    const CODE: Text<CodeHash> = Text(CodeHash::from_bytes([7; 32]));

    /// A module with one function, and perhaps a name for it.
    fn module(name: Option<&str>) -> Vec<u8> {
        let mut bytes =
            b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b".to_vec();
        if let Some(name) = name {
            let length = |it: usize| u8::try_from(it).unwrap();
            let map = [&[1, 0, length(name.len())], name.as_bytes()].concat();
            let part = [&[1, length(map.len())], map.as_slice()].concat();
            let section = [b"\x04name", part.as_slice()].concat();
            bytes.extend([0, length(section.len())]);
            bytes.extend(section);
        }
        bytes
    }

    fn profile() -> ProfileAnswer {
        let node = |parent, name: &str, place, gas| ProfileNode {
            parent,
            name: name.to_owned(),
            place,
            gas: Decimal(gas),
            calls: Decimal(1),
        };
        let function = |function| ProfilePlace::Function {
            code: CODE,
            function,
        };
        ProfileAnswer {
            at: At::new(1, BlockHash::ZERO),
            tx_id: Text(TxId::ZERO),
            index: 0,
            status: Status(StatusCode::Success),
            gas_used: Decimal(10),
            nodes: vec![
                node(None, "transaction", ProfilePlace::Transaction, 1),
                node(Some(0), "func[0]", function(0), 2),
                node(Some(1), "func[1]", function(1), 3),
                node(Some(2), "func[0]", function(0), 4),
            ],
            modules: vec![ProfiledModule {
                code: CODE,
                functions: Text(Hash32::from_bytes(functions_hash(&module(None)).unwrap())),
            }],
            truncated: false,
        }
    }

    #[test]
    fn a_debug_build_of_the_same_functions_names_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("twin.wasm");
        std::fs::write(&path, module(Some("token::transfer::h0123456789abcdef"))).unwrap();
        let mut named = profile();
        rename(&mut named, &[Twin::read(&path).unwrap()]).unwrap();
        let names: Vec<_> = named.nodes.iter().map(|it| it.name.as_str()).collect();
        let expected = [
            "transaction",
            "token::transfer",
            "func[1]",
            "token::transfer",
        ];
        assert_eq!(names, expected);
        assert_eq!(dearest(&named)[0], ("token::transfer".to_owned(), (6, 2)));
    }

    #[test]
    fn a_build_of_other_functions_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("other.wasm");
        let mut other = module(None);
        let last = other.len() - 1;
        other.splice(last - 2..=last, [3, 0, 1, 0x0b]);
        other[19] = 5;
        std::fs::write(&path, other).unwrap();
        let twin = Twin::read(&path).unwrap();
        let refused = rename(&mut profile(), &[twin]).unwrap_err();
        assert!(refused.message().contains("no module that ran"));
        std::fs::write(&path, b"text").unwrap();
        assert!(Twin::read(&path).is_err());
    }

    /// Compares a file beside the tests with what should be in it; writes it under `ARGOSY_BLESS=1`.
    #[track_caller]
    fn check_golden(name: &str, text: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let path = folder.join(name);
        if std::env::var_os("ARGOSY_BLESS").is_some_and(|it| it == "1") {
            std::fs::write(&path, text).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            golden == text,
            "{name} differs; if that is wanted, run again with ARGOSY_BLESS=1 and review the change: {text}"
        );
    }

    #[test]
    fn a_profile_that_stays_the_same_gives_the_same_files() {
        let profile: ProfileAnswer =
            serde_json::from_str(include_str!("../../../tests/golden/profile.json")).unwrap();
        let nodes = nodes(&profile);
        let sum: u64 = nodes.iter().map(|it| it.gas).sum();
        assert_eq!(sum, profile.gas_used.0);
        check_golden("profile.folded", &folded(&nodes));
        check_golden("profile.svg", &svg(&title(&profile), &nodes));
    }
}
