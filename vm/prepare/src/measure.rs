//! What an upload is charged for, counted before anything expensive is done with it.
//!
//! Invariant: for a module that `prepare` accepts, the counts equal those of its facts.
//! Not here: any judgement of the module; counting is total on everything that can be taken apart.

use argosy_primitives::Gas;
use argosy_spec::{AbiLimits, UploadPrices};
use wasmparser::{CompositeInnerType, FunctionBody, Parser, Payload, WasmFeatures};

use crate::{
    Limit, Refusal, Section,
    limit::at_most,
    price::{is_bulk, is_free},
    runs::Runs,
};

/// How much work a module is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Bytes as uploaded.
    pub bytes: u64,
    /// Functions defined.
    pub functions: u64,
    /// Locals of all functions, parameters included.
    pub locals: u64,
    /// Metered blocks.
    pub blocks: u64,
}

impl Measure {
    /// What validation, instrumentation and first translation cost; `u64::MAX`, which nobody can
    /// pay, if it does not fit.
    pub fn gas(&self, prices: &UploadPrices) -> Gas {
        let parts = [
            (prices.per_byte, self.bytes),
            (prices.per_function, self.functions),
            (prices.per_local, self.locals),
            (prices.per_block, self.blocks),
        ];
        let sum =
            |sum: Gas, (price, count): (Gas, u64)| sum.saturating_add(price.saturating_mul(count));
        parts.into_iter().fold(prices.base, sum)
    }
}

/// Counts what an upload is charged for.
///
/// A few nanoseconds per byte, which the caller charges by the byte beforehand.
pub fn measure(code: &[u8], limits: &AbiLimits) -> Result<Measure, Refusal> {
    at_most(
        Limit::CodeBytes,
        code.len(),
        limits.code_bytes_max,
        (Section::Module, 0),
    )?;
    let mut parser = Parser::new(0);
    parser.set_features(WasmFeatures::all());
    let mut measure = Measure {
        bytes: code.len() as u64,
        ..Measure::default()
    };
    let mut params = Params::default();
    for payload in parser.parse_all(code) {
        let section = match &payload {
            Ok(Payload::TypeSection(_)) => Section::Type,
            Ok(Payload::FunctionSection(_)) => Section::Function,
            Ok(Payload::CodeSectionEntry(_)) => Section::Code,
            _ => Section::Module,
        };
        payload
            .and_then(|it| measure.add(&it, &mut params))
            .map_err(|it| Refusal::of_parser(section, &it))?;
    }
    Ok(measure)
}

/// Parameters of function types and of the bodies to come.
#[derive(Default)]
struct Params {
    of_types: Vec<u64>,
    of_bodies: std::collections::VecDeque<u64>,
}

impl Measure {
    fn add(&mut self, payload: &Payload<'_>, params: &mut Params) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    params.of_types.extend(group?.types().map(
                        |it| match &it.composite_type.inner {
                            CompositeInnerType::Func(function) => function.params().len() as u64,
                            _ => 0,
                        },
                    ));
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section.clone() {
                    let params_of = params.of_types.get(ty? as usize);
                    params.of_bodies.push_back(params_of.copied().unwrap_or(0));
                }
            }
            Payload::CodeSectionEntry(body) => {
                self.functions = self.functions.saturating_add(1);
                let params = params.of_bodies.pop_front().unwrap_or(0);
                self.locals = self.locals.saturating_add(params);
                self.add_body(body)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn add_body(&mut self, body: &FunctionBody<'_>) -> wasmparser::Result<()> {
        for group in body.get_locals_reader()? {
            self.locals = self.locals.saturating_add(group?.0.into());
        }
        let mut runs = Runs::new();
        // The first run charges in any case, others with their first operator that costs.
        let mut charging = vec![true];
        self.blocks = self.blocks.saturating_add(1);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            let mut charges = false;
            if let Some(is_charging) = charging.get_mut(runs.current()) {
                charges = runs.is_live() && !is_free(&operator) && !*is_charging;
                *is_charging |= charges;
            }
            let blocks = u64::from(charges) + u64::from(is_bulk(&operator));
            self.blocks = self.blocks.saturating_add(blocks);
            if runs.step(&operator) {
                charging.push(false);
            }
        }
        Ok(())
    }
}
