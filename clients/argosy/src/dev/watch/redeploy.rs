//! A contract from its old module to the new one: in place where it has an admin whose key is here, else as a
//! new contract with the old one's calls.

use argosy_primitives::{Action, Address};
use argosy_rpc_api::BlockSelector;
use argosy_sdk::wallet::Signer;
use argosy_sdk::{
    Abi, Client, MessageKind, Module, SdkError, TxOptions, contract, require_success,
};

use super::history::{History, Past};
use super::replay;

/// So many calls that could not be made once more are told.
const TOLD_MAX: usize = 5;

/// What was done, or could not be.
pub(super) type Told = Vec<Result<String, String>>;

/// Brings `module` into the contract at `address`.
pub(super) async fn bring(
    client: &Client,
    accounts: &[(String, Signer)],
    history: &mut History,
    (address, module): (Address, &Module),
) -> Told {
    let shown = client.text(address);
    let info = match client.contract(address, BlockSelector::Latest).await {
        Ok(info) => info,
        Err(error) => {
            history.forget(&address);
            return vec![Err(format!("{shown}: {error}"))];
        }
    };
    if info.code.hash.0 == module.code {
        return Vec::new();
    }
    let admin = info.admin.and_then(|it| key_of(accounts, it.address));
    let done = match admin {
        Some(admin) => in_place(client, admin, address, module).await,
        None => {
            let Some(past) = history.past(&address).cloned() else {
                return Vec::new();
            };
            return anew(client, accounts, history, (address, &past), module).await;
        }
    };
    vec![match done {
        Ok(how) => Ok(format!("{shown} has the new code{how}")),
        Err(reason) => Err(format!("{shown} keeps its code: {reason}")),
    }]
}

/// Other code at the same address; what is stored stays.
async fn in_place(
    client: &Client,
    admin: &Signer,
    address: Address,
    module: &Module,
) -> Result<String, String> {
    let none = Abi::default();
    let abi = module.abi.as_ref().unwrap_or(&none);
    let migrations = || {
        abi.messages
            .iter()
            .filter(|it| it.kind == MessageKind::Upgrade)
    };
    let any = migrations().next().is_some();
    let plain = migrations().find(|it| it.args.is_empty());
    let Some(migration) = plain else {
        if any {
            return Err("its migrations take arguments: run `argosy contract upgrade`".to_owned());
        }
        // The chain would run a migration that the code does not have.
        let set = client.set_code(address, &module.wasm).await;
        set.map_err(|error| error.to_string())?;
        return Ok(", without a migration".to_owned());
    };
    let upgrade = Action::Upgrade {
        contract: address,
        code: module.code,
        message: migration.selector.to_vec(),
    };
    let sent = with_code(client, admin, module, upgrade, &TxOptions::default()).await;
    sent.map_err(|error| format!("{}: {error}", migration.name))?;
    Ok(format!(", migrated by {}", migration.name))
}

/// A new contract, created and called as the old one was.
async fn anew(
    client: &Client,
    accounts: &[(String, Signer)],
    history: &mut History,
    (old, past): (Address, &Past),
    module: &Module,
) -> Told {
    let abis = match abis(client, old, module).await {
        Ok(abis) => abis,
        Err(reason) => return vec![Err(format!("{} stays: {reason}", client.text(old)))],
    };
    let created = create(client, accounts, history, past, (&abis, module)).await;
    let new = match created {
        Ok(new) => new,
        Err(reason) => return vec![Err(format!("{} stays: {reason}", client.text(old)))],
    };
    history.moves(old, new);
    let moved = history.moved();
    let mut failed = Vec::new();
    for call in &past.calls {
        let message = (MessageKind::Call, call.message.as_slice());
        let again = replay::again((&abis.0, &abis.1), client.hrp(), message, &moved);
        let (message, shown) = match again {
            Ok(again) => again,
            Err(reason) => {
                failed.push(reason);
                continue;
            }
        };
        let Some(sender) = key_of(accounts, call.sender) else {
            failed.push(format!(
                "{shown}: the key of {} is not here",
                client.text(call.sender)
            ));
            continue;
        };
        let action = Action::Call {
            contract: new,
            funds: call.funds,
            message,
            abi_hash: None,
        };
        if let Err(error) = send(client, sender, vec![action], &TxOptions::default()).await {
            failed.push(format!("{shown}: {error}"));
        }
    }
    told(client, (old, new), past, &failed)
}

fn told(client: &Client, (old, new): (Address, Address), past: &Past, failed: &[String]) -> Told {
    let all = past.calls.len();
    let made = all - failed.len();
    let (from, to) = (client.text(old), client.text(new));
    let calls = match all {
        0 => "it had no calls".to_owned(),
        all => format!("{made} of {all} calls made once more"),
    };
    let mut told = vec![Ok(format!(
        "{from} cannot be upgraded: {to} in its place, {calls}"
    ))];
    let shown = failed.iter().take(TOLD_MAX);
    told.extend(shown.map(|it| Err(format!("not made once more: {it}"))));
    if failed.len() > TOLD_MAX {
        told.push(Err(format!("and {} more", failed.len() - TOLD_MAX)));
    }
    if past.is_cut {
        told.push(Err(format!("it had more calls; the first {all} count")));
    }
    told
}

/// The old contract's ABI, and the new module's.
async fn abis(client: &Client, old: Address, module: &Module) -> Result<(Abi, Abi), String> {
    let answer = client.abi(old, BlockSelector::Latest).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let old = Abi::parse(&answer.section).map_err(|error| error.to_string())?;
    let new = module.abi().map_err(|error| error.to_string())?;
    Ok((old, new.clone()))
}

async fn create(
    client: &Client,
    accounts: &[(String, Signer)],
    history: &History,
    past: &Past,
    (abis, module): (&(Abi, Abi), &Module),
) -> Result<Address, String> {
    let Some(creator) = key_of(accounts, past.creator) else {
        return Err(format!(
            "the key of its creator {} is not here",
            client.text(past.creator)
        ));
    };
    let (message, funds) = (&past.init.0, past.init.1);
    let message = (MessageKind::Init, message.as_slice());
    let moved = history.moved();
    let again = replay::again((&abis.0, &abis.1), client.hrp(), message, &moved);
    let (message, shown) = again?;
    let created = async {
        let account = client
            .account(creator.address(), BlockSelector::Latest)
            .await?;
        let nonce = account.next_nonce.unwrap_or(account.nonce).0;
        let salt = contract::salt_of(nonce);
        let instantiate = Action::Instantiate {
            code: module.code,
            salt,
            admin: past.admin,
            funds,
            message,
        };
        let options = TxOptions {
            nonce: Some(nonce),
            ..TxOptions::default()
        };
        with_code(client, creator, module, instantiate, &options).await?;
        Ok::<Address, SdkError>(contract::address_of(
            module.host,
            &creator.address(),
            &salt,
            &module.code,
        ))
    };
    created.await.map_err(|error| format!("{shown}: {error}"))
}

/// An action that needs the module, which is uploaded first unless the chain has it.
async fn with_code(
    client: &Client,
    signer: &Signer,
    module: &Module,
    action: Action,
    options: &TxOptions,
) -> Result<(), SdkError> {
    module.check_size(&client.info().limits)?;
    let known = client
        .proven_code(&module.code, BlockSelector::Latest)
        .await?;
    let store = known.value.is_none().then(|| Action::StoreCode {
        code: module.wasm.clone(),
    });
    let actions = store.into_iter().chain([action]).collect();
    send(client, signer, actions, options).await
}

async fn send(
    client: &Client,
    signer: &Signer,
    actions: Vec<Action>,
    options: &TxOptions,
) -> Result<(), SdkError> {
    let answer = client.send(signer, actions, options).await?;
    require_success(answer).map(|_| ())
}

fn key_of(accounts: &[(String, Signer)], address: Address) -> Option<&Signer> {
    let found = accounts.iter().find(|(_, it)| it.address() == address);
    found.map(|(_, signer)| signer)
}
