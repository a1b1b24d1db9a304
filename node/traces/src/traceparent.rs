//! The header `traceparent`: the trace that a client's call belongs to (W3C Trace Context, level 1).
//!
//! ```text
//! 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//! │  │ trace: 16 bytes                │ span: 8 bytes    │ flags: bit 0 = sampled
//! └ version
//! ```
//!
//! Always: only lower-case digits, and neither trace nor span is zero; of a later version only these
//! four parts are read. Not here: `tracestate`, which nobody behind this node would read.

use std::fmt;
use std::str::FromStr;

use crate::TraceError;

/// Bytes of a header of version 00.
const LENGTH: usize = 55;
/// It never is a version.
const NO_VERSION: u128 = 0xff;
const SAMPLED: u128 = 1;

/// A place in somebody's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent {
    /// Not zero.
    pub(crate) trace: u128,
    /// Not zero.
    pub(crate) span: u64,
    pub(crate) is_sampled: bool,
}

impl Traceparent {
    /// Whether whoever began the trace keeps it.
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// The trace; not zero.
    pub fn trace_id(&self) -> u128 {
        self.trace
    }
}

impl FromStr for Traceparent {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Traceparent, TraceError> {
        let bytes = text.as_bytes();
        let (Some(head), rest) = (bytes.get(..LENGTH), bytes.get(LENGTH..).unwrap_or(&[])) else {
            return refuse("it is too short");
        };
        let version = hex(&head[..2])?;
        if version == NO_VERSION {
            return refuse("ff is no version");
        }
        if [2, 35, 52].iter().any(|&at| head[at] != b'-') {
            return refuse("its four parts are not where they belong");
        }
        // What a later version adds is behind a dash.
        match (version, rest.first()) {
            (_, None) | (1.., Some(b'-')) => {}
            (0, Some(_)) => return refuse("it is too long"),
            (1.., Some(_)) => return refuse("it goes on without a dash"),
        }
        let (trace, span) = (hex(&head[3..35])?, hex(&head[36..52])?);
        let flags = hex(&head[53..])?;
        let span = u64::try_from(span).unwrap_or(0); // 16 digits always fit
        if trace == 0 || span == 0 {
            return refuse("zero names nothing");
        }
        Ok(Traceparent {
            trace,
            span,
            is_sampled: flags & SAMPLED == SAMPLED,
        })
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.is_sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

fn refuse<T>(reason: &'static str) -> Result<T, TraceError> {
    Err(TraceError::Traceparent(reason))
}

/// At most 32 digits.
fn hex(digits: &[u8]) -> Result<u128, TraceError> {
    digits.iter().try_fold(0, |number, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return refuse("it has something else than digits 0-9 and a-f"),
        };
        Ok((number << 4) | u128::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[track_caller]
    fn check(text: &str, expected: Option<bool>) {
        let sampled = text.parse::<Traceparent>().ok().map(|it| it.is_sampled());
        assert_eq!(sampled, expected, "{text:?}");
    }

    #[test]
    fn reads_what_the_standard_shows() {
        let parent: Traceparent = GOOD.parse().unwrap();
        assert_eq!(parent.trace, 0x4bf92f3577b34da6a3ce929d0e0e4736);
        assert_eq!(parent.span, 0x00f067aa0ba902b7);
        assert!(parent.is_sampled());
        assert_eq!(parent.to_string(), GOOD);
    }

    #[test]
    fn the_first_flag_alone_says_that_it_is_kept() {
        let with = |flags: &str| format!("{}{flags}", &GOOD[..53]);
        check(&with("00"), Some(false));
        check(&with("01"), Some(true));
        check(&with("02"), Some(false));
        check(&with("ff"), Some(true));
        check(&with("0g"), None);
        check(&with("0A"), None);
    }

    #[test]
    fn refuses_every_other_length() {
        for length in 0..LENGTH {
            check(&GOOD[..length], None);
        }
        check(&format!("{GOOD}-"), None);
        check(&format!("{GOOD}0"), None);
        check(&format!(" {GOOD}"), None);
        check(&format!("{GOOD}, {GOOD}"), None);
    }

    #[test]
    fn a_later_version_may_go_on_behind_a_dash() {
        let later = |version: &str, more: &str| format!("{version}{}{more}", &GOOD[2..]);
        check(&later("01", ""), Some(true));
        check(&later("cc", "-what-the-future-will-be-like"), Some(true));
        check(&later("cc", ".what"), None);
        check(&later("ff", ""), None);
        check(&later("0x", ""), None);
    }

    #[test]
    fn zero_names_no_trace_and_no_span() {
        check(
            &GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            None,
        );
        check(&GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)), None);
    }

    #[test]
    fn refuses_letters_that_are_not_ascii() {
        check(&GOOD.replace("4bf9", "4bé"), None);
        check(&"é".repeat(LENGTH), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(trace in 1u128.., span in 1u64.., is_sampled in any::<bool>()) {
            let parent = Traceparent { trace, span, is_sampled };
            let text = parent.to_string();
            prop_assert_eq!(text.len(), LENGTH);
            prop_assert_eq!(text.parse::<Traceparent>(), Ok(parent));
        }

        #[test]
        fn any_changed_byte_is_refused_or_another_place(at in 0..LENGTH, byte in 0u8..128) {
            let mut bytes = GOOD.as_bytes().to_vec();
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            let text = String::from_utf8(bytes).unwrap();
            if let Ok(parent) = text.parse::<Traceparent>() {
                prop_assert!(byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
                // All but the version, and flags that nobody has given a meaning.
                let written = parent.to_string();
                prop_assert_eq!(&written[2..53], &text[2..53]);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let text = String::from_utf8_lossy(&bytes);
            let _ = text.parse::<Traceparent>();
        }
    }
}
