//! The file: which keys it says, and on which lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::{ConfigError, Origin};
use super::load::{Found, Values, check, plain, unknown};
use super::table::{SETTINGS, setting};

/// More than this is no configuration.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Takes over what the file says; a key that is not a setting is an error.
pub(super) fn take_file(path: &Path, values: &mut Values) -> Result<(), ConfigError> {
    let text = read(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_path_buf(),
        source,
    })?;
    let syntax = |error: toml::de::Error| {
        let at = error.span().map_or(0, |it| it.start);
        let (line, column) = position(&text, at);
        ConfigError::Syntax {
            path: path.to_path_buf(),
            line,
            column,
            reason: error.message().to_owned(),
        }
    };
    let table: Table = text.parse().map_err(syntax)?;
    let spans = DeTable::parse(&text).map_err(syntax)?;
    let mut lines = BTreeMap::new();
    note_lines(spans.get_ref(), "", &text, &mut lines);
    let file = FileKeys { path, lines };
    file.take("", &table, values)
}

/// The keys of a file and the lines on which they stand.
struct FileKeys<'a> {
    path: &'a Path,
    lines: BTreeMap<String, usize>,
}

impl FileKeys<'_> {
    fn take(&self, path: &str, table: &Table, values: &mut Values) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = join(path, name);
            let origin = Origin::File(
                self.path.to_path_buf(),
                self.lines.get(&key).copied().unwrap_or(1),
            );
            let is_section = SETTINGS
                .iter()
                .any(|it| it.section() == key || it.section().starts_with(&format!("{key}.")));
            match (setting(&key), value) {
                (Some(setting), value) => {
                    check(setting, value, &origin)?;
                    let value = value.clone();
                    values.insert(key, Found { value, origin });
                }
                (None, Value::Table(table)) if is_section => self.take(&key, table, values)?,
                (None, value) if is_section => {
                    return Err(ConfigError::Value {
                        key,
                        found: plain(value),
                        origin,
                        expected: "a table of settings".into(),
                    });
                }
                (None, _) => return Err(unknown(&key, origin, |it| it.key.clone())),
            }
        }
        Ok(())
    }
}

fn note_lines(table: &DeTable<'_>, path: &str, text: &str, lines: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let key = join(path, name.get_ref());
        if let DeValue::Table(table) = value.get_ref() {
            note_lines(table, &key, text, lines);
        }
        lines.insert(key, position(text, name.span().start).0);
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)?;
    match text.len() as u64 > FILE_BYTES_MAX {
        true => Err(io::Error::other("it is larger than 1 MiB")),
        false => Ok(text),
    }
}

/// Line and column of a byte, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (line, column)
}
