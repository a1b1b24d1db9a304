//! Harm to one part of a validator's data directory, as disks and people do it.
//!
//! Always: which file, which byte and which bit is hit follows from the dice and from what is there.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::dice::Dice;

/// A part of the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The log of the consensus engine.
    EngineLog,
    /// The record of what was signed.
    Record,
    /// Blocks and state.
    Database,
}

/// What is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// All of it is gone.
    Remove,
    /// One file is gone.
    RemoveFile,
    /// One file has its length and nothing in it.
    Zero,
    /// One file ends early.
    Truncate(Keep),
    /// One bit of one file is another.
    Flip,
    /// All of it is as it was some time ago.
    RollBack,
}

/// How much of a file is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    Half,
    /// What the dice say.
    Some,
    AllButOneByte,
}

/// One harm to one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wound {
    pub(crate) part: Part,
    pub(crate) harm: Harm,
}

impl Part {
    pub(crate) const ALL: [Part; 3] = [Part::EngineLog, Part::Record, Part::Database];

    /// For people.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Part::EngineLog => "the engine's log",
            Part::Record => "the record of signatures",
            Part::Database => "the database",
        }
    }

    /// A refusal that is about this part says one of these.
    pub(crate) const fn words(self) -> &'static [&'static str] {
        match self {
            Part::EngineLog => &["consensus.wal"],
            Part::Record => &["sign"],
            Part::Database => &["damaged", "data directory"],
        }
    }

    /// File or folder.
    fn place(self, data_dir: &Path) -> PathBuf {
        data_dir.join(match self {
            Part::EngineLog => "consensus.wal",
            Part::Record => "signer",
            Part::Database => "db",
        })
    }

    /// Files that hold something, in order of their names.
    fn files(self, data_dir: &Path) -> Result<Vec<PathBuf>> {
        let place = self.place(data_dir);
        let mut files = match place.is_dir() {
            false => vec![place],
            true => fs::read_dir(&place)?
                .map(|it| Ok(it?.path()))
                .collect::<io::Result<Vec<_>>>()?,
        };
        // RocksDB's words for people, and what it locks.
        let is_idle = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("LOG") || name == "LOCK"
        };
        files.retain(|it| {
            !is_idle(it) && it.metadata().is_ok_and(|it| it.is_file() && it.len() > 0)
        });
        files.sort();
        Ok(files)
    }

    /// Removes all of it.
    pub(crate) fn remove(self, data_dir: &Path) -> Result<()> {
        remove(&self.place(data_dir))
    }

    /// Makes this part of `to` what it is in `from`.
    pub(crate) fn restore(self, from: &Path, to: &Path) -> Result<()> {
        let (from, to) = (self.place(from), self.place(to));
        remove(&to)?;
        match from.exists() {
            true => copy(&from, &to),
            false => Ok(()),
        }
    }
}

impl Wound {
    /// Every harm once, and so many flips, which the parts share.
    pub(crate) fn all(flips: u32) -> Vec<Wound> {
        let mut all = Vec::new();
        for part in Part::ALL {
            let harms = [
                Harm::Remove,
                Harm::Zero,
                Harm::Truncate(Keep::Nothing),
                Harm::Truncate(Keep::Half),
                Harm::Truncate(Keep::Some),
                Harm::Truncate(Keep::AllButOneByte),
                Harm::RollBack,
            ];
            all.extend(harms.map(|harm| Wound { part, harm }));
        }
        let part = Part::Database;
        let harm = Harm::RemoveFile;
        all.push(Wound { part, harm });
        let parts = Part::ALL.into_iter().cycle().take(flips as usize);
        all.extend(parts.map(|part| Wound {
            part,
            harm: Harm::Flip,
        }));
        all
    }

    /// Does it; `old` is an older copy of the directory. What was done, for people.
    pub(crate) fn inflict(self, data_dir: &Path, old: &Path, dice: &mut Dice) -> Result<String> {
        let part = self.part.as_str();
        match self.harm {
            Harm::Remove => {
                self.part.remove(data_dir)?;
                Ok(format!("{part} removed"))
            }
            Harm::RollBack => {
                self.part.restore(old, data_dir)?;
                Ok(format!("{part} rolled back"))
            }
            Harm::RemoveFile => self.to_file(data_dir, dice, |file, _| {
                fs::remove_file(file)?;
                Ok("removed".into())
            }),
            Harm::Zero => self.to_file(data_dir, dice, |file, _| {
                let bytes = file.metadata()?.len();
                fs::write(file, vec![0; usize::try_from(bytes)?])?;
                Ok(format!("zeroed, {bytes} bytes"))
            }),
            Harm::Truncate(keep) => self.to_file(data_dir, dice, |file, dice| {
                let file = OpenOptions::new().write(true).open(file)?;
                let bytes = file.metadata()?.len();
                let left = keep.of(bytes, dice);
                file.set_len(left)?;
                Ok(format!("truncated to {left} of {bytes} bytes"))
            }),
            Harm::Flip => self.to_file(data_dir, dice, |file, dice| {
                let mut content = fs::read(file)?;
                let bytes = content.len();
                let (at, bit) = (dice.below(bytes as u64), dice.below(8));
                content[usize::try_from(at)?] ^= 1 << bit;
                fs::write(file, content)?;
                Ok(format!("bit {bit} of byte {at} of {bytes} flipped"))
            }),
        }
    }

    /// Does something to a file that the dice choose.
    fn to_file(
        self,
        data_dir: &Path,
        dice: &mut Dice,
        act: impl FnOnce(&Path, &mut Dice) -> Result<String>,
    ) -> Result<String> {
        let part = self.part.as_str();
        let files = self.part.files(data_dir)?;
        let file = files.get(dice.below(files.len() as u64) as usize);
        let file = file.with_context(|| format!("nothing is in {part}"))?;
        let done = act(file, dice)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{part}: {name} {done}"))
    }
}

impl Keep {
    fn of(self, bytes: u64, dice: &mut Dice) -> u64 {
        match self {
            Keep::Nothing => 0,
            Keep::Half => bytes / 2,
            Keep::Some => dice.below(bytes),
            Keep::AllButOneByte => bytes - 1,
        }
    }
}

/// Copies a file or a folder; what vanishes meanwhile is left out.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = match from.is_dir() {
        true => copy_folder(from, to),
        false => fs::copy(from, to).map(|_| ()).or_else(gone),
    };
    copied.with_context(|| format!("cannot copy {}", from.display()))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &to)?,
            false => fs::copy(entry.path(), to).map(|_| ()).or_else(gone)?,
        }
    }
    Ok(())
}

/// Removes a file or a folder, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let removed = match path.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path).or_else(gone),
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

fn gone(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of ten files after one harm: their lengths, and how many bits are others.
    fn harmed(harm: Harm) -> (Vec<usize>, u32) {
        let folder = tempfile::tempdir().unwrap();
        let (data, old) = (folder.path().join("data"), folder.path().join("old"));
        for place in [&data, &old] {
            fs::create_dir_all(place.join("db")).unwrap();
            for number in 0..10 {
                fs::write(place.join(format!("db/{number}.sst")), [0xff; 100]).unwrap();
            }
        }
        let part = Part::Database;
        let wound = Wound { part, harm };
        wound.inflict(&data, &old, &mut Dice::new(1)).unwrap();
        let files = part.files(&data).unwrap_or_default();
        let files: Vec<Vec<u8>> = files.iter().map(|it| fs::read(it).unwrap()).collect();
        let flipped = files.iter().flatten().map(|it| it.count_zeros()).sum();
        (files.iter().map(Vec::len).collect(), flipped)
    }

    #[test]
    fn each_harm_does_what_it_says_to_one_file() {
        assert_eq!(harmed(Harm::Flip), (vec![100; 10], 1));
        assert_eq!(harmed(Harm::Zero), (vec![100; 10], 800));
        assert_eq!(harmed(Harm::RemoveFile), (vec![100; 9], 0));
        assert_eq!(harmed(Harm::RollBack), (vec![100; 10], 0));
        let truncated = |keep| harmed(Harm::Truncate(keep)).0.iter().sum::<usize>();
        assert_eq!(truncated(Keep::Nothing), 900);
        assert_eq!(truncated(Keep::Half), 950);
        assert_eq!(truncated(Keep::AllButOneByte), 999);
    }
}
