//! Moving funds between accounts, and bringing accounts to life.
//!
//! Invariant: a step that fails has moved nothing. An account comes to life with its deposit, paid by
//! the transaction's signer, and stays.
//! Not here: fees (`transaction`) and storage deposits (`storage`).

use argosy_primitives::{Address, Balance, StatusCode};
use argosy_state::Account;

use crate::error::Fault;
use crate::scope::{Step, TxScope};
use crate::system_event::SystemEvent;

impl TxScope<'_> {
    /// Moves `amount`; nothing happens if it is 0.
    pub(crate) fn transfer(&mut self, from: &Address, to: &Address, amount: Balance) -> Step<()> {
        if amount == 0 {
            return Ok(());
        }
        let mut payer = self.state.account(from)?.unwrap_or_default();
        let left = payer
            .balance
            .checked_sub(amount)
            .ok_or(StatusCode::InsufficientBalance)?;
        self.announce(SystemEvent::Transferred {
            from: *from,
            to: *to,
            amount,
        })?;
        let mut receiver = self.account_or_new(to).inspect_err(|_| {
            self.events.pop();
        })?;
        if from == to {
            return Ok(());
        }
        payer.balance = left;
        receiver.balance = (receiver.balance.checked_add(amount))
            .ok_or(Fault::Invariant("balances exceed the supply"))?;
        self.state.set_account(from, &payer);
        self.state.set_account(to, &receiver);
        Ok(())
    }

    /// The account at `address`, created with its deposit if there is none.
    pub(crate) fn account_or_new(&mut self, address: &Address) -> Step<Account> {
        if let Some(account) = self.state.account(address)? {
            return Ok(account);
        }
        let deposit = self.env.spec.fees.account_deposit;
        self.lock_deposit(deposit)?;
        let account = Account {
            deposit,
            ..Account::default()
        };
        self.state.set_account(address, &account);
        Ok(account)
    }
}
