//! VM engine.
