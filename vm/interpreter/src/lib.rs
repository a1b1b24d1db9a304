//! VM interpreter.
