//! Who decides which block.

use argosy_primitives::{Address, Limits, Validator, ValidatorSet, decode_untrusted};
use argosy_spec::{Agreement, ChainSpec, GenesisValidator};
use argosy_state::State;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

use crate::error::SystemError;
use crate::standing::{Member, Standing};

const LAST: &str = "validators/last";
const CURRENT: &str = "validators/current";
const NEXT: &str = "validators/next";
const STANDING: &str = "validators/standing";

/// What a record of the chain's own may take: thousands of validators.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// The sets that the state after block h speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSets {
    /// Decided h; at genesis those who decide block 1.
    pub last: ValidatorSet,
    /// Decide h+1.
    pub current: ValidatorSet,
    /// Decide h+2.
    pub next: ValidatorSet,
}

/// The validators that the spec lists.
pub fn genesis_set(spec: &ChainSpec) -> ValidatorSet {
    let validator = |it: &GenesisValidator| Validator {
        address: Address::of_key(&it.key),
        key: it.key,
        power: it.power,
        absent: false,
    };
    ValidatorSet(spec.genesis.validators.iter().map(validator).collect())
}

/// Writes the records of a chain whose validators agree into the state of its genesis.
pub fn write_genesis(state: &mut State, spec: &ChainSpec) {
    if spec.protocol.agreement == Agreement::Solo {
        return;
    }
    let set = genesis_set(spec);
    let standing = Standing(set.0.iter().map(|it| Member::new(it.address)).collect());
    standing.write(state);
    let sets = ValidatorSets {
        last: set.clone(),
        current: set.clone(),
        next: set,
    };
    sets.write(state);
}

impl ValidatorSets {
    /// Reads them; on a solo chain all are those of the spec.
    pub fn read(state: &State, spec: &ChainSpec) -> Result<ValidatorSets, SystemError> {
        if spec.protocol.agreement == Agreement::Solo {
            let set = genesis_set(spec);
            return Ok(ValidatorSets {
                last: set.clone(),
                current: set.clone(),
                next: set,
            });
        }
        Ok(ValidatorSets {
            last: read(state, LAST)?,
            current: read(state, CURRENT)?,
            next: read(state, NEXT)?,
        })
    }

    pub(crate) fn write(&self, state: &mut State) {
        write(state, LAST, &self.last);
        write(state, CURRENT, &self.current);
        write(state, NEXT, &self.next);
    }
}

impl Standing {
    /// Reads it; only chains whose validators agree have it.
    pub fn read(state: &State) -> Result<Standing, SystemError> {
        read(state, STANDING)
    }

    pub(crate) fn write(&self, state: &mut State) {
        write(state, STANDING, self);
    }
}

/// Keys of the system's address that begin with a byte from 128 on are this crate's.
fn key(name: &str) -> Vec<u8> {
    [&[0x80], name.as_bytes()].concat()
}

fn read<T>(state: &State, name: &'static str) -> Result<T, SystemError>
where
    T: Decode + DecodeWithMemTracking + Encode,
{
    let damaged = SystemError::Record { name };
    let Some(bytes) = state.system_get(&Address::SYSTEM, &key(name))? else {
        return Err(damaged);
    };
    decode_untrusted(&bytes, Limits::for_size(RECORD_BYTES_MAX)).map_err(|_| damaged)
}

fn write<T: Encode>(state: &mut State, name: &str, record: &T) {
    state.system_set(&Address::SYSTEM, &key(name), &record.encode());
}
