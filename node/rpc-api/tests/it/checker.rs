//! Checks values against schemas inside a document.

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

/// What schemas call the document; nothing is read from there.
const DOCUMENT: &str = "http://argosy.test/openrpc.json";

/// The schemas of a document.
pub(crate) struct Checker {
    compiler: Compiler,
    schemas: Schemas,
}

impl Checker {
    pub(crate) fn new(document: &Value) -> Checker {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler.add_resource(DOCUMENT, document.clone()).unwrap();
        Checker {
            compiler,
            schemas: Schemas::new(),
        }
    }

    /// What is wrong with `value` by the schema at this place of the document.
    pub(crate) fn problem(&mut self, pointer: &str, value: &Value) -> Option<String> {
        let place = format!("{DOCUMENT}#{pointer}");
        let schema = self.compiler.compile(&place, &mut self.schemas);
        let schema = schema.unwrap_or_else(|error| panic!("{pointer}: {error:#}"));
        let checked = self.schemas.validate(value, schema);
        checked.err().map(|error| format!("{error:#}"))
    }
}
