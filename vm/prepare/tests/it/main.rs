//! Tests of the crate as its users see it: text in, a verdict or a running module out.

mod accept; // what ordinary modules look like afterwards
mod equal; // instrumentation changes nothing but gas and depth
mod far_store; // an engine that panics at some stores
mod features; // one module per refused feature
mod gas; // totals counted by hand
mod golden; // the instrumented bytes are frozen
mod hostile; // arbitrary bytes
mod interface; // imports, exports, custom sections, segments
mod limits; // each limit at its edge and one beyond
mod native_stack; // nothing a module does reaches the engine's own stack limit
mod random; // modules from a generator
mod select; // a miscompilation of the engine that the instrumentation avoids
mod support;
