//! The sections of a module as they lie in its bytes; a module with one more, or with some less.
//!
//! Always: what is no module has no sections; whatever is behind the first that cannot be read is left alone.
//! Not here: what is in them.

use std::borrow::Cow;

/// Magic and version of a module.
const PREAMBLE_BYTES: usize = 8;
/// Id of sections that tools put in.
const CUSTOM: u8 = 0;
/// Id of the section with the bodies of functions.
const CODE: u8 = 10;
/// What sections are called, by their ids.
const NAMES: [&str; 13] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
];

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    id: u8,
    /// What it is called; a custom one by its own name.
    pub(super) name: Cow<'a, str>,
    /// All of it: id, length, contents.
    pub(super) whole: &'a [u8],
    /// What is in it; of a custom one, what is behind its name.
    pub(super) contents: &'a [u8],
    /// Where the contents begin in the module.
    pub(super) contents_at: usize,
}

impl Part<'_> {
    /// Whether it is a custom one of this name.
    pub(super) fn is_custom(&self, name: &str) -> bool {
        self.id == CUSTOM && self.name == name
    }

    /// Whether it is for debuggers.
    pub(super) fn is_debug(&self) -> bool {
        self.id == CUSTOM && self.name.starts_with(".debug_")
    }
}

/// The sections of a module, in their order.
pub(super) fn parts(code: &[u8]) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut rest = code.get(PREAMBLE_BYTES..).unwrap_or_default();
    while let Some((part, after)) = part(code.len(), rest) {
        found.push(part);
        rest = after;
    }
    found
}

/// The first section of `rest`, the end of a module of so many bytes, and what follows.
fn part(module_bytes: usize, rest: &[u8]) -> Option<(Part<'_>, &[u8])> {
    let (&id, after) = rest.split_first()?;
    let (size, after) = leb(after)?;
    let (contents, after) = after.split_at_checked(size)?;
    let whole = rest.get(..rest.len() - after.len())?;
    let (name, contents) = match (id, custom(contents)) {
        (CUSTOM, Some((name, contents))) => (String::from_utf8_lossy(name), contents),
        _ => {
            let name = NAMES.get(usize::from(id)).copied().unwrap_or("unknown");
            (Cow::Borrowed(name), contents)
        }
    };
    let part = Part {
        id,
        name,
        whole,
        contents,
        contents_at: module_bytes - after.len() - contents.len(),
    };
    Some((part, after))
}

/// The code section's contents, and where they begin: what addresses in debug information count from.
pub(super) fn code_start(code: &[u8]) -> Option<usize> {
    let parts = parts(code);
    let bodies = parts.iter().find(|it| it.id == CODE)?;
    Some(bodies.contents_at)
}

/// The module without some of its sections. What cannot be read stays.
pub(super) fn without(code: &[u8], is_unwanted: impl Fn(&Part<'_>) -> bool) -> Vec<u8> {
    let mut module = code.get(..PREAMBLE_BYTES).unwrap_or(code).to_vec();
    let mut end = module.len();
    for part in parts(code) {
        end += part.whole.len();
        if !is_unwanted(&part) {
            module.extend_from_slice(part.whole);
        }
    }
    module.extend_from_slice(code.get(end..).unwrap_or_default());
    module
}

/// The module with a custom section more, at its end.
pub(super) fn with_custom(code: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
    let mut contents = Vec::new();
    push_leb(&mut contents, name.len());
    contents.extend_from_slice(name.as_bytes());
    contents.extend_from_slice(data);
    let mut module = code.to_vec();
    module.push(CUSTOM);
    push_leb(&mut module, contents.len());
    module.append(&mut contents);
    module
}

/// Name and contents of a custom section.
fn custom(contents: &[u8]) -> Option<(&[u8], &[u8])> {
    let (size, rest) = leb(contents)?;
    rest.split_at_checked(size)
}

/// An unsigned LEB128 number of at most 32 bits.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let value = usize::try_from(value).ok()?;
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

fn push_leb(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit into a byte");
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn a_section_more_is_found_and_one_less_is_gone() {
        let long = vec![7; 300];
        let one = with_custom(EMPTY, "one", &long);
        let two = with_custom(&one, "two", b"more");
        let all = parts(&two);
        let found: Vec<(&str, &[u8])> = all
            .iter()
            .map(|it| (it.name.as_ref(), it.contents))
            .collect();
        assert_eq!(
            found,
            [("one", long.as_slice()), ("two", b"more".as_slice())]
        );
        for part in &all {
            let there = &two[part.contents_at..part.contents_at + part.contents.len()];
            assert_eq!(there, part.contents);
        }
        assert_eq!(without(&two, |it| it.is_custom("two")), one);
        assert_eq!(without(&two, |_| true), EMPTY);
        assert_eq!(without(&two, |it| it.is_custom("three")), two);
    }

    #[test]
    fn bodies_begin_behind_the_head_of_their_section() {
        let module = [
            EMPTY,
            &[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 0x0b],
        ]
        .concat();
        assert_eq!(code_start(&module), Some(module.len() - 4));
        assert_eq!(code_start(EMPTY), None);
    }

    #[test]
    fn what_cannot_be_read_ends_it() {
        for bytes in [
            &b""[..],
            b"\0as",
            b"\0asm\x01\0\0\0\x00",
            b"\0asm\x01\0\0\0\x00\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(parts(bytes), [], "{bytes:?}");
            assert_eq!(without(bytes, |_| true), bytes);
        }
        // A custom section whose name is longer than it is.
        let lie = [EMPTY, &[0, 2, 9, b'x']].concat();
        assert_eq!(parts(&lie)[0].name, "custom");
    }
}
