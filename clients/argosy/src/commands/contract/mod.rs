//! `argosy contract deploy|upload|call|query|upgrade|abi|code|bindings|list|storage|info|verify`,
//! by the ABI inside the contract.

mod bindings; // argosy contract bindings
mod call; // argosy contract call
mod code; // argosy contract code
mod deploy; // argosy contract deploy
mod info; // argosy contract info
mod list; // argosy contract list
mod message; // what follows `--`: a method and its arguments
mod methods; // what a contract offers
mod query; // argosy contract query
mod schema; // schema files of CosmWasm contracts
mod storage; // argosy contract storage
mod upgrade; // argosy contract upgrade
mod upload; // argosy contract upload
mod verify; // argosy contract verify

use anyhow::Context;
use argosy_primitives::Address;
use argosy_rpc_api::RpcError;
use argosy_sdk::{Abi, Contract, SdkError};
use serde::Serialize;

use super::session::Session;
use crate::args::{AbiFormat, ContractCommand};
use crate::failure::Failure;
use crate::output::Report;
pub(super) use deploy::read_module;

/// Does what is asked.
pub(super) async fn run(command: ContractCommand, session: &Session) -> Result<Report, Failure> {
    match command {
        ContractCommand::Deploy {
            file,
            sender,
            salt,
            funds,
            admin,
            message,
        } => {
            let wanted = deploy::Wanted {
                file,
                sender,
                salt,
                funds,
                admin,
                message,
            };
            deploy::run(wanted, session).await
        }
        ContractCommand::Upload { file, sender } => upload::run(&file, &sender, session).await,
        ContractCommand::Call {
            contract,
            sender,
            funds,
            diff,
            message,
        } => {
            let address = session.resolve(&contract)?.address;
            let asked = call::Asked {
                sender: &sender,
                funds: funds.as_deref(),
                diff,
                message: &message,
            };
            call::run(address, asked, session).await
        }
        ContractCommand::Query {
            contract,
            caller,
            at,
            message,
        } => {
            let address = session.resolve(&contract)?.address;
            let caller = caller.map(|it| session.resolve(&it)).transpose()?;
            query::run(
                address,
                caller.map(|it| it.address),
                session.at(at),
                &message,
                session,
            )
            .await
        }
        ContractCommand::Upgrade {
            contract,
            file,
            migrates_state,
            sender,
            message,
        } => {
            let wanted = upgrade::Wanted {
                contract: session.resolve(&contract)?.address,
                file: &file,
                migrates_state,
                sender: &sender,
                message: &message,
            };
            upgrade::run(wanted, session).await
        }
        ContractCommand::Abi { contract, format } => {
            let address = session.resolve(&contract.account()?)?.address;
            abi(address, format, session).await
        }
        ContractCommand::Code {
            contract,
            out,
            force,
            at,
        } => {
            let address = session.resolve(&contract)?.address;
            code::run(address, session.at(at), (&out, force), session).await
        }
        ContractCommand::Bindings {
            contract,
            out,
            name,
            interface,
        } => {
            let address = session.resolve(&contract.account()?)?.address;
            let source = bindings::of_chain(address, session).await?;
            bindings::write(&source, name.as_deref(), out.as_deref(), interface)
        }
        ContractCommand::List { after, limit, at } => {
            let after = after.map(|it| session.resolve(&it)).transpose()?;
            let after = after.map(|it| it.address);
            list::run(after, limit, session.at(at), session).await
        }
        ContractCommand::Storage {
            contract,
            field,
            prefix,
            after,
            limit,
            at,
        } => {
            let address = session.resolve(&contract)?.address;
            let page = storage::Page {
                field,
                prefix,
                after,
                limit,
                at: session.at(at),
            };
            storage::run(address, page, session).await
        }
        ContractCommand::Info { contract, at } => {
            let address = session.resolve(&contract)?.address;
            info::run(address, session.at(at), session).await
        }
        ContractCommand::Verify {
            contract,
            folder,
            package,
        } => {
            let address = session.resolve(&contract)?.address;
            verify::run(address, &folder, package, session).await
        }
    }
}

/// Does what needs no node.
pub(super) fn offline(command: ContractCommand) -> Result<Report, Failure> {
    match command {
        ContractCommand::Abi { contract, format } => {
            printed(&bindings::of_file(contract.path())?.abi, format)
        }
        ContractCommand::Bindings {
            contract,
            out,
            name,
            interface,
        } => {
            let source = bindings::of_file(contract.path())?;
            let name = name.or_else(|| contract.stem());
            bindings::write(&source, name.as_deref(), out.as_deref(), interface)
        }
        _ => Err(Failure::failed("this command asks a node")),
    }
}

/// The ABI of a contract on the chain.
async fn abi(address: Address, format: AbiFormat, session: &Session) -> Result<Report, Failure> {
    let Some(contract) = open(session, address).await? else {
        let failure = Failure::failed("the contract carries no ABI");
        return Err(failure.hint("speak to it with --message 0x…"));
    };
    printed(contract.abi(), format)
}

/// An ABI as JSON, in text with line breaks.
fn printed(abi: &Abi, format: AbiFormat) -> Result<Report, Failure> {
    match format {
        AbiFormat::Json => lines_of(argosy_bindings::json::of_abi(abi)),
        AbiFormat::ScaleInfo => lines_of(argosy_metadata::of_abi(abi).map_err(Failure::failed)?),
    }
}

fn lines_of(view: impl Serialize) -> Result<Report, Failure> {
    let text = serde_json::to_string_pretty(&view).context("the ABI cannot be written")?;
    Ok(Report::new(view).line(text))
}

/// The contract with its ABI; none if its module carries none.
async fn open(session: &Session, address: Address) -> Result<Option<Contract>, Failure> {
    match Contract::at(&session.client, address).await {
        Ok(contract) => Ok(Some(contract)),
        Err(SdkError::Rpc { error }) if matches!(*error, RpcError::NotFound { .. }) => Ok(None),
        Err(error) => Err(super::failure(error)),
    }
}
