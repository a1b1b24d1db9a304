//! Data and element segments: active, placed by a constant, inside what they fill.
//!
//! Invariant: instantiating an accepted module cannot fail on a segment, so it runs no code and has
//! one outcome.

use argosy_spec::AbiLimits;
use wasmparser::{
    ConstExpr, DataKind, DataSectionReader, ElementItems, ElementKind, ElementSectionReader,
    Operator,
};

use crate::{Feature, Limit, Reason, Refusal, Section, limit::at_most};

/// Bytes of a Wasm page.
const PAGE_BYTES: u64 = 65_536;

/// Checks the data section against an initial memory of some pages.
pub(crate) fn check_data(
    section: &DataSectionReader<'_>,
    memory_pages: u32,
    limits: &AbiLimits,
) -> Result<(), Refusal> {
    let start = (Section::Data, section.range().start);
    at_most(
        Limit::DataSegments,
        section.count(),
        limits.data_segments_max,
        start,
    )?;
    for (index, data) in section.clone().into_iter_with_offsets().enumerate() {
        let (offset, data) = data.map_err(|it| Refusal::of_parser(Section::Data, &it))?;
        let at = (Section::Data, offset);
        match data.kind {
            DataKind::Passive => {
                return Err(bulk_memory(at, format!("passive data segment {index}")));
            }
            DataKind::Active { offset_expr, .. } => {
                let size = u64::from(memory_pages) * PAGE_BYTES;
                check_bounds(&offset_expr, data.data.len() as u64, size, at)?;
            }
        }
    }
    Ok(())
}

/// Checks the element section against a table of some entries.
pub(crate) fn check_elements(
    section: &ElementSectionReader<'_>,
    table_entries: u32,
    limits: &AbiLimits,
) -> Result<(), Refusal> {
    // Empty segments are none of the entries, but work all the same.
    let start = (Section::Element, section.range().start);
    let (segments, max) = (section.count(), limits.element_entries_max);
    at_most(Limit::ElementEntries, segments, max, start)?;
    let mut entries = 0_u32;
    for (index, element) in section.clone().into_iter_with_offsets().enumerate() {
        let (offset, element) = element.map_err(|it| Refusal::of_parser(Section::Element, &it))?;
        let at = (Section::Element, offset);
        let functions = match element.items {
            ElementItems::Functions(functions) => functions,
            ElementItems::Expressions(..) => {
                let used_by = format!("element segment {index} of expressions");
                let feature = Feature::ReferenceTypes;
                return Err(refusal(at, Reason::Feature { feature, used_by }));
            }
        };
        entries = entries.saturating_add(functions.count());
        at_most(
            Limit::ElementEntries,
            entries,
            limits.element_entries_max,
            at,
        )?;
        match element.kind {
            ElementKind::Active { offset_expr, .. } => {
                check_bounds(
                    &offset_expr,
                    functions.count().into(),
                    table_entries.into(),
                    at,
                )?;
            }
            ElementKind::Passive | ElementKind::Declared => {
                return Err(bulk_memory(at, format!("passive element segment {index}")));
            }
        }
    }
    Ok(())
}

/// A segment of `length` that starts at a constant must end within `size`.
fn check_bounds(
    start: &ConstExpr<'_>,
    length: u64,
    size: u64,
    at: (Section, usize),
) -> Result<(), Refusal> {
    let start = constant(start).ok_or_else(|| refusal(at, Reason::SegmentOffset))?;
    let end = u64::from(start).saturating_add(length);
    if end <= size {
        return Ok(());
    }
    Err(refusal(at, Reason::SegmentBounds { end, size }))
}

/// The value of `i32.const`, read as unsigned; `None` for any other expression.
fn constant(expression: &ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    match operators.read().ok()? {
        Operator::I32Const { value } if operators.is_end_then_eof() => Some(value.cast_unsigned()),
        _ => None,
    }
}

fn bulk_memory(at: (Section, usize), used_by: String) -> Refusal {
    let feature = Feature::BulkMemory;
    refusal(at, Reason::Feature { feature, used_by })
}

fn refusal((section, offset): (Section, usize), reason: Reason) -> Refusal {
    Refusal::at(section, offset, reason)
}
