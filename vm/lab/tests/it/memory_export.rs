//! The testsuite's modules often keep their memory to themselves.

/// The chain reaches a memory by its export; the testsuite's modules often have none.
pub(crate) fn with_memory_export(code: &[u8]) -> Vec<u8> {
    use wasm_encoder::reencode::{Reencode, utils};
    let (mut has_memory, mut has_exports, mut taken) = (false, false, false);
    for payload in wasmparser::Parser::new(0).parse_all(code).flatten() {
        match payload {
            wasmparser::Payload::MemorySection(section) => has_memory = section.count() > 0,
            wasmparser::Payload::ExportSection(section) => {
                has_exports = true;
                taken = section.into_iter().flatten().any(|it| it.name == "memory");
            }
            _ => {}
        }
    }
    if !has_memory || taken {
        return code.to_vec();
    }
    /// Adds the export to the section, or a section with it.
    struct Export {
        has_exports: bool,
    }
    impl Reencode for Export {
        type Error = std::convert::Infallible;

        fn parse_export_section(
            &mut self,
            exports: &mut wasm_encoder::ExportSection,
            section: wasmparser::ExportSectionReader<'_>,
        ) -> Result<(), wasm_encoder::reencode::Error> {
            utils::parse_export_section(self, exports, section)?;
            exports.export("memory", wasm_encoder::ExportKind::Memory, 0);
            Ok(())
        }

        fn intersperse_section_hook(
            &mut self,
            module: &mut wasm_encoder::Module,
            _: Option<wasm_encoder::SectionId>,
            before: Option<wasm_encoder::SectionId>,
        ) -> Result<(), wasm_encoder::reencode::Error> {
            use wasm_encoder::SectionId::{Code, Data, DataCount, Element, Start};
            if !self.has_exports
                && matches!(
                    before,
                    None | Some(Start | Element | DataCount | Code | Data)
                )
            {
                self.has_exports = true;
                let mut exports = wasm_encoder::ExportSection::new();
                exports.export("memory", wasm_encoder::ExportKind::Memory, 0);
                module.section(&exports);
            }
            Ok(())
        }
    }
    let mut module = wasm_encoder::Module::new();
    let parser = wasmparser::Parser::new(0);
    match (Export { has_exports }).parse_core_module(&mut module, parser, code) {
        Ok(()) => module.finish(),
        Err(_) => code.to_vec(),
    }
}
