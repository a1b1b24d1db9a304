//! Lines and their hashes.
//!
//! Always: a line names the hash of the one before, through all files and over all starts, also where a write
//! was cut off. Not here: which events are kept (`layer`).

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use argosy_primitives::blake3;
use serde_json::{Map, Value, json};

const NAME: &str = "security.log";
/// A file that is larger is followed by another one.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Files before the newest.
const OLD_FILES_MAX: usize = 8;
/// A longer line is none of ours.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Lines of one code in a minute.
const PER_MINUTE_MAX: u32 = 60;
const MINUTE_MS: u64 = 60_000;

/// Lines of one code since the minute began.
#[derive(Debug, Default)]
struct Pace {
    since_ms: u64,
    written: u32,
    left_out: u64,
}

/// A log that is written to.
#[derive(Debug)]
pub(crate) struct SecurityLog {
    folder: PathBuf,
    file: File,
    bytes: u64,
    sequence: u64,
    last: String,
    paces: BTreeMap<String, Pace>,
    file_bytes_max: u64,
    /// A write failed, perhaps half way.
    is_torn: bool,
}

impl SecurityLog {
    /// Goes on with the log in a folder, or begins one.
    pub(crate) fn open(folder: &Path) -> io::Result<SecurityLog> {
        let path = folder.join(NAME);
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let mut bytes = file.metadata()?.len();
        let last = last_line(&mut file, bytes)?;
        let last = match last {
            // What a loss of power has cut off is a line, too.
            Some((line, is_whole)) => {
                if !is_whole {
                    file.write_all(b"\n")?;
                    bytes += 1;
                }
                line
            }
            None => Vec::new(),
        };
        let found: Option<Value> = serde_json::from_slice(&last).ok();
        let sequence = found.and_then(|it| it["seq"].as_u64());
        Ok(SecurityLog {
            folder: folder.to_owned(),
            file,
            bytes,
            sequence: sequence.unwrap_or(0),
            last: hash(&last),
            paces: BTreeMap::new(),
            file_bytes_max: FILE_BYTES_MAX,
            is_torn: false,
        })
    }

    /// Hash of the last line, and how many there were.
    pub(crate) fn head(&self) -> (String, u64) {
        (self.last.clone(), self.sequence)
    }

    /// Adds a line, unless there were enough of its kind in this minute.
    pub(crate) fn add(
        &mut self,
        code: &str,
        fields: Map<String, Value>,
        now_ms: u64,
    ) -> io::Result<()> {
        let pace = self.paces.entry(code.to_owned()).or_default();
        if now_ms.saturating_sub(pace.since_ms) >= MINUTE_MS {
            let left_out = pace.left_out;
            *pace = Pace {
                since_ms: now_ms,
                ..Pace::default()
            };
            if left_out > 0 {
                let fields = Map::from_iter([("leftOut".to_owned(), json!(left_out))]);
                self.write(code, fields, now_ms)?;
            }
        }
        let pace = self.paces.entry(code.to_owned()).or_default();
        if pace.written >= PER_MINUTE_MAX {
            pace.left_out += 1;
            return Ok(());
        }
        pace.written += 1;
        self.write(code, fields, now_ms)
    }

    fn write(&mut self, code: &str, fields: Map<String, Value>, now_ms: u64) -> io::Result<()> {
        if self.is_torn {
            // What came to the disk of it is a line by itself.
            let anew = SecurityLog::open(&self.folder)?;
            (self.file, self.bytes, self.last) = (anew.file, anew.bytes, anew.last);
            self.is_torn = false;
        }
        if self.bytes > self.file_bytes_max {
            self.turn()?;
        }
        let line = json!({
            "prev": self.last,
            "seq": self.sequence + 1,
            "timeMs": now_ms,
            "code": code,
            "fields": fields,
        });
        let line = line.to_string();
        let written = self.file.write_all(format!("{line}\n").as_bytes());
        if let Err(error) = written {
            self.is_torn = true;
            return Err(error);
        }
        self.bytes += line.len() as u64 + 1;
        self.sequence += 1;
        self.last = hash(line.as_bytes());
        Ok(())
    }

    /// Begins a new file; the chain goes on.
    fn turn(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        let old = |number: usize| self.folder.join(format!("{NAME}.{number}"));
        for number in (1..OLD_FILES_MAX).rev() {
            match fs::rename(old(number), old(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        let path = self.folder.join(NAME);
        fs::rename(&path, old(1))?;
        let mut options = OpenOptions::new();
        options.create_new(true).read(true).append(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        self.file = options.open(&path)?;
        self.bytes = 0;
        Ok(())
    }
}

fn hash(line: &[u8]) -> String {
    match line.is_empty() {
        true => "0x".to_owned(),
        false => format!("0x{}", const_hex::encode(blake3(line))),
    }
}

/// The last line of a file, and whether it has its end.
fn last_line(file: &mut File, length: u64) -> io::Result<Option<(Vec<u8>, bool)>> {
    let begin = length.saturating_sub(LINE_BYTES_MAX as u64 + 1);
    file.seek(SeekFrom::Start(begin))?;
    let mut tail = Vec::new();
    file.take(LINE_BYTES_MAX as u64 + 1)
        .read_to_end(&mut tail)?;
    let is_whole = tail.last() == Some(&b'\n');
    if is_whole {
        tail.pop();
    }
    let line = tail.rsplit(|it| *it == b'\n').next().unwrap_or_default();
    Ok((!line.is_empty()).then(|| (line.to_vec(), is_whole)))
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Lines.
    pub(crate) lines: u64,
    /// Hash of the last one.
    pub(crate) head: String,
    /// The first line that does not follow from the one before: its file, its number there.
    pub(crate) broken: Option<(PathBuf, u64)>,
}

/// Follows the chain through all files of a folder, oldest first.
pub(crate) fn check(folder: &Path) -> io::Result<Checked> {
    let old = (1..=OLD_FILES_MAX)
        .rev()
        .map(|it| folder.join(format!("{NAME}.{it}")));
    let files: Vec<PathBuf> = old.filter(|it| it.exists()).collect();
    let mut checked = Checked {
        lines: 0,
        head: hash(b""),
        broken: None,
    };
    // Of a chain whose first files are gone, the first line is believed.
    let mut is_first = true;
    for path in files.into_iter().chain([folder.join(NAME)]) {
        let mut reader = BufReader::new(File::open(&path)?);
        for number in 1.. {
            let mut line = Vec::new();
            let limit = LINE_BYTES_MAX as u64 + 1;
            if reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            let found: Option<Value> = serde_json::from_slice(&line).ok();
            let prev = found.as_ref().and_then(|it| it["prev"].as_str());
            // A line that was cut off says nothing, and is in the next one's hash all the same.
            let follows = prev.is_none_or(|it| it == checked.head) || is_first;
            if !follows && checked.broken.is_none() {
                checked.broken = Some((path.clone(), number));
            }
            is_first = false;
            checked.lines += 1;
            checked.head = hash(&line);
        }
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn fields(number: u64) -> Map<String, Value> {
        Map::from_iter([("number".to_owned(), json!(number))])
    }

    /// Ten lines in two runs.
    fn written(folder: &Path) -> (String, u64) {
        for run in 0..2 {
            let mut log = SecurityLog::open(folder).expect("there is a disk");
            for number in 0..5 {
                log.add("node.starting", fields(run * 5 + number), 1_000)
                    .expect("there is room");
            }
        }
        SecurityLog::open(folder).expect("there is a disk").head()
    }

    #[test]
    fn goes_on_where_it_was_and_follows_from_itself() {
        let folder = tempdir().expect("there is a disk");
        let (head, lines) = written(folder.path());
        assert_eq!(lines, 10);
        let checked = check(folder.path()).expect("it is there");
        let expected = Checked {
            lines,
            head,
            broken: None,
        };
        assert_eq!(checked, expected);
    }

    #[test]
    fn a_line_that_is_changed_taken_out_or_put_in_is_found() {
        let bends: [fn(&mut Vec<String>); 4] = [
            |lines| lines[4] = lines[4].replace("\"number\":4", "\"number\":5"),
            |lines| drop(lines.remove(4)),
            |lines| lines.insert(4, lines[4].clone()),
            |lines| lines.swap(4, 5),
        ];
        for bend in bends {
            let folder = tempdir().expect("there is a disk");
            written(folder.path());
            let path = folder.path().join(NAME);
            let text = fs::read_to_string(&path).expect("it is there");
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            bend(&mut lines);
            fs::write(&path, lines.join("\n") + "\n").expect("there is room");
            let broken = check(folder.path()).expect("it is there").broken;
            assert!(matches!(broken, Some((_, 5 | 6))), "{broken:?}");
        }
    }

    #[test]
    fn a_line_that_was_cut_off_breaks_nothing() {
        let folder = tempdir().expect("there is a disk");
        written(folder.path());
        let path = folder.path().join(NAME);
        let text = fs::read(&path).expect("it is there");
        fs::write(&path, &text[..text.len() - 20]).expect("there is room");
        let mut log = SecurityLog::open(folder.path()).expect("there is a disk");
        log.add("node.starting", fields(11), 0)
            .expect("there is room");
        let checked = check(folder.path()).expect("it is there");
        assert_eq!((checked.lines, checked.broken), (11, None));
    }

    #[test]
    fn a_write_that_fails_half_way_breaks_nothing() {
        let folder = tempdir().expect("there is a disk");
        written(folder.path());
        let mut log = SecurityLog::open(folder.path()).expect("there is a disk");
        // The disk is full, and half of a line is on it.
        let path = folder.path().join(NAME);
        log.file.write_all(b"{\"prev\":").expect("there is room");
        log.file = File::open(&path).expect("it is there");
        let full = log.add("node.starting", fields(10), 0);
        assert!(full.is_err(), "it was opened to be read");
        log.add("node.starting", fields(11), 0)
            .expect("there is room again");
        let checked = check(folder.path()).expect("it is there");
        assert_eq!((checked.lines, checked.broken), (12, None));
        assert_eq!(checked.head, log.head().0);
    }

    #[test]
    fn a_flood_of_one_kind_is_counted_and_others_are_heard() {
        let folder = tempdir().expect("there is a disk");
        let mut log = SecurityLog::open(folder.path()).expect("there is a disk");
        for number in 0..10_000 {
            log.add("p2p.peer_banned", fields(number), 1_000)
                .expect("there is room");
        }
        log.add("node.stopped", fields(0), 1_000)
            .expect("there is room");
        log.add("p2p.peer_banned", fields(0), 1_000 + MINUTE_MS)
            .expect("there is room");
        let text = fs::read_to_string(folder.path().join(NAME)).expect("it is there");
        assert_eq!(text.lines().count(), 60 + 1 + 2);
        assert!(text.contains("\"leftOut\":9940"), "{text}");
        assert!(text.contains("node.stopped"));
    }

    #[test]
    fn files_have_a_size_and_the_chain_goes_through_all_of_them() {
        let folder = tempdir().expect("there is a disk");
        let mut log = SecurityLog::open(folder.path()).expect("there is a disk");
        log.file_bytes_max = 10_000;
        let files = || fs::read_dir(folder.path()).expect("it is there").count();
        for number in 0.. {
            let now_ms = number * MINUTE_MS;
            log.add("node.starting", fields(number), now_ms)
                .expect("there is room");
            if number == 150 {
                assert_eq!(files(), 3);
                assert_eq!(check(folder.path()).expect("it is there").broken, None);
            }
            if number > 1_000 {
                break;
            }
        }
        assert_eq!(files(), OLD_FILES_MAX + 1);
        assert_eq!(check(folder.path()).expect("it is there").broken, None);
    }
}
