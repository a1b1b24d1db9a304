//! `argosy new`: the folder of a contract, from a template.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::lock::FILE as LOCK_FILE;
use super::pins;
use super::sdk::{Sdk, VENDOR};
use super::templates::{self, CARGO_CONFIG, MANIFEST, README, RUST};
use crate::args::{NewArgs, Template};
use crate::failure::Failure;
use crate::output::Report;

/// Longest name; cargo would take more, but it is also a file's name.
const NAME_BYTES_MAX: usize = 64;
/// A file to write: its path in the new folder, and its text.
type NewFile = (Cow<'static, str>, Cow<'static, str>);
/// Names that cargo or rustc refuse for a package, or that collide with what it uses.
const RESERVED: [&str; 62] = [
    "abstract",
    "alloc",
    "argosy-contract",
    "argosy-contract-macros",
    "argosy-primitives",
    "argosy-vm-abi",
    "argosy-vm-crypto",
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
    let sdk = Sdk::find(args.sdk.as_deref(), &parent)?;
    let mut files = files(name, args.template, &sdk);
    let lock = pins::of_new(name, &sdk.sources(&parent));
    files.extend(lock.map(|it| (LOCK_FILE.into(), it.text().into())));
    // Whatever stands there, a link too, is left alone.
    std::fs::create_dir(folder).map_err(|error| not_made(folder, &error))?;
    fill(folder, &files)?;
    let copied = sdk.files();
    fill(folder, &copied)?;
    let shown = folder.display().to_string();
    let written: Vec<&str> = files.iter().map(|(path, _)| &**path).collect();
    let (sdk_path, origin) = match &sdk {
        Sdk::At(path) => (path.display().to_string(), String::new()),
        Sdk::Vendored => (
            VENDOR.to_owned(),
            format!(", a copy of {} files", copied.len()),
        ),
    };
    let is_pinned = written.contains(&LOCK_FILE);
    let versions = match is_pinned {
        true => "those that the SDK is tested with, in Cargo.lock",
        false => {
            "not pinned: the SDK's checkout has no contracts/Cargo.lock; cargo takes the newest"
        }
    };
    let document = json!({
        "name": name,
        "folder": shown,
        "files": written,
        "sdk": sdk_path,
        "pinned": is_pinned,
    });
    Ok(Report::new(document)
        .row("contract", name)
        .row("folder", &shown)
        .row("files", written.join(" "))
        .row("sdk", format!("{sdk_path}{origin}"))
        .row("versions", versions)
        .line(format!("Next: argosy test {shown}; argosy build {shown}")))
}

fn not_made(folder: &Path, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        let failure = Failure::usage(format!("{} is there already", folder.display()));
        return failure.hint("choose another name, or remove it first");
    }
    let failure = Failure::failed(format!("cannot make {}: {error}", folder.display()));
    failure.hint("choose a folder that you may write into")
}

/// Writes all files into a new folder. If one fails the folder goes, so that the next try finds none.
fn fill<P: AsRef<str>, T: AsRef<str>>(folder: &Path, files: &[(P, T)]) -> Result<(), Failure> {
    for (path, text) in files {
        let path = folder.join(path.as_ref());
        if let Err(error) = write(&path, text.as_ref()) {
            drop(std::fs::remove_dir_all(folder));
            let message = format!("cannot write {}: {error}", path.display());
            let failure = Failure::failed(message);
            return Err(failure.hint("nothing is left of it; make room, or choose another place"));
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
    if RESERVED.contains(&name.replace('_', "-").as_str()) || is_device(name) {
        let failure = Failure::usage(format!("a package cannot be called {name}"));
        return Err(failure.hint(format!("take another name, such as my-{name}")));
    }
    Ok(name)
}

/// Whether Windows takes the name for a device's, so that nobody there can have such a folder.
fn is_device(name: &str) -> bool {
    let is_numbered = |begin: &str| {
        let number = name.strip_prefix(begin).map(str::as_bytes);
        matches!(number, Some([b'1'..=b'9']))
    };
    matches!(name, "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt")
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

fn files(name: &str, template: Template, sdk: &Sdk) -> Vec<NewFile> {
    // A string of TOML, with whatever must be escaped in it. Elsewhere than on Windows `\` is a letter like others.
    let sdk = sdk.path().to_string_lossy().into_owned();
    let sdk = if cfg!(windows) {
        sdk.replace('\\', "/")
    } else {
        sdk
    };
    let sdk = toml::Value::from(sdk).to_string();
    let module = format!(
        "target/wasm32-unknown-unknown/release/{}.wasm",
        name.replace('-', "_")
    );
    let readme = README
        .replace("{name}", name)
        .replace("{module}", &module)
        .replace("{message}", templates::first_message(template))
        .replace("{rust}", RUST)
        .replace("{tested}", &templates::tested_compiler());
    let manifest = MANIFEST
        .replace("{name}", name)
        .replace("{rust}", RUST)
        .replace("{sdk}", &sdk);
    let mut files: Vec<NewFile> = vec![
        ("Cargo.toml".into(), manifest.into()),
        (".cargo/config.toml".into(), CARGO_CONFIG.into()),
        (".gitignore".into(), "/target\n".into()),
        ("README.md".into(), readme.into()),
    ];
    let sources = templates::files(template).iter();
    files.extend(sources.map(|it| (it.path.into(), it.text.into())));
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
    use super::super::record::Record;
    use super::super::sdk::tests::sdk_in;
    use super::super::sdk::{SDK, Sources};
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
            "con",
            "com9",
            "argosy_primitives",
            "a\"\nb",
            "a\\b",
        ] {
            check_name(refused, None);
        }
        for taken in ["console", "com0", "com10", "com"] {
            check_name(taken, Some(taken));
        }
    }

    #[test]
    fn no_contract_is_called_like_a_crate_that_comes_along() {
        for (path, text) in Sdk::Vendored.files() {
            if !path.ends_with("Cargo.toml") {
                continue;
            }
            let manifest: toml::Table = text.parse().unwrap();
            let name = manifest.get("package").map(|it| it["name"].as_str());
            if let Some(name) = name.flatten() {
                check_name(name, None);
            }
        }
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
        // What passes for a checkout here tells no versions.
        assert_eq!(report.json()["pinned"], false);
        assert!(!args.folder.join("Cargo.lock").exists());
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
        assert!(!args.folder.join("vendor").exists());
        let again = run(&args).unwrap_err();
        assert!(again.message().contains("is there already"));
    }

    #[test]
    fn where_no_checkout_is_around_the_sdk_comes_along() {
        let place = tempfile::tempdir().unwrap();
        let args = NewArgs {
            folder: place.path().join("coin"),
            template: Template::Counter,
            sdk: None,
        };
        let report = run(&args).unwrap();
        assert_eq!(report.json()["sdk"], VENDOR);
        let text = std::fs::read_to_string(args.folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let sdk = manifest["dependencies"][SDK]["path"].as_str().unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/sdk");
        for file in ["Cargo.toml", "src/lib.rs", "src/testing/mod.rs"] {
            let [copy, source] = [args.folder.join(sdk), ours.clone()]
                .map(|it| std::fs::read(it.join(file)).unwrap());
            assert_eq!(copy, source, "{file}");
        }
        let lock = std::fs::read_to_string(args.folder.join("Cargo.lock")).unwrap();
        let pinned = pins::of_new("coin", &Sources::Ours).unwrap();
        assert_eq!(lock, pinned.text());
        assert_eq!(report.json()["pinned"], true);
        let copy = args.folder.join(VENDOR);
        let record = Record::of_copy(&copy).unwrap();
        assert!(record.edits(&copy).unwrap().is_empty());
        // What lies there is no part of the contract's workspace.
        let exclude = &manifest["workspace"]["exclude"];
        assert_eq!(exclude[0].as_str(), Some("vendor"));
        assert!(VENDOR.starts_with("vendor/"));
    }

    #[test]
    fn a_folder_that_cannot_be_filled_goes() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("coin");
        std::fs::create_dir(&folder).unwrap();
        // The second has no place: the first is a file, not a folder.
        let files = [("src", "x"), ("src/lib.rs", "y")];
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
        let path_of = |sdk: &str| {
            let sdk = Sdk::At(PathBuf::from(sdk));
            let files = files("x", Template::Counter, &sdk);
            let manifest: toml::Table = files[0].1.parse().unwrap();
            manifest["dependencies"][SDK]["path"].clone()
        };
        for path in ["/a \"b\"/sdk", "/a\" }\n[lib]\n/sdk", "/{name}/'''/sdk"] {
            assert_eq!(path_of(path).as_str(), Some(path));
        }
        if cfg!(unix) {
            assert_eq!(path_of("/a\\b/sdk").as_str(), Some("/a\\b/sdk"));
        }
    }
}
