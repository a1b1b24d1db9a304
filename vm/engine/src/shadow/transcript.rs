//! What a frame asked the chain, in order, and what it was answered.

use std::ops::ControlFlow;
use std::sync::Arc;

use argosy_primitives::{Address, Balance, CodeHash, Gas, StatusCode};
use argosy_vm_host::{
    CallContext, CallOutcome, CallRequest, Direction, Facts, Host, HostError, HostFault,
    InstantiateOutcome, InstantiateRequest, Place, Question, RangeRequest, RangeStep, RangeVisitor,
    ReplyRequest, UpgradeRequest,
};
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};

/// A request of the frame.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
#[allow(missing_docs, reason = "the methods of `Host` and their arguments")]
pub enum Request {
    Balance(Address),
    Get(Vec<u8>),
    Set(Vec<u8>, Vec<u8>),
    Remove(Vec<u8>),
    Range(Option<Address>, Vec<u8>, Option<Vec<u8>>, bool, u32),
    Transfer(Address, Balance),
    Call(Address, Balance, Gas, Vec<u8>, bool, bool),
    Instantiate(CodeHash, Place, Option<Address>, Balance, Gas, Vec<u8>),
    Upgrade(Address, CodeHash, Gas, Vec<u8>),
    Reply(Gas, Vec<u8>),
    SetAdmin(Address, Option<Address>),
    LookUp(Question),
    Emit(Vec<[u8; 32]>, Vec<u8>),
}

/// The chain's answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
#[allow(missing_docs, reason = "the results of the methods of `Host`")]
pub enum Answer {
    Done,
    Refused(StatusCode),
    Balance(Balance),
    Value(Option<Vec<u8>>),
    Removed(bool),
    /// Entries shown, `None` for removed keys; whether the visitor ended it.
    Shown(Vec<Option<(Vec<u8>, Vec<u8>)>>, bool),
    Status(StatusCode),
    /// The created contract, if one was; status, gas, data of the sub-call.
    Outcome(Option<Address>, StatusCode, Gas, Vec<u8>),
    Facts(Facts),
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct Step {
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub answer: Answer,
}

/// Passes requests on and writes them down.
pub(super) struct Recorder<'h> {
    host: &'h mut dyn Host,
    steps: Vec<Step>,
}

impl<'h> Recorder<'h> {
    pub(super) fn new(host: &'h mut dyn Host) -> Recorder<'h> {
        Recorder {
            host,
            steps: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Vec<Step> {
        self.steps
    }

    fn note(&mut self, request: Request, answer: Answer) {
        self.steps.push(Step { request, answer });
    }

    /// Notes a request that is done or refused; a fault is no answer.
    fn note_done<T>(&mut self, request: Request, done: &Result<T, HostError>, answer: Answer) {
        match done {
            Ok(_) => self.note(request, answer),
            Err(HostError::Refused(status)) => self.note(request, Answer::Refused(*status)),
            Err(HostError::Fault(_)) => {}
        }
    }
}

impl Host for Recorder<'_> {
    fn context(&self) -> &CallContext {
        self.host.context()
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        let balance = self.host.balance(address)?;
        self.note(Request::Balance(*address), Answer::Balance(balance));
        Ok(balance)
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        let value = self.host.storage_get(key)?;
        let copy = value.as_ref().map(|it| it.to_vec());
        self.note(Request::Get(key.to_vec()), Answer::Value(copy));
        Ok(value)
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        let done = self.host.storage_set(key, value);
        let request = Request::Set(key.to_vec(), value.to_vec());
        self.note_done(request, &done, Answer::Done);
        done
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        let done = self.host.storage_remove(key);
        let answer = Answer::Removed(*done.as_ref().unwrap_or(&false));
        self.note_done(Request::Remove(key.to_vec()), &done, answer);
        done
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let (mut shown, mut ended) = (Vec::new(), false);
        self.host.storage_range(range, &mut |step| {
            shown.push(match step {
                RangeStep::Entry { key, value } => Some((key.to_vec(), value.to_vec())),
                RangeStep::Removed => None,
            });
            let flow = visit(step);
            ended = flow == ControlFlow::Break(());
            flow
        })?;
        self.note(range_request(range), Answer::Shown(shown, ended));
        Ok(())
    }

    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault> {
        let status = self.host.transfer(to, amount)?;
        self.note(Request::Transfer(*to, amount), Answer::Status(status));
        Ok(status)
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        let outcome = self.host.call(request)?;
        self.note(call_request(request), outcome_answer(None, &outcome));
        Ok(outcome)
    }

    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault> {
        let created = self.host.instantiate(request)?;
        let answer = outcome_answer(created.address, &created.outcome);
        self.note(instantiate_request(request), answer);
        Ok(created)
    }

    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        let outcome = self.host.upgrade(request)?;
        self.note(upgrade_request(request), outcome_answer(None, &outcome));
        Ok(outcome)
    }

    fn reply(&mut self, request: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        let outcome = self.host.reply(request)?;
        self.note(reply_request(request), outcome_answer(None, &outcome));
        Ok(outcome)
    }

    fn set_admin(
        &mut self,
        contract: &Address,
        admin: Option<Address>,
    ) -> Result<StatusCode, HostFault> {
        let status = self.host.set_admin(contract, admin)?;
        let request = Request::SetAdmin(*contract, admin);
        self.note(request, Answer::Status(status));
        Ok(status)
    }

    fn look_up(&mut self, question: &Question) -> Result<Facts, HostFault> {
        let facts = self.host.look_up(question)?;
        let request = Request::LookUp(question.clone());
        self.note(request, Answer::Facts(facts.clone()));
        Ok(facts)
    }

    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        let done = self.host.emit(topics, data);
        let request = Request::Emit(topics.to_vec(), data.to_vec());
        self.note_done(request, &done, Answer::Done);
        done
    }

    fn log(&mut self, line: &str) {
        self.host.log(line);
    }
}

/// Answers from a transcript, and stops at the first request that is not in it.
pub(super) struct Replayer<'t> {
    context: &'t CallContext,
    rest: &'t [Step],
    deviation: Option<String>,
}

impl<'t> Replayer<'t> {
    pub(super) fn new(context: &'t CallContext, steps: &'t [Step]) -> Replayer<'t> {
        Replayer {
            context,
            rest: steps,
            deviation: None,
        }
    }

    /// `Err` if the frame asked otherwise than the transcript says.
    pub(super) fn finish(self) -> Result<(), String> {
        match (self.deviation, self.rest.first()) {
            (Some(deviation), _) => Err(deviation),
            (None, Some(step)) => Err(format!("{:?} was not asked", step.request)),
            (None, None) => Ok(()),
        }
    }

    fn answer(&mut self, request: &Request) -> Result<&'t Answer, HostFault> {
        match self.rest.split_first() {
            Some((step, rest)) if step.request == *request => {
                self.rest = rest;
                Ok(&step.answer)
            }
            expected => {
                let expected = expected.map(|(step, _)| &step.request);
                Err(self.deviate(format!("{request:?} was asked in place of {expected:?}")))
            }
        }
    }

    fn deviate(&mut self, how: String) -> HostFault {
        let fault = HostFault::new(how.clone());
        self.deviation.get_or_insert(how);
        fault
    }

    fn odd(&mut self) -> HostFault {
        self.deviate("the transcript has another kind of answer".into())
    }

    fn outcome(&mut self, request: &Request) -> Result<(Option<Address>, CallOutcome), HostFault> {
        match self.answer(request)? {
            Answer::Outcome(address, status, gas_used, data) => {
                let outcome = CallOutcome {
                    status: *status,
                    gas_used: *gas_used,
                    data: data.clone(),
                };
                Ok((*address, outcome))
            }
            _ => Err(self.odd()),
        }
    }
}

impl Host for Replayer<'_> {
    fn context(&self) -> &CallContext {
        self.context
    }

    fn balance(&mut self, address: &Address) -> Result<Balance, HostFault> {
        match self.answer(&Request::Balance(*address))? {
            Answer::Balance(balance) => Ok(*balance),
            _ => Err(self.odd()),
        }
    }

    fn storage_get(&mut self, key: &[u8]) -> Result<Option<Arc<[u8]>>, HostFault> {
        match self.answer(&Request::Get(key.to_vec()))? {
            Answer::Value(value) => Ok(value.as_deref().map(Arc::from)),
            _ => Err(self.odd()),
        }
    }

    fn storage_set(&mut self, key: &[u8], value: &[u8]) -> Result<(), HostError> {
        match self.answer(&Request::Set(key.to_vec(), value.to_vec()))? {
            Answer::Done => Ok(()),
            Answer::Refused(status) => Err(HostError::Refused(*status)),
            _ => Err(self.odd().into()),
        }
    }

    fn storage_remove(&mut self, key: &[u8]) -> Result<bool, HostError> {
        match self.answer(&Request::Remove(key.to_vec()))? {
            Answer::Removed(removed) => Ok(*removed),
            Answer::Refused(status) => Err(HostError::Refused(*status)),
            _ => Err(self.odd().into()),
        }
    }

    fn storage_range(
        &mut self,
        range: &RangeRequest<'_>,
        visit: &mut RangeVisitor<'_>,
    ) -> Result<(), HostFault> {
        let Answer::Shown(shown, ended) = self.answer(&range_request(range))? else {
            return Err(self.odd());
        };
        for (index, entry) in shown.iter().enumerate() {
            let step = match entry {
                Some((key, value)) => RangeStep::Entry { key, value },
                None => RangeStep::Removed,
            };
            let breaks = visit(step) == ControlFlow::Break(());
            let should_break = *ended && index + 1 == shown.len();
            if breaks != should_break {
                return Err(self.deviate(format!("a range read ended otherwise at {index}")));
            }
        }
        Ok(())
    }

    fn transfer(&mut self, to: &Address, amount: Balance) -> Result<StatusCode, HostFault> {
        match self.answer(&Request::Transfer(*to, amount))? {
            Answer::Status(status) => Ok(*status),
            _ => Err(self.odd()),
        }
    }

    fn call(&mut self, request: &CallRequest<'_>) -> Result<CallOutcome, HostFault> {
        Ok(self.outcome(&call_request(request))?.1)
    }

    fn instantiate(
        &mut self,
        request: &InstantiateRequest<'_>,
    ) -> Result<InstantiateOutcome, HostFault> {
        let (address, outcome) = self.outcome(&instantiate_request(request))?;
        Ok(InstantiateOutcome { address, outcome })
    }

    fn upgrade(&mut self, request: &UpgradeRequest<'_>) -> Result<CallOutcome, HostFault> {
        Ok(self.outcome(&upgrade_request(request))?.1)
    }

    fn reply(&mut self, request: &ReplyRequest<'_>) -> Result<CallOutcome, HostFault> {
        Ok(self.outcome(&reply_request(request))?.1)
    }

    fn set_admin(
        &mut self,
        contract: &Address,
        admin: Option<Address>,
    ) -> Result<StatusCode, HostFault> {
        match self.answer(&Request::SetAdmin(*contract, admin))? {
            Answer::Status(status) => Ok(*status),
            _ => Err(self.odd()),
        }
    }

    fn look_up(&mut self, question: &Question) -> Result<Facts, HostFault> {
        match self.answer(&Request::LookUp(question.clone()))? {
            Answer::Facts(facts) => Ok(facts.clone()),
            _ => Err(self.odd()),
        }
    }

    fn emit(&mut self, topics: &[[u8; 32]], data: &[u8]) -> Result<(), HostError> {
        match self.answer(&Request::Emit(topics.to_vec(), data.to_vec()))? {
            Answer::Done => Ok(()),
            Answer::Refused(status) => Err(HostError::Refused(*status)),
            _ => Err(self.odd().into()),
        }
    }

    fn log(&mut self, _: &str) {}
}

fn range_request(range: &RangeRequest<'_>) -> Request {
    Request::Range(
        range.owner,
        range.start.to_vec(),
        range.end.map(<[u8]>::to_vec),
        range.direction == Direction::Descending,
        range.limit,
    )
}

fn call_request(request: &CallRequest<'_>) -> Request {
    let input = request.input.to_vec();
    Request::Call(
        request.to,
        request.funds,
        request.gas,
        input,
        request.allow_reentry,
        request.read_only,
    )
}

fn instantiate_request(request: &InstantiateRequest<'_>) -> Request {
    let input = request.input.to_vec();
    Request::Instantiate(
        request.code,
        request.place,
        request.admin,
        request.funds,
        request.gas,
        input,
    )
}

fn upgrade_request(request: &UpgradeRequest<'_>) -> Request {
    let input = request.input.to_vec();
    Request::Upgrade(request.contract, request.code, request.gas, input)
}

fn reply_request(request: &ReplyRequest<'_>) -> Request {
    Request::Reply(request.gas, request.input.to_vec())
}

fn outcome_answer(address: Option<Address>, outcome: &CallOutcome) -> Answer {
    Answer::Outcome(
        address,
        outcome.status,
        outcome.gas_used,
        outcome.data.clone(),
    )
}
