//! What a single message does: funds, calls, creations, migrations, admins.
//!
//! Always holds: a message that fails has changed nothing; its text is a constant of this crate, the
//! name of a status, or what a contract said.

use argosy_primitives::{Address, Balance, Gas, StatusCode};
use argosy_spec::Price;
use argosy_vm_host::{
    CallOutcome, CallRequest, CodeFacts, HostFault, InstantiateOutcome, InstantiateRequest, Place,
    Stop, UpgradeRequest,
};
use cosmwasm_std::{
    BankMsg, Binary, CanonicalAddr, Coin, CosmosMsg, WasmMsg, instantiate2_address,
};
use serde::de::IgnoredAny;

use crate::address::AddressFlaw;
use crate::ask;
use crate::coins::amount_of;
use crate::desk::Desk;
use crate::protobuf::{data_response, instantiate_response};

/// A message that was performed.
pub(crate) struct Done {
    /// What it was answered; nothing if there was nothing to do.
    pub(crate) answer: Option<Answer>,
}

/// An answer as messages of Cosmos chains get them.
pub(crate) struct Answer {
    /// Name of its type.
    pub(crate) type_url: &'static str,
    /// The answer in protobuf.
    pub(crate) value: Vec<u8>,
}

/// A message that was not.
pub(crate) struct Failed {
    /// Why, for the chain.
    pub(crate) status: StatusCode,
    /// Why, for contracts.
    pub(crate) text: String,
}

/// Outside: the frame ends. Inside: the message failed, which its sender may hear of.
type Performed = Result<Result<Done, Failed>, Stop>;

const SEND: &str = "/cosmos.bank.v1beta1.MsgSendResponse";
const EXECUTE: &str = "/cosmwasm.wasm.v1.MsgExecuteContractResponse";
const INSTANTIATE: &str = "/cosmwasm.wasm.v1.MsgInstantiateContractResponse";
const INSTANTIATE2: &str = "/cosmwasm.wasm.v1.MsgInstantiateContract2Response";
const MIGRATE: &str = "/cosmwasm.wasm.v1.MsgMigrateContractResponse";
const UPDATE_ADMIN: &str = "/cosmwasm.wasm.v1.MsgUpdateAdminResponse";
const CLEAR_ADMIN: &str = "/cosmwasm.wasm.v1.MsgClearAdminResponse";

/// Bytes of another ABI's words that are shown in a text.
const SHOWN_BYTES_MAX: usize = 256;

/// What is wrong with a message that no contract may be given.
pub(crate) const INPUT_TOO_LONG: &str = "the message is longer than an input may be";

/// Bytes that a change of an admin writes.
const ADMIN_BYTES: u64 = 32;

/// A contract to create.
struct New<'m> {
    code_id: u64,
    admin: Option<String>,
    funds: &'m [Coin],
    message: &'m [u8],
    /// Salt of a predictable address.
    salt: Option<Binary>,
}

/// What ends a message before the chain is asked.
enum Halt {
    Failed(&'static str),
    Stop(Stop),
}

impl From<AddressFlaw> for Halt {
    fn from(flaw: AddressFlaw) -> Halt {
        Halt::Failed(flaw)
    }
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Halt {
        Halt::Stop(stop)
    }
}

impl From<HostFault> for Halt {
    fn from(fault: HostFault) -> Halt {
        Halt::Stop(fault.into())
    }
}

impl Desk<'_> {
    /// Performs a message with at most so much gas for what it runs.
    pub(crate) fn perform(&mut self, message: CosmosMsg<IgnoredAny>, gas: Gas) -> Performed {
        match self.try_perform(message, gas) {
            Ok(done) => Ok(done),
            Err(Halt::Stop(stop)) => Err(stop),
            Err(Halt::Failed(text)) => Ok(Err(Failed {
                status: StatusCode::Reverted,
                text: text.into(),
            })),
        }
    }

    fn try_perform(
        &mut self,
        message: CosmosMsg<IgnoredAny>,
        gas: Gas,
    ) -> Result<Result<Done, Failed>, Halt> {
        match message {
            CosmosMsg::Bank(BankMsg::Send { to_address, amount }) => {
                self.send(&to_address, &amount)
            }
            CosmosMsg::Wasm(message) => self.wasm(message, gas),
            CosmosMsg::Bank(_) => Err(Halt::Failed("unsupported message: bank burn")),
            CosmosMsg::Custom(_) => Err(Halt::Failed("unsupported message: custom")),
            CosmosMsg::Staking(_) => Err(Halt::Failed("unsupported message: staking")),
            CosmosMsg::Distribution(_) => Err(Halt::Failed("unsupported message: distribution")),
            CosmosMsg::Ibc(_) | CosmosMsg::Ibc2(_) => Err(Halt::Failed("unsupported message: ibc")),
            CosmosMsg::Gov(_) => Err(Halt::Failed("unsupported message: gov")),
            // `Stargate` and its newer name.
            _ => Err(Halt::Failed("unsupported message: stargate")),
        }
    }

    fn wasm(&mut self, message: WasmMsg, gas: Gas) -> Result<Result<Done, Failed>, Halt> {
        match message {
            WasmMsg::Execute {
                contract_addr,
                msg,
                funds,
            } => self.execute(&contract_addr, &msg, &funds, gas),
            WasmMsg::Instantiate {
                admin,
                code_id,
                msg,
                funds,
                label: _,
            } => {
                let (funds, message, salt) = (&funds[..], msg.as_slice(), None);
                let new = New {
                    code_id,
                    admin,
                    funds,
                    message,
                    salt,
                };
                self.instantiate(&new, gas)
            }
            WasmMsg::Instantiate2 {
                admin,
                code_id,
                label: _,
                msg,
                funds,
                salt,
            } => {
                let (funds, message, salt) = (&funds[..], msg.as_slice(), Some(salt));
                let new = New {
                    code_id,
                    admin,
                    funds,
                    message,
                    salt,
                };
                self.instantiate(&new, gas)
            }
            WasmMsg::Migrate {
                contract_addr,
                new_code_id,
                msg,
            } => self.migrate(&contract_addr, new_code_id, &msg, gas),
            WasmMsg::UpdateAdmin {
                contract_addr,
                admin,
            } => {
                let admin = self.addressed(&admin)?;
                self.set_admin(&contract_addr, Some(admin))
            }
            WasmMsg::ClearAdmin { contract_addr } => self.set_admin(&contract_addr, None),
            _ => Err(Halt::Failed("unsupported message: wasm")),
        }
    }

    fn send(&mut self, to: &str, coins: &[Coin]) -> Result<Result<Done, Failed>, Halt> {
        // As on Cosmos chains: no coins are no message, coins of nothing are a wrong one.
        if coins.is_empty() {
            return Ok(Ok(Done { answer: None }));
        }
        let to = self.addressed(to)?;
        let amount = self.amount(coins)?;
        if amount == 0 {
            return Err(Halt::Failed("invalid coins: nothing to send"));
        }
        self.pay(self.terms.prices.transfer, 0)?;
        let status = self.host.transfer(&to, amount)?;
        Ok(of_status(status, SEND))
    }

    fn execute(
        &mut self,
        contract: &str,
        message: &[u8],
        funds: &[Coin],
        gas: Gas,
    ) -> Result<Result<Done, Failed>, Halt> {
        let to = self.addressed(contract)?;
        let funds = self.amount(funds)?;
        self.check_input(message)?;
        let price = self.terms.prices.call;
        self.pay(price, message.len() as u64)?;
        let gas = self.still(gas);
        let outcome = self.host.call(&CallRequest {
            to,
            funds,
            gas,
            input: message,
            allow_reentry: true,
            read_only: false,
        })?;
        self.settle(&outcome, gas, price, message.len())?;
        Ok(of_outcome(&outcome, EXECUTE, data_response))
    }

    fn instantiate(&mut self, new: &New<'_>, gas: Gas) -> Result<Result<Done, Failed>, Halt> {
        // An empty text names nobody.
        let admin = match new.admin.as_deref().filter(|it| !it.is_empty()) {
            Some(admin) => Some(self.addressed(admin)?),
            None => None,
        };
        let funds = self.amount(new.funds)?;
        self.check_input(new.message)?;
        let code = self.code(new.code_id)?;
        let (place, type_url) = match &new.salt {
            None => (Place::Fresh, INSTANTIATE),
            Some(salt) => (Place::At(self.predicted(&code, salt)?), INSTANTIATE2),
        };
        let price = self.terms.prices.instantiate;
        let input_bytes = new.message.len();
        self.pay(price, input_bytes as u64)?;
        let gas = self.still(gas);
        let created = self.host.instantiate(&InstantiateRequest {
            code: code.code,
            place,
            admin,
            funds,
            gas,
            input: new.message,
        })?;
        let InstantiateOutcome { address, outcome } = created;
        self.settle(&outcome, gas, price, input_bytes)?;
        let address = address.map(|it| self.terms.text(&it)).unwrap_or_default();
        let answer = |data: &[u8]| instantiate_response(&address, data);
        Ok(of_outcome(&outcome, type_url, answer))
    }

    fn migrate(
        &mut self,
        contract: &str,
        code_id: u64,
        message: &[u8],
        gas: Gas,
    ) -> Result<Result<Done, Failed>, Halt> {
        let contract = self.addressed(contract)?;
        self.check_input(message)?;
        let code = self.code(code_id)?;
        self.pay(self.terms.prices.storage_read, 0)?;
        let facts = ask::contract(self.host, &contract)?;
        let own = self.host.context().contract;
        if facts.is_none_or(|it| it.admin != Some(own)) {
            return Ok(Err(failed(StatusCode::Unauthorized)));
        }
        let price = self.terms.prices.upgrade;
        self.pay(price, message.len() as u64)?;
        let gas = self.still(gas);
        let outcome = self.host.upgrade(&UpgradeRequest {
            contract,
            code: code.code,
            gas,
            input: message,
        })?;
        self.settle(&outcome, gas, price, message.len())?;
        Ok(of_outcome(&outcome, MIGRATE, data_response))
    }

    fn set_admin(
        &mut self,
        contract: &str,
        admin: Option<Address>,
    ) -> Result<Result<Done, Failed>, Halt> {
        let contract = self.addressed(contract)?;
        self.pay(self.terms.prices.storage_write, ADMIN_BYTES)?;
        let status = self.host.set_admin(&contract, admin)?;
        let type_url = admin.map_or(CLEAR_ADMIN, |_| UPDATE_ADMIN);
        Ok(of_status(status, type_url))
    }

    fn addressed(&mut self, text: &str) -> Result<Address, Halt> {
        self.pay(self.terms.prices.address_text, 0)?;
        Ok(self.terms.address(text)?)
    }

    fn amount(&self, coins: &[Coin]) -> Result<Balance, Halt> {
        Ok(amount_of(coins, &self.terms.denom)?)
    }

    /// What a contract may be given is limited, whoever gives it.
    fn check_input(&self, message: &[u8]) -> Result<(), Halt> {
        match message.len() <= self.terms.limits.data_bytes_max as usize {
            true => Ok(()),
            false => Err(Halt::Failed(INPUT_TOO_LONG)),
        }
    }

    fn code(&mut self, code_id: u64) -> Result<CodeFacts, Halt> {
        self.pay(self.terms.prices.storage_read, 0)?;
        let facts = ask::code(self.host, code_id)?;
        facts.ok_or(Halt::Failed("no such code"))
    }

    /// The address that contracts compute beforehand, from the running one, a code and a salt.
    fn predicted(&self, code: &CodeFacts, salt: &[u8]) -> Result<Address, Halt> {
        let creator = CanonicalAddr::from(&self.host.context().contract.as_bytes()[..]);
        let address = instantiate2_address(&code.sha256, &creator, salt);
        let address = address.map_err(|_| Halt::Failed("a salt has 1 to 64 bytes"))?;
        let bytes = <[u8; 32]>::try_from(address.as_slice());
        let bytes = bytes.map_err(|_| HostFault::new("an address of another length"))?;
        Ok(Address::from_bytes(bytes))
    }

    /// Of the gas that a message was promised, what may still be passed on after its price.
    fn still(&mut self, gas: Gas) -> Gas {
        gas.min(argosy_vm_host::forwardable(self.guest.gas_left()))
    }

    /// Pays for what ran on the frame's behalf, and for the data that came back.
    pub(crate) fn settle(
        &mut self,
        outcome: &CallOutcome,
        gas: Gas,
        price: Price,
        input_bytes: usize,
    ) -> Result<(), Stop> {
        if outcome.gas_used > gas {
            return Err(HostFault::new("a sub-call used more gas than it was given").into());
        }
        self.guest.charge(outcome.gas_used)?;
        let bytes = input_bytes as u64 + outcome.data.len() as u64;
        self.pay_rest(price, input_bytes as u64, bytes)
    }
}

fn of_status(status: StatusCode, type_url: &'static str) -> Result<Done, Failed> {
    match status {
        StatusCode::Success => Ok(done(type_url, Vec::new())),
        status => Err(failed(status)),
    }
}

fn of_outcome(
    outcome: &CallOutcome,
    type_url: &'static str,
    answer: impl Fn(&[u8]) -> Vec<u8>,
) -> Result<Done, Failed> {
    match outcome.status {
        StatusCode::Success => Ok(done(type_url, answer(&outcome.data))),
        status => Err(Failed {
            status,
            text: failure_text(outcome),
        }),
    }
}

fn done(type_url: &'static str, value: Vec<u8>) -> Done {
    Done {
        answer: Some(Answer { type_url, value }),
    }
}

fn failed(status: StatusCode) -> Failed {
    Failed {
        status,
        text: status.as_str().into(),
    }
}

/// Why something that ran did not succeed: the contract's own words, or the name of the status.
pub(crate) fn failure_text(outcome: &CallOutcome) -> String {
    if outcome.status != StatusCode::Reverted {
        return outcome.status.as_str().into();
    }
    match str::from_utf8(&outcome.data) {
        Ok(text) => text.into(),
        // A contract of another ABI: its words are bytes.
        Err(_) => {
            let shown = outcome.data.get(..SHOWN_BYTES_MAX).unwrap_or(&outcome.data);
            format!("reverted: 0x{}", const_hex::encode(shown))
        }
    }
}
