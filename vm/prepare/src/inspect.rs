//! Walks a module, one payload at a time: our rules first, since they name things better, then
//! wasmparser's, which decide what WebAssembly is.
//!
//! Invariant: what [`inspect`] returns is valid WebAssembly of the accepted features within every
//! limit, so that writing it anew cannot fail.

use wasmparser::{Encoding, FunctionBody, Parser, Payload, ValidPayload, Validator};

use crate::{
    Feature, Limit, Reason, Refusal, Rules, Section,
    body::Bodies,
    feature::accepted_features,
    interface::{check_exports, check_imports},
    limit::at_most,
    plan::BodyPlan,
    sections::{
        Sections, check_functions, check_globals, check_memories, check_tables, check_types,
        feature,
    },
    segments::{check_data, check_elements},
};

/// A module that obeys every rule, taken apart.
pub(crate) struct Inspected<'a> {
    pub(crate) sections: Sections<'a>,
    pub(crate) bodies: Vec<(FunctionBody<'a>, BodyPlan)>,
    pub(crate) locals: u32,
    pub(crate) blocks: u32,
    pub(crate) grows_memory: bool,
}

/// Checks a module against every rule.
pub(crate) fn inspect<'a>(code: &'a [u8], rules: &Rules<'_>) -> Result<Inspected<'a>, Refusal> {
    let limits = rules.limits;
    at_most(
        Limit::CodeBytes,
        code.len(),
        limits.code_bytes_max,
        (Section::Module, 0),
    )?;
    let mut validator = Validator::new_with_features(accepted_features(limits));
    let mut parser = Parser::new(0);
    parser.set_features(accepted_features(limits));
    let mut sections = Sections::default();
    let mut bodies = Bodies::new(limits, rules.prices);
    let mut planned = Vec::new();
    let mut section = Section::Module;
    for payload in parser.parse_all(code) {
        let payload = payload.map_err(|it| Refusal::of_parser(section, &it))?;
        section = section_of(&payload);
        check_payload(&payload, &mut sections, rules)?;
        let valid = validator.payload(&payload);
        match valid.map_err(|it| Refusal::of_parser(section, &it))? {
            ValidPayload::Func(function, body) => {
                let plan = bodies.plan(function, &body)?;
                planned.push((body, plan));
            }
            ValidPayload::Ok | ValidPayload::Parser(_) | ValidPayload::End(_) => {}
        }
    }
    if sections.memory.is_some() && !sections.exports.memory {
        return Err(Refusal::at(
            Section::Export,
            code.len(),
            Reason::MemoryNotExported,
        ));
    }
    if let Some(name) = sections.exports.missing(rules.exports) {
        let reason = Reason::ExportMissing { name };
        return Err(Refusal::at(Section::Export, code.len(), reason));
    }
    Ok(Inspected {
        sections,
        bodies: planned,
        locals: bodies.locals(),
        blocks: bodies.blocks(),
        grows_memory: bodies.grows_memory(),
    })
}

/// Our rules for a payload; bodies have theirs in `body`.
fn check_payload<'a>(
    payload: &Payload<'a>,
    sections: &mut Sections<'a>,
    rules: &Rules<'_>,
) -> Result<(), Refusal> {
    let limits = rules.limits;
    match payload {
        Payload::Version {
            encoding, range, ..
        } if *encoding != Encoding::Module => {
            let at = (Section::Module, range.start);
            return Err(feature(
                at,
                Feature::Components,
                "component in place of a module",
            ));
        }
        Payload::TypeSection(it) => sections.signatures = check_types(it, limits)?,
        Payload::ImportSection(it) => {
            sections.imported = check_imports(it, rules, &sections.signatures)?;
            sections.readers.imports = Some(it.clone());
        }
        Payload::FunctionSection(it) => sections.defined = check_functions(it, limits)?,
        Payload::TableSection(it) => sections.table_entries = check_tables(it, limits)?,
        Payload::MemorySection(it) => sections.memory = check_memories(it, limits)?,
        Payload::GlobalSection(it) => {
            sections.globals = check_globals(it, limits)?;
            sections.readers.globals = Some(it.clone());
        }
        Payload::ExportSection(it) => {
            sections.exports = check_exports(it, sections, rules)?;
            sections.readers.exports = Some(it.clone());
        }
        Payload::StartSection { range, .. } => {
            return Err(Refusal::at(
                Section::Start,
                range.start,
                Reason::StartFunction,
            ));
        }
        Payload::ElementSection(it) => {
            check_elements(it, sections.table_entries.unwrap_or(0), limits)?;
            sections.readers.elements = Some(it.clone());
        }
        Payload::DataSection(it) => {
            let pages = sections.memory.map_or(0, |it| it.initial_pages);
            check_data(it, pages, limits)?;
            sections.readers.data = Some(it.clone());
        }
        Payload::CustomSection(it) => sections.customs.add(it, rules)?,
        // Everything else is for wasmparser to accept or refuse.
        _ => {}
    }
    Ok(())
}

fn section_of(payload: &Payload<'_>) -> Section {
    match payload {
        Payload::Version { .. } | Payload::End(_) => Section::Module,
        Payload::TypeSection(_) => Section::Type,
        Payload::ImportSection(_) => Section::Import,
        Payload::FunctionSection(_) => Section::Function,
        Payload::TableSection(_) => Section::Table,
        Payload::MemorySection(_) => Section::Memory,
        Payload::TagSection(_) => Section::Tag,
        Payload::GlobalSection(_) => Section::Global,
        Payload::ExportSection(_) => Section::Export,
        Payload::StartSection { .. } => Section::Start,
        Payload::ElementSection(_) => Section::Element,
        Payload::DataCountSection { .. } => Section::DataCount,
        Payload::CodeSectionStart { .. } | Payload::CodeSectionEntry(_) => Section::Code,
        Payload::DataSection(_) => Section::Data,
        Payload::CustomSection(_) => Section::Custom,
        _ => Section::Unknown,
    }
}
