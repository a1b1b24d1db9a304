//! The files that commands write: whole or not at all, and never over one that is there.
//!
//! Not here: key files (`argosy-signer`) and everything in a data directory (`argosy-store`).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Everybody.
    Public = 0o644,
    /// Its owner.
    Private = 0o600,
    /// Everybody, as a program.
    Program = 0o755,
}

/// Reads a text of at most `bytes_max` bytes.
pub(super) fn read(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(bytes_max + 1).read_to_string(&mut text))
        .map_err(|error| failed("read", path, &error))?;
    if text.len() as u64 > bytes_max {
        let message = format!("{} is larger than {bytes_max} bytes", path.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(text)
}

/// Writes a file that is not there yet; what cannot be finished is taken away again.
pub(super) fn create(path: &Path, text: &str, mode: Mode) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode as u32);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => taken(path),
        _ => failed("write", path, &error),
    })?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    written.map_err(|error| {
        let _ = fs::remove_file(path);
        failed("write", path, &error)
    })
}

/// Puts a new text in the place of a file's: readers see the old or the new one.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    // What a link names is replaced, not the link.
    let path = &fs::canonicalize(path).map_err(|error| failed("find", path, &error))?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let scratch = path.with_file_name(name);
    let written = File::create(&scratch).and_then(|mut file| {
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&scratch, path)?;
        File::open(path.parent().unwrap_or(path))?.sync_all()
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&scratch);
        failed("write", path, &error)
    })
}

/// Makes a folder and those above it; the new ones are their owner's only.
pub(super) fn make_private_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| failed("make the folder", path, &error))
}

/// A path of the command line.
pub(super) fn argument(matches: &clap::ArgMatches, name: &str) -> PathBuf {
    matches
        .get_one::<PathBuf>(name)
        .cloned()
        .unwrap_or_default()
}

/// The path names something that stays.
pub(super) fn taken(path: &Path) -> Failure {
    let message = format!("{} is there already; give another path", path.display());
    Failure::new(Exit::Usage, message)
}

/// The system refused.
pub(super) fn failed(action: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {action} {}: {error}", path.display());
    Failure::new(exit_of(error), message)
}

/// A path that is wrong is the caller's to mend, a disk is not.
pub(super) fn exit_of(error: &io::Error) -> Exit {
    match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded => Exit::Disk,
        io::ErrorKind::NotFound
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::InvalidData => Exit::Usage,
        _ => Exit::Other,
    }
}
