//! Funds and frames: transfer, call, instantiate, upgrade.
//!
//! A sub-call gets at most 63/64 of what the frame has left. What it used and what it returned is
//! paid when it comes back.

use argosy_primitives::{Balance, CodeHash, Gas, StatusCode};
use argosy_spec::Price;
use argosy_vm_abi::Capabilities;
use argosy_vm_abi::imports::{CALL_ALLOW_REENTRY, CALL_READ_ONLY, HASH_BYTES, NONE};

use super::desk::{Desk, Span};
use super::session::Register;
use crate::adapter::{Stop, forwardable};
use crate::execution::TrapKind;
use crate::fault::HostFault;
use crate::port::{CallOutcome, CallRequest, InstantiateRequest, Place, UpgradeRequest};

impl Desk<'_> {
    pub(super) fn transfer(&mut self, [to, amount]: [i64; 2]) -> Result<i64, Stop> {
        self.require_writable()?;
        self.require(Capabilities::TRANSFER)?;
        let to = self.address_span(to)?;
        let amount = self.amount_span(amount)?;
        self.pay(self.terms.prices.transfer, 0, to.len() + amount.len())?;
        let to = self.address(to);
        let amount = self.amount(amount);
        let status = self.host.transfer(&to, amount)?;
        Ok(number(status))
    }

    pub(super) fn call(
        &mut self,
        [to, funds, gas, flags, input, input_len]: [i64; 6],
        register: &mut Register,
    ) -> Result<i64, Stop> {
        self.require(Capabilities::CALL)?;
        let flags = flags as i32;
        if flags & !(CALL_ALLOW_REENTRY | CALL_READ_ONLY) != 0 {
            return Err(Stop::Trapped(TrapKind::BadArgument));
        }
        let read_only = self.host.context().read_only || flags & CALL_READ_ONLY != 0;
        let input = self.input(input, input_len)?;
        let to = self.address_span(to)?;
        let funds = self.amount_span(funds)?;
        let price = self.terms.prices.call;
        let copied = input.len() + to.len() + funds.len();
        self.pay(price, input.len(), copied)?;
        let funds = self.own_funds(funds, read_only)?;
        let request = CallRequest {
            to: self.address(to),
            funds,
            gas: self.allowance(gas),
            allow_reentry: flags & CALL_ALLOW_REENTRY != 0,
            read_only,
            input: input.of(self.guest.memory()),
        };
        let outcome = self.host.call(&request)?;
        let gas = request.gas;
        self.settle(outcome, gas, price, input.len(), register)
    }

    pub(super) fn instantiate(
        &mut self,
        [code, salt, admin, funds, gas, input, input_len, out]: [i64; 8],
        register: &mut Register,
    ) -> Result<i64, Stop> {
        self.require_writable()?;
        self.require(Capabilities::INSTANTIATE)?;
        let input = self.input(input, input_len)?;
        let code = self.span(code, HASH_BYTES)?;
        let salt = self.span(salt, HASH_BYTES)?;
        let admin = match admin as i32 {
            NONE => None,
            _ => Some(self.address_span(admin)?),
        };
        let funds = self.amount_span(funds)?;
        let out = self.address_span(out)?;
        let spans = [code, salt, funds, out, input].map(Span::len);
        let copied = spans.iter().sum::<u64>() + admin.map_or(0, Span::len);
        let price = self.terms.prices.instantiate;
        self.pay(price, input.len(), copied)?;
        let funds = self.own_funds(funds, false)?;
        let request = InstantiateRequest {
            code: CodeHash::from_bytes(self.array(code)),
            place: Place::Salted(self.array(salt)),
            admin: admin.map(|admin| self.address(admin)),
            funds,
            gas: self.allowance(gas),
            input: input.of(self.guest.memory()),
        };
        let created = self.host.instantiate(&request)?;
        let gas = request.gas;
        let status = self.settle(created.outcome, gas, price, input.len(), register)?;
        if let Some(address) = created.address {
            self.write(out, address.as_bytes());
        }
        Ok(status)
    }

    pub(super) fn upgrade_self(
        &mut self,
        [code, input, input_len]: [i64; 3],
        register: &mut Register,
    ) -> Result<i64, Stop> {
        self.require_writable()?;
        self.require(Capabilities::UPGRADE)?;
        let input = self.input(input, input_len)?;
        let code = self.span(code, HASH_BYTES)?;
        let price = self.terms.prices.upgrade;
        self.pay(price, input.len(), input.len() + code.len())?;
        let request = UpgradeRequest {
            contract: self.host.context().contract,
            code: CodeHash::from_bytes(self.array(code)),
            gas: self.allowance(0),
            input: input.of(self.guest.memory()),
        };
        let outcome = self.host.upgrade(&request)?;
        let gas = request.gas;
        self.settle(outcome, gas, price, input.len(), register)
    }

    fn input(&mut self, ptr: i64, len: i64) -> Result<Span, Stop> {
        self.limited(ptr, len, self.terms.limits.data_bytes_max)
    }

    /// The amount to send along; a frame that sends needs the right to.
    fn own_funds(&mut self, amount: Span, read_only: bool) -> Result<Balance, Stop> {
        let amount = self.amount(amount);
        if amount == 0 {
            return Ok(0);
        }
        if read_only {
            return Err(Stop::Refused(StatusCode::ReadOnly));
        }
        self.require(Capabilities::TRANSFER)?;
        Ok(amount)
    }

    /// The gas of a sub-call: what was asked for, 0 meaning all, as far as it may be passed on.
    fn allowance(&mut self, asked: i64) -> Gas {
        let most = forwardable(self.guest.gas_left());
        match asked as u64 {
            0 => most,
            asked => asked.min(most),
        }
    }

    /// Pays for a sub-call that came back and keeps its data.
    fn settle(
        &mut self,
        outcome: CallOutcome,
        gas: Gas,
        price: Price,
        input_bytes: u64,
        register: &mut Register,
    ) -> Result<i64, Stop> {
        if outcome.gas_used > gas {
            return Err(HostFault::new("a sub-call used more gas than it was given").into());
        }
        self.guest.charge(outcome.gas_used)?;
        let bytes = input_bytes + outcome.data.len() as u64;
        self.pay_rest(price, input_bytes, bytes)?;
        *register = Register::Owned(outcome.data);
        Ok(number(outcome.status))
    }
}

fn number(status: StatusCode) -> i64 {
    i64::from(status as u8)
}
