//! `argosy build`: modules that the chain takes, how large they are, what is new about them.
//!
//! A module that the chain would refuse is built once more with the names of its functions and the lines of its
//! sources, so that the refusal can say what it is about.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use argosy_vm_engine::Section;
use serde_json::json;

use super::cargo::{self, Artifact, TARGET, Target, Workspace};
use super::change::Build;
use super::measured::Costs;
use super::module::{Checker, Module, Refused};
use super::told::{self, Told};
use super::update;
use super::watch::LockWatch;
use super::{source, tools};
use crate::args::BuildArgs;
use crate::failure::Failure;
use crate::output::{Output, Report};

/// What to do where a verifiable build fails.
const LOCKED_HINT: &str = "cargo says above what is wrong; if it is about Cargo.lock, whoever wrote these sources is to build \
    once without --verifiable, look at what changed in Cargo.lock, and keep it with them";
/// rustc with the ids of crates that do not depend on paths.
const STABLE_RUSTC: &str = include_str!("../../../../../contracts/stable-rustc.sh");

/// Builds, checks, tells.
pub(super) fn run(args: &BuildArgs, output: Output) -> Result<Report, Failure> {
    let workspace = Workspace::of(&args.folder)?;
    update::warn_of_other(&workspace, output);
    let lock = LockWatch::begin(&workspace.root);
    let built = artifacts(args, &workspace, None);
    // Also where the build fails then.
    lock.tell(output);
    let artifacts = built?;
    let checker = Checker::new();
    let measured = Costs::last(&workspace.target);
    let mut report = Report::default();
    let mut documents = Vec::new();
    for artifact in &artifacts {
        let code = marked(artifact, args, &workspace)?;
        let facts = match checker.facts(&code) {
            Ok(facts) => facts,
            Err(refused) => return Err(explain(artifact, *refused, args, &checker, output)),
        };
        let module = Module::new(artifact, &code, facts)?;
        for warning in &module.warnings {
            output.warning(format!("{}: {warning}", module.name));
        }
        let build = Build::of(&module);
        let last = build.replace_last(&workspace.target, &module.name);
        let change = last.as_ref().and_then(|last| build.since(last));
        let told = Told {
            module: &module,
            code: &code,
            was_built: last.is_some(),
            change: change.as_ref(),
            costs: &measured.of_contract(module.contract()),
        };
        documents.push(told.document());
        report = told.report(report);
    }
    let report = report
        .with_document(json!({ "modules": documents }))
        .list_of("modules");
    Ok(report.line(told::next(&artifacts)))
}

/// The module with the section that says where it comes from, which takes the place of cargo's file. Cargo keeps
/// another link to its own and puts it there again with the next build.
fn marked(
    artifact: &Artifact,
    args: &BuildArgs,
    workspace: &Workspace,
) -> Result<Vec<u8>, Failure> {
    let path = &artifact.path;
    let code = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let source = source::of_build(workspace, &artifact.name, &args.folder, args.verifiable);
    let code = source::with_source(&code, &source);
    let half = path.with_extension("wasm.half");
    std::fs::write(&half, &code)
        .and_then(|()| std::fs::rename(&half, path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(code)
}

/// What a verifiable build makes, as it is without the section that says where it comes from.
///
/// Always: it is built in a folder that nothing was in before. Sources may bring a folder `target` along, from
/// which cargo would take a module of anybody's as built already.
pub(super) fn verifiable(
    folder: &Path,
    package: Option<String>,
) -> Result<Vec<(Artifact, Vec<u8>)>, Failure> {
    let args = BuildArgs {
        folder: folder.to_owned(),
        package,
        verifiable: true,
    };
    // Already cargo's questions call the compiler.
    tools::check(folder, tools::cargo_home().as_deref())?;
    let workspace = Workspace::of(&args.folder)?;
    let fresh = fresh_folder(&workspace.target)
        .with_context(|| format!("cannot make a folder in {}", workspace.target.display()))?;
    let built = artifacts(&args, &workspace, Some(fresh.path()))?;
    check_places(&built, fresh.path())?;
    let built = built.into_iter();
    built.map(|it| kept(it, &workspace.target)).collect()
}

/// Every module lies where a build in that folder puts it. A macro that prints can tell, in cargo's words, of
/// modules that nobody built.
fn check_places(built: &[Artifact], fresh: &Path) -> Result<(), Failure> {
    let place = fresh.join(TARGET).join("release");
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-');
    let is_built = |it: &&Artifact| {
        it.path.parent() == Some(place.as_path())
            && it.path.file_name().is_some()
            && it.name.chars().all(is_plain)
    };
    let Some(foreign) = built.iter().find(|it| !is_built(it)) else {
        return Ok(());
    };
    let message = format!(
        "this build made no module {}, though it is told",
        foreign.name
    );
    let failure = Failure::failed(message).row("file", foreign.path.display());
    Err(failure
        .hint("a build script or macro of the sources speaks in cargo's name: do not trust them"))
}

/// A folder for one build, which goes with it.
fn fresh_folder(target: &Path) -> std::io::Result<tempfile::TempDir> {
    std::fs::create_dir_all(target)?;
    tempfile::Builder::new()
        .prefix("verify-")
        .tempdir_in(target)
}

/// A module with its bytes, put where it outlives the folder that it was built in.
fn kept(artifact: Artifact, target: &Path) -> Result<(Artifact, Vec<u8>), Failure> {
    let code = std::fs::read(&artifact.path)
        .with_context(|| format!("cannot read {}", artifact.path.display()))?;
    let code = source::bare(&code);
    let path = keep(&code, target, &artifact.name)
        .with_context(|| format!("cannot keep {} in {}", artifact.name, target.display()))?;
    let name = artifact.name;
    Ok((Artifact { name, path }, code))
}

fn keep(code: &[u8], target: &Path, name: &str) -> std::io::Result<PathBuf> {
    let folder = target.join("argosy").join("verified");
    std::fs::create_dir_all(&folder)?;
    let mut file = tempfile::NamedTempFile::new_in(&folder)?;
    file.write_all(code)?;
    let path = folder.join(format!("{name}.wasm"));
    file.persist(&path)?;
    Ok(path)
}

/// Calls cargo, once it is known that it can build this; in `fresh` instead of its usual folder.
fn artifacts(
    args: &BuildArgs,
    workspace: &Workspace,
    fresh: Option<&Path>,
) -> Result<Vec<Artifact>, Failure> {
    let package = args.package.as_deref();
    check_package(workspace, package)?;
    workspace.check_sdk()?;
    let target = cargo::target(&args.folder);
    if let Some(hint) = target.hint() {
        return Err(Failure::failed(what_is_missing(target)).hint(hint));
    }
    let wrapper = args.verifiable.then(StableRustc::new).transpose()?;
    let mut command = command(args, workspace, wrapper.as_ref())?;
    if let Some(fresh) = fresh {
        // A configuration that comes with the sources may name either.
        command
            .env("CARGO_TARGET_DIR", fresh)
            .env("CARGO_BUILD_BUILD_DIR", fresh);
    }
    let built = cargo::build(command, package);
    let artifacts = match args.verifiable {
        true => built.map_err(|failure| failure.hint(LOCKED_HINT))?,
        false => built?,
    };
    if artifacts.is_empty() {
        let failure = Failure::failed("cargo built no module");
        return Err(failure.hint("a contract's Cargo.toml says: [lib] crate-type = [\"cdylib\"]"));
    }
    Ok(artifacts)
}

fn check_package(workspace: &Workspace, package: Option<&str>) -> Result<(), Failure> {
    let contracts = workspace.contracts();
    if contracts.is_empty() {
        let root = workspace.root.display();
        let failure = Failure::failed(format!("no package of {root} is a contract"));
        return Err(failure.hint("a contract's Cargo.toml says: [lib] crate-type = [\"cdylib\"]"));
    }
    if let Some(package) = package
        && !contracts.contains(&package)
    {
        let failure = Failure::usage(format!("there is no contract {package} here"));
        return Err(failure.hint(format!("there is: {}", contracts.join(" "))));
    }
    Ok(())
}

fn what_is_missing(target: Target) -> String {
    match target {
        Target::NoRustc => "there is no rustc to build contracts".to_owned(),
        Target::Missing | Target::There => format!("rustc does not build for {TARGET}"),
    }
}

/// cargo, as it is called for these options.
fn command(
    args: &BuildArgs,
    workspace: &Workspace,
    stable: Option<&StableRustc>,
) -> Result<Command, Failure> {
    let mut command = cargo::cargo(&args.folder);
    if let Some(stable) = stable {
        if !workspace.root.join("Cargo.lock").is_file() {
            let failure =
                Failure::failed("a verifiable build needs a Cargo.lock, which says what is built");
            return Err(failure.hint(
                "whoever wrote these sources is to build once without --verifiable, and keep Cargo.lock with them",
            ));
        }
        let home = tools::cargo_home();
        tools::check(&args.folder, home.as_deref())?;
        tools::without_environment(&mut command);
        let key = format!("target.{TARGET}.rustflags");
        let flags = toml::Value::from(stable_flags(workspace, home.as_deref()));
        command
            .env("RUSTC_WRAPPER", stable.path())
            .arg("--locked")
            .arg("--config")
            .arg(format!("{key}={flags}"));
    }
    Ok(command)
}

/// Flags after which the bytes do not tell where anything lies. Of two places that match, the last counts.
fn stable_flags(workspace: &Workspace, cargo_home: Option<&Path>) -> Vec<String> {
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut flags = vec!["-Cmetadata=stable".to_owned()];
    flags.extend(cargo_home.map(|it| remap(it, "cargo")));
    let checkout = workspace.sdk_checkout();
    let mut places: Vec<(&Path, &str)> = Vec::new();
    // The samples are the checkout's own: their bytes are those of contracts/build.sh.
    if checkout.is_none_or(|it| workspace.root != it.join("contracts")) {
        places.push((workspace.root.as_path(), "contract"));
    }
    places.extend(checkout.map(|it| (it, "argosy")));
    // A copy of the SDK in the contract's folder: cargo names what lies below the root as seen from there.
    let below = checkout.and_then(|it| it.strip_prefix(&workspace.root).ok());
    let below = below.filter(|it| !it.as_os_str().is_empty());
    places.extend(below.map(|it| (it, "argosy")));
    // The inner one of two that lie in each other: a contract is called alike in a checkout and elsewhere.
    places.sort_by_key(|(from, _)| from.components().count());
    flags.extend(places.into_iter().map(|(from, to)| remap(from, to)));
    flags
}

/// The wrapper as a file, as long as this lives.
struct StableRustc {
    folder: tempfile::TempDir,
}

impl StableRustc {
    fn new() -> Result<StableRustc, Failure> {
        let folder = tempfile::tempdir().context("cannot make a folder for a while")?;
        let wrapper = StableRustc { folder };
        let path = wrapper.path();
        std::fs::write(&path, STABLE_RUSTC)
            .and_then(|()| make_executable(&path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(wrapper)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("stable-rustc.sh")
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other(
        "a verifiable build needs bash and a Unix system",
    ))
}

/// The refusal as a failure; one that is about code with the function and the line, if a build with names and
/// lines tells them.
fn explain(
    artifact: &Artifact,
    mut refused: Refused,
    args: &BuildArgs,
    checker: &Checker,
    output: Output,
) -> Failure {
    if refused.refusal.section == Section::Code
        && let Some(located) = located(artifact, args, checker, output)
    {
        refused = *located;
    }
    refusal(artifact, refused)
}

fn refusal(artifact: &Artifact, refused: Refused) -> Failure {
    let Refused {
        refusal,
        function,
        line,
    } = refused;
    let function = function.map(|(index, name)| match name {
        Some(name) => name,
        None => format!("function {index}"),
    });
    Failure::failed(format!(
        "the chain would refuse {}: {}",
        artifact.name, refusal.reason
    ))
    .data("reason", refusal.code())
    .data("section", refusal.section.as_str())
    .data("offset", refusal.offset)
    .data("function", &function)
    .data("source", &line)
    .row_if("source", line)
    .row_if("function", function)
    .row(
        "place",
        format!(
            "{} section, byte {}",
            refusal.section.as_str(),
            refusal.offset
        ),
    )
    .row("file", artifact.path.display())
    .hint(refusal.hint())
}

/// The same refusal of a build that keeps the names of functions and the lines of the sources.
fn located(
    artifact: &Artifact,
    args: &BuildArgs,
    checker: &Checker,
    output: Output,
) -> Option<Box<Refused>> {
    output.progress(format!(
        "the chain would refuse {}; looking for the line",
        artifact.name
    ));
    let workspace = Workspace::of(&args.folder).ok()?;
    let twin = twin(artifact, &args.folder, args.package.as_deref(), &workspace)?;
    checker.located(&twin, &workspace.root)
}

/// What a build for people keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Names of functions.
    Names,
    /// Names, and the lines of the sources.
    Lines,
}

/// The modules of a build that keeps what modules are stripped of otherwise; none where nothing is built.
pub(super) fn twins(
    folder: &Path,
    package: Option<&str>,
    workspace: &Workspace,
    keep: Keep,
) -> Vec<Artifact> {
    let mut command = cargo::cargo(folder);
    command
        .env(
            "CARGO_TARGET_DIR",
            workspace.target.join("argosy").join("named"),
        )
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .arg("--quiet");
    if keep == Keep::Lines {
        command.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    }
    cargo::build(command, package).unwrap_or_default()
}

/// The module of a build that keeps names and lines.
fn twin(
    artifact: &Artifact,
    folder: &Path,
    package: Option<&str>,
    workspace: &Workspace,
) -> Option<Vec<u8>> {
    let artifacts = twins(folder, package, workspace, Keep::Lines);
    let twin = artifacts.iter().find(|it| it.name == artifact.name)?;
    std::fs::read(&twin.path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(root: &str, sdk: &str) -> Workspace {
        let metadata = json!({
            "workspace_root": root,
            "target_directory": "/t",
            "packages": [{"name": "token", "targets": [{"crate_types": ["cdylib"]}],
                "dependencies": [{"name": "argosy-contract", "path": sdk}]}],
        });
        serde_json::from_value(metadata).unwrap()
    }

    fn flags_of(root: &str, sdk: &str) -> Vec<String> {
        stable_flags(&workspace(root, sdk), Some(Path::new("/cargo")))
    }

    #[test]
    fn a_verifiable_build_hides_every_place() {
        let flags = flags_of("/mine/token", "/src/argosy/contracts/sdk");
        assert_eq!(flags[0], "-Cmetadata=stable");
        assert!(
            flags.contains(&"--remap-path-prefix=/mine/token=contract".to_owned()),
            "{flags:?}"
        );
        assert_eq!(
            flags.last().unwrap(),
            "--remap-path-prefix=/src/argosy=argosy"
        );
        // In a checkout it is called as elsewhere: the last one counts.
        let inside = flags_of("/src/argosy/token", "/src/argosy/contracts/sdk");
        assert_eq!(
            inside.last().unwrap(),
            "--remap-path-prefix=/src/argosy/token=contract"
        );
        // A copy of the SDK is called as that of a checkout, by either of its names.
        let flags = flags_of("/mine/token", "/mine/token/vendor/argosy/contracts/sdk");
        for from in ["vendor/argosy", "/mine/token/vendor/argosy"] {
            let flag = format!("--remap-path-prefix={from}=argosy");
            assert!(flags.contains(&flag), "{flags:?}");
        }
        // A sample is what contracts/build.sh builds.
        let flags = flags_of("/src/argosy/contracts", "/src/argosy/contracts/sdk");
        assert!(
            !flags.iter().any(|it| it.ends_with("=contract")),
            "{flags:?}"
        );
    }

    #[test]
    fn a_refusal_is_told_with_its_line() {
        const FLOATS: &[u8] = include_bytes!("../../../tests/fixtures/floats/floats.wasm");
        let artifact = Artifact {
            name: "floats".to_owned(),
            path: PathBuf::from("target/floats.wasm"),
        };
        let refused = Checker::new().located(FLOATS, Path::new("/floats"));
        let failure = refusal(&artifact, *refused.unwrap());
        let text = failure.text(crate::output::Paint::none());
        assert!(
            text.contains("source") && text.contains("src/lib.rs:17"),
            "{text}"
        );
        let json = failure.json();
        assert_eq!(
            json["error"]["source"],
            json!({"file": "src/lib.rs", "line": 17})
        );
        // Without lines there is the function, and nothing instead of the line.
        let bare = super::super::parts::without(FLOATS, |it| it.is_debug());
        let failure = refusal(&artifact, *Checker::new().facts(&bare).unwrap_err());
        assert!(failure.json()["error"]["source"].is_null());
        assert!(
            !failure
                .text(crate::output::Paint::none())
                .contains("source")
        );
    }

    #[test]
    fn what_was_built_for_once_is_kept_and_the_rest_goes() {
        let target = tempfile::tempdir().unwrap();
        let fresh = fresh_folder(&target.path().join("new")).unwrap();
        let folder = fresh.path().to_owned();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let path = folder.join("coin.wasm");
        std::fs::write(&path, b"\0asm\x01\0\0\0").unwrap();
        let name = "coin".to_owned();
        let (first, code) = kept(Artifact { name, path }, target.path()).unwrap();
        drop(fresh);
        assert!(!folder.exists());
        assert_eq!(code, std::fs::read(&first.path).unwrap());
        // What stood there by that name, such as a link, is replaced and not written through.
        let path = target.path().join("other.wasm");
        std::fs::write(&path, b"\0asm\x01\0\0\0\x00").unwrap();
        let name = "coin".to_owned();
        let (again, _) = kept(Artifact { name, path }, target.path()).unwrap();
        assert_eq!(again.path, first.path);
        assert_eq!(std::fs::read(&first.path).unwrap(), b"\0asm\x01\0\0\0\x00");
    }

    #[test]
    fn a_module_that_was_not_built_here_is_not_taken() {
        let fresh = Path::new("/t/verify-1");
        let check = |name: &str, path: &str| {
            let (name, path) = (name.to_owned(), PathBuf::from(path));
            check_places(&[Artifact { name, path }], fresh)
        };
        let place = "/t/verify-1/wasm32-unknown-unknown/release";
        assert!(check("my_coin", &format!("{place}/my_coin.wasm")).is_ok());
        // What a macro prints is taken for what cargo says.
        for path in [
            "/w/vendor/shipped.wasm".to_owned(),
            format!("{place}/../../../shipped.wasm"),
            format!("{place}/deps/coin.wasm"),
            format!("{place}/.."),
        ] {
            let refused = check("coin", &path).unwrap_err();
            assert!(refused.message().contains("made no module coin"), "{path}");
        }
        let inside = format!("{place}/coin.wasm");
        for name in ["../../coin", "a/b", "a\u{1b}[2J"] {
            assert!(check(name, &inside).is_err(), "{name}");
        }
    }

    #[test]
    fn a_package_must_be_there() {
        let workspace = workspace("/w", "/a/contracts/sdk");
        assert!(check_package(&workspace, None).is_ok());
        assert!(check_package(&workspace, Some("token")).is_ok());
        let refused = check_package(&workspace, Some("tokne")).unwrap_err();
        assert!(refused.message().contains("no contract tokne"));
        let tools = json!({"workspace_root": "/w", "target_directory": "/t", "packages": []});
        let tools: Workspace = serde_json::from_value(tools).unwrap();
        let refused = check_package(&tools, None).unwrap_err();
        assert!(refused.message().contains("no package of /w is a contract"));
    }

    #[cfg(unix)]
    #[test]
    fn the_wrapper_can_be_run_and_goes_away() {
        let wrapper = StableRustc::new().unwrap();
        let path = wrapper.path();
        let ran = Command::new("bash")
            .arg(&path)
            .args(["echo", "-C", "metadata=0123"])
            .env("CARGO_PKG_NAME", "n")
            .env("CARGO_PKG_VERSION", "1")
            .output();
        assert_eq!(
            String::from_utf8_lossy(&ran.unwrap().stdout),
            "-C metadata=n-1\n"
        );
        drop(wrapper);
        assert!(!path.exists());
    }
}
