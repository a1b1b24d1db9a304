//! `argosyd config show | validate | schema | docs`.

use clap::ArgMatches;

use super::{loaded, print};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::node;

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("show", matches)) => print(&loaded(matches)?.show(matches.get_flag("origin"))),
        Some(("validate", matches)) => {
            let loaded = loaded(matches)?;
            node::check(loaded.config())?;
            print("the configuration is valid\n");
        }
        Some(("schema", _)) => print(&config::schema()),
        Some(("docs", _)) => print(&config::docs()),
        Some((other, _)) => return Err(Failure::new(Exit::Usage, format!("no command {other}"))),
        None => return Err(Failure::new(Exit::Usage, "no command")),
    }
    Ok(())
}
