//! The methods by group: traits for server and client, and a table of their names and parameters.
//!
//! Parameters go by name (`{"address": …, "at": …}`) or by position. The table is what the server
//! checks names against: a misspelt optional parameter is an error, never silently ignored.
//! Adding a method: its row and its trait's method in the file of its group, its types in
//! `openrpc/shapes.rs`, an example in `openrpc/examples.rs`, the server's `impl`, a line in the tests'
//! table of that group.

mod account;
mod admin;
mod chain;
mod contract;
mod debug;
mod dev;
mod events;
mod meta;
mod state;
mod system;
mod tx;

mod spec; // what the table says of a method

#[cfg(any(feature = "client", feature = "server"))]
pub use self::{
    account::traits::*, chain::traits::*, contract::traits::*, debug::traits::*, dev::traits::*,
    events::traits::*, meta::traits::*, state::traits::*, system::traits::*, tx::traits::*,
};
pub use admin::ADMIN_METHODS;
pub use spec::{Class, MethodSpec, ParamSpec};

/// The tables of the groups, in the order of [`METHODS`].
const GROUPS: [&[MethodSpec]; 10] = [
    system::METHODS,
    chain::METHODS,
    account::METHODS,
    tx::METHODS,
    contract::METHODS,
    state::METHODS,
    events::METHODS,
    debug::METHODS,
    dev::METHODS,
    meta::METHODS,
];

/// Every method, by group.
pub const METHODS: &[MethodSpec] = &joined::<{ count() }>();

const fn count() -> usize {
    let (mut group, mut count) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
}

/// The rows of all groups; `N` is their [`count`].
const fn joined<const N: usize>() -> [MethodSpec; N] {
    let mut rows = [GROUPS[0][0]; N];
    let (mut group, mut next) = (0, 0);
    while group < GROUPS.len() {
        let mut row = 0;
        while row < GROUPS[group].len() {
            rows[next] = GROUPS[group][row];
            (row, next) = (row + 1, next + 1);
        }
        group += 1;
    }
    rows
}
