//! `kv` on RocksDB, and the directory that a node keeps it in.
//!
//! Start reading at [`DataDir::open`], then [`RocksStore::open`].
//!
//! ```text
//! DIR/FORMAT     whose directory this is, and which layout it has
//!     LOCK       held while a process uses it; names the process
//!     db/        RocksDB, one column family per `kv` column
//! ```
//!
//! Always: a directory that is not ours, or that we cannot read, is left as it is; a synced batch
//! that was acknowledged survives a kill and a loss of power, and no batch ever does in part.
//! Not here: what the bytes mean (`chain`), and other files of the node (`argosyd`).

mod backup; // whole databases kept elsewhere
mod directory; // whose directory, which layout, in use by whom
mod error;
mod logs; // what RocksDB cannot read
mod metrics;
mod options; // every setting of RocksDB that matters
mod rocks; // the store
mod synced; // how far the log was on disk
mod unfinished; // a database that is being made
mod view; // snapshots

pub use backup::{Backup, Backups};
pub use directory::DataDir;
pub use error::{MEND, OpenError};
pub use metrics::Metrics;
pub use options::StoreConfig;
pub use rocks::{ColumnFigures, Figures, RocksStore};
pub use unfinished::Unfinished;
