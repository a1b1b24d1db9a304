//! The gas counter of an instance while an import has it: the same on every tier.
//!
//! Always holds: it never rises; below zero the gas is used up, whether an import could not be paid
//! or instrumented code charged without a look (`docs/vm.md` 4.6), and nothing brings it back.
//! Not here: where the counter lives while code runs (a global of the instance).

use argosy_primitives::Gas;

use crate::adapter::Stop;
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

    /// Pays, or empties the meter and fails; fails on an empty one whatever the amount.
    pub fn charge(&mut self, amount: Gas) -> Result<(), OutOfGas> {
        let left = match i64::try_from(amount) {
            Ok(amount) if self.0 >= 0 => self.0 - amount,
            _ => -1,
        };
        self.0 = left;
        if left < 0 { Err(OutOfGas) } else { Ok(()) }
    }

    /// How a call into the instance ended after which the counter was read: one that returned
    /// without gas for what it did is out of gas.
    pub fn ended<T>(self, call: Result<T, Stop>) -> Result<T, Stop> {
        match call {
            Ok(_) if self.0 < 0 => Err(Stop::OutOfGas),
            call => call,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::TrapKind;

    #[test]
    fn pays_to_the_last_and_then_stays_empty() {
        let mut meter = Meter::new(10);
        assert_eq!(meter.charge(4), Ok(()));
        assert_eq!((meter.left(), meter.counter()), (6, 6));
        assert_eq!(meter.charge(6), Ok(()));
        assert_eq!(meter.charge(0), Ok(()));
        assert_eq!(meter.charge(1), Err(OutOfGas));
        assert_eq!((meter.left(), meter.counter()), (0, -1));
        assert_eq!(meter.charge(0), Err(OutOfGas));
        assert_eq!(Meter::new(i64::MAX).charge(u64::MAX), Err(OutOfGas));
    }

    #[test]
    fn a_call_that_returned_below_zero_is_out_of_gas() {
        assert!(matches!(Meter::new(0).ended(Ok(1)), Ok(1)));
        assert!(matches!(Meter::new(-1).ended(Ok(1)), Err(Stop::OutOfGas)));
        let trap = || Err::<(), _>(Stop::Trapped(TrapKind::Unreachable));
        assert!(matches!(
            Meter::new(5).ended(trap()),
            Err(Stop::Trapped(TrapKind::Unreachable))
        ));
    }
}
