//! What it costs to read debug information, before anything of it is believed.
//!
//! Some kilobytes of it can make a reader keep gigabytes: a hundred thousand functions that name one list of ranges,
//! as many units that name one table of lines; entries that lie in each other without end fill the stack of a reader
//! that goes down into each. What compilers write names each of its bytes about once.
//!
//! Always: one pass without recursion, which ends where the cost is beyond what is honest at that size.
//! Not here: what it says (`lines`).

use addr2line::gimli::{self, AttributeValue, Dwarf, UnitRef};

use super::lines::Bytes;

/// Bytes of all sections that are read.
const BYTES_MAX: usize = 32 << 20;
/// So deep entries may lie in each other; functions that were put into functions make some dozens.
const DEPTH_MAX: isize = 256;
/// Steps that are allowed for each byte, and beside.
const STEPS_PER_BYTE: usize = 4;
const STEPS_MORE: usize = 4 << 20;
/// Bytes of abbreviations that are read, where each unit reads those that it names.
const ABBREVIATIONS_MAX: usize = 256 << 20;

/// How long sections are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// All of them, in bytes.
    pub(super) all: usize,
    /// The one with the abbreviations, in bytes.
    pub(super) abbreviations: usize,
}

/// Steps that may still be made.
struct Purse {
    steps: usize,
    abbreviations: usize,
}

/// Whether all of it can be read in time and space that fit its size. What has a fault somewhere is not read
/// either: behind it anything may follow.
pub(super) fn is_affordable(dwarf: &Dwarf<Bytes<'_>>, sizes: Sizes) -> bool {
    let mut purse = Purse {
        steps: STEPS_MORE.saturating_add(sizes.all.saturating_mul(STEPS_PER_BYTE)),
        abbreviations: ABBREVIATIONS_MAX,
    };
    sizes.all <= BYTES_MAX && purse.units(dwarf, sizes.abbreviations).is_some()
}

/// `None`: it costs too much, or has a fault.
impl Purse {
    fn pay(&mut self, steps: usize) -> Option<()> {
        self.steps = self.steps.checked_sub(steps)?;
        Some(())
    }

    fn units(&mut self, dwarf: &Dwarf<Bytes<'_>>, abbreviations: usize) -> Option<()> {
        let mut units = dwarf.units();
        while let Some(header) = units.next().ok()? {
            let read = abbreviations.saturating_sub(header.debug_abbrev_offset().0);
            self.abbreviations = self.abbreviations.checked_sub(read)?;
            let unit = dwarf.unit(header).ok()?;
            let unit = UnitRef::new(dwarf, &unit);
            self.pay(1)?;
            self.lines(unit)?;
            self.entries(unit)?;
        }
        Some(())
    }

    /// The table of lines, and the names of files, which are put together from up to three parts.
    fn lines(&mut self, unit: UnitRef<'_, Bytes<'_>>) -> Option<()> {
        let Some(program) = &unit.line_program else {
            return Some(());
        };
        let header = program.header();
        self.pay(header.raw_program_buf().len())?;
        self.pay(header.include_directories().len())?;
        let around = unit.comp_dir.map_or(0, |it| it.len());
        for file in header.file_names() {
            let folder = match file.directory(header) {
                Some(folder) => length(unit, folder)?,
                None => 0,
            };
            self.pay(1 + around + folder + length(unit, file.path_name())?)?;
        }
        Some(())
    }

    fn entries(&mut self, unit: UnitRef<'_, Bytes<'_>>) -> Option<()> {
        let mut entries = unit.entries_raw(None).ok()?;
        while !entries.is_empty() {
            if entries.next_depth() > DEPTH_MAX {
                return None;
            }
            self.pay(1)?;
            let Some(abbreviation) = entries.read_abbreviation().ok()? else {
                continue;
            };
            // Some take no byte.
            self.pay(abbreviation.attributes().len())?;
            for specification in abbreviation.attributes() {
                let attribute = entries.read_attribute(*specification).ok()?;
                match attribute.name() {
                    gimli::DW_AT_ranges => self.ranges(unit, attribute.value())?,
                    gimli::DW_AT_name | gimli::DW_AT_linkage_name => {
                        self.pay(length(unit, attribute.value())?)?;
                    }
                    _ => {}
                }
            }
        }
        Some(())
    }

    fn ranges<'a>(
        &mut self,
        unit: UnitRef<'_, Bytes<'a>>,
        value: AttributeValue<Bytes<'a>>,
    ) -> Option<()> {
        let Some(offset) = unit.attr_ranges_offset(value).ok()? else {
            return Some(());
        };
        let mut ranges = unit.raw_ranges(offset).ok()?;
        while ranges.next().ok()?.is_some() {
            self.pay(1)?;
        }
        Some(())
    }
}

/// How long a text is; `None`: it is none, or has no end.
fn length<'a>(unit: UnitRef<'_, Bytes<'a>>, text: AttributeValue<Bytes<'a>>) -> Option<usize> {
    Some(unit.attr_string(text).ok()?.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::lines::Lines;
    use super::super::parts::{code_start, with_custom};

    /// Kinds of entries: a unit and a function of a hundred bytes, one that was put into it, a function with ranges,
    /// a unit with lines, a function with a name. Each: number, tag, whether others lie in it, names and forms of
    /// attributes.
    const ABBREVIATIONS: &[u8] = &[
        1, 0x11, 1, 0x11, 0x01, 0x12, 0x06, 0, 0, //
        2, 0x2e, 1, 0x11, 0x01, 0x12, 0x06, 0, 0, //
        3, 0x1d, 1, 0, 0, //
        4, 0x2e, 0, 0x55, 0x17, 0, 0, //
        5, 0x11, 0, 0x10, 0x17, 0, 0, //
        6, 0x2e, 0, 0x03, 0x0e, 0, 0, //
        0,
    ];

    /// A unit of version 4 with these entries.
    fn unit(entries: &[u8]) -> Vec<u8> {
        let length = u32::try_from(7 + entries.len()).unwrap().to_le_bytes();
        [&length[..], &[4, 0, 0, 0, 0, 0, 4], entries].concat()
    }

    /// From byte 0 to byte 100.
    fn spanning(kind: u8) -> Vec<u8> {
        vec![kind, 0, 0, 0, 0, 100, 0, 0, 0]
    }

    /// A module with one function and these sections.
    fn module(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let bare = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b";
        let abbreviations = with_custom(bare, ".debug_abbrev", ABBREVIATIONS);
        let more = sections.iter();
        more.fold(abbreviations, |module, (name, data)| {
            with_custom(&module, name, data)
        })
    }

    /// Whether lines are read at all; if so, one is asked for.
    fn is_read(module: &[u8]) -> bool {
        let lines = Lines::of(module, Path::new("/"));
        let byte = code_start(module).unwrap() as u64 + 5;
        lines.is_some_and(|it| it.at(byte).is_none())
    }

    fn nested(depth: usize) -> Vec<u8> {
        let entries = [spanning(1), spanning(2), vec![3; depth], vec![0; depth + 2]];
        module(&[(".debug_info", &unit(&entries.concat()))])
    }

    #[test]
    fn entries_without_end_do_not_fill_the_stack() {
        assert!(is_read(&nested(100)));
        assert!(!is_read(&nested(200_000)));
    }

    /// Functions that all name one list of so many ranges.
    fn ranges(functions: usize, count: u32) -> Vec<u8> {
        let list: Vec<u8> = (1..=count)
            .flat_map(|at| [at.to_le_bytes(), (at + 1).to_le_bytes()])
            .flatten()
            .chain([0; 8])
            .collect();
        let functions = [4_u8, 0, 0, 0, 0].repeat(functions);
        let entries = [spanning(1), functions, vec![0]].concat();
        module(&[(".debug_info", &unit(&entries)), (".debug_ranges", &list)])
    }

    #[test]
    fn one_list_of_ranges_is_not_read_a_million_times() {
        assert!(is_read(&ranges(10, 10)));
        assert!(!is_read(&ranges(20_000, 20_000)));
    }

    /// Units that all name one table of so many rows.
    fn rows(units: usize, count: usize) -> Vec<u8> {
        let head = [
            1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0,
        ];
        let program = vec![1_u8; count];
        let length = u32::try_from(6 + head.len() + count).unwrap();
        let head_length = u32::try_from(head.len()).unwrap();
        let table = [
            &length.to_le_bytes()[..],
            &[4, 0],
            &head_length.to_le_bytes(),
            &head,
            &program,
        ]
        .concat();
        let units = unit(&[5, 0, 0, 0, 0]).repeat(units);
        module(&[(".debug_info", &units), (".debug_line", &table)])
    }

    #[test]
    fn one_table_of_lines_is_not_read_for_a_thousand_units() {
        assert!(is_read(&rows(2, 1_000)));
        assert!(!is_read(&rows(5_000, 100_000)));
    }

    #[test]
    fn one_long_name_is_not_read_for_a_thousand_functions() {
        let of = |functions: usize, name: &[u8]| {
            let functions = [6_u8, 0, 0, 0, 0].repeat(functions);
            let entries = [spanning(1), functions, vec![0]].concat();
            module(&[(".debug_info", &unit(&entries)), (".debug_str", name)])
        };
        assert!(is_read(&of(1_000, b"pay\0")));
        let long = [vec![b'a'; 100_000], vec![0]].concat();
        assert!(is_read(&of(2, &long)) && !is_read(&of(1_000, &long)));
        assert!(!is_read(&of(2, b"without an end")));
    }

    #[test]
    fn sections_that_end_too_early_are_not_read() {
        let whole = unit(&spanning(1));
        for end in 1..whole.len() {
            assert!(
                !is_read(&module(&[(".debug_info", &whole[..end])])),
                "{end}"
            );
        }
        // A unit that says that it has four gigabytes.
        let mut long = whole;
        long[..4].copy_from_slice(&[0xef, 0xff, 0xff, 0xff]);
        assert!(!is_read(&module(&[(".debug_info", &long)])));
    }
}
