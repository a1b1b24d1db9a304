//! Rules of a chain spec that concern more than one value: a flat list, one rule at a time.

use std::collections::BTreeSet;

use argosy_primitives::AbiKind;

use crate::{
    AbiLimits, Agreement, ChainLimits, ChainSpec, Fees, Genesis, Network, Protocol, SpecError,
    bounded::Ranged,
};

/// Voting power of a set stays below this, so that sums of power never wrap.
const POWER_TOTAL_MAX: u128 = (1 << 62) - 1;

/// Supply stays below this, so that sums of balances and fees never wrap.
const SUPPLY_MAX: u128 = (1 << 120) - 1;

/// Bytes of a transaction besides the code it uploads, with room to spare.
const TX_OVERHEAD_BYTES: u32 = 1_024;

impl ChainSpec {
    /// Refuses the first value or combination of values that breaks a rule.
    pub(crate) fn check(&self) -> Result<(), SpecError> {
        self.network.check()?;
        self.protocol.check()?;
        self.consensus.check_ranges("consensus")?;
        self.limits.check()?;
        self.fees.check()?;
        self.genesis.check(&self.network, &self.fees)?;
        self.check_solo()?;
        for (kind, limits) in &self.vm {
            limits.check(&format!("vm.{}", kind.as_str()), &self.limits)?;
        }
        if !self.vm.contains_key(&AbiKind::Native) {
            return Err(SpecError::NoNativeAbi);
        }
        self.instruction_prices.check_ranges("instruction_prices")?;
        self.load_prices.check_ranges("load_prices")?;
        self.upload_prices.check_ranges("upload_prices")?;
        self.host_prices.check_ranges("host_prices")
    }

    /// Alone is only who is the only one.
    fn check_solo(&self) -> Result<(), SpecError> {
        match (self.protocol.agreement, self.genesis.validators.len()) {
            (Agreement::Bft, _) | (Agreement::Solo, 1) => Ok(()),
            (Agreement::Solo, found) => Err(SpecError::NotSolo { found }),
        }
    }
}

impl Network {
    fn check(&self) -> Result<(), SpecError> {
        let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
        check_text("network.name", &self.name, 1..=32, plain)?;
        check_text("network.token_symbol", &self.token_symbol, 1..=12, |it| {
            it.is_ascii_uppercase()
        })?;
        u32::from(self.token_decimals).check_range("network.token_decimals", 0..=18)
    }
}

impl Protocol {
    fn check(&self) -> Result<(), SpecError> {
        not_empty("protocol.versions", self.versions.len())?;
        let mut numbers = BTreeSet::new();
        for (index, it) in self.versions.iter().enumerate() {
            let key = format!("protocol.versions[{index}]");
            it.version
                .check_range(&format!("{key}.version"), 1..=u64::from(u32::MAX))?;
            not_empty(&format!("{key}.actions"), it.actions.len())?;
            unique(
                &mut numbers,
                it.version,
                &format!("{key}.version"),
                it.version,
            )?;
        }
        // Ascending order, so that a list has one spelling and thus one hash.
        for (index, pair) in self.versions.windows(2).enumerate() {
            let (first, second) = (pair[0].version, pair[1].version);
            let keys = [index, index + 1].map(|it| format!("protocol.versions[{it}].version"));
            at_most(&keys[0], first.into(), &keys[1], second.into())?;
        }
        match self.version(self.genesis_version) {
            Some(_) => Ok(()),
            None => Err(SpecError::UnknownVersion {
                found: self.genesis_version,
            }),
        }
    }
}

impl ChainLimits {
    fn check(&self) -> Result<(), SpecError> {
        self.check_ranges("limits")?;
        at_most(
            "limits.tx_size_bytes_max",
            self.tx_size_bytes_max.into(),
            "limits.block_size_bytes_max",
            self.block_size_bytes_max.into(),
        )?;
        at_most(
            "limits.tx_gas_max",
            self.tx_gas_max,
            "limits.block_gas_max",
            self.block_gas_max,
        )?;
        at_most(
            "limits.data_bytes_max",
            self.data_bytes_max.into(),
            "limits.tx_size_bytes_max",
            self.tx_size_bytes_max.into(),
        )
    }
}

impl Fees {
    fn check(&self) -> Result<(), SpecError> {
        self.check_ranges()?;
        let deposits = [
            ("fees.account_deposit", self.account_deposit),
            (
                "fees.storage_deposit_per_byte",
                self.storage_deposit_per_byte,
            ),
            (
                "fees.storage_deposit_per_item",
                self.storage_deposit_per_item,
            ),
            ("fees.code_deposit_per_byte", self.code_deposit_per_byte),
        ];
        for (key, found) in deposits {
            // Small enough that a deposit for any number of bytes fits a balance.
            let found = u64::try_from(found).unwrap_or(u64::MAX);
            found.check_range(key, 1..=1_000_000_000_000_000_000)?;
        }
        Ok(())
    }
}

impl Genesis {
    fn check(&self, network: &Network, fees: &Fees) -> Result<(), SpecError> {
        self.base_price.check_range(
            "genesis.base_price",
            fees.base_price_min..=1_000_000_000_000,
        )?;
        not_empty("genesis.accounts", self.accounts.len())?;
        let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for (index, it) in self.accounts.iter().enumerate() {
            let key = format!("genesis.accounts[{index}]");
            check_name(&mut names, it.name.as_deref(), &key)?;
            unique(
                &mut addresses,
                it.address,
                &format!("{key}.address"),
                it.address.to_text(network.hrp),
            )?;
        }
        let balances = self.accounts.iter().map(|it| it.balance);
        check_sum("genesis.accounts[].balance", balances, SUPPLY_MAX)?;

        not_empty("genesis.validators", self.validators.len())?;
        let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (index, it) in self.validators.iter().enumerate() {
            let key = format!("genesis.validators[{index}]");
            check_name(&mut names, it.name.as_deref(), &key)?;
            unique(&mut keys, it.key, &format!("{key}.key"), it.key)?;
            it.power
                .check_range(&format!("{key}.power"), 1..=u64::MAX)?;
        }
        let powers = self.validators.iter().map(|it| u128::from(it.power));
        check_sum("genesis.validators[].power", powers, POWER_TOTAL_MAX)
    }
}

impl AbiLimits {
    fn check(&self, section: &str, chain: &ChainLimits) -> Result<(), SpecError> {
        self.check_ranges(section)?;
        let key = |name: &str| format!("{section}.{name}");
        // An upload must fit a transaction, and its instrumented form the hot set.
        at_most(
            &key("code_bytes_max"),
            self.code_bytes_max.into(),
            &format!("limits.tx_size_bytes_max less {TX_OVERHEAD_BYTES}"),
            chain
                .tx_size_bytes_max
                .saturating_sub(TX_OVERHEAD_BYTES)
                .into(),
        )?;
        at_most(
            &key("instrumented_bytes_max"),
            self.instrumented_bytes_max.into(),
            "limits.hot_set_bytes_max",
            chain.hot_set_bytes_max,
        )?;
        let pairs = [
            (
                "code_bytes_max",
                self.code_bytes_max,
                "instrumented_bytes_max",
                self.instrumented_bytes_max,
            ),
            (
                "body_bytes_max",
                self.body_bytes_max,
                "code_bytes_max",
                self.code_bytes_max,
            ),
            (
                "abi_bytes_max",
                self.abi_bytes_max,
                "code_bytes_max",
                self.code_bytes_max,
            ),
            (
                "params_max",
                self.params_max,
                "locals_function_max",
                self.locals_function_max,
            ),
            (
                "locals_function_max",
                self.locals_function_max,
                "locals_max",
                self.locals_max,
            ),
            (
                "nesting_loops_max",
                self.nesting_loops_max,
                "nesting_max",
                self.nesting_max,
            ),
            (
                "blocks_function_max",
                self.blocks_function_max,
                "blocks_max",
                self.blocks_max,
            ),
            (
                "br_table_targets_max",
                self.br_table_targets_max,
                "br_table_targets_module_max",
                self.br_table_targets_module_max,
            ),
            (
                "memory_initial_pages_max",
                self.memory_initial_pages_max,
                "memory_pages_max",
                self.memory_pages_max,
            ),
        ];
        for (name, value, other, limit) in pairs {
            at_most(&key(name), value.into(), &key(other), limit.into())?;
        }
        Ok(())
    }
}

/// Refuses a value above the one that bounds it.
fn at_most(key: &str, found: u64, other: &str, limit: u64) -> Result<(), SpecError> {
    if found <= limit {
        return Ok(());
    }
    Err(SpecError::Above {
        key: key.into(),
        found,
        other: other.into(),
        limit,
    })
}

fn not_empty(key: &str, count: usize) -> Result<(), SpecError> {
    if count > 0 {
        return Ok(());
    }
    Err(SpecError::Empty { key: key.into() })
}

fn unique<T: Ord>(
    seen: &mut BTreeSet<T>,
    item: T,
    key: &str,
    shown: impl std::fmt::Display,
) -> Result<(), SpecError> {
    if seen.insert(item) {
        return Ok(());
    }
    Err(SpecError::Duplicate {
        key: key.into(),
        found: shown.to_string(),
    })
}

fn check_name<'a>(
    seen: &mut BTreeSet<&'a str>,
    name: Option<&'a str>,
    key: &str,
) -> Result<(), SpecError> {
    let Some(name) = name else { return Ok(()) };
    let key = format!("{key}.name");
    check_text(&key, name, 1..=32, |it| {
        it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'
    })?;
    unique(seen, name, &key, name)
}

fn check_text(
    key: &str,
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
    allowed: impl Fn(u8) -> bool,
) -> Result<(), SpecError> {
    if lengths.contains(&text.len()) && text.bytes().all(allowed) {
        return Ok(());
    }
    let (min, max) = lengths.into_inner();
    Err(SpecError::Text {
        key: key.into(),
        found: text.into(),
        expected: format!("{min} to {max} plain characters as in the built-in networks"),
    })
}

fn check_sum(key: &str, mut parts: impl Iterator<Item = u128>, max: u128) -> Result<(), SpecError> {
    let sum = parts.try_fold(0_u128, |sum, it| sum.checked_add(it));
    match sum.filter(|&it| it <= max) {
        Some(_) => Ok(()),
        None => Err(SpecError::SumTooLarge {
            key: key.into(),
            max,
        }),
    }
}
