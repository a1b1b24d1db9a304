//! The tier by itself, on modules that are written as instrumentation would leave them.

mod features; // what wasmi must refuse
