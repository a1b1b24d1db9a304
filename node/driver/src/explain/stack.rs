//! Which frames the failure ended that ended the whole.

use argosy_chain::{FailedFrame, Trace};

/// The frames that were running at the failure that ended the whole, outermost first.
///
/// Frames are noted when they end, so those of the last failure stand at the end, from the inside
/// outwards; failures that a contract lived through come before, and the first frame of the stack that
/// did not end after a failure is the last.
pub(super) fn running(frames: &[FailedFrame]) -> Vec<&FailedFrame> {
    let mut stack: Vec<&FailedFrame> = Vec::new();
    for (frame, depth) in frames.iter().rev().zip(1..) {
        let is_inside = stack.last().is_none_or(|outer| outer.after_failure);
        if !is_inside || frame.depth != depth {
            break;
        }
        stack.push(frame);
    }
    stack
}

/// The trace in one line: the reason, or what the innermost frame of the last failure had to say.
/// What a contract lived through is not why the whole failed.
pub(super) fn describe(trace: &Trace) -> Option<String> {
    let innermost = running(&trace.frames).pop();
    let said = innermost.and_then(|frame| frame.diagnostic.clone());
    trace.reason.clone().or(said)
}

#[cfg(test)]
mod tests {
    use argosy_chain::FrameEntry;
    use argosy_primitives::{Address, StatusCode};

    use super::*;

    /// `noted`: depth and contract of each failed frame as it ended, and whether what it asked for last
    /// failed.
    #[track_caller]
    fn check(noted: &[(u32, u8, bool)], expected: &[u8]) {
        let frame = |(depth, contract, after_failure): &(u32, u8, bool)| FailedFrame {
            depth: *depth,
            contract: Address::from_bytes([*contract; 32]),
            code: None,
            entry: FrameEntry::Call,
            message: None,
            status: StatusCode::Reverted,
            gas_used: 0,
            data: None,
            diagnostic: None,
            after_failure: *after_failure,
        };
        let frames: Vec<FailedFrame> = noted.iter().map(frame).collect();
        let found = running(&frames)
            .into_iter()
            .map(|it| it.contract.as_bytes()[0]);
        assert_eq!(found.collect::<Vec<u8>>(), expected, "{noted:?}");
    }

    #[test]
    fn the_stack_is_that_of_the_last_failure() {
        check(&[], &[]);
        check(&[(1, 7, false)], &[7]);
        check(&[(3, 9, false), (2, 8, true), (1, 7, true)], &[7, 8, 9]);
        // Contract 7 lived through the failure of 5 and failed for that of 8.
        check(&[(2, 5, false), (2, 8, false), (1, 7, true)], &[7, 8]);
        // What failed was no contract, or an action after one that lived through a failure.
        check(&[(2, 5, false)], &[]);
        // Contract 7, or one of an action before, lived through the failure of 5, and 7 failed later.
        check(&[(2, 5, false), (1, 7, false)], &[7]);
        // A contract that 7 had called before lived through the failure of 9, not 8.
        check(&[(3, 9, false), (2, 8, false), (1, 7, true)], &[7, 8]);
    }
}
