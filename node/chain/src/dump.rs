//! A whole store as one file, written and read record by record.
//!
//! ```text
//! "argosy state 1\n" ‖ genesis hash 32 ‖ height u64 LE ‖ length of notes u32 LE ‖ notes (UTF-8)
//! each record   1 + column u8 ‖ key length u32 LE ‖ value length u32 LE ‖ key ‖ value
//! the end       0 u8 ‖ number of records u64 LE ‖ check 32
//! ```
//!
//! The check is a chain of hashes over all that comes before: `check = keyed(check, record)`.
//!
//! Always: memory holds one batch, however large the state; a file that is cut off or changed
//! anywhere is refused as a whole; columns stand in their order, keys rise.
//! Not here: which file, and that it is replaced at once (`driver`); blocks to be verified by strangers
//! (`export`), which this is not: whoever wrote the file is believed.

use std::io::{self, Read, Write};
use std::sync::Arc;

use argosy_kv::{Batch, Column, Direction, Durability, KeyRange, KvError, MemoryStore, Store};
use argosy_primitives::{BlockHash, GenesisHash, Height, blake3_keyed};
use argosy_spec::ChainSpec;

use crate::chain::Chain;
use crate::dev::Moment;
use crate::error::ChainError;
use crate::view::ChainView;

const MAGIC: &[u8; 15] = b"argosy state 1\n";
const NOTES_BYTES_MAX: u32 = 4_096;
/// Longer than any key.
const KEY_BYTES_MAX: u32 = 4_096;
/// A block of the largest limits that a spec may have is smaller.
const VALUE_BYTES_MAX: u32 = 64 << 20;
/// Read before it is put into the store.
const BATCH_BYTES: usize = 1 << 20;

/// Why a state cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The system does not let us.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is no file of a development chain's state")]
    Foreign,
    /// It comes from a chain with another spec.
    #[error("the state is of chain {found}, not of {expected}: it was made with other options")]
    OtherChain {
        /// This chain.
        expected: GenesisHash,
        /// The file's.
        found: GenesisHash,
    },
    /// It was cut off.
    #[error("the file ends too early; nothing of it is used")]
    Torn,
    /// It is not what was written.
    #[error("the file is damaged: {what}; nothing of it is used")]
    Damaged {
        /// What is wrong.
        what: &'static str,
    },
    /// What it holds is no chain, or the view cannot be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl From<KvError> for DumpError {
    fn from(error: KvError) -> DumpError {
        DumpError::Chain(error.into())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DumpReport {
    /// The head then.
    pub height: Height,
    /// Its hash.
    pub hash: BlockHash,
    /// Keys with their values.
    pub records: u64,
    /// Size of the file.
    pub size_bytes: u64,
}

/// What was read.
pub struct Loaded {
    /// To go to, by [`Chain::restore`].
    pub moment: Moment,
    /// Records in the file.
    pub records: u64,
}

/// Writes everything that `view` shows; `notes` are the writer's own, at most 4 KiB.
pub fn dump(view: &ChainView, notes: &str, file: &mut impl Write) -> Result<DumpReport, DumpError> {
    let notes_size = u32::try_from(notes.len()).unwrap_or(u32::MAX);
    if notes_size > NOTES_BYTES_MAX {
        return Err(DumpError::Damaged {
            what: "the notes are too long",
        });
    }
    let height = view.head.header.height;
    let mut out = Checked::new(file);
    out.write(&[
        MAGIC,
        view.genesis.as_bytes(),
        &height.to_le_bytes(),
        &notes_size.to_le_bytes(),
        notes.as_bytes(),
    ])?;
    let mut records = 0_u64;
    for column in Column::ALL {
        for entry in view
            .view
            .range(column, KeyRange::all(), Direction::Ascending)
        {
            let (key, value) = entry?;
            out.write(&[
                &[mark_of(column)],
                &length(&key)?,
                &length(&value)?,
                &key,
                &value,
            ])?;
            records += 1;
        }
    }
    out.write(&[&[0], &records.to_le_bytes()])?;
    let check = out.check;
    out.write(&[&check])?;
    out.file.flush()?;
    Ok(DumpReport {
        height,
        hash: view.head.hash,
        records,
        size_bytes: out.size_bytes,
    })
}

/// The notes of a file, before anything else of it is read.
pub fn load_notes(file: &mut impl Read) -> Result<String, DumpError> {
    Ok(Head::read(&mut Checked::new(file))?.notes)
}

/// Reads a file into a store of its own, which must be a whole chain of this spec.
pub fn load(spec: &Arc<ChainSpec>, file: &mut impl Read) -> Result<Loaded, DumpError> {
    let mut input = Checked::new(file);
    let head = Head::read(&mut input)?;
    let expected = spec.genesis_hash();
    if head.genesis != expected {
        let found = head.genesis;
        return Err(DumpError::OtherChain { expected, found });
    }
    let store = Arc::new(MemoryStore::new());
    let records = read_records(&mut input, &store)?;
    let chain = Chain::open_dev(store, Arc::clone(spec))?;
    if chain.head().header.height != head.height {
        return Err(DumpError::Damaged {
            what: "it holds another head than it names",
        });
    }
    Ok(Loaded {
        moment: chain.moment()?,
        records,
    })
}

/// All records, the end and the check.
fn read_records(
    input: &mut Checked<&mut impl Read>,
    store: &MemoryStore,
) -> Result<u64, DumpError> {
    let (mut batch, mut pending, mut records) = (Batch::new(), 0_usize, 0_u64);
    loop {
        let [mark] = input.read_array()?;
        if mark == 0 {
            break;
        }
        let Some(column) = Column::ALL.get(usize::from(mark - 1)) else {
            return Err(DumpError::Damaged {
                what: "a record is of no column",
            });
        };
        let (key_size, value_size) = (input.read_array()?, input.read_array()?);
        let key = input.read_bytes(u32::from_le_bytes(key_size), KEY_BYTES_MAX)?;
        let value = input.read_bytes(u32::from_le_bytes(value_size), VALUE_BYTES_MAX)?;
        input.end_of_part();
        pending += key.len() + value.len();
        batch.put(*column, key, value);
        records += 1;
        if pending >= BATCH_BYTES {
            store.commit(std::mem::take(&mut batch), Durability::Buffered)?;
            pending = 0;
        }
    }
    let counted = u64::from_le_bytes(input.read_array()?);
    input.end_of_part();
    let check = input.check;
    let found: [u8; 32] = input.read_array()?;
    if found != check || counted != records {
        return Err(DumpError::Damaged {
            what: "it does not add up",
        });
    }
    if input.file.by_ref().take(1).read_to_end(&mut Vec::new())? > 0 {
        return Err(DumpError::Damaged {
            what: "something stands behind its end",
        });
    }
    store.commit(batch, Durability::Buffered)?;
    Ok(records)
}

/// What a file begins with.
struct Head {
    genesis: GenesisHash,
    height: Height,
    notes: String,
}

impl Head {
    fn read(input: &mut Checked<&mut impl Read>) -> Result<Head, DumpError> {
        let magic: [u8; 15] = input.read_array().map_err(|error| match error {
            DumpError::Torn => DumpError::Foreign,
            other => other,
        })?;
        if magic != *MAGIC {
            return Err(DumpError::Foreign);
        }
        let genesis = GenesisHash::from_bytes(input.read_array()?);
        let height = Height::from_le_bytes(input.read_array()?);
        let size = u32::from_le_bytes(input.read_array()?);
        let notes = input.read_bytes(size, NOTES_BYTES_MAX)?;
        input.end_of_part();
        let notes = String::from_utf8(notes).map_err(|_| DumpError::Damaged {
            what: "its notes are no text",
        })?;
        Ok(Head {
            genesis,
            height,
            notes,
        })
    }
}

/// A file, and the chain of hashes over the parts so far.
struct Checked<F> {
    file: F,
    check: [u8; 32],
    /// What was read of the part at hand.
    part: Vec<u8>,
    size_bytes: u64,
}

impl<F> Checked<F> {
    fn new(file: F) -> Checked<F> {
        Checked {
            file,
            check: [0; 32],
            part: Vec::new(),
            size_bytes: 0,
        }
    }
}

impl<W: Write> Checked<W> {
    /// Writes one part.
    fn write(&mut self, pieces: &[&[u8]]) -> Result<(), DumpError> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.size_bytes += piece.len() as u64;
        }
        self.check = blake3_keyed(&self.check, pieces);
        Ok(())
    }
}

impl<R: Read> Checked<R> {
    fn read_array<const N: usize>(&mut self) -> Result<[u8; N], DumpError> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).map_err(torn)?;
        self.part.extend_from_slice(&bytes);
        Ok(bytes)
    }

    /// Takes no more memory than the file has bytes, whatever length it claims.
    fn read_bytes(&mut self, size: u32, size_max: u32) -> Result<Vec<u8>, DumpError> {
        if size > size_max {
            return Err(DumpError::Damaged {
                what: "a record is larger than any can be",
            });
        }
        let mut bytes = Vec::new();
        let read = self
            .file
            .by_ref()
            .take(size.into())
            .read_to_end(&mut bytes)?;
        if read != size as usize {
            return Err(DumpError::Torn);
        }
        self.part.extend_from_slice(&bytes);
        Ok(bytes)
    }

    fn end_of_part(&mut self) {
        self.check = blake3_keyed(&self.check, &[self.part.as_slice()]);
        self.part.clear();
    }
}

fn torn(error: io::Error) -> DumpError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => DumpError::Torn,
        _ => DumpError::Io(error),
    }
}

fn mark_of(column: Column) -> u8 {
    u8::try_from(column.index() + 1).expect("there are few columns")
}

fn length(bytes: &[u8]) -> Result<[u8; 4], DumpError> {
    let length = u32::try_from(bytes.len()).map_err(|_| DumpError::Damaged {
        what: "a record is larger than any can be",
    })?;
    Ok(length.to_le_bytes())
}
