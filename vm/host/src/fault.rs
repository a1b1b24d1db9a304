//! The node is broken: store failure, corrupt record, a rule of our own that does not hold.

use std::error::Error;
use std::fmt;

/// The node cannot go on. Never a result of a transaction: whoever receives it passes it up until
/// the node stops.
#[derive(Debug)]
pub struct HostFault(Box<dyn Error + Send + Sync>);

impl HostFault {
    /// A fault with this cause: an error, or a text.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> HostFault {
        HostFault(cause.into())
    }
}

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node fault: {}", self.0)
    }
}

impl Error for HostFault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
