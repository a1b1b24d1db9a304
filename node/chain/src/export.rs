//! Blocks as a file, to carry a chain where the network does not reach, and to read it in again.
//!
//! ```text
//! "argosy blocks 1\n" ‖ genesis hash 32 ‖ first height u64 LE
//! each block    length u32 LE, not 0 ‖ SCALE(Block)
//! the end       0 u32 LE ‖ number of blocks u64 LE ‖ hash of the last block 32
//! ```
//!
//! Always: reading in trusts nothing: each block is executed and compared as a stranger's would be,
//! and a file that ends too early says so. What was read in before that stays.

use std::io::{self, Read, Write};

use argosy_executor::on_big_stack;
use argosy_kv::{Durability, crash_point};
use argosy_primitives::{Block, BlockHash, GenesisHash, Height, Limits, decode_untrusted};
use parity_scale_codec::Encode;

use crate::chain::Chain;
use crate::error::ChainError;
use crate::view::ChainView;

const MAGIC: &[u8; 16] = b"argosy blocks 1\n";
/// A block of the largest limits that a spec may have is smaller.
const BLOCK_BYTES_MAX: u32 = 64 << 20;
/// Blocks between two syncs: they can be read in again.
const SYNC_EVERY: Height = 64;

/// Why a file of blocks cannot be written or read in.
#[derive(Debug, thiserror::Error)]
pub enum BlocksFileError {
    /// The system does not let us.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is no file of blocks; argosyd export-blocks writes one")]
    Foreign,
    /// It comes from another chain.
    #[error("the blocks are of another chain: genesis {found}, this one's is {expected}")]
    OtherChain {
        /// This chain.
        expected: GenesisHash,
        /// The file's.
        found: GenesisHash,
    },
    /// Blocks between this chain's head and the file's first are in neither.
    #[error(
        "the file begins with block {first}, but this chain ends at {head}: blocks between them are missing"
    )]
    Gap {
        /// This chain's height.
        head: Height,
        /// The file's first block.
        first: Height,
    },
    /// It was cut off.
    #[error(
        "the file ends too early, behind block {last}; what was read in is kept: get the whole file and go on"
    )]
    Torn {
        /// The last block that was whole; below the first one if none was.
        last: Height,
    },
    /// A block in it is none, or is not the next one.
    #[error("block {height} in the file is damaged: {what}")]
    Damaged {
        /// Which.
        height: Height,
        /// What is wrong.
        what: String,
    },
    /// A block is wrong, or this node is.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What was read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Blocks that this chain had already.
    pub known: u64,
    /// Blocks that were executed and committed.
    pub new: u64,
}

/// Writes the blocks of these heights, which the view has; answers how many.
pub fn export_blocks(
    view: &ChainView,
    heights: std::ops::RangeInclusive<Height>,
    file: &mut impl Write,
    mut each: impl FnMut(Height),
) -> Result<u64, BlocksFileError> {
    file.write_all(MAGIC)?;
    file.write_all(view.genesis_hash().as_bytes())?;
    file.write_all(&heights.start().to_le_bytes())?;
    let (mut count, mut last) = (0_u64, BlockHash::from_bytes([0; 32]));
    for height in heights {
        let block = view.block(height)?;
        let block =
            block.ok_or_else(|| ChainError::damaged(format!("block {height} is missing")))?;
        last = block.header.hash();
        let bytes = block.encode();
        let length = u32::try_from(bytes.len())
            .map_err(|_| ChainError::damaged(format!("block {height} has no size")))?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(&bytes)?;
        count += 1;
        crash_point!("export::block");
        each(height);
    }
    file.write_all(&0_u32.to_le_bytes())?;
    file.write_all(&count.to_le_bytes())?;
    file.write_all(last.as_bytes())?;
    file.flush()?;
    crash_point!("export::end");
    Ok(count)
}

/// Reads blocks in: those that `chain` has are compared, the others executed and committed.
pub fn import_blocks(
    file: &mut (impl Read + Send),
    chain: &mut Chain,
    each: impl FnMut(Height) + Send,
) -> Result<ImportReport, BlocksFileError> {
    let imported = on_big_stack(|| import(file, chain, each));
    imported.map_err(ChainError::from)?
}

fn import(
    file: &mut impl Read,
    chain: &mut Chain,
    mut each: impl FnMut(Height),
) -> Result<ImportReport, BlocksFileError> {
    let first = read_start(file, chain)?;
    crash_point!("import::begin");
    let mut report = ImportReport::default();
    let (mut height, mut last) = (first, BlockHash::from_bytes([0; 32]));
    loop {
        let torn = BlocksFileError::Torn {
            last: height.saturating_sub(1),
        };
        let Some(length) = number(file)?.map(u32::from_le_bytes) else {
            return Err(torn);
        };
        if length == 0 {
            break;
        }
        let Some(block) = read_block(file, length, height)? else {
            return Err(torn);
        };
        last = block.header.hash();
        take(chain, block, &mut report)?;
        each(height);
        height = height.saturating_add(1);
    }
    let (count, hash) = (number(file)?.map(u64::from_le_bytes), number::<32>(file)?);
    let whole = count == Some(height - first) && hash == Some(*last.as_bytes());
    // The last blocks may not be synced yet.
    crash_point!("import::before_sync");
    chain.sync()?;
    crash_point!("import::synced");
    match whole {
        true => Ok(report),
        false => Err(BlocksFileError::Torn {
            last: height.saturating_sub(1),
        }),
    }
}

fn read_start(file: &mut impl Read, chain: &Chain) -> Result<Height, BlocksFileError> {
    if number::<16>(file)? != Some(*MAGIC) {
        return Err(BlocksFileError::Foreign);
    }
    let (Some(genesis), Some(first)) = (number::<32>(file)?, number::<8>(file)?) else {
        return Err(BlocksFileError::Foreign);
    };
    let (expected, found) = (
        chain.view().genesis_hash(),
        GenesisHash::from_bytes(genesis),
    );
    if found != expected {
        return Err(BlocksFileError::OtherChain { expected, found });
    }
    let (first, head) = (u64::from_le_bytes(first), chain.head().header.height);
    match first > head.saturating_add(1) {
        true => Err(BlocksFileError::Gap { head, first }),
        false => Ok(first),
    }
}

/// `None`: the file ends within it.
fn read_block(
    file: &mut impl Read,
    length: u32,
    height: Height,
) -> Result<Option<Block>, BlocksFileError> {
    let damaged = |what: String| BlocksFileError::Damaged { height, what };
    if length > BLOCK_BYTES_MAX {
        return Err(damaged(format!("it would have {length} bytes")));
    }
    let mut bytes = Vec::new();
    file.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Ok(None);
    }
    let block: Block = decode_untrusted(&bytes, Limits::for_size(bytes.len()))
        .map_err(|error| damaged(error.to_string()))?;
    match block.header.height == height {
        true => Ok(Some(block)),
        false => Err(damaged(format!("it is block {}", block.header.height))),
    }
}

/// Compares a block that is there, and adds one that is not.
fn take(chain: &mut Chain, block: Block, report: &mut ImportReport) -> Result<(), BlocksFileError> {
    let height = block.header.height;
    if height <= chain.head().header.height {
        let view = chain.view();
        // What lies before a snapshot that the chain came from is not there to compare with.
        let ours = match height < view.oldest_header() {
            true => None,
            false => view.header(height)?,
        };
        if ours.is_some_and(|it| it.hash() != block.header.hash()) {
            let what = "this chain has another block there".into();
            return Err(BlocksFileError::Damaged { height, what });
        }
        report.known += 1;
        return Ok(());
    }
    let candidate = chain.verify(block)?;
    let durability = match height.is_multiple_of(SYNC_EVERY) {
        true => Durability::Synced,
        false => Durability::Buffered,
    };
    crash_point!("import::verified");
    chain.commit_with(candidate, durability)?;
    crash_point!("import::committed");
    report.new += 1;
    Ok(())
}

/// So many bytes; `None`: the file ends before.
fn number<const N: usize>(file: &mut impl Read) -> Result<Option<[u8; N]>, io::Error> {
    let mut bytes = [0; N];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}
