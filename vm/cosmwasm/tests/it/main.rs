//! Every import on a guest and a host in memory.

mod fake; // the guest, the chain, and a frame over both

mod addresses; // texts and the bytes behind them
mod bounds; // regions, allocators and limits
mod crypto; // signatures and points
mod iterators; // walks over storage
mod storage; // keys and values
