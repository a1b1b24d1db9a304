//! Actions as people read them, a line each.

use argosy_primitives::{Address, Hrp};
use argosy_rpc_api::ActionView;
use argosy_sdk::{Codec, MessageKind, Token};

use crate::commands::abi_book::AbiBook;

/// An action in a line, with the call decoded where its contract's ABI is known.
pub(in crate::commands) async fn text(
    action: &ActionView,
    hrp: Hrp,
    token: &Token,
    book: &mut AbiBook,
) -> String {
    let call = match action {
        ActionView::Call {
            contract, message, ..
        } => decoded(contract.address, &message.0, hrp, book).await,
        _ => None,
    };
    line(action, &|amount| token.format(amount), call)
}

async fn decoded(
    contract: Address,
    message: &[u8],
    hrp: Hrp,
    book: &mut AbiBook,
) -> Option<String> {
    let abi = book.abi(contract).await?;
    call(&Codec::new(&abi, hrp), MessageKind::Call, message)
}

/// `transfer(to: …, amount: 5)`; none if the ABI does not tell.
pub(in crate::commands) fn call(
    codec: &Codec<'_>,
    kind: MessageKind,
    message: &[u8],
) -> Option<String> {
    let call = codec.decode_call(kind, message).ok()?;
    let args = call.args.iter();
    let args: Vec<String> = args
        .map(|it| format!("{}: {}", it.name, it.value))
        .collect();
    Some(format!("{}({})", call.method, args.join(", ")))
}

/// An action in a line; `call` is what a contract is told, if that is known.
pub(in crate::commands) fn line(
    action: &ActionView,
    tokens: &dyn Fn(u128) -> String,
    call: Option<String>,
) -> String {
    let with_funds = |funds: u128| match funds {
        0 => String::new(),
        funds => format!(" with {}", tokens(funds)),
    };
    let told = |call: Option<String>| call.map_or(String::new(), |it| format!(" {it}"));
    match action {
        ActionView::Transfer { to, amount } => {
            format!("transfer {} to {to}", tokens(amount.0))
        }
        ActionView::StoreCode { code } => format!("store code of {} bytes", code.0.len()),
        ActionView::RemoveCode { code } => format!("remove code {code}"),
        ActionView::Instantiate { code, funds, .. } => format!(
            "instantiate code {code}{}{}",
            told(call),
            with_funds(funds.0)
        ),
        ActionView::Call {
            contract,
            message,
            funds,
            ..
        } => format!(
            "call {contract} {}{}",
            call.unwrap_or_else(|| message.to_string()),
            with_funds(funds.0)
        ),
        ActionView::Upgrade { contract, code, .. } => {
            format!("upgrade {contract} to code {code}{}", told(call))
        }
        ActionView::SetAdmin {
            contract,
            admin: Some(admin),
        } => format!("make {admin} the admin of {contract}"),
        ActionView::SetAdmin {
            contract,
            admin: None,
        } => format!("freeze {contract}"),
        ActionView::Bond { amount, .. } => format!("bond {}", tokens(amount.0)),
        ActionView::Unbond { amount } => format!("unbond {}", tokens(amount.0)),
        ActionView::Unjail => "unjail".to_owned(),
        ActionView::Govern {
            protocol_version, ..
        } => format!("vote for protocol version {protocol_version}"),
    }
}
