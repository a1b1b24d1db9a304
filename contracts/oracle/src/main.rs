//! Runs a scenario on `cw-multi-test`, and says what came of each step.
//!
//! ```text
//! stdin    {"prefix", "chain_id", "denom", "accounts": {address: amount}, "codes": [name], "steps": [step]}
//! step     {"height", "instantiate": {"code", "sender", "admin", "funds", "msg", "address"}}
//!          {"height", "execute": {"contract", "sender", "funds", "msg"}}
//!          {"height", "query": {"contract", "msg"}} · {"height", "balance": address}
//! stdout   [outcome]
//! outcome  {"data", "events"} · {"answer"} · {"balance"} · {"errors": [text, its cause, …]}
//! ```
//!
//! Contracts are the crates that are built to Wasm elsewhere, here as native code.

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use cosmwasm_std::{
    Addr, Api, BankQuery, Binary, BlockInfo, Coin, ContractResult, CosmosMsg, Empty, Event,
    Querier, QueryRequest, Storage, SystemResult, Timestamp, WasmMsg, WasmQuery, coins,
    to_json_vec,
};
use cw_multi_test::{
    AddressGenerator, App, AppBuilder, AppResponse, BankKeeper, Contract, ContractWrapper,
    Executor, MockApiBech32m, SimpleAddressGenerator, WasmKeeper,
};
use cw_utils::{parse_execute_response_data, parse_instantiate_response_data};
use serde_json::{Value, json};

macro_rules! contracts {
    ($($name:literal = $($module:ident)::+;)+) => {
        /// A contract by the name of its crate.
        fn contract(name: &str) -> Result<Box<dyn Contract<Empty>>> {
            match name {
                $($name => Ok(Box::new(ContractWrapper::new(
                    $($module)::+::execute,
                    $($module)::+::instantiate,
                    $($module)::+::query,
                ))),)+
                _ => bail!("no contract is called {name}"),
            }
        }
    };
}

contracts! {
    "cw1-subkeys" = cw1_subkeys::contract;
    "cw20-base" = cw20_base::contract;
    "cw3-fixed-multisig" = cw3_fixed_multisig::contract;
    "cw3-flex-multisig" = cw3_flex_multisig::contract;
    "cw4-group" = cw4_group::contract;
    "cw4-stake" = cw4_stake::contract;
    "cw721-base" = cw721_base::entry;
}

/// Gives the next contract the address that it has on the other chain.
struct Placed(Rc<RefCell<Option<Addr>>>);

impl AddressGenerator for Placed {
    fn contract_address(
        &self,
        api: &dyn Api,
        storage: &mut dyn Storage,
        code_id: u64,
        instance_id: u64,
    ) -> Result<Addr> {
        match self.0.borrow_mut().take() {
            Some(address) => Ok(address),
            None => SimpleAddressGenerator.contract_address(api, storage, code_id, instance_id),
        }
    }
}

struct Oracle {
    app: App<BankKeeper, MockApiBech32m>,
    next: Rc<RefCell<Option<Addr>>>,
    chain_id: String,
    denom: String,
    codes: Vec<String>,
}

impl Oracle {
    fn new(input: &Value) -> Result<Oracle> {
        let prefix: &'static str = text(input, "prefix")?.to_owned().leak();
        let denom = text(input, "denom")?.to_owned();
        let next = Rc::new(RefCell::new(None));
        let accounts = input["accounts"].as_object().context("accounts")?;
        let wasm = WasmKeeper::new().with_address_generator(Placed(next.clone()));
        let mut app = AppBuilder::new()
            .with_api(MockApiBech32m::new(prefix))
            .with_wasm(wasm)
            .build(|router, _, storage| {
                for (address, amount) in accounts {
                    let amount = amount.as_str().and_then(|it| it.parse().ok()).unwrap_or(0);
                    let (address, funds) = (Addr::unchecked(address), coins(amount, &denom));
                    let done = router.bank.init_balance(storage, &address, funds);
                    done.expect("an account in memory");
                }
            });
        let mut codes = Vec::new();
        for name in input["codes"].as_array().context("codes")? {
            let name = name.as_str().context("a code's name")?;
            app.store_code(contract(name)?);
            codes.push(name.to_owned());
        }
        Ok(Oracle {
            app,
            next,
            chain_id: text(input, "chain_id")?.to_owned(),
            denom,
            codes,
        })
    }

    fn step(&mut self, step: &Value) -> Result<Value> {
        let height = step["height"].as_u64().context("height")?;
        self.app.set_block(BlockInfo {
            height,
            time: Timestamp::from_seconds(height),
            chain_id: self.chain_id.clone(),
        });
        if let Some(asked) = step.get("instantiate") {
            return self.instantiate(asked);
        }
        if let Some(asked) = step.get("execute") {
            return self.execute(asked);
        }
        if let Some(asked) = step.get("query") {
            return self.query(asked);
        }
        let address = text(step, "balance")?.to_owned();
        let denom = self.denom.clone();
        let request = QueryRequest::<Empty>::Bank(BankQuery::Balance { address, denom });
        let answer = self.ask(&request)?;
        Ok(json!({"balance": answer["answer"]["amount"]["amount"]}))
    }

    fn instantiate(&mut self, asked: &Value) -> Result<Value> {
        let code = text(asked, "code")?;
        let index = self.codes.iter().position(|it| it == code);
        let index = index.context("a code that is not stored")?;
        *self.next.borrow_mut() = asked["address"].as_str().map(Addr::unchecked);
        let done = self.send(
            asked,
            WasmMsg::Instantiate {
                admin: asked["admin"].as_str().map(str::to_owned),
                code_id: index as u64 + 1,
                msg: message(asked)?,
                funds: self.funds(asked)?,
                label: "scenario".to_owned(),
            },
        )?;
        self.next.borrow_mut().take();
        outcome(done, |data| Ok(parse_instantiate_response_data(data)?.data))
    }

    fn execute(&mut self, asked: &Value) -> Result<Value> {
        let done = self.send(
            asked,
            WasmMsg::Execute {
                contract_addr: text(asked, "contract")?.to_owned(),
                msg: message(asked)?,
                funds: self.funds(asked)?,
            },
        )?;
        outcome(done, |data| Ok(parse_execute_response_data(data)?.data))
    }

    /// Outside: the scenario is wrong. Inside: what came of the message.
    fn send(&mut self, asked: &Value, message: WasmMsg) -> Result<Result<AppResponse>> {
        let sender = Addr::unchecked(text(asked, "sender")?);
        Ok(self.app.execute(sender, CosmosMsg::Wasm(message)))
    }

    fn query(&self, asked: &Value) -> Result<Value> {
        self.ask(&QueryRequest::Wasm(WasmQuery::Smart {
            contract_addr: text(asked, "contract")?.to_owned(),
            msg: message(asked)?,
        }))
    }

    fn ask(&self, request: &QueryRequest<Empty>) -> Result<Value> {
        let answer = self.app.wrap().raw_query(&to_json_vec(request)?);
        Ok(match answer {
            SystemResult::Ok(ContractResult::Ok(answer)) => {
                json!({"answer": serde_json::from_slice::<Value>(&answer)?})
            }
            SystemResult::Ok(ContractResult::Err(error)) => json!({"errors": [error]}),
            SystemResult::Err(error) => json!({"errors": [error.to_string()]}),
        })
    }

    fn funds(&self, asked: &Value) -> Result<Vec<Coin>> {
        let amount: u128 = text(asked, "funds")?.parse().context("funds")?;
        Ok(match amount {
            0 => Vec::new(),
            amount => coins(amount, &self.denom),
        })
    }
}

fn outcome(
    done: Result<AppResponse>,
    data_in: impl Fn(&[u8]) -> Result<Option<Binary>>,
) -> Result<Value> {
    let response = match done {
        Ok(response) => response,
        Err(error) => {
            let texts: Vec<_> = error.chain().map(ToString::to_string).collect();
            return Ok(json!({"errors": texts}));
        }
    };
    let data = match &response.data {
        Some(data) => data_in(data)?.unwrap_or_default(),
        None => Binary::default(),
    };
    Ok(json!({"data": data.to_base64(), "events": events(&response.events)}))
}

/// Those that contracts made; the bank's are another matter.
fn events(events: &[Event]) -> Vec<Value> {
    let is_own = |it: &&Event| {
        let ty = it.ty.as_str();
        ["execute", "instantiate", "migrate", "reply", "wasm"].contains(&ty)
            || ty.starts_with("wasm-")
    };
    let shown = |event: &Event| {
        let attributes = event.attributes.iter();
        // The library adds this to replies, and wasmd does not.
        let attributes = attributes.filter(|it| event.ty != "reply" || it.key != "mode");
        let attributes: Vec<_> = attributes
            .map(|it| json!({"key": it.key, "value": it.value}))
            .collect();
        json!({"type": event.ty, "attributes": attributes})
    };
    events.iter().filter(is_own).map(shown).collect()
}

fn message(asked: &Value) -> Result<Binary> {
    Ok(serde_json::to_vec(&asked["msg"])?.into())
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .with_context(|| format!("{key} in {value}"))
}

fn main() -> Result<()> {
    let input: Value = serde_json::from_reader(std::io::stdin())?;
    let mut oracle = Oracle::new(&input)?;
    let mut outcomes = Vec::new();
    for step in input["steps"].as_array().context("steps")? {
        outcomes.push(oracle.step(step)?);
    }
    println!("{}", Value::from(outcomes));
    Ok(())
}
