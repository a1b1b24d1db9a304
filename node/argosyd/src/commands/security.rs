//! `argosyd security-log check`: whether a security log is what was written.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::json;

use super::files::failed;
use super::print;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::security;

pub(super) fn run(config: &Config, matches: &ArgMatches) -> Result<(), Failure> {
    let Some(("check", matches)) = matches.subcommand() else {
        return Err(Failure::new(Exit::Usage, "no such command of security-log"));
    };
    let given = matches.get_one::<PathBuf>("in");
    let folder = given.unwrap_or(&config.data_dir);
    let checked = security::check(folder);
    let checked = checked.map_err(|error| failed("read the security log in", folder, &error))?;
    if let Some((path, line)) = checked.broken {
        let message = format!(
            "{}, line {line}: it does not follow from the line before: one was changed, taken out or put in",
            path.display()
        );
        return Err(Failure::new(Exit::Directory, message));
    }
    let document = json!({ "head": checked.head, "lines": checked.lines });
    print(&format!("{document}\n"));
    Ok(())
}
