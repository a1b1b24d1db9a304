//! Queries of a contract: other contracts, codes, balances.
//!
//! ```text
//! request   JSON QueryRequest
//! answer    JSON SystemResult<ContractResult<Binary>>: no such thing · it failed · its answer
//! ```
//!
//! Always holds: nothing changes; what runs on behalf of a query runs read-only. What this chain does
//! not have is answered as an unsupported request, and no text comes from a library.

use argosy_primitives::{Address, StatusCode};
use argosy_vm_host::{CallRequest, Direction, Stop, forwardable};
use cosmwasm_std::{
    Addr, AllDenomMetadataResponse, BalanceResponse, BankQuery, Binary, Checksum, CodeInfoResponse,
    Coin, ContractInfoResponse, ContractResult, DenomMetadataResponse, Order, PageRequest,
    QueryRequest, RawRangeResponse, SupplyResponse, SystemError, SystemResult, WasmQuery,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::ask;
use crate::begin::json;
use crate::coins::{coin_of, coins_of};
use crate::desk::Desk;
use crate::document;
use crate::message::{INPUT_TOO_LONG, failure_text};

/// A request, in bytes.
const REQUEST_BYTES_MAX: u32 = 64 * 1024;

type Answer = SystemResult<ContractResult<Binary>>;

/// Queries that cosmwasm-std 3 does not know any more, and contracts built with 1 and 2 make.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OldRequest {
    Bank(OldBankQuery),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OldBankQuery {
    AllBalances { address: String },
}

#[derive(Serialize)]
struct AllBalancesResponse {
    amount: Vec<Coin>,
}

impl Desk<'_> {
    pub(crate) fn query_chain(&mut self, [request]: [i64; 1]) -> Result<i64, Stop> {
        let request = self.read(request, REQUEST_BYTES_MAX)?;
        self.pay(self.terms.prices.json, request.len() as u64)?;
        let answer = match document::read::<QueryRequest<IgnoredAny>>(&request) {
            Some(request) => self.answer(request)?,
            None => self.answer_old(&request)?,
        };
        self.give_json(&json(&answer)?)
    }

    fn answer(&mut self, request: QueryRequest<IgnoredAny>) -> Result<Answer, Stop> {
        match request {
            QueryRequest::Bank(BankQuery::Balance { address, denom }) => {
                self.balance(&address, &denom)
            }
            QueryRequest::Bank(BankQuery::Supply { denom }) => self.supply(&denom),
            QueryRequest::Bank(BankQuery::DenomMetadata { denom }) => self.metadata(&denom),
            QueryRequest::Bank(BankQuery::AllDenomMetadata { pagination }) => {
                self.all_metadata(pagination)
            }
            QueryRequest::Wasm(WasmQuery::Smart { contract_addr, msg }) => {
                self.smart(contract_addr, &msg)
            }
            QueryRequest::Wasm(WasmQuery::Raw { contract_addr, key }) => {
                self.raw(&contract_addr, &key)
            }
            QueryRequest::Wasm(WasmQuery::RawRange {
                contract_addr,
                start,
                end,
                limit,
                order,
            }) => self.raw_range(&contract_addr, [start, end], limit, order),
            QueryRequest::Wasm(WasmQuery::ContractInfo { contract_addr }) => {
                self.contract_info(contract_addr)
            }
            QueryRequest::Wasm(WasmQuery::CodeInfo { code_id }) => self.code_info(code_id),
            other => Ok(unsupported(kind_of(&other))),
        }
    }

    fn answer_old(&mut self, request: &[u8]) -> Result<Answer, Stop> {
        let Some(old) = document::read::<OldRequest>(request) else {
            return Ok(SystemResult::Err(SystemError::InvalidRequest {
                error: "not a query of this interface".into(),
                request: Binary::from(request),
            }));
        };
        let OldRequest::Bank(OldBankQuery::AllBalances { address }) = old;
        let address = match self.queried(&address)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        self.pay(self.terms.prices.balance_read, 0)?;
        let amount = coins_of(self.host.balance(&address)?, &self.terms.denom);
        found(&AllBalancesResponse { amount })
    }

    fn balance(&mut self, address: &str, denom: &str) -> Result<Answer, Stop> {
        let address = match self.queried(address)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        self.pay(self.terms.prices.balance_read, 0)?;
        let amount = match denom == self.terms.denom {
            true => self.host.balance(&address)?,
            false => 0,
        };
        found(&BalanceResponse::new(coin_of(amount, denom)))
    }

    /// Of a denomination that there is not, there is nothing.
    fn supply(&mut self, denom: &str) -> Result<Answer, Stop> {
        self.pay(self.terms.prices.balance_read, 0)?;
        let amount = match denom == self.terms.denom {
            true => ask::supply(self.host)?,
            false => 0,
        };
        found(&SupplyResponse::new(coin_of(amount, denom)))
    }

    fn metadata(&self, denom: &str) -> Result<Answer, Stop> {
        match denom == self.terms.denom {
            true => found(&DenomMetadataResponse::new(self.terms.metadata.clone())),
            false => Ok(failed("this chain has one denomination")),
        }
    }

    /// A page of the one denomination that there is; it begins at its key, which is the denomination.
    fn all_metadata(&self, page: Option<PageRequest>) -> Result<Answer, Stop> {
        let metadata = &self.terms.metadata;
        let denom = metadata.base.as_bytes();
        let is_shown = page.is_none_or(|page| match page.key {
            Some(key) if page.reverse => denom <= key.as_slice(),
            Some(key) => key.as_slice() <= denom,
            None => true,
        });
        let shown = is_shown.then(|| metadata.clone());
        found(&AllDenomMetadataResponse::new(
            shown.into_iter().collect(),
            None,
        ))
    }

    fn smart(&mut self, contract: String, message: &[u8]) -> Result<Answer, Stop> {
        let to = match self.queried(&contract)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        if message.len() > self.terms.limits.data_bytes_max as usize {
            return Ok(failed(INPUT_TOO_LONG));
        }
        let price = self.terms.prices.call;
        self.pay(price, message.len() as u64)?;
        let gas = forwardable(self.guest.gas_left());
        let outcome = self.host.call(&CallRequest {
            to,
            funds: 0,
            gas,
            input: message,
            allow_reentry: true,
            read_only: true,
        })?;
        self.settle(&outcome, gas, price, message.len())?;
        Ok(match outcome.status {
            StatusCode::Success => SystemResult::Ok(ContractResult::Ok(outcome.data.into())),
            StatusCode::OutOfGas => return Err(Stop::OutOfGas),
            StatusCode::ContractNotFound => no_contract(contract),
            _ => failed(&failure_text(&outcome)),
        })
    }

    fn raw(&mut self, contract: &str, key: &[u8]) -> Result<Answer, Stop> {
        let contract = match self.queried(contract)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        if key.len() > self.terms.limits.storage_key_bytes_max as usize {
            return Ok(failed("the key is longer than any key"));
        }
        let price = self.terms.prices.storage_read;
        self.pay(price, key.len() as u64)?;
        let value = ask::stored(self.host, &contract, key)?.unwrap_or_default();
        let bytes = key.len() as u64 + value.len() as u64;
        self.pay_rest(price, key.len() as u64, bytes)?;
        Ok(SystemResult::Ok(ContractResult::Ok(value.into())))
    }

    fn raw_range(
        &mut self,
        contract: &str,
        bounds: [Option<Binary>; 2],
        limit: u16,
        order: Order,
    ) -> Result<Answer, Stop> {
        let contract = match self.queried(contract)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        // No key is longer, so that one byte more says all of a bound.
        let bound_bytes = self.terms.limits.storage_key_bytes_max as usize + 1;
        let [start, end] = bounds.map(|bound| {
            let mut bound = Vec::<u8>::from(bound?);
            bound.truncate(bound_bytes);
            Some(bound)
        });
        let range = (start.unwrap_or_default(), end);
        let direction = match order {
            Order::Ascending => Direction::Ascending,
            Order::Descending => Direction::Descending,
        };
        let listed = self.first_of(contract, range, direction, limit)?;
        let entries = listed.entries.into_iter();
        let entries = entries.map(|(key, value)| (Binary::from(key), Binary::from(value)));
        let next = listed.next.map(Binary::from);
        found(&RawRangeResponse::new(entries.collect(), next))
    }

    fn contract_info(&mut self, contract: String) -> Result<Answer, Stop> {
        let address = match self.queried(&contract)? {
            Ok(address) => address,
            Err(answer) => return Ok(answer),
        };
        self.pay(self.terms.prices.storage_read, 0)?;
        let Some(facts) = ask::contract(self.host, &address)? else {
            return Ok(no_contract(contract));
        };
        let text = |address: &Address| Addr::unchecked(self.terms.text(address));
        let creator = text(&facts.creator);
        let admin = facts.admin.as_ref().map(text);
        let (pinned, port) = (false, None);
        found(&ContractInfoResponse::new(
            facts.code_id,
            creator,
            admin,
            pinned,
            port,
            None,
        ))
    }

    fn code_info(&mut self, code_id: u64) -> Result<Answer, Stop> {
        self.pay(self.terms.prices.storage_read, 0)?;
        let Some(facts) = ask::code(self.host, code_id)? else {
            return Ok(SystemResult::Err(SystemError::NoSuchCode { code_id }));
        };
        let creator = Addr::unchecked(self.terms.text(&facts.uploader));
        let checksum = Checksum::from(facts.sha256);
        found(&CodeInfoResponse::new(code_id, creator, checksum))
    }

    /// The address that a query is about, or the answer that it is none.
    fn queried(&mut self, text: &str) -> Result<Result<Address, Answer>, Stop> {
        self.pay(self.terms.prices.address_text, 0)?;
        Ok(self.terms.address(text).map_err(failed))
    }
}

fn found(document: &impl Serialize) -> Result<Answer, Stop> {
    Ok(SystemResult::Ok(ContractResult::Ok(json(document)?.into())))
}

fn failed(text: &str) -> Answer {
    SystemResult::Ok(ContractResult::Err(text.into()))
}

fn no_contract(addr: String) -> Answer {
    SystemResult::Err(SystemError::NoSuchContract { addr })
}

fn unsupported(kind: &str) -> Answer {
    SystemResult::Err(SystemError::UnsupportedRequest { kind: kind.into() })
}

fn kind_of(request: &QueryRequest<IgnoredAny>) -> &'static str {
    match request {
        QueryRequest::Bank(_) => "bank",
        QueryRequest::Custom(_) => "custom",
        QueryRequest::Staking(_) => "staking",
        QueryRequest::Distribution(_) => "distribution",
        QueryRequest::Ibc(_) => "ibc",
        QueryRequest::Wasm(_) => "wasm",
        QueryRequest::Grpc(_) => "grpc",
        _ => "stargate",
    }
}
