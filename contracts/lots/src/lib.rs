//! Lots: quality control of production lots, with limits, alarms and a trail that cannot be rewritten.
//!
//! ```text
//! open ──measure, within limits──► open ──release, once all was measured──► released
//!   │ ▲
//!   │ └─────resume──────┐                  reject, from open or blocked ──► rejected
//!   └─too many alarms──► blocked
//! ```
//!
//! Invariant: a lot is released only if each characteristic was measured and the lot is not blocked; every
//! step is in the trail, whose hash goes on from step to step.
//! Not here: who signed a measurement on the device (`attestation`).

#![cfg_attr(target_arch = "wasm32", no_std)]

use argosy_contract::access::{AccessError, Owner, Roles};
use argosy_contract::crypto;
use argosy_contract::prelude::*;

/// Most characteristics of a lot.
pub const CHARACTERISTICS_MAX: u32 = 32;
/// Longest id, name, unit and reason, in bytes.
pub const TEXT_BYTES_MAX: u32 = 128;
/// Most steps that a query lists at once.
pub const PAGE_STEPS_MAX: u32 = 100;

/// Quality control of production lots.
#[storage]
pub struct Lots {
    owner: Owner,
    roles: Roles<Role>,
    lots: Map<String, Lot>,
    /// Steps by lot and number.
    trail: Map<(String, u32), Step>,
}

/// What somebody may do.
#[derive(AbiType, MapKey, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Opens lots and measures.
    Inspector,
    /// Decides about lots.
    Manager,
}

/// What is measured of a lot.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Characteristic {
    /// Such as "diameter".
    pub name: String,
    /// Of the values, such as "µm".
    pub unit: String,
    /// The least that is good.
    pub min: i64,
    /// The most that is good.
    pub max: i64,
}

/// Where a lot is.
#[derive(AbiType, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is measured.
    Open,
    /// Too many values were out of their limits.
    Blocked,
    /// It is good.
    Released,
    /// It is not.
    Rejected,
}

/// A lot.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// What is made.
    pub product: String,
    /// What is measured.
    pub characteristics: Vec<Characteristic>,
    /// How often each was measured.
    pub measured: Vec<u32>,
    /// Values out of their limits, since it was opened or resumed.
    pub alarms: u32,
    /// So many block it.
    pub alarms_max: u32,
    /// Where it is.
    pub status: Status,
    /// How many steps its trail has.
    pub steps: u32,
    /// Hash over the trail: `blake3(hash before ‖ SCALE(step))`, zeros before the first.
    pub trail: [u8; 32],
}

/// A step of a lot.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: TimestampMs,
    /// Who.
    pub by: Address,
    /// What.
    pub what: Act,
}

/// What was done with a lot.
#[derive(AbiType, Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It was opened.
    Opened,
    /// A characteristic was measured.
    Measured {
        /// Its place in the list.
        characteristic: u32,
        /// The value.
        value: i64,
        /// Whether it is out of its limits.
        alarm: bool,
    },
    /// Alarms blocked it.
    Blocked,
    /// It may be measured again.
    Resumed {
        /// Why.
        reason: String,
    },
    /// It is good.
    Released,
    /// It is not.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// A value is out of its limits.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Of which lot.
    #[topic]
    pub lot: String,
    /// The characteristic's place in the list.
    pub characteristic: u32,
    /// The value.
    pub value: i64,
    /// How many alarms there are.
    pub alarms: u32,
}

/// A lot is somewhere else.
#[event]
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which one.
    #[topic]
    pub lot: String,
    /// Where it is.
    pub status: Status,
    /// Hash over its trail.
    pub trail: [u8; 32],
}

/// Why nothing happened.
#[error]
#[derive(Debug, PartialEq, Eq)]
pub enum LotError {
    /// Only the owner gives roles.
    NotOwner,
    /// The caller does not have the role for this.
    RoleMissing,
    /// A text is empty or too long.
    BadText,
    /// There are no characteristics or too many, limits are turned around, or no alarm is allowed.
    BadPlan,
    /// There is such a lot already.
    Known,
    /// There is no such lot.
    NoSuchLot,
    /// The lot has no such characteristic.
    NoSuchCharacteristic,
    /// This cannot be done where the lot is.
    WrongStatus {
        /// Where it is.
        status: Status,
    },
    /// A characteristic was not measured.
    NotMeasured {
        /// Its place in the list.
        characteristic: u32,
    },
}

impl From<AccessError> for LotError {
    fn from(error: AccessError) -> LotError {
        match error {
            AccessError::RoleMissing => LotError::RoleMissing,
            _ => LotError::NotOwner,
        }
    }
}

#[contract]
impl Lots {
    /// Belongs to its creator, who gives roles.
    #[init]
    pub fn init(&mut self) {
        self.owner.set(&context::caller());
    }

    /// Gives a role, or takes it away.
    #[call]
    pub fn set_role(&mut self, role: Role, who: Address, has: bool) -> Result<(), LotError> {
        self.owner.check()?;
        if has {
            self.roles.grant(&role, &who);
        } else {
            self.roles.revoke(&role, &who);
        }
        Ok(())
    }

    /// Opens a lot; so many alarms will block it.
    #[call]
    pub fn open_lot(
        &mut self,
        lot: String,
        product: String,
        characteristics: Vec<Characteristic>,
        alarms_max: u32,
    ) -> Result<(), LotError> {
        self.roles.check(&Role::Inspector)?;
        let are_texts = characteristics
            .iter()
            .all(|it| is_text(&it.name) && is_text(&it.unit));
        ensure!(
            is_text(&lot) && is_text(&product) && are_texts,
            LotError::BadText
        );
        let count = characteristics.len();
        let are_some = (1..=CHARACTERISTICS_MAX as usize).contains(&count);
        let are_ordered = characteristics.iter().all(|it| it.min <= it.max);
        ensure!(are_some && are_ordered && alarms_max > 0, LotError::BadPlan);
        ensure!(!self.lots.contains(&lot), LotError::Known);
        let mut opened = Lot {
            product,
            characteristics,
            measured: vec![0; count],
            alarms: 0,
            alarms_max,
            status: Status::Open,
            steps: 0,
            trail: [0; 32],
        };
        self.step(&lot, &mut opened, Act::Opened);
        self.keep(lot, &opened, true);
        Ok(())
    }

    /// Writes down a value; whether it is out of its limits.
    #[call]
    pub fn measure(
        &mut self,
        lot: String,
        characteristic: u32,
        value: i64,
    ) -> Result<bool, LotError> {
        self.roles.check(&Role::Inspector)?;
        let mut found = self.at(&lot, &[Status::Open])?;
        let place = characteristic as usize;
        let (Some(limits), Some(times)) = (
            found.characteristics.get(place),
            found.measured.get_mut(place),
        ) else {
            return Err(LotError::NoSuchCharacteristic);
        };
        let alarm = value < limits.min || value > limits.max;
        *times = times.saturating_add(1);
        let act = Act::Measured {
            characteristic,
            value,
            alarm,
        };
        self.step(&lot, &mut found, act);
        if alarm {
            // Blocked at the most, which fits.
            found.alarms += 1;
            emit(&Alarm {
                lot: lot.clone(),
                characteristic,
                value,
                alarms: found.alarms,
            });
        }
        let is_blocked = found.alarms >= found.alarms_max;
        if is_blocked {
            found.status = Status::Blocked;
            self.step(&lot, &mut found, Act::Blocked);
        }
        self.keep(lot, &found, is_blocked);
        Ok(alarm)
    }

    /// Lets a blocked lot be measured again; its alarms count from zero.
    #[call]
    pub fn resume(&mut self, lot: String, reason: String) -> Result<(), LotError> {
        self.roles.check(&Role::Manager)?;
        ensure!(is_text(&reason), LotError::BadText);
        let mut found = self.at(&lot, &[Status::Blocked])?;
        (found.status, found.alarms) = (Status::Open, 0);
        self.step(&lot, &mut found, Act::Resumed { reason });
        self.keep(lot, &found, true);
        Ok(())
    }

    /// Says that a lot is good: it is open, and everything was measured.
    #[call]
    pub fn release(&mut self, lot: String) -> Result<(), LotError> {
        self.roles.check(&Role::Manager)?;
        let mut found = self.at(&lot, &[Status::Open])?;
        if let Some(place) = found.measured.iter().position(|it| *it == 0) {
            let characteristic = place as u32;
            return Err(LotError::NotMeasured { characteristic });
        }
        found.status = Status::Released;
        self.step(&lot, &mut found, Act::Released);
        self.keep(lot, &found, true);
        Ok(())
    }

    /// Says that a lot is not good.
    #[call]
    pub fn reject(&mut self, lot: String, reason: String) -> Result<(), LotError> {
        self.roles.check(&Role::Manager)?;
        ensure!(is_text(&reason), LotError::BadText);
        let mut found = self.at(&lot, &[Status::Open, Status::Blocked])?;
        found.status = Status::Rejected;
        self.step(&lot, &mut found, Act::Rejected { reason });
        self.keep(lot, &found, true);
        Ok(())
    }

    /// A lot.
    #[query]
    pub fn lot(&self, lot: String) -> Option<Lot> {
        self.lots.get(&lot)
    }

    /// Steps of a lot from a number on, at most 100.
    #[query]
    pub fn steps(&self, lot: String, first: u32, limit: u32) -> Vec<Step> {
        let steps = self.lots.get(&lot).map_or(0, |it| it.steps);
        let limit = limit.min(PAGE_STEPS_MAX);
        let end = steps.min(first.saturating_add(limit));
        let step = |number| self.trail.get(&(lot.clone(), number));
        (first..end).filter_map(step).collect()
    }

    /// Whether somebody has a role.
    #[query]
    pub fn has_role(&self, role: Role, who: Address) -> bool {
        self.roles.has(&role, &who)
    }

    fn at(&self, lot: &String, allowed: &[Status]) -> Result<Lot, LotError> {
        let found = self.lots.get(lot).ok_or(LotError::NoSuchLot)?;
        let status = found.status;
        ensure!(allowed.contains(&status), LotError::WrongStatus { status });
        Ok(found)
    }

    /// Adds a step to the trail.
    fn step(&mut self, lot: &str, found: &mut Lot, what: Act) {
        let step = Step {
            at: context::block_time(),
            by: context::caller(),
            what,
        };
        self.trail.set(&(lot.to_owned(), found.steps), &step);
        found.steps = found.steps.checked_add(1).or_revert();
        found.trail = crypto::blake3(&(found.trail, step).encode());
    }

    fn keep(&mut self, lot: String, found: &Lot, has_moved: bool) {
        self.lots.set(&lot, found);
        if has_moved {
            emit(&Moved {
                lot,
                status: found.status,
                trail: found.trail,
            });
        }
    }
}

fn is_text(text: &str) -> bool {
    (1..=TEXT_BYTES_MAX as usize).contains(&text.len())
}

#[cfg(test)]
mod tests;
