//! The commands, one file per noun. Start reading at [`run`].

mod abi_book; // the ABIs of contracts, to read what they announce
mod account; // argosy account
mod block; // argosy block
mod contract;
mod events; // argosy events
mod keys; // argosy keys
mod problem; // the SDK's errors as failures
mod send; // from actions to a receipt that people can read
mod session; // a node, and who we are there
mod tx; // argosy tx // argosy contract

use anyhow::Context;

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::keys::KeyRing;
use crate::output::Output;

pub(crate) use abi_book::AbiBook;
pub(crate) use problem::failure;

use session::Session;

/// Does what the command line asks for.
pub(crate) fn run(cli: Cli, output: Output) -> Result<(), Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Dev(args) => crate::dev::run(&args, output),
        Command::Demo(args) => crate::demo::run(&args, output),
        Command::Keys(command) => keys::run(command, &KeyRing::at(global.keys_dir)?, output),
        asking => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.context("cannot start the client")?;
            runtime.block_on(async {
                let session = Session::connect(global, output).await?;
                ask(asking, &session).await
            })
        }
    }
}

/// Commands that talk to a node.
async fn ask(command: Command, session: &Session) -> Result<(), Failure> {
    let report = match command {
        Command::Account(command) => account::run(command, session).await?,
        Command::Tx(command) => tx::run(command, session).await?,
        Command::Block(command) => match block::run(command, session).await? {
            Some(report) => report,
            None => return Ok(()),
        },
        Command::Events(command) => match events::run(command, session).await? {
            Some(report) => report,
            None => return Ok(()),
        },
        Command::Contract(command) => contract::run(command, session).await?,
        Command::Dev(_) | Command::Demo(_) | Command::Keys(_) => return Ok(()),
    };
    session.output.report(&report);
    Ok(())
}
