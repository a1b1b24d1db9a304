//! Spans on their way to a real HTTP server, which takes them, refuses them, or says nothing.

#![allow(clippy::unwrap_used)]

mod collector; // an HTTP server that takes OTLP
mod exporting; // what becomes of spans
