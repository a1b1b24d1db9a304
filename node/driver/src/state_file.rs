//! A development chain's state in one file.
//!
//! ```text
//! view ─► FILE.part ─ synced ─ renamed ─► FILE
//! ```
//!
//! Always: FILE is whole: what it held before, or all of what is written now, also if the process is
//! killed or the disk is full in between; blocks are made while it is written.
//! Not here: the bytes (`argosy_chain::dump`).

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use argosy_chain::{ChainView, DumpError, DumpReport, Loaded};
use argosy_spec::ChainSpec;

const BUFFER_BYTES: usize = 256 << 10;

/// A file for the state of one chain.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    notes: String,
    /// Held by who writes: two at once would write into one.
    turn: Mutex<()>,
}

/// Why a state was not written or read. What the file held, it holds.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct StateFileError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong.
    pub source: DumpError,
}

impl StateFile {
    /// The file at `path`, which need not be there yet; `notes` are written into it.
    pub fn new(path: PathBuf, notes: String) -> StateFile {
        StateFile {
            path,
            notes,
            turn: Mutex::new(()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file by what `view` shows.
    pub fn write(&self, view: &ChainView) -> Result<DumpReport, StateFileError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.replace(view).map_err(|source| self.failed(source))
    }

    /// Reads the chain in the file; `None`: there is no file.
    pub fn read(&self, spec: &Arc<ChainSpec>) -> Result<Option<Loaded>, StateFileError> {
        let read = match open(&self.path) {
            Ok(Some(mut file)) => argosy_chain::load(spec, &mut file).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error.into()),
        };
        read.map_err(|source| self.failed(source))
    }

    /// What the writer of the file at `path` noted in it; `None`: there is no file.
    pub fn notes(path: &Path) -> Result<Option<String>, StateFileError> {
        let read = match open(path) {
            Ok(Some(mut file)) => argosy_chain::load_notes(&mut file).map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error.into()),
        };
        let path = path.to_path_buf();
        read.map_err(|source| StateFileError { path, source })
    }

    fn replace(&self, view: &ChainView) -> Result<DumpReport, DumpError> {
        let mut part = self.path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&part)?);
        let report = argosy_chain::dump(view, &self.notes, &mut file)?;
        file.get_ref().sync_all()?;
        drop(file);
        std::fs::rename(&part, &self.path)?;
        // The name, too, is to survive.
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        Ok(report)
    }

    fn failed(&self, source: DumpError) -> StateFileError {
        StateFileError {
            path: self.path.clone(),
            source,
        }
    }
}

fn open(path: &Path) -> std::io::Result<Option<BufReader<File>>> {
    match File::open(path) {
        Ok(file) => Ok(Some(BufReader::with_capacity(BUFFER_BYTES, file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
