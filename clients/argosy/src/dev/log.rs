//! Logs of the chain, on stderr.

use tracing_subscriber::EnvFilter;

use crate::args::DevChainArgs;
use crate::failure::Failure;
use crate::output::Output;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Sends events to stderr, as far as the filter lets them through.
pub(super) fn init(args: &DevChainArgs, output: Output) -> Result<(), Failure> {
    // Its warnings tell of requests that broke off: anybody can cause them, nobody can act on them.
    let usual = match args.verbose {
        true => "info,jsonrpsee-server=error",
        false => "warn,jsonrpsee-server=error",
    };
    let filter = filter(args.log_filter.as_deref().unwrap_or(usual))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(output.paint_errors().is_on())
        .with_writer(std::io::stderr)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::failed)
}

/// The filter, if it is one.
fn filter(text: &str) -> Result<EnvFilter, Failure> {
    // A level that is misspelt would be taken for a part of the program, and the log would be silent.
    if let Some(word) = text.split(',').map(str::trim).find(|it| !says_how_much(it)) {
        let failure = Failure::usage(format!("--log-filter {text}: {word:?} is no level"));
        return Err(failure.hint(format!(
            "there are {}; for a part of the program {word}=debug",
            LEVELS.join(", ")
        )));
    }
    EnvFilter::try_new(text)
        .map_err(|error| Failure::usage(format!("--log-filter {text}: {error}")))
}

/// Whether a part of a filter names a level, or one for something.
fn says_how_much(part: &str) -> bool {
    let is_level = LEVELS.iter().any(|it| it.eq_ignore_ascii_case(part));
    is_level || part.is_empty() || part.contains(['=', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_misspelt_is_not_taken_for_a_part_of_the_program() {
        for good in ["info", "WARN,jsonrpsee-server=error", "rpc=off,info", "off"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["inof", "info,rpc", "rpc=loud"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
