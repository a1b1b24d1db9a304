//! The gas counter of an instance while an import has it: the same on every tier.
//!
//! Always holds: it never rises; after a failed charge it is below zero, which is how instrumented
//! code and tiers alike know that the gas is used up.
//! Not here: where the counter lives while code runs (a global of the instance).

use argosy_primitives::Gas;

use crate::guest::OutOfGas;

/// Gas left, taken out of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter(i64);

impl Meter {
    /// The meter of a counter that was read.
    pub fn new(counter: i64) -> Meter {
        Meter(counter)
    }

    /// What to write back.
    pub fn counter(self) -> i64 {
        self.0
    }

    /// What is left; nothing when the gas is used up.
    pub fn left(self) -> Gas {
        Gas::try_from(self.0).unwrap_or(0)
    }

    /// Pays, or empties the meter and fails.
    pub fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas> {
        match self.left().checked_sub(amount) {
            Some(left) => {
                self.0 = i64::try_from(left).expect("not more than before");
                Ok(())
            }
            None => {
                self.0 = -1;
                Err(OutOfGas)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pays_to_the_last_and_then_stays_empty() {
        let mut meter = Meter::new(10);
        assert_eq!(meter.charge(4), Ok(()));
        assert_eq!((meter.left(), meter.counter()), (6, 6));
        assert_eq!(meter.charge(6), Ok(()));
        assert_eq!(meter.charge(0), Ok(()));
        assert_eq!(meter.charge(1), Err(OutOfGas));
        assert_eq!((meter.left(), meter.counter()), (0, -1));
        assert_eq!(Meter::new(i64::MAX).charge(u64::MAX), Err(OutOfGas));
    }
}
