//! Structs of numbers, each beside the range it may have in any network.
//!
//! Invariant: the maxima are what this node's code and engines are built and tested for; a spec
//! above them is refused at start, so that no limit of an engine is ever reached before ours.
//! Not here: rules between two values (`check`).

use std::ops::RangeInclusive;

use crate::{Price, SpecError};

/// A value that can be compared with the range its field declares.
pub(crate) trait Ranged {
    /// Refuses a value outside `range`, naming the key that holds it.
    fn check_range(&self, key: &str, range: RangeInclusive<u64>) -> Result<(), SpecError>;
}

impl Ranged for u32 {
    fn check_range(&self, key: &str, range: RangeInclusive<u64>) -> Result<(), SpecError> {
        u64::from(*self).check_range(key, range)
    }
}

impl Ranged for u64 {
    fn check_range(&self, key: &str, range: RangeInclusive<u64>) -> Result<(), SpecError> {
        if range.contains(self) {
            return Ok(());
        }
        Err(SpecError::OutOfRange {
            key: key.into(),
            found: *self,
            min: *range.start(),
            max: *range.end(),
        })
    }
}

/// A switch has no range to leave.
impl Ranged for bool {
    fn check_range(&self, _: &str, _: RangeInclusive<u64>) -> Result<(), SpecError> {
        Ok(())
    }
}

/// The range is the base's; the part per 8 bytes may be zero.
impl Ranged for Price {
    fn check_range(&self, key: &str, range: RangeInclusive<u64>) -> Result<(), SpecError> {
        let per_bytes_max = *range.end();
        self.base.check_range(&format!("{key}.base"), range)?;
        self.per_8_bytes
            .check_range(&format!("{key}.per_8_bytes"), 0..=per_bytes_max)
    }
}

/// Declares a struct of numbers with `field: Type = min..=max`, readable from TOML and SCALE.
macro_rules! bounded {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident : $type:ty = $range:expr, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone, Debug, PartialEq, Eq,
            serde::Deserialize, parity_scale_codec::Encode, parity_scale_codec::Decode,
            parity_scale_codec::DecodeWithMemTracking,
        )]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )+
        }

        impl $name {
            /// Refuses the first value outside its range; `section` is the TOML table's name.
            pub(crate) fn check_ranges(&self, section: &str) -> Result<(), crate::SpecError> {
                $(
                    crate::bounded::Ranged::check_range(
                        &self.$field,
                        &format!("{section}.{}", stringify!($field)),
                        $range,
                    )?;
                )+
                Ok(())
            }
        }
    };
}
