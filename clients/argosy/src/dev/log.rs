//! Logs of the chain, on stderr.

use tracing_subscriber::EnvFilter;

use crate::args::DevChainArgs;
use crate::failure::Failure;
use crate::output::Output;

/// Sends events to stderr, as far as the filter lets them through.
pub(super) fn init(args: &DevChainArgs, output: Output) -> Result<(), Failure> {
    // Its warnings tell of requests that broke off: anybody can cause them, nobody can act on them.
    let usual = match args.verbose {
        true => "info,jsonrpsee-server=error",
        false => "warn,jsonrpsee-server=error",
    };
    let text = args.log_filter.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(text)
        .map_err(|error| Failure::usage(format!("--log-filter {text}: {error}")))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(output.paint_errors().is_on())
        .with_writer(std::io::stderr)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(Failure::failed)
}
