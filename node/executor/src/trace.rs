//! What this node noted while a transaction ran, for people: failed frames, reasons, log lines.
//!
//! Invariant: nothing here enters a receipt, a root or a decision; every part is bounded, so that no
//! contract can fill a node's memory or disk with text.
//! Not here: the receipt, which is what consensus knows of a failure; bytes on disk (`stored`); what
//! messages and data mean (`driver`, by the contracts' ABIs).

use argosy_primitives::{Address, CodeHash, Gas, StatusCode};
use argosy_vm_abi::Entry;
use argosy_vm_engine::Refusal;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// Failed frames that one trace holds: the newest, since those of the failure that ended the whole
/// come last.
pub(crate) const FRAMES_MAX: usize = 64;
/// Data of one failed frame, in bytes; longer data is left out whole, since a part does not decode.
pub(crate) const FRAME_DATA_BYTES_MAX: usize = 1_024;
/// Message of one failed frame, in bytes; a longer one is left out whole, too.
pub(crate) const FRAME_MESSAGE_BYTES_MAX: usize = 1_024;
/// All messages of one trace together, in bytes; those of the oldest frames go first.
pub(crate) const MESSAGES_BYTES_MAX: usize = 16_384;
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
    /// Why a module was not taken, if one was not.
    pub refusal: Option<RefusedCode>,
}

/// Why a module was not taken, as facts; [`Trace::reason`] has it in words.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct RefusedCode {
    /// Stable name of the rule that it breaks.
    pub rule: String,
    /// In which section.
    pub section: String,
    /// At which byte of the upload.
    pub offset: u64,
    /// The feature of WebAssembly to avoid, if it is about one.
    pub feature: Option<String>,
    /// What its author can do.
    pub hint: String,
}

/// A frame that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct FailedFrame {
    /// 1 for the frame that an action opened, 2 for one that it called, and so on.
    pub depth: u32,
    /// Whose code ran.
    pub contract: Address,
    /// That code; `None` if it was not looked up.
    pub code: Option<CodeHash>,
    /// Which entry was run.
    pub entry: FrameEntry,
    /// What the entry was given; `None` if it was too long to keep.
    pub message: Option<Vec<u8>>,
    /// How it ended.
    pub status: StatusCode,
    /// What it used.
    pub gas_used: Gas,
    /// What it returned; `None` if it was too long to keep.
    pub data: Option<Vec<u8>>,
    /// What the virtual machine had to say.
    pub diagnostic: Option<String>,
    /// The last thing that it asked other code for failed, and is the frame noted before this one: it may
    /// have failed of that. Otherwise it failed of itself, whatever was noted before.
    pub after_failure: bool,
}

/// The entry that a frame ran.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking,
)]
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
    /// How a message of the contract ended.
    #[codec(index = 4)]
    Reply,
}

impl FrameEntry {
    /// What it is called in answers, whatever its ABI calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            FrameEntry::Init => "init",
            FrameEntry::Call => "call",
            FrameEntry::Query => "query",
            FrameEntry::Upgrade => "upgrade",
            FrameEntry::Reply => "reply",
        }
    }
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
            Entry::Reply => FrameEntry::Reply,
        }
    }
}

impl From<&Refusal> for RefusedCode {
    fn from(refusal: &Refusal) -> Self {
        RefusedCode {
            rule: refusal.code().to_owned(),
            section: refusal.section.as_str().to_owned(),
            offset: refusal.offset,
            feature: refusal.feature().map(|it| it.as_str().to_owned()),
            hint: refusal.hint().to_owned(),
        }
    }
}

impl Trace {
    /// `true` if there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.reason.is_none()
            && self.frames.is_empty()
            && self.logs.is_empty()
            && self.refusal.is_none()
    }

    /// Whether an action failed because the frame that it opened did.
    pub(crate) fn has_ended_frame(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.depth == 1)
    }

    /// Notes why an action failed outside any contract.
    pub(crate) fn note(&mut self, reason: String) {
        self.reason = Some(self.shorten(reason));
    }

    /// Notes why a module was not taken, in words and as facts.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) {
        self.note(refusal.to_string());
        self.refusal = Some(RefusedCode::from(refusal));
    }

    /// Notes a failed frame, with message, data and diagnostic cut to their bounds.
    pub(crate) fn fail(&mut self, frame: FailedFrame) {
        if self.frames.len() >= FRAMES_MAX {
            self.is_truncated = true;
            self.frames.remove(0);
        }
        let message = (frame.message).filter(|it| it.len() <= FRAME_MESSAGE_BYTES_MAX);
        let data = frame.data.filter(|it| it.len() <= FRAME_DATA_BYTES_MAX);
        let diagnostic = frame.diagnostic.map(|text| self.shorten(text));
        self.frames.push(FailedFrame {
            message,
            data,
            diagnostic,
            ..frame
        });
        self.forget_messages();
    }

    /// Takes back the last frames, and the log lines behind the first `logs`.
    pub(crate) fn take_back(&mut self, frames: usize, logs: usize) {
        let kept = self.frames.len().saturating_sub(frames);
        self.frames.truncate(kept);
        self.logs.truncate(logs);
    }

    /// Lets go of the oldest messages until the rest is within its bound.
    fn forget_messages(&mut self) {
        let size = |frame: &FailedFrame| frame.message.as_ref().map_or(0, Vec::len);
        let mut total: usize = self.frames.iter().map(size).sum();
        for frame in &mut self.frames {
            if total <= MESSAGES_BYTES_MAX {
                return;
            }
            total -= size(frame);
            frame.message = None;
            self.is_truncated = true;
        }
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
            code: None,
            entry: FrameEntry::Call,
            message: Some(vec![1; FRAME_MESSAGE_BYTES_MAX]),
            status: StatusCode::Reverted,
            gas_used: 1,
            data: Some(vec![0; data]),
            diagnostic: Some("é".repeat(TEXT_BYTES_MAX)),
            after_failure: false,
        }
    }

    #[test]
    fn every_part_is_bounded() {
        let mut trace = Trace::default();
        for number in 0..FRAMES_MAX as u64 + 1 {
            trace.fail(FailedFrame {
                gas_used: number,
                ..frame(FRAME_DATA_BYTES_MAX + 1)
            });
        }
        for _ in 0..LOG_LINES_MAX + 1 {
            trace.log(Address::SYSTEM, &"x".repeat(100));
        }
        trace.note("y".repeat(TEXT_BYTES_MAX + 1));
        assert!(trace.is_truncated);
        assert_eq!(trace.frames.len(), FRAMES_MAX);
        assert_eq!(trace.frames[0].gas_used, 1, "the oldest made room");
        assert_eq!(trace.frames[0].data, None);
        let messages = trace.frames.iter().rev().map(|it| it.message.is_some());
        let kept = MESSAGES_BYTES_MAX / FRAME_MESSAGE_BYTES_MAX;
        let expected = (0..FRAMES_MAX).map(|it| it < kept);
        assert!(messages.eq(expected), "the newest messages are kept");
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
    fn what_is_run_once_more_is_noted_once() {
        let mut trace = Trace::default();
        trace.fail(frame(1));
        trace.log(Address::SYSTEM, "before");
        let before = trace.clone();
        for _ in 0..2 {
            trace.fail(frame(2));
            trace.log(Address::SYSTEM, "again");
        }
        trace.take_back(2, 1);
        assert_eq!(trace, before);
        trace.take_back(FRAMES_MAX, 1);
        assert!(trace.frames.is_empty(), "those that made room are gone");
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let mut trace = Trace::default();
        trace.fail(FailedFrame {
            diagnostic: None,
            ..frame(FRAME_DATA_BYTES_MAX)
        });
        let sizes =
            [&trace.frames[0].data, &trace.frames[0].message].map(|it| it.as_ref().map(Vec::len));
        let expected = [FRAME_DATA_BYTES_MAX, FRAME_MESSAGE_BYTES_MAX].map(Some);
        assert_eq!(sizes, expected);
        assert!(!trace.is_truncated);
        trace.fail(FailedFrame {
            message: Some(vec![1; FRAME_MESSAGE_BYTES_MAX + 1]),
            ..frame(0)
        });
        assert_eq!(trace.frames[1].message, None);
    }
}
