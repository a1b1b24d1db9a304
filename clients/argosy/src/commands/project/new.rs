//! `argosy new`: the folder of a contract, from a template.

use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::templates::{self, CARGO_CONFIG, MANIFEST, README};
use crate::args::{NewArgs, Template};
use crate::failure::Failure;
use crate::output::Report;

/// Longest name; cargo would take more, but it is also a file's name.
const NAME_BYTES_MAX: usize = 64;
/// A manifest of the SDK is shorter.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024;
/// Package of the SDK.
const SDK: &str = "argosy-contract";
/// Names that cargo or rustc refuse for a package, or that collide with what it uses.
const RESERVED: [&str; 58] = [
    "abstract",
    "alloc",
    "argosy-contract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proptest",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Makes it.
pub(super) fn run(args: &NewArgs) -> Result<Report, Failure> {
    let folder = &args.folder;
    let name = name_of(folder)?;
    let parent = parent_of(folder)?;
    let sdk = match &args.sdk {
        Some(named) => named_sdk(named)?,
        None => sdk_around(&parent)?,
    };
    let files = files(name, args.template, &sdk);
    // Whatever stands there, a link too, is left alone.
    std::fs::create_dir(folder).map_err(|error| not_made(folder, &error))?;
    fill(folder, &files)?;
    let shown = folder.display().to_string();
    let written: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    Ok(
        Report::new(json!({"name": name, "folder": shown, "files": written}))
            .row("contract", name)
            .row("folder", &shown)
            .row("files", written.join(" "))
            .line(format!("Next: argosy test {shown}; argosy build {shown}")),
    )
}

fn not_made(folder: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        let failure = Failure::usage(format!("{} is there already", folder.display()));
        return failure.hint("choose another name, or remove it first");
    }
    Failure::failed(format!("cannot make {}: {error}", folder.display()))
}

/// Writes all files into a new folder. If one fails the folder goes, so that the next try finds none.
fn fill(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    for (path, text) in files {
        let path = folder.join(path);
        if let Err(error) = write(&path, text) {
            drop(std::fs::remove_dir_all(folder));
            let message = format!("cannot write {}: {error}", path.display());
            return Err(Failure::failed(message));
        }
    }
    Ok(())
}

/// The last part of the path, if a package may be called so.
fn name_of(folder: &Path) -> Result<&str, Failure> {
    let name = folder.file_name().and_then(|it| it.to_str()).unwrap_or("");
    let begins_well = name.starts_with(|it: char| it.is_ascii_lowercase());
    let is_plain = name
        .bytes()
        .all(|it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !begins_well || !is_plain || name.len() > NAME_BYTES_MAX {
        let failure = Failure::usage(format!("{name:?} cannot be the name of a contract"));
        return Err(failure.hint(format!(
            "take a lower-case letter, then up to {} letters, digits, - and _, such as my-token",
            NAME_BYTES_MAX - 1
        )));
    }
    if RESERVED.contains(&name.replace('_', "-").as_str()) {
        let failure = Failure::usage(format!("a package cannot be called {name}"));
        return Err(failure.hint(format!("take another name, such as my-{name}")));
    }
    Ok(name)
}

/// The folder that the new one comes into.
fn parent_of(folder: &Path) -> Result<PathBuf, Failure> {
    let parent = match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("."),
    };
    parent.canonicalize().map_err(|error| {
        let failure = Failure::usage(format!("cannot make {}: {error}", folder.display()));
        failure.hint(format!("mkdir -p {}", parent.display()))
    })
}

/// What `--sdk` names, as a path that holds from anywhere.
fn named_sdk(named: &Path) -> Result<PathBuf, Failure> {
    if !is_sdk(named) {
        let failure = Failure::usage(format!(
            "{} is not the contract SDK: no package {SDK} is in it",
            named.display()
        ));
        return Err(failure.hint("name the folder contracts/sdk of a checkout of Argosy"));
    }
    let path = named.canonicalize();
    Ok(path.with_context(|| format!("cannot find {}", named.display()))?)
}

/// The SDK of the checkout that a new folder in `parent` would lie in, as seen from there.
fn sdk_around(parent: &Path) -> Result<PathBuf, Failure> {
    for (above, checkout) in parent.ancestors().enumerate() {
        let sdk = Path::new("contracts").join("sdk");
        if is_sdk(&checkout.join(&sdk)) {
            // One more: the new folder itself.
            let mut path: PathBuf = (0..=above).map(|_| Component::ParentDir).collect();
            path.push(sdk);
            return Ok(path);
        }
    }
    let failure =
        Failure::usage("the contract SDK is not found: no checkout of Argosy is around here");
    Err(failure.hint("name its folder contracts/sdk: argosy new NAME --sdk DIR, or set ARGOSY_SDK"))
}

fn is_sdk(folder: &Path) -> bool {
    let path = folder.join("Cargo.toml");
    let is_short = std::fs::metadata(&path).is_ok_and(|it| it.len() <= MANIFEST_BYTES_MAX);
    let text = is_short
        .then(|| std::fs::read_to_string(&path).ok())
        .flatten();
    let manifest = text.and_then(|it| it.parse::<toml::Table>().ok());
    let name = manifest
        .as_ref()
        .and_then(|it| it.get("package")?.get("name")?.as_str());
    name == Some(SDK)
}

fn files(name: &str, template: Template, sdk: &Path) -> Vec<(&'static str, String)> {
    // A string of TOML, with whatever must be escaped in it.
    let sdk = toml::Value::from(sdk.to_string_lossy().replace('\\', "/")).to_string();
    let module = format!(
        "target/wasm32-unknown-unknown/release/{}.wasm",
        name.replace('-', "_")
    );
    let readme = README
        .replace("{name}", name)
        .replace("{module}", &module)
        .replace("{message}", templates::first_message(template));
    let mut files = vec![
        (
            "Cargo.toml",
            MANIFEST.replace("{name}", name).replace("{sdk}", &sdk),
        ),
        (".cargo/config.toml", CARGO_CONFIG.to_owned()),
        (".gitignore", "/target\n".to_owned()),
        ("README.md", readme),
    ];
    let sources = templates::files(template).iter();
    files.extend(sources.map(|it| (it.path, it.text.to_owned())));
    files
}

/// Writes a file that is not there yet.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::create_new(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(path: &str, expected: Option<&str>) {
        assert_eq!(name_of(Path::new(path)).ok(), expected, "{path}");
    }

    #[test]
    fn a_name_is_one_that_cargo_takes() {
        check_name("my-token2", Some("my-token2"));
        check_name("some/where/a_b", Some("a_b"));
        let long = "a".repeat(NAME_BYTES_MAX);
        check_name(&long, Some(&long));
        check_name(&format!("{long}a"), None);
        for refused in [
            "",
            "..",
            "/",
            "Token",
            "2token",
            "-x",
            "a b",
            "a/ü",
            "fn",
            "core",
            "self",
            "yield",
            "proptest",
            "proc_macro",
        ] {
            check_name(refused, None);
        }
    }

    fn sdk_in(folder: &Path) {
        let sdk = folder.join("contracts/sdk");
        std::fs::create_dir_all(&sdk).unwrap();
        let manifest = "[package]\nname = \"argosy-contract\"\n";
        std::fs::write(sdk.join("Cargo.toml"), manifest).unwrap();
    }

    #[test]
    fn the_sdk_is_that_of_the_checkout_around() {
        let checkout = tempfile::tempdir().unwrap();
        let deep = checkout.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert!(sdk_around(&deep).is_err());
        sdk_in(checkout.path());
        assert_eq!(
            sdk_around(checkout.path()).unwrap(),
            Path::new("../contracts/sdk")
        );
        assert_eq!(
            sdk_around(&deep).unwrap(),
            Path::new("../../../contracts/sdk")
        );
        assert!(named_sdk(&deep).is_err());
        assert!(named_sdk(&checkout.path().join("contracts/sdk")).is_ok());
    }

    #[test]
    fn a_folder_is_made_once() {
        let checkout = tempfile::tempdir().unwrap();
        sdk_in(checkout.path());
        let args = NewArgs {
            folder: checkout.path().join("my-coin"),
            template: Template::Token,
            sdk: None,
        };
        let report = run(&args).unwrap();
        assert_eq!(report.json()["name"], "my-coin");
        for file in [
            "Cargo.toml",
            ".cargo/config.toml",
            ".gitignore",
            "README.md",
            "src/lib.rs",
            "src/tests.rs",
        ] {
            assert!(args.folder.join(file).is_file(), "{file}");
        }
        let text = std::fs::read_to_string(args.folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        assert_eq!(manifest["package"]["name"].as_str(), Some("my-coin"));
        let sdk = &manifest["dependencies"][SDK]["path"];
        assert_eq!(sdk.as_str(), Some("../contracts/sdk"));
        let again = run(&args).unwrap_err();
        assert!(again.message().contains("is there already"));
    }

    #[test]
    fn a_folder_that_cannot_be_filled_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("coin");
        std::fs::create_dir(&folder).unwrap();
        // The second has no place: the first is a file, not a folder.
        let files = [("src", "x".to_owned()), ("src/lib.rs", "y".to_owned())];
        let refused = fill(&folder, &files).unwrap_err();
        assert!(refused.message().contains("lib.rs"), "{refused:?}");
        assert!(!folder.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let checkout = tempfile::tempdir().unwrap();
        sdk_in(checkout.path());
        let (link, behind) = (checkout.path().join("coin"), checkout.path().join("behind"));
        std::os::unix::fs::symlink(&behind, &link).unwrap();
        let args = NewArgs {
            folder: link,
            template: Template::Counter,
            sdk: None,
        };
        let refused = run(&args).unwrap_err();
        assert!(
            refused.message().contains("is there already"),
            "{refused:?}"
        );
        assert!(!behind.exists());
    }

    #[test]
    fn a_path_with_quotes_stays_one_string() {
        let files = files("x", Template::Counter, Path::new("/a \"b\"/sdk"));
        let manifest: toml::Table = files[0].1.parse().unwrap();
        let path = &manifest["dependencies"][SDK]["path"];
        assert_eq!(path.as_str(), Some("/a \"b\"/sdk"));
    }
}
