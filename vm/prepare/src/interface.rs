//! What a module shows and asks for: imports, exports, and the custom sections that the chain reads.
//!
//! Invariant: every import of an accepted module exists with this very signature, and no export of
//! it bears a name of the chain's own.

use argosy_vm_abi::{
    ABI_SECTION, ENTRY_MEMORY, Entry, ExportRules, MANIFEST_SECTION, Manifest, Marker, ValType,
};
use wasmparser::{
    CustomSectionReader, Export, ExportSectionReader, ExternalKind, FuncType, Import,
    ImportSectionReader, Imports, TypeRef,
};

use crate::{
    Feature, Limit, Reason, Refusal, Rules, Section,
    limit::at_most,
    refusal::shown,
    sections::{Sections, Signatures},
};

/// Exports that begin so belong to the chain.
const RESERVED_PREFIX: &str = "__";

/// Constants that the linker exports unasked; they are left out of the instrumented module.
pub(crate) const LINKER_EXPORTS: [&str; 2] = ["__data_end", "__heap_base"];

/// Checks the import section; the types of the imported functions in order.
pub(crate) fn check_imports(
    section: &ImportSectionReader<'_>,
    rules: &Rules<'_>,
    signatures: &Signatures,
) -> Result<Vec<u32>, Refusal> {
    let limits = rules.limits;
    let start = (Section::Import, section.range().start);
    at_most(Limit::Imports, section.count(), limits.imports_max, start)?;
    let mut types = Vec::new();
    for group in section.clone().into_iter_with_offsets() {
        let (offset, group) = group.map_err(|it| Refusal::of_parser(Section::Import, &it))?;
        let refused = |reason| Refusal::at(Section::Import, offset, reason);
        let Imports::Single(_, import) = group else {
            let (feature, used_by) = (Feature::Experimental, "compact imports".into());
            return Err(refused(Reason::Feature { feature, used_by }));
        };
        types.push(check_import(import, rules, signatures).map_err(refused)?);
    }
    Ok(types)
}

fn check_import(
    import: Import<'_>,
    rules: &Rules<'_>,
    signatures: &Signatures,
) -> Result<u32, Reason> {
    let name = || shown(import.name);
    let TypeRef::Func(ty) = import.ty else {
        return Err(Reason::ImportKind { name: name() });
    };
    let known = rules.imports.iter().find(|it| it.name == import.name);
    let Some(known) = known.filter(|_| import.module == rules.import_module) else {
        let module = shown(import.module);
        return Err(Reason::ImportUnknown {
            module,
            name: name(),
        });
    };
    let found = signatures.function(ty);
    let expected = FuncType::new(
        known.params.iter().copied().map(parser_type),
        known.result.map(parser_type),
    );
    if found == Some(&expected) {
        return Ok(ty);
    }
    Err(Reason::ImportSignature {
        name: name(),
        expected: expected.to_string(),
        found: found.map_or_else(|| "of no type".into(), FuncType::to_string),
    })
}

fn parser_type(ty: ValType) -> wasmparser::ValType {
    match ty {
        ValType::I32 => wasmparser::ValType::I32,
        ValType::I64 => wasmparser::ValType::I64,
    }
}

/// Checks the export section; the entries it offers in the order of the section.
pub(crate) fn check_exports(
    section: &ExportSectionReader<'_>,
    sections: &Sections<'_>,
    rules: &Rules<'_>,
) -> Result<Exports, Refusal> {
    let limits = rules.limits;
    let start = (Section::Export, section.range().start);
    at_most(Limit::Exports, section.count(), limits.exports_max, start)?;
    let mut exports = Exports::default();
    for export in section.clone().into_iter_with_offsets() {
        let (offset, export) = export.map_err(|it| Refusal::of_parser(Section::Export, &it))?;
        let at = (Section::Export, offset);
        at_most(
            Limit::NameBytes,
            export.name.len(),
            limits.name_bytes_max,
            at,
        )?;
        exports
            .add(export, sections, rules.exports)
            .map_err(|reason| Refusal::at(Section::Export, offset, reason))?;
    }
    Ok(exports)
}

/// What of a module's exports matters to the chain.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    pub(crate) entries: Vec<Entry>,
    pub(crate) memory: bool,
    /// Rows of the ABI's table that are there.
    found: Vec<&'static str>,
}

impl Exports {
    fn add(
        &mut self,
        export: Export<'_>,
        sections: &Sections<'_>,
        rules: &ExportRules,
    ) -> Result<(), Reason> {
        let name = || shown(export.name);
        if export.name.starts_with(RESERVED_PREFIX) && !is_linker_export(&export) {
            return Err(Reason::ExportReserved { name: name() });
        }
        if export.name == ENTRY_MEMORY {
            self.memory = export.kind == ExternalKind::Memory;
            return if self.memory {
                Ok(())
            } else {
                Err(Reason::ExportType { name: name() })
            };
        }
        check_marker(export.name, rules)?;
        let mut rows = (rules.functions.iter())
            .filter(|it| it.name == export.name)
            .peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let signature = match export.kind {
            ExternalKind::Func => sections.signature_of(export.index),
            _ => None,
        };
        let row = rows.find(|it| {
            let ty = FuncType::new(
                it.params.iter().copied().map(parser_type),
                it.result.map(parser_type),
            );
            signature == Some(&ty)
        });
        let Some(row) = row else {
            return Err(Reason::ExportType { name: name() });
        };
        self.found.push(row.name);
        self.entries.extend(row.entry);
        Ok(())
    }

    /// The first export that the ABI requires and the module lacks.
    pub(crate) fn missing(&self, rules: &ExportRules) -> Option<&'static str> {
        let mut required = rules.functions.iter().filter(|it| it.is_required);
        required
            .find(|it| !self.found.contains(&it.name))
            .map(|it| it.name)
    }
}

/// Refuses a name that says what this chain does not know.
fn check_marker(name: &str, rules: &ExportRules) -> Result<(), Reason> {
    let marker = rules.markers.iter().find(|it| name.starts_with(it.prefix));
    let Some(marker) = marker.filter(|it| !it.known.contains(&name)) else {
        return Ok(());
    };
    let (found, known) = (shown(name), marker.known.join(", "));
    Err(match marker.meaning {
        Marker::Version => Reason::InterfaceVersion { found, known },
        Marker::Requirement => Reason::RequirementUnknown { found, known },
    })
}

/// Whether an export is one of the linker's constants.
pub(crate) fn is_linker_export(export: &Export<'_>) -> bool {
    export.kind == ExternalKind::Global && LINKER_EXPORTS.contains(&export.name)
}

/// The custom sections that the chain reads; all others are left out of the instrumented module.
#[derive(Debug, Default)]
pub(crate) struct Customs {
    pub(crate) manifest: Option<Manifest>,
    pub(crate) abi: Vec<u8>,
    pub(crate) has_abi: bool,
    /// The version of its storage; the last one counts.
    pub(crate) storage_version: Option<u64>,
}

impl Customs {
    /// Takes in a custom section.
    pub(crate) fn add(
        &mut self,
        section: &CustomSectionReader<'_>,
        rules: &Rules<'_>,
    ) -> Result<(), Refusal> {
        let limits = rules.limits;
        let at = (Section::Custom, section.range().start);
        let refused = |reason| Refusal::at(at.0, at.1, reason);
        match section.name() {
            MANIFEST_SECTION => {
                let manifest = Manifest::parse(section.data());
                let manifest = manifest.map_err(|it| refused(Reason::Manifest(it)))?;
                match self.manifest.replace(manifest) {
                    None => Ok(()),
                    Some(_) => Err(refused(Reason::ManifestRepeated)),
                }
            }
            ABI_SECTION => {
                self.has_abi = true;
                let bytes = self.abi.len().saturating_add(section.data().len());
                at_most(Limit::AbiBytes, bytes, limits.abi_bytes_max, at)?;
                self.abi.extend_from_slice(section.data());
                Ok(())
            }
            name if Some(name) == rules.exports.storage_version => {
                let text = str::from_utf8(section.data()).ok();
                let version = text.and_then(|it| it.parse().ok());
                let found = || String::from_utf8_lossy(section.data());
                let wrong = || {
                    refused(Reason::StorageVersion {
                        found: shown(&found()),
                    })
                };
                self.storage_version = Some(version.ok_or_else(wrong)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
