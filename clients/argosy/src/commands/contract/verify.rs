//! `argosy contract verify`: whether a contract runs what these sources build to.
//!
//! Always: the hash is that of the bytes on the chain, and is compared with the bytes that were built here;
//! nobody has to be believed but the node that tells which code the contract has. The section by which a module
//! says where it comes from is taken as it is on the chain: nothing runs by it, and what it says is a claim.

use std::path::Path;

use argosy_primitives::{Address, CodeHash};
use argosy_rpc_api::BlockSelector;
use argosy_vm_abi::Source;
use serde_json::{Value, json};

use super::code::fetch;
use crate::commands::failure;
use crate::commands::project::{self, Reproduced, source};
use crate::commands::session::Session;
use crate::failure::{Exit, Failure};
use crate::output::Report;

/// Told before anything of the sources runs.
const BUILDING: &str = "building the sources; their build scripts and macros, and those of all that Cargo.lock names, run on this machine";

/// What sources are compared with.
struct Deployed {
    /// The contract's address.
    contract: String,
    /// Hash of its code.
    code: CodeHash,
    /// The code; none where the node does not give it.
    module: Option<Vec<u8>>,
}

/// What it was compared by.
struct Here {
    /// The compiler in its own words.
    compiler: String,
    /// The commit that is checked out.
    commit: Option<String>,
}

/// Asks, builds, compares.
pub(super) async fn run(
    address: Address,
    folder: &Path,
    package: Option<String>,
    session: &Session,
) -> Result<Report, Failure> {
    let answer = session.client.contract(address, BlockSelector::Latest);
    let code = answer.await.map_err(failure)?.code.hash.0;
    let (module, unread) = match fetch(session.client.url(), &code).await {
        Ok(module) => (Some(module), None),
        Err(failure) => (None, Some(failure)),
    };
    let deployed = Deployed {
        contract: session.client.text(address).to_string(),
        code,
        module,
    };
    session.output.progress(BUILDING);
    let built = project::reproduce(folder, package)?;
    let here = Here {
        compiler: project::compiler(folder).unwrap_or_default(),
        commit: source::commit(folder),
    };
    compared(&deployed, &built, &here, unread)
}

/// What comes of comparing. `unread`: why there is no module to compare with; without one nobody knows of a
/// difference, which may be the section alone.
fn compared(
    deployed: &Deployed,
    built: &[Reproduced],
    here: &Here,
    unread: Option<Failure>,
) -> Result<Report, Failure> {
    let section = deployed.section();
    let same = built
        .iter()
        .find(|it| it.is(deployed.code, section.as_deref()));
    match (same, unread) {
        (Some(same), _) => Ok(verified(deployed, same, built.len(), here)),
        (None, Some(unread)) => Err(unread),
        (None, None) => Err(differs(deployed, built, here)),
    }
}

impl Deployed {
    fn section(&self) -> Option<Vec<u8>> {
        source::section_of(self.module.as_deref()?)
    }

    /// What its builder says of it.
    fn claims(&self) -> Option<Source> {
        Source::parse(&self.section()?).ok()
    }

    fn bytes(&self) -> &[u8] {
        self.module.as_deref().unwrap_or_default()
    }
}

/// `contracts`: how many the sources hold.
fn verified(deployed: &Deployed, same: &Reproduced, contracts: usize, here: &Here) -> Report {
    // Sources that people read for one contract may hold another beside it.
    let result = match contracts {
        1 => "The contract runs what these sources build to.".to_owned(),
        more => format!(
            "The contract runs what {} of these sources builds to, one of {more} contracts in them.",
            same.name
        ),
    };
    let file = same.path.display().to_string();
    let document = json!({
        "contract": deployed.contract,
        "verified": true,
        "code": deployed.code.to_string(),
        "name": same.name,
        "file": file,
        "compiler": here.compiler,
        "source": source::document(deployed.bytes()),
    });
    let report = Report::new(document)
        .row("contract", &deployed.contract)
        .row("code", deployed.code)
        .row("built from", &same.name)
        .row("file", file)
        .row("compiler", &here.compiler)
        .line(result);
    source::claims(report, deployed.bytes())
}

fn differs(deployed: &Deployed, built: &[Reproduced], here: &Here) -> Failure {
    let view = |it: &Reproduced| json!({ "name": it.name, "code": it.code.to_string() });
    let views: Value = built.iter().map(view).collect();
    let message = "these sources do not build to the code that the contract runs";
    let claims = deployed.claims();
    let failure = Failure::new(Exit::Failed, "DIFFERS", message)
        .data("contract", &deployed.contract)
        .data("code", deployed.code.to_string())
        .data("built", views)
        .data("compiler", &here.compiler)
        .data("source", source::document(deployed.bytes()))
        .row("on the chain", deployed.code);
    let told = |failure: Failure, it: &Reproduced| failure.row(&it.name, it.code);
    let failure = built
        .iter()
        .fold(failure, told)
        .row("compiler", &here.compiler);
    let failure = match &claims {
        None => failure,
        Some(claims) => failure
            .row_if("built by", claims.toolchain.as_ref())
            .row_if("built from", claims.repository.as_ref())
            .row_if("at commit", source::commit_text(claims)),
    };
    failure.hint(hint(claims.as_ref(), here))
}

/// The first thing to try.
fn hint(claims: Option<&Source>, here: &Here) -> String {
    let usual = "sources, Cargo.lock, SDK and compiler must be those of whoever deployed it, with `argosy build --verifiable`";
    let Some(claims) = claims else {
        return usual.to_owned();
    };
    if !claims.is_verifiable {
        return format!(
            "its module says that it was not built so that others get the same; {usual}"
        );
    }
    let compiler = claims
        .toolchain
        .as_deref()
        .filter(|it| *it != here.compiler);
    let commit = claims
        .commit
        .as_ref()
        .filter(|it| Some(*it) != here.commit.as_ref());
    match (compiler, commit) {
        (Some(compiler), _) => {
            format!("its module names another compiler: build with \"{compiler}\"")
        }
        (None, Some(commit)) => format!("its module names another commit: git checkout {commit}"),
        (None, None) => usual.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    fn built(byte: u8) -> Reproduced {
        // Modules of one custom section, whose name is a letter.
        let module = [EMPTY, &[0, 2, 1, byte]].concat();
        Reproduced::new(format!("coin{byte}"), PathBuf::from("coin.wasm"), module)
    }

    fn here() -> Here {
        Here {
            compiler: "rustc 1.96.0".to_owned(),
            commit: None,
        }
    }

    /// Code that says of itself what `source` has; with other code in front for another byte.
    fn deployed(byte: u8, source: Option<&Source>) -> Deployed {
        let mut module = [EMPTY, &[0, 2, 1, byte]].concat();
        if let Some(source) = source {
            let section = source.to_section().unwrap();
            let name = argosy_vm_abi::SOURCE_SECTION;
            let length = |count: usize| u8::try_from(count).unwrap();
            assert!(1 + name.len() + section.len() < 128, "lengths of one byte");
            module.extend([
                0,
                length(1 + name.len() + section.len()),
                length(name.len()),
            ]);
            module.extend(name.as_bytes());
            module.extend(section);
        }
        Deployed {
            contract: "dargo1x".to_owned(),
            code: CodeHash::of(&module),
            module: Some(module),
        }
    }

    fn claims() -> Source {
        Source {
            toolchain: Some("rustc 1.96.0".to_owned()),
            is_verifiable: true,
            ..Source::default()
        }
    }

    #[test]
    fn what_is_the_same_is_told_with_its_compiler() {
        let deployed = deployed(b'a', None);
        assert!(built(b'a').is(deployed.code, None) && !built(b'b').is(deployed.code, None));
        let report = verified(&deployed, &built(b'a'), 1, &here());
        assert_eq!(report.json()["verified"], true);
        assert_eq!(report.json()["compiler"], "rustc 1.96.0");
        assert_eq!(report.json()["source"], Value::Null);
    }

    #[test]
    fn what_a_module_says_of_itself_is_shown_and_not_compared() {
        let deployed = deployed(b'a', Some(&claims()));
        let section = deployed.section();
        assert!(built(b'a').is(deployed.code, section.as_deref()));
        assert!(!built(b'b').is(deployed.code, section.as_deref()));
        // Nobody is believed about the section either: it must make the code that is on the chain.
        assert!(!built(b'a').is(deployed.code, None));
        assert!(!built(b'a').is(deployed.code, Some(b"other")));
        let report = verified(&deployed, &built(b'a'), 1, &here());
        assert_eq!(report.json()["source"]["toolchain"], "rustc 1.96.0");
        assert_eq!(report.json()["code"], deployed.code.to_string());
    }

    #[test]
    fn of_several_contracts_the_one_that_runs_is_named() {
        let deployed = deployed(b'a', None);
        let text = |built: &[Reproduced]| {
            let report = compared(&deployed, built, &here(), None).unwrap();
            report.text(crate::output::Paint::none())
        };
        let one = text(&[built(b'a')]);
        assert!(one.contains("what these sources build to"), "{one}");
        let two = text(&[built(b'b'), built(b'a')]);
        let expected = format!("runs what {} of these sources", built(b'a').name);
        assert!(
            two.contains(&expected) && two.contains("one of 2 contracts"),
            "{two}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_said_to_differ() {
        let unread = || Some(Failure::new(Exit::Network, "CODE_UNREAD", "nothing came"));
        let mut unseen = deployed(b'a', Some(&claims()));
        unseen.module = None;
        let failure = compared(&unseen, &[built(b'a')], &here(), unread()).unwrap_err();
        assert_eq!(failure.json()["error"]["kind"], "CODE_UNREAD");
        // Where the hash is that of the bare module nothing has to be read.
        let bare = deployed(b'a', None);
        assert!(compared(&bare, &[built(b'a')], &here(), unread()).is_ok());
        let failure = compared(&bare, &[built(b'b')], &here(), None).unwrap_err();
        assert_eq!(failure.json()["error"]["kind"], "DIFFERS");
    }

    #[test]
    fn what_differs_is_told_with_every_hash() {
        let deployed = deployed(b'z', None);
        let failure = differs(&deployed, &[built(b'a'), built(b'b')], &here());
        assert_eq!(failure.code(), 1);
        let json = failure.json().to_string();
        for hash in [deployed.code, built(b'a').code, built(b'b').code] {
            assert!(json.contains(&hash.to_string()), "{json}");
        }
    }

    #[test]
    fn the_hint_follows_what_the_module_names() {
        let check = |change: &dyn Fn(&mut Source), expected: &str| {
            let mut claims = claims();
            change(&mut claims);
            let failure = differs(&deployed(b'z', Some(&claims)), &[built(b'a')], &here());
            let hint = failure.json()["error"]["hint"].to_string();
            assert!(hint.contains(expected), "{hint}");
        };
        check(&|_| {}, "must be those of whoever deployed it");
        check(
            &|it| it.toolchain = Some("rustc 1.95.0".to_owned()),
            "build with \\\"rustc 1.95.0\\\"",
        );
        check(&|it| it.commit = Some("abc".to_owned()), "git checkout abc");
        check(
            &|it| it.is_verifiable = false,
            "not built so that others get the same",
        );
    }
}
