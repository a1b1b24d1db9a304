//! CosmWasm contracts on the executor, on both tiers at once.

mod echo; // a contract whose messages are its results

mod calls; // entries, funds, events, other contracts, native ones too
mod exchange; // tokens of both kinds of contracts
mod floats; // every float instruction
mod hostile; // what contracts may try
mod imports; // every import, called by a module
mod lifecycle; // created, migrated, handed over by contracts
mod modes; // every mode of reply for every kind of message
mod queries; // what contracts ask
mod registry; // real ones, unmodified, against an oracle
mod replies; // messages that succeed and fail, and who hears of it
mod scenario; // what is done with contracts, step by step
mod sudo; // what the chain itself tells contracts
mod traced; // frames, as told to somebody who listens
mod uploads; // which modules are taken
