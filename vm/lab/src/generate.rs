//! Random contracts: modules of wasm-smith within our rules, made to get somewhere.
//!
//! A module as it comes calls imports with pointers that lie anywhere, and shows nothing of what it
//! did to its memory. So each is rewritten: `i32` arguments of imports are cut to the first KiB
//! and to small lengths (in three modules of four), calls of imports
//! are put in here and there, and `call` ends by returning the hash of the whole memory.

use std::convert::Infallible;

use arbitrary::Unstructured;
use argosy_primitives::blake3;
use argosy_vm_abi::{IMPORTS, Import, MODULE, ValType};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{
    CodeSection, EntityType, ExportSection, Function, FunctionSection, ImportSection, TypeSection,
};
use wasm_smith::{Config, MemoryOffsetChoices};
use wasmparser::{
    CodeSectionReader, CompositeInnerType, Export, FuncType, FunctionBody, FunctionSectionReader,
    ImportSectionReader, Operator, Parser, Payload, TypeSectionReader,
};

/// Bytes from which a module is made; fewer make smaller ones.
pub(crate) const SEED_BYTES: usize = 8192;
/// What is left of an import's `i32` argument: pointers and lengths take turns, but for the number
/// of an event's topics and the flags of a call.
fn argument_mask(import: &str, place: usize) -> i32 {
    match (import, place) {
        ("emit", 1) | ("call", 3) => 3,
        (_, place) if place % 2 == 0 => 0x3ff,
        _ => 0x3f,
    }
}

/// Two imports are added to each module.
const ADDED_IMPORTS: u32 = 2;

/// Bytes for [`random_contract`], the same for the same seed everywhere.
pub fn seed_bytes(seed: u64) -> Vec<u8> {
    let block = |part: u64| blake3(&[seed.to_le_bytes(), part.to_le_bytes()].concat());
    (0..SEED_BYTES as u64 / 32).flat_map(block).collect()
}

/// A contract made from bytes, or why they give none.
pub fn random_contract(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let (choice, rest) = bytes.split_first().ok_or("no bytes")?;
    let module = wasm_smith::Module::new(config(*choice), &mut Unstructured::new(rest));
    let module = module.map_err(|error| error.to_string())?;
    Ok(rewrite(&module.to_bytes(), *choice))
}

/// Half of the modules cannot trap by themselves, a third has bulk operations, which exclude tables
/// and segments: their bulk operations are refused.
fn config(choice: u8) -> Config {
    let bulk = choice.is_multiple_of(3);
    let segments = if bulk { 0 } else { 4 };
    Config {
        allow_floats: false,
        allow_start_export: false,
        available_imports: Some(available_imports()),
        bulk_memory_enabled: bulk,
        disallow_traps: choice & 0x10 != 0,
        exceptions_enabled: false,
        exports: Some(text(
            r#"(module (memory (export "memory") 1 4) (func (export "call")))"#,
        )),
        extended_const_enabled: false,
        gc_enabled: false,
        max_data_segments: segments,
        max_element_segments: segments,
        max_funcs: 28,
        max_globals: 8,
        max_imports: 20,
        max_instructions: 300,
        // The exported one comes on top.
        max_memories: 0,
        max_memory32_bytes: 1 << 20,
        max_table_elements: 16,
        max_tables: usize::from(!bulk),
        memory64_enabled: false,
        // Within the memory, behind it but within what it may grow to, anything.
        memory_offset_choices: MemoryOffsetChoices(60, 30, 10),
        memory_max_size_required: true,
        min_funcs: 2,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    }
}

/// All imports but the two that end a frame.
fn available_imports() -> Vec<u8> {
    let ends = [Import::Finish.spec().name, Import::Revert.spec().name];
    let rows = IMPORTS.iter().filter(|it| !ends.contains(&it.name));
    let declarations: String = rows
        .map(|row| {
            let params: String = row
                .params
                .iter()
                .map(|it| format!(" {}", name(*it)))
                .collect();
            let result = row
                .result
                .map_or(String::new(), |it| format!("(result {})", name(it)));
            format!(
                "(import \"{MODULE}\" \"{}\" (func (param{params}) {result}))",
                row.name
            )
        })
        .collect();
    text(&format!("(module {declarations})"))
}

const fn name(ty: ValType) -> &'static str {
    match ty {
        ValType::I32 => "i32",
        ValType::I64 => "i64",
    }
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("well-formed text")
}

fn rewrite(code: &[u8], choice: u8) -> Vec<u8> {
    let mut rewriter = Rewriter::new(code, !choice.is_multiple_of(4), choice);
    let mut module = wasm_encoder::Module::new();
    let parsed = rewriter.parse_core_module(&mut module, Parser::new(0), code);
    parsed.expect("a generated module is valid");
    module.finish()
}

/// Rewrites a generated module.
struct Rewriter {
    masks: bool,
    types: Vec<FuncType>,
    /// Types of functions, imported ones first.
    functions: Vec<u32>,
    imports: u32,
    /// Their names.
    names: Vec<String>,
    /// Type of `call`, and of what takes its place.
    plain: u32,
    /// The next body.
    body: u32,
    /// Where the next draw comes from.
    random: u64,
}

impl Rewriter {
    fn new(code: &[u8], masks: bool, seed: u8) -> Rewriter {
        let mut rewriter = Rewriter {
            masks,
            types: Vec::new(),
            functions: Vec::new(),
            imports: 0,
            names: Vec::new(),
            plain: 0,
            body: 0,
            random: u64::from(seed),
        };
        for payload in Parser::new(0).parse_all(code) {
            rewriter.read(&payload.expect("generated"));
        }
        let plain = |it: &FuncType| it.params().is_empty() && it.results().is_empty();
        let found = rewriter
            .types
            .iter()
            .position(plain)
            .expect("`call` has it");
        rewriter.plain = found as u32;
        rewriter
    }

    fn read(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for ty in group.expect("generated").into_types() {
                        if let CompositeInnerType::Func(function) = ty.composite_type.inner {
                            self.types.push(function);
                        }
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import.expect("generated");
                    if let wasmparser::TypeRef::Func(ty) = import.ty {
                        self.functions.push(ty);
                        self.names.push(import.name.into());
                        self.imports += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                let types = section.clone().into_iter();
                self.functions
                    .extend(types.map(|it| it.expect("generated")));
            }
            _ => {}
        }
    }

    fn type_of(&self, function: u32) -> &FuncType {
        &self.types[self.functions[function as usize] as usize]
    }

    /// Index of the function behind all others.
    fn wrapper(&self) -> u32 {
        self.functions.len() as u32 + ADDED_IMPORTS
    }

    /// Calls every function of the module, then returns the hash of the memory. (The one that was
    /// generated as `call` is the last that bytes are left for, and mostly empty.)
    fn wrapper_body(&mut self) -> Function {
        let mut body = Function::new([]);
        let mut sink = body.instructions();
        for function in self.imports..self.functions.len() as u32 {
            let ty = self.type_of(function);
            for (place, param) in (0..).zip(ty.params()) {
                match param {
                    wasmparser::ValType::I64 => sink.i64_const(0x1_0000_0001 * (place + 3)),
                    _ => sink.i32_const(place as i32 * 64 + 5),
                };
            }
            sink.call(function + ADDED_IMPORTS);
            for _ in ty.results() {
                sink.drop();
            }
        }
        let (hash, finish) = (self.imports, self.imports + 1);
        sink.i32_const(0).memory_size(0).i32_const(16);
        sink.i32_shl().i32_const(0).call(hash);
        sink.i32_const(0).i32_const(32).call(finish).end();
        body
    }

    /// A number below `end` (Knuth's MMIX generator).
    fn draw(&mut self, end: u32) -> u32 {
        let next = self.random.wrapping_mul(6_364_136_223_846_793_005);
        self.random = next.wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as u32 % end
    }

    /// Calls one of the imports and drops what it gives: valid in every place of a body.
    fn call_some_import(&mut self, body: &mut Function) {
        if self.imports == 0 {
            return;
        }
        let import = self.draw(self.imports);
        let ty = self.type_of(import).clone();
        for (place, param) in ty.params().iter().enumerate() {
            let word = self.draw(0x400) as i32;
            let word = word & argument_mask(&self.names[import as usize], place);
            match param {
                wasmparser::ValType::I64 => body.instructions().i64_const(word.into()),
                _ => body.instructions().i32_const(word),
            };
        }
        body.instructions().call(import);
        for _ in ty.results() {
            body.instructions().drop();
        }
    }

    /// Cuts the arguments of an import that lie on the stack, by way of locals.
    fn mask(&self, body: &mut Function, import: u32, first_local: u32) {
        let params = self.type_of(import).params();
        let name = &self.names[import as usize];
        let mut sink = body.instructions();
        let local = |index: usize, ty: wasmparser::ValType| {
            let index = index as u32;
            match ty {
                wasmparser::ValType::I64 => first_local + 8 + index,
                _ => first_local + index,
            }
        };
        for (index, ty) in params.iter().enumerate().rev() {
            sink.local_set(local(index, *ty));
        }
        for (index, ty) in params.iter().enumerate() {
            sink.local_get(local(index, *ty));
            if *ty == wasmparser::ValType::I32 {
                sink.i32_const(argument_mask(name, index)).i32_and();
            }
        }
    }
}

impl Reencode for Rewriter {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        Ok(match function < self.imports {
            true => function,
            false => function + ADDED_IMPORTS,
        })
    }

    fn parse_type_section(
        &mut self,
        types: &mut TypeSection,
        section: TypeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_type_section(self, types, section)?;
        let word = wasm_encoder::ValType::I32;
        types.ty().function([word, word, word], []);
        types.ty().function([word, word], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_import_section(self, imports, section)?;
        let added = self.types.len() as u32;
        for (offset, import) in (0..).zip([Import::Blake3, Import::Finish]) {
            let ty = EntityType::Function(added + offset);
            imports.import(MODULE, import.spec().name, ty);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_function_section(self, functions, section)?;
        functions.function(self.plain);
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: Export<'_>,
    ) -> Result<(), Error<Infallible>> {
        if export.name == "call" {
            let kind = wasm_encoder::ExportKind::Func;
            exports.export(export.name, kind, self.wrapper());
            return Ok(());
        }
        utils::parse_export(self, exports, export)
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        utils::parse_code_section(self, code, section)?;
        code.function(&self.wrapper_body());
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        let own = self.type_of(self.imports + self.body);
        let mut first_local = own.params().len() as u32;
        self.body += 1;
        let mut locals = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            first_local += count;
            locals.push((count, self.val_type(ty)?));
        }
        locals.push((8, wasm_encoder::ValType::I32));
        locals.push((8, wasm_encoder::ValType::I64));
        let mut function = Function::new(locals);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if self.draw(12) == 0 {
                self.call_some_import(&mut function);
            }
            if let Operator::Call { function_index } = operator
                && self.masks
                && function_index < self.imports
            {
                self.mask(&mut function, function_index, first_local);
            }
            function.instruction(&self.instruction(operator)?);
        }
        code.function(&function);
        Ok(())
    }
}
