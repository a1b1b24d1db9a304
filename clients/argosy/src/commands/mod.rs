//! The commands, one file per noun. Start reading at [`run`].

mod abi_book; // the ABIs of contracts, to read what they announce
mod account; // argosy account
mod block; // argosy block
mod contract; // argosy contract
mod dev; // argosy dev, of a chain that runs
mod doctor; // argosy doctor
mod events; // argosy events
mod keys; // argosy keys
mod layout; // whether other code reads a contract's state
mod network; // argosy network
mod preview; // what a transaction would do
mod problem; // the SDK's errors as failures
mod project; // argosy new, build, test, sdk
mod rpc; // argosy rpc
mod send; // from actions to a receipt that people can read
mod session; // a node, and who we are there
mod tools; // completions, manual pages, the reference page
mod tx; // argosy tx

use std::future::Future;

use anyhow::Context;

use crate::args::{Cli, Command, DevArgs};
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::networks;
use crate::output::{Output, Report};

pub(crate) use abi_book::AbiBook;
pub(crate) use problem::failure;

use session::Session;

/// Does what the command line asks for.
pub(crate) fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    let report = match command {
        Command::Dev(DevArgs {
            command: None,
            chain,
        }) => return crate::dev::run(&chain, output),
        Command::Demo(args) => return crate::demo::run(&args, output),
        Command::Completions(args) => return tools::completions(&args, output),
        Command::Man(args) => return tools::manual(&args, output),
        Command::Reference => return tools::reference(),
        Command::Console(_) => return Err(Failure::failed("the console is no command of its own")),
        Command::Doctor => return doctor::run(&global, output),
        Command::Keys(command) => {
            let keys = KeyRing::at(global.keys_dir.clone(), output.may_ask())?;
            keys::run(
                command,
                &keys,
                || Ok(networks::choose(&global)?.hrp),
                output,
            )?
        }
        Command::Network(command) => network::run(command, &global)?,
        Command::New(args) => project::create(&args)?,
        Command::Build(args) => project::build(&args, output)?,
        Command::Test(args) => project::test(&args, output)?,
        Command::Sdk(command) => project::sdk(&command)?,
        Command::Rpc(args) => rpc::run(args, &global)?,
        Command::Tx(command) if command.is_offline() => {
            let keys = KeyRing::at(global.keys_dir, output.may_ask())?;
            tx::offline(command, &keys, output)?
        }
        Command::Contract(command) if command.is_offline() => contract::offline(command)?,
        asking => {
            let answer = in_runtime(async {
                let session = Session::connect(global, output).await?;
                ask(asking, &session).await
            })?;
            match answer {
                Some(report) => report,
                None => return Ok(()),
            }
        }
    };
    output.report(&report)
}

/// Commands that talk to a node. `None`: everything was told already.
async fn ask(command: Command, session: &Session) -> Result<Option<Report>, Failure> {
    let report = match command {
        Command::Block(command) => return block::run(command, session).await,
        Command::Events(command) => return events::run(command, session).await,
        Command::Account(command) => account::run(command, session).await,
        Command::Tx(command) => tx::run(command, session).await,
        Command::Contract(command) => contract::run(command, session).await,
        Command::Dev(DevArgs {
            command: Some(command),
            ..
        }) => dev::run(command, session).await,
        Command::Dev(_)
        | Command::Demo(_)
        | Command::Console(_)
        | Command::Keys(_)
        | Command::Network(_)
        | Command::New(_)
        | Command::Build(_)
        | Command::Test(_)
        | Command::Sdk(_)
        | Command::Rpc(_)
        | Command::Doctor
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Reference => Err(Failure::failed("this command asks no node")),
    };
    report.map(Some)
}

/// Waits for something that talks to a node.
fn in_runtime<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.context("cannot start the client")?.block_on(work)
}
