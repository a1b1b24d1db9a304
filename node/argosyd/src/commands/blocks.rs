//! `argosyd export-blocks` and `argosyd import-blocks`: a chain as a file.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argosy_chain::{BlocksFileError, crash_point, export_blocks, import_blocks};
use argosy_primitives::Height;
use clap::ArgMatches;
use serde_json::json;

use super::open::{chain_to_read, chain_to_write};
use super::print;
use super::progress::Progress;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::node::load_spec;

pub(super) fn export(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    let chain = chain_to_read(config)?;
    let (head, oldest) = (chain.head().header.height, chain.view().oldest_block());
    let height = |name| matches.get_one::<Height>(name).copied();
    let from = height("from").unwrap_or(oldest);
    let until = height("until").unwrap_or(head);
    if from > until || until > head || from < oldest {
        let message = format!(
            "the chain has blocks {oldest} to {head}; there are no blocks {from} to {until}"
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    let target = file(matches, "to");
    if target.exists() {
        let message = format!("{} is there already; give another path", target.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    // A file that is not whole never has the name that was asked for.
    let unfinished = unfinished(&target);
    let mut progress = Progress::new("blocks written", Some(until - from + 1));
    let written = File::create(&unfinished)
        .map_err(BlocksFileError::from)
        .and_then(|file| {
            let mut writer = BufWriter::new(file);
            let each = |height| progress.at(height - from + 1);
            let count = export_blocks(&chain.view(), from..=until, &mut writer, each)?;
            writer.get_ref().sync_all()?;
            crash_point!("export::before_name");
            fs::rename(&unfinished, &target)?;
            crash_point!("export::named");
            Ok(count)
        });
    drop(progress);
    let count = written.map_err(|error| {
        // What is left of it is of no use.
        let _ = fs::remove_file(&unfinished);
        failure(error, &target)
    })?;
    let bytes = target.metadata().map_or(0, |it| it.len());
    let document = json!({ "from": from, "until": until, "blocks": count, "bytes": bytes });
    print(&format!("{document}\n"));
    Ok(())
}

pub(super) fn import(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    let path = file(matches, "from");
    let opened = File::open(&path).map_err(|error| failure(error.into(), &path))?;
    let spec = Arc::new(load_spec(config)?);
    let mut chain = chain_to_write(config, &config.data_dir, &spec)?;
    let mut progress = Progress::new("blocks read in, up to height", None);
    let imported = import_blocks(&mut BufReader::new(opened), &mut chain, |height| {
        progress.at(height);
    });
    drop(progress);
    let report = imported.map_err(|error| failure(error, &path))?;
    let document = json!({
        "height": chain.head().header.height,
        "blockHash": chain.head().hash.to_string(),
        "stateRoot": chain.head().header.state_root.to_string(),
        "new": report.new,
        "known": report.known,
    });
    print(&format!("{document}\n"));
    Ok(())
}

fn file(matches: &ArgMatches, name: &str) -> PathBuf {
    matches
        .get_one::<PathBuf>(name)
        .cloned()
        .unwrap_or_default()
}

fn unfinished(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".unfinished");
    target.with_file_name(name)
}

fn failure(error: BlocksFileError, path: &Path) -> Failure {
    let exit = match &error {
        BlocksFileError::Io(_) => Exit::Disk,
        BlocksFileError::Foreign
        | BlocksFileError::OtherChain { .. }
        | BlocksFileError::Gap { .. }
        | BlocksFileError::Torn { .. }
        | BlocksFileError::Damaged { .. } => Exit::Usage,
        BlocksFileError::Chain(error) if error.is_block_fault() => Exit::Usage,
        BlocksFileError::Chain(_) => Exit::Directory,
    };
    Failure::new(exit, format!("{}: {error}", path.display()))
}
