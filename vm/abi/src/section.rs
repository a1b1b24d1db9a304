//! Custom sections and exports of a module: how tools get at the ABI without a Wasm parser.
//!
//! Layout of a module: WebAssembly core specification, section 5.5 (binary format).
//! Always: total on any bytes, in time linear in their number.
//! Not here: whether the module is valid (`argosy-vm-prepare`).

use alloc::vec::Vec;

const PREAMBLE: &[u8; 8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const EXPORTS: u8 = 7;

/// The contents of all custom sections called `name`, end to end; `None`: there is none, or these
/// bytes are no module. What stands before a break in the bytes counts.
pub fn custom_sections(module: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut rest = module.strip_prefix(PREAMBLE.as_slice())?;
    let mut found = None;
    while let Some((id, contents, after)) = section(rest) {
        if let Some(contents) = (id == CUSTOM).then(|| named(contents, name)).flatten() {
            found
                .get_or_insert_with(Vec::new)
                .extend_from_slice(contents);
        }
        rest = after;
    }
    found
}

/// Whether the module exports something under this name. What stands before a break in the bytes counts.
pub fn has_export(module: &[u8], name: &str) -> bool {
    any_export(module, |it| it == name.as_bytes())
}

/// Whether a module exports something whose name begins with `prefix`. What stands before a break in the bytes
/// counts.
pub fn has_export_prefix(module: &[u8], prefix: &str) -> bool {
    any_export(module, |it| it.starts_with(prefix.as_bytes()))
}

fn any_export(module: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> bool {
    let mut rest = module.strip_prefix(PREAMBLE.as_slice());
    while let Some((id, contents, after)) = rest.and_then(section) {
        if id == EXPORTS && lists(contents, &is_wanted) == Some(true) {
            return true;
        }
        rest = Some(after);
    }
    false
}

/// Whether an export section has a name that is wanted; `None`: it breaks off before.
fn lists(contents: &[u8], is_wanted: impl Fn(&[u8]) -> bool) -> Option<bool> {
    let (count, mut rest) = length(contents)?;
    for _ in 0..count {
        let (size, after) = length(rest)?;
        let (name, after) = after.split_at_checked(size)?;
        if is_wanted(name) {
            return Some(true);
        }
        // What it is, and its number.
        let (_, after) = after.split_first()?;
        (_, rest) = length(after)?;
    }
    Some(false)
}

/// First section: id, contents, what follows.
fn section(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (id, rest) = bytes.split_first()?;
    let (size, rest) = length(rest)?;
    let (contents, after) = rest.split_at_checked(size)?;
    Some((*id, contents, after))
}

/// What follows the name of a custom section, if it is `name`.
fn named<'a>(contents: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (size, rest) = length(contents)?;
    let (found, data) = rest.split_at_checked(size)?;
    (found == name.as_bytes()).then_some(data)
}

/// An unsigned LEB128 number of at most 32 bits.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of custom sections.
    fn module(sections: &[(&str, &[u8])]) -> Vec<u8> {
        let mut bytes = PREAMBLE.to_vec();
        for (name, data) in sections {
            let size = 1 + name.len() + data.len();
            bytes.extend([CUSTOM, size as u8, name.len() as u8]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(data);
        }
        bytes
    }

    #[test]
    fn exports_are_found_by_the_beginning_of_their_name() {
        // A memory and a function, behind a custom section.
        let exports = b"\x02\x06memory\x02\x00\x03v_8\x00\x01";
        let mut bytes = module(&[("name", b"v_9")]);
        bytes.extend([EXPORTS, exports.len() as u8]);
        bytes.extend_from_slice(exports);
        assert!(has_export_prefix(&bytes, "v_"));
        assert!(has_export_prefix(&bytes, "memory"));
        assert!(!has_export_prefix(&bytes, "v_9"));
        for end in 0..bytes.len() {
            assert!(!has_export_prefix(&bytes[..end], "v_"), "{end}");
        }
    }

    #[test]
    fn joins_sections_of_one_name_in_order() {
        let module = module(&[("abi", b"one"), ("other", b"-"), ("abi", b"two")]);
        assert_eq!(
            custom_sections(&module, "abi").as_deref(),
            Some(b"onetwo".as_slice())
        );
        assert_eq!(custom_sections(&module, "ab"), None);
    }

    #[test]
    fn every_cut_of_a_module_is_answered() {
        let module = module(&[("abi", b"one"), ("abi", b"two")]);
        for cut in 0..module.len() {
            let found = custom_sections(&module[..cut], "abi");
            assert!(found.is_none_or(|found| b"onetwo".starts_with(&found)));
        }
    }

    #[test]
    fn exports_are_found_by_their_names() {
        let exports = [2, 4, b'c', b'a', b'l', b'l', 0, 1, 1, b'm', 2, 0];
        let mut bytes = module(&[("call", b"query")]);
        bytes.extend([EXPORTS, exports.len() as u8]);
        bytes.extend(exports);
        assert!(has_export(&bytes, "call") && has_export(&bytes, "m"));
        assert!(!has_export(&bytes, "query") && !has_export(&bytes, ""));
        for cut in 0..bytes.len() {
            assert!(!has_export(&bytes[..cut], "m"), "cut at {cut}");
        }
        // It says that there are more than fit.
        let at = bytes.len() - exports.len();
        bytes[at] = 0x7f;
        assert!(has_export(&bytes, "m") && !has_export(&bytes, "query"));
    }

    #[test]
    fn a_length_beyond_32_bits_is_no_length() {
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend([CUSTOM, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert_eq!(custom_sections(&bytes, "abi"), None);
    }
}
