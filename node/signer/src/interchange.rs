//! Moves a sign record to another machine, in the spirit of EIP-3076.
//!
//! ```json
//! {
//!   "format": "argosy-sign-record",
//!   "version": 1,
//!   "genesisHash": "0x<64 hex>",
//!   "publicKey": "ed25519:0x<64 hex>",
//!   "sitsOutUntil": 0,
//!   "marks": [ { "height": 1042, "round": 0, "step": "precommit",
//!                "signHash": "0x<64 hex>", "signature": "ed25519:0x<128 hex>" } ]
//! }
//! ```
//!
//! `marks` are the highest ones; readers take the highest of them and of `sitsOutUntil`. Importing
//! makes the key sit out the whole height of the highest mark: the engine's log does not move with
//! the record, so what the validator was locked on in that height is forgotten.
//!
//! Invariant: an import never lowers anything, and takes nothing of another chain or key.
//! Not here: stopping the old machine. Exporting locks the record, so a running signer is not
//! exported behind its back, but nothing keeps the old one from being started again.

use std::path::Path;

use argosy_primitives::{GenesisHash, Height, PublicKey};
use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::record::{self, Record};
use crate::{Mark, Position, RECORD_FILE, RecordError, Step};

const FORMAT: &str = "argosy-sign-record";
const VERSION: u32 = 1;
/// The longest text that is read; an export takes 1 KB.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// What an import has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// There was no record; it was made.
    pub is_new: bool,
    /// Nothing is signed up to this height.
    pub sits_out_until: Height,
}

/// Why a text was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Too long for any export.
    #[error("{found} bytes are no exported sign record; at most {max} are read")]
    TooLong {
        /// Of the text.
        found: usize,
        /// Read at most.
        max: usize,
    },
    /// Not the JSON of an export.
    #[error("not an exported sign record")]
    Json(#[from] serde_json::Error),
    /// Another format, or a later version of it.
    #[error("format {found:?} version {version}; this program reads {FORMAT:?} version {VERSION}")]
    Format {
        /// Its name.
        found: String,
        /// Its version.
        version: u32,
    },
    /// A field holds something else than its format says.
    #[error("{field} is no {expected}: {found:?}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// The export is of another chain.
    #[error("the export is of chain {found}, not {expected}")]
    OtherChain {
        /// In the text.
        found: GenesisHash,
        /// Ours.
        expected: GenesisHash,
    },
    /// The export is of another key.
    #[error("the export is of key {found}, not {expected}")]
    OtherKey {
        /// In the text.
        found: PublicKey,
        /// Ours.
        expected: PublicKey,
    },
    /// A mark was not signed by this key: the text was changed.
    #[error("the mark at {at} was not signed by this key: the text was changed, export it again")]
    ForeignMark {
        /// Where.
        at: Position,
    },
    /// The record refused.
    #[error("the sign record took no import")]
    Record(#[from] RecordError),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    format: String,
    version: u32,
    genesis_hash: String,
    public_key: String,
    sits_out_until: Height,
    marks: Vec<MarkText>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MarkText {
    height: Height,
    round: u32,
    step: String,
    sign_hash: String,
    signature: String,
}

/// The record in `folder` as text. The signer must be stopped, and must stay so if the text is
/// imported elsewhere.
pub fn export_record(
    folder: &Path,
    chain: GenesisHash,
    key: &PublicKey,
) -> Result<String, RecordError> {
    let record = Record::open(folder, chain, key)?;
    let history = record.history();
    let mark_text = |mark: &Mark| MarkText {
        height: mark.at.height,
        round: mark.at.round,
        step: mark.at.step.to_string(),
        sign_hash: mark.sign_hash.to_string(),
        signature: mark.signature.to_string(),
    };
    let document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        genesis_hash: chain.to_string(),
        public_key: key.to_string(),
        sits_out_until: history.sits_out_until(),
        marks: history.last().iter().map(|mark| mark_text(mark)).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("strings and integers are JSON");
    text.push('\n');
    Ok(text)
}

/// Takes an exported text into the record in `folder`, and makes that where there is none.
pub fn import_record(
    folder: &Path,
    text: &str,
    chain: GenesisHash,
    key: &PublicKey,
) -> Result<Imported, ImportError> {
    let height = read(text, chain, key)?;
    if !folder.join(RECORD_FILE).exists() {
        let history = History::above(height);
        record::create(folder, chain, key, &history)?;
        return Ok(Imported {
            is_new: true,
            sits_out_until: height,
        });
    }
    let mut record = Record::open(folder, chain, key)?;
    let history = record.history().held_until(height);
    let sits_out_until = history.sits_out_until();
    record.save(history)?;
    Ok(Imported {
        is_new: false,
        sits_out_until,
    })
}

/// The height up to which whoever takes this text signs nothing.
fn read(text: &str, chain: GenesisHash, key: &PublicKey) -> Result<Height, ImportError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(ImportError::TooLong {
            found: text.len(),
            max: TEXT_BYTES_MAX,
        });
    }
    let document: Document = serde_json::from_str(text)?;
    if document.format != FORMAT || document.version != VERSION {
        return Err(ImportError::Format {
            found: document.format,
            version: document.version,
        });
    }
    let found = parse(
        "genesisHash",
        "hash of 64 hex digits",
        &document.genesis_hash,
    )?;
    if found != chain {
        let expected = chain;
        return Err(ImportError::OtherChain { found, expected });
    }
    let found = parse("publicKey", "public key", &document.public_key)?;
    if found != *key {
        let expected = *key;
        return Err(ImportError::OtherKey { found, expected });
    }
    let mut height = document.sits_out_until;
    for mark in &document.marks {
        let mark = read_mark(mark)?;
        if !mark.is_by(key) {
            return Err(ImportError::ForeignMark { at: mark.at });
        }
        height = height.max(mark.at.height);
    }
    Ok(height)
}

fn read_mark(text: &MarkText) -> Result<Mark, ImportError> {
    let steps = [Step::Proposal, Step::Prevote, Step::Precommit];
    let step = steps.into_iter().find(|it| it.as_str() == text.step);
    let step = step.ok_or_else(|| ImportError::Field {
        field: "step",
        expected: "proposal, prevote or precommit",
        found: text.step.clone(),
    })?;
    Ok(Mark {
        at: Position {
            height: text.height,
            round: text.round,
            step,
        },
        sign_hash: parse("signHash", "hash of 64 hex digits", &text.sign_hash)?,
        signature: parse("signature", "signature", &text.signature)?,
    })
}

fn parse<T: std::str::FromStr>(
    field: &'static str,
    expected: &'static str,
    text: &str,
) -> Result<T, ImportError> {
    text.parse().map_err(|_| ImportError::Field {
        field,
        expected,
        found: text.chars().take(200).collect(),
    })
}
