//! The engine's log, from outside: which height it is of.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use argosy_primitives::Height;

/// How its first form begins.
const VERSION: [u8; 4] = 1_u32.to_be_bytes();

/// The height whose votes are in the engine's log; `None`: there is no log, or it is empty.
///
/// An error of kind [`ErrorKind::InvalidData`]: that is no log. (Format: `arc-malachitebft-wal` 0.8.2,
/// version and sequence, big endian.)
pub fn log_height(path: &Path) -> io::Result<Option<Height>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    let (mut version, mut height) = ([0; 4], [0; 8]);
    let read = file.read_exact(&mut version);
    match read.and_then(|()| file.read_exact(&mut height)) {
        Ok(()) if version == VERSION => Ok(Some(Height::from_be_bytes(height))),
        Ok(()) | Err(_) => Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("{} is no log of the consensus engine", path.display()),
        )),
    }
}
