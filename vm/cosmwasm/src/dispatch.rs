//! Messages, one by one and depth first.
//!
//! ```text
//! message ─► done ────────────────► reply_on success, always: reply ─► its data
//!         └► failed, undone ──────► reply_on error, always: reply ───► its data
//!                                └► else the sender fails with the same text
//! ```
//!
//! Always holds: a message that fails leaves nothing behind; a reply that fails fails its contract.
//! Source: wasmd, `x/wasm/keeper/msg_dispatcher.go`.

use argosy_primitives::{Gas, StatusCode};
use argosy_vm_host::{Stop, forwardable};
use cosmwasm_std::{CosmosMsg, ReplyOn, SubMsg};
use serde::de::IgnoredAny;

use crate::ask;
use crate::desk::Desk;
use crate::message::Failed;
use crate::reply::{Told, reply_to};
use crate::table::Afterwards;

/// Gas of this chain for one of a Cosmos chain, about: 140 ns there, 1 ns here.
pub(crate) const GAS_RATIO: Gas = 140;

impl Desk<'_> {
    /// Performs a message; the data of the reply, if there was one with data.
    pub(crate) fn dispatch(
        &mut self,
        message: SubMsg<IgnoredAny>,
    ) -> Result<Option<Vec<u8>>, Stop> {
        let SubMsg {
            id,
            payload,
            msg,
            gas_limit,
            reply_on,
        } = message;
        let before = self.guest.gas_left();
        let events_before = match &msg {
            CosmosMsg::Wasm(_) => Some(ask::event_count(self.host)?),
            // Of other messages a reply shows none.
            _ => None,
        };
        let most = forwardable(before);
        // A limit above what there is limits nothing.
        let limit = gas_limit.map(|it| it.saturating_mul(GAS_RATIO));
        let limit = limit.filter(|it| *it < most);
        let gas = limit.unwrap_or(most);
        let done = self.afterwards(Afterwards::Message, |desk| desk.perform(msg, gas))?;
        let is_heard = match (&done, &reply_on) {
            (_, ReplyOn::Always) | (Ok(_), ReplyOn::Success) | (Err(_), ReplyOn::Error) => true,
            (Ok(_), ReplyOn::Never | ReplyOn::Error)
            | (Err(_), ReplyOn::Never | ReplyOn::Success) => false,
        };
        // Nobody catches the end of a transaction's gas, only that of a limit within it.
        if let Err(failed) = &done
            && failed.status == StatusCode::OutOfGas
            && limit.is_none()
        {
            return Err(Stop::OutOfGas);
        }
        match (is_heard, done) {
            (true, done) => {
                let used = before.saturating_sub(self.guest.gas_left());
                let told = Told {
                    id,
                    payload,
                    gas_used: used / GAS_RATIO,
                    done,
                    events_before,
                };
                self.afterwards(Afterwards::Reply, |desk| reply_to(desk, told))
            }
            (false, Ok(_)) => Ok(None),
            (false, Err(Failed { text, .. })) => Err(Stop::Reverted(text.into_bytes())),
        }
    }
}
