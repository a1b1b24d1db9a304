//! `argosyd support-bundle`: what somebody who is to help must know, in one text file, without what is
//! nobody's business.
//!
//! Always: key files and passphrases are not read for it; addresses and names of other nodes, and the home
//! folder's name, are replaced, each by the same word throughout; it changes nothing but its own file.

mod redact; // what is nobody's business

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::files::{Mode, argument, create, failed};
use super::{doctor, health, print};
use crate::config::Loaded;
use crate::failure::Failure;
use redact::Redaction;

/// Of a log, its end.
const LOG_BYTES_MAX: u64 = 1024 * 1024;
/// Files that are listed.
const FILES_MAX: usize = 1_000;
/// Folders in folders.
const DEPTH_MAX: usize = 3;

pub(super) fn run(loaded: &Loaded, matches: &ArgMatches) -> Result<(), Failure> {
    let out: PathBuf = argument(matches, "out");
    let mut text = format!(
        "# Argosy support bundle\n\nargosyd {}, {}\n",
        env!("CARGO_PKG_VERSION"),
        machine()
    );
    section(&mut text, "doctor", &doctor::look(loaded).to_string());
    section(&mut text, "configuration", &loaded.show(true));
    for (title, path) in [("ready", "/readyz?verbose"), ("metrics", "/metrics")] {
        let answer = match health::ask(loaded.config(), path) {
            Ok((status, body)) => format!("status {status}\n{body}"),
            Err(failure) => failure.message().to_owned(),
        };
        section(&mut text, title, &answer);
    }
    let mut files = Vec::new();
    list(&loaded.config().data_dir, &mut files, DEPTH_MAX);
    section(&mut text, "files", &files.join("\n"));
    for path in [
        "/proc/self/limits",
        "/proc/meminfo",
        "/sys/fs/cgroup/memory.max",
        "/proc/self/mountinfo",
    ] {
        // Not every system has them.
        if let Ok(found) = fs::read_to_string(path) {
            section(&mut text, path, &found);
        }
    }
    for path in matches.get_many::<PathBuf>("log").unwrap_or_default() {
        section(&mut text, &path.display().to_string(), &end_of(path)?);
    }
    let redacted = Redaction::of(loaded.config()).redact(&text);
    create(&out, &redacted, Mode::Private)?;
    print(&format!(
        "{}\nLook through it before you give it to anybody.\n",
        out.display()
    ));
    Ok(())
}

fn section(text: &mut String, title: &str, body: &str) {
    // A text takes whatever is written to it.
    let _ = write!(text, "\n## {title}\n\n{}\n", body.trim_end());
}

/// The system, its processors, the time.
fn machine() -> String {
    let system = rustix::system::uname();
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{} {} {}, {processors} processors, {} ms since 1970",
        system.sysname().to_string_lossy(),
        system.release().to_string_lossy(),
        system.machine().to_string_lossy(),
        doctor::now_ms()
    )
}

/// Sizes and names below a folder.
fn list(folder: &Path, files: &mut Vec<String>, depth: usize) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    entries.sort();
    for path in entries {
        if files.len() >= FILES_MAX {
            return;
        }
        let Ok(facts) = fs::symlink_metadata(&path) else {
            continue; // It went away meanwhile.
        };
        files.push(format!("{:>14}  {}", facts.len(), path.display()));
        if facts.is_dir() && depth > 1 {
            list(&path, files, depth - 1);
        }
    }
}

/// The last part of a log.
fn end_of(path: &Path) -> Result<String, Failure> {
    let read = || {
        let mut file = fs::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES_MAX)))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().map_err(|error: std::io::Error| failed("read", path, &error))
}
