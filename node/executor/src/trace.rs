//! What this node noted while a transaction ran, for people: failed frames, reasons, log lines.
//!
//! Invariant: nothing here enters a receipt, a root or a decision; every part is bounded, so that no
//! contract can fill a node's memory or disk with text.
//! Not here: the receipt, which is what consensus knows of a failure.

use argosy_primitives::{Address, Gas, StatusCode};
use argosy_vm_abi::Entry;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Failed frames that one trace holds.
pub(crate) const FRAMES_MAX: usize = 64;
/// Data of one failed frame, in bytes; longer data is left out whole, since a part does not decode.
pub(crate) const FRAME_DATA_BYTES_MAX: usize = 1_024;
/// One text, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 512;
/// Log lines that one trace holds.
pub(crate) const LOG_LINES_MAX: usize = 64;
/// All log lines of one trace together, in bytes.
pub(crate) const LOG_BYTES_MAX: usize = 4_096;

/// What a node noted while it ran one transaction or query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Trace {
    /// Why the failing action failed, when that was outside any contract.
    pub reason: Option<String>,
    /// Failed frames, innermost first: a failure that was passed on reads from cause to effect.
    pub frames: Vec<FailedFrame>,
    /// What contracts logged.
    pub logs: Vec<LogLine>,
    /// Something was left out because a bound was reached.
    pub is_truncated: bool,
}

/// A frame that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct FailedFrame {
    /// 1 for the frame that an action opened, 2 for one that it called, and so on.
    pub depth: u32,
    /// Whose code ran.
    pub contract: Address,
    /// Which entry was run.
    pub entry: FrameEntry,
    /// How it ended.
    pub status: StatusCode,
    /// What it used.
    pub gas_used: Gas,
    /// What it returned; `None` if it was too long to keep.
    pub data: Option<Vec<u8>>,
    /// What the virtual machine had to say.
    pub diagnostic: Option<String>,
}

/// The entry that a frame ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub enum FrameEntry {
    /// Creation.
    #[codec(index = 0)]
    Init,
    /// A call.
    #[codec(index = 1)]
    Call,
    /// A read-only call.
    #[codec(index = 2)]
    Query,
    /// Migration.
    #[codec(index = 3)]
    Upgrade,
}

/// A line that a contract logged.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct LogLine {
    /// Who.
    pub contract: Address,
    /// What.
    pub text: String,
}

impl From<Entry> for FrameEntry {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Init => FrameEntry::Init,
            Entry::Call => FrameEntry::Call,
            Entry::Query => FrameEntry::Query,
            Entry::Upgrade => FrameEntry::Upgrade,
        }
    }
}

impl Trace {
    /// `true` if there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.reason.is_none() && self.frames.is_empty() && self.logs.is_empty()
    }

    /// Notes why an action failed outside any contract.
    pub(crate) fn note(&mut self, reason: String) {
        self.reason = Some(self.shorten(reason));
    }

    /// Notes a failed frame, with `data` and `diagnostic` cut to their bounds.
    pub(crate) fn fail(&mut self, frame: FailedFrame) {
        if self.frames.len() >= FRAMES_MAX {
            self.is_truncated = true;
            return;
        }
        let data = frame.data.filter(|data| data.len() <= FRAME_DATA_BYTES_MAX);
        let diagnostic = frame.diagnostic.map(|text| self.shorten(text));
        self.frames.push(FailedFrame {
            data,
            diagnostic,
            ..frame
        });
    }

    /// Notes a log line.
    pub(crate) fn log(&mut self, contract: Address, text: &str) {
        let used: usize = self.logs.iter().map(|line| line.text.len()).sum();
        if self.logs.len() >= LOG_LINES_MAX || used + text.len() > LOG_BYTES_MAX {
            self.is_truncated = true;
            return;
        }
        self.logs.push(LogLine {
            contract,
            text: text.to_owned(),
        });
    }

    fn shorten(&mut self, mut text: String) -> String {
        if text.len() > TEXT_BYTES_MAX {
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
            self.is_truncated = true;
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(data: usize) -> FailedFrame {
        FailedFrame {
            depth: 1,
            contract: Address::SYSTEM,
            entry: FrameEntry::Call,
            status: StatusCode::Reverted,
            gas_used: 1,
            data: Some(vec![0; data]),
            diagnostic: Some("é".repeat(TEXT_BYTES_MAX)),
        }
    }

    #[test]
    fn every_part_is_bounded() {
        let mut trace = Trace::default();
        for _ in 0..FRAMES_MAX + 1 {
            trace.fail(frame(FRAME_DATA_BYTES_MAX + 1));
        }
        for _ in 0..LOG_LINES_MAX + 1 {
            trace.log(Address::SYSTEM, &"x".repeat(100));
        }
        trace.note("y".repeat(TEXT_BYTES_MAX + 1));
        assert!(trace.is_truncated);
        assert_eq!(trace.frames.len(), FRAMES_MAX);
        assert_eq!(trace.frames[0].data, None);
        assert!(
            trace.frames[0]
                .diagnostic
                .as_ref()
                .is_some_and(|it| it.len() <= TEXT_BYTES_MAX)
        );
        assert_eq!(trace.logs.len(), LOG_BYTES_MAX / 100);
        assert_eq!(trace.reason.map(|it| it.len()), Some(TEXT_BYTES_MAX));
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let mut trace = Trace::default();
        trace.fail(FailedFrame {
            diagnostic: None,
            ..frame(FRAME_DATA_BYTES_MAX)
        });
        assert_eq!(
            trace.frames[0].data.as_ref().map(Vec::len),
            Some(FRAME_DATA_BYTES_MAX)
        );
        assert!(!trace.is_truncated);
    }
}
