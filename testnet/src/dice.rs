//! Choices that are the same for the same seed.

/// A stream of choices (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub(crate) const fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A stream of its own for a number, the same whenever it is asked for.
    pub(crate) fn fork(&self, number: u64) -> Dice {
        let mut dice = Dice(self.0 ^ number.wrapping_mul(0xd605_1c1b_9f1e_4f0d));
        dice.next();
        dice
    }

    /// A number below `limit`, which is not zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_choices() {
        let choose = |seed| {
            let mut dice = Dice::new(seed);
            (0..50).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(choose(7), choose(7));
        assert_ne!(choose(7), choose(8));
    }

    #[test]
    fn a_fork_does_not_depend_on_what_was_chosen_before() {
        let dice = Dice::new(7);
        let (mut first, mut second) = (dice.fork(3), dice.fork(4));
        assert_eq!(first.below(1 << 40), dice.fork(3).below(1 << 40));
        assert_ne!(first.below(1 << 40), second.below(1 << 40));
    }
}
