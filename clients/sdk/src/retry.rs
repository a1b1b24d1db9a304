//! What passes is tried again: a node that is busy, asks for a pause, or cannot be reached.
//!
//! ```text
//!              ┌──busy, rate limited, away: pause──┐
//! submit ──► sent ──outcome unknown──► asked by id ──not known there──► sent again: same bytes, same id
//!              │                           │
//!            taken                 waits, or is in a block: taken
//! ```
//!
//! Always holds: a transaction is signed before all this and never again; one whose outcome is unknown is
//! asked for before it is sent again; attempts, pauses and the time for all of them are bounded. Pauses grow
//! twofold and are drawn from their upper half, so that clients do not come back all at once.
//! Not here: subscriptions, which connect again by themselves (`follow`).

use std::fmt;
use std::time::{Duration, Instant};

use argosy_primitives::{Action, SignedTransaction, TxId};
use argosy_rpc_api::{DropReasonView, ReceiptAnswer, RpcError, Text, TxStatus};
use tokio::time::sleep;

use crate::send::TxOptions;
use crate::transport::without_secret;
use crate::{Client, SdkError, Signer};

/// How often, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Most attempts of one call; at least one is made.
    pub attempts_max: u32,
    /// The first pause; each is twice the one before.
    pub pause_min: Duration,
    /// The longest pause, unless the node asks for a longer one.
    pub pause_max: Duration,
    /// Of each step (a read, handing over, waiting for a block): no attempt begins, and no pause ends, later
    /// than this. An attempt that has begun ends by the timeouts of the client.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            attempts_max: 8,
            pause_min: Duration::from_millis(100),
            pause_max: Duration::from_secs(5),
            deadline: Duration::from_secs(60),
        }
    }
}

/// Tries again, by a policy.
pub struct Retry {
    policy: RetryPolicy,
    random: Box<dyn FnMut() -> u64 + Send>,
}

/// One call with all its attempts.
struct Round {
    begun: Instant,
    attempts: u32,
}

/// What a node knows of a transaction whose outcome was unknown.
enum Known {
    /// It waits there, or is in a block.
    Taken,
    /// Nothing, or it forgot it: it may be sent again.
    Nothing,
}

impl Retry {
    /// With randomness of the system.
    pub fn new(policy: RetryPolicy) -> Retry {
        // Without randomness pauses are as good, only alike.
        let mut state = getrandom::u64().unwrap_or_default();
        Retry::with_source(policy, move || split_mix(&mut state))
    }

    /// With other randomness, for tests.
    pub fn with_source(policy: RetryPolicy, random: impl FnMut() -> u64 + Send + 'static) -> Retry {
        Retry {
            policy,
            random: Box::new(random),
        }
    }

    /// Asks until there is an answer, or an error that another attempt does not change. For reads: what is
    /// sent goes by [`Retry::submit`].
    pub async fn run<T, F>(&mut self, ask: impl Fn() -> F) -> Result<T, SdkError>
    where
        F: Future<Output = Result<T, SdkError>>,
    {
        let mut round = Round::begin();
        loop {
            match ask().await {
                Err(error) if passes(&error) => self.pause(&mut round, error).await?,
                done => return done,
            }
        }
    }

    /// Hands a transaction over, and knows that it was taken. If that cannot be learnt the error names the
    /// transaction.
    pub async fn submit(
        &mut self,
        client: &Client,
        transaction: &SignedTransaction,
    ) -> Result<TxId, SdkError> {
        let tx_id = transaction.id();
        let mut round = Round::begin();
        let mut perhaps_sent = false;
        loop {
            let error = match client.submit(transaction).await {
                Ok(tx_id) => return Ok(tx_id),
                Err(error) => error,
            };
            if matches!(error.rpc(), Some(RpcError::TxKnown { .. })) {
                return Ok(tx_id);
            }
            let is_unknown = matches!(error, SdkError::Unsettled { .. });
            perhaps_sent |= is_unknown;
            if is_unknown {
                match self.ask(client, tx_id, &mut round, error).await? {
                    Known::Taken => return Ok(tx_id),
                    Known::Nothing => continue,
                }
            }
            if passes(&error) {
                let paused = self.pause(&mut round, error).await;
                paused.map_err(|error| naming(tx_id, perhaps_sent, error))?;
                continue;
            }
            // Refused. If an earlier attempt came through after all, this is why: its nonce is used.
            return match perhaps_sent {
                true => match self.ask(client, tx_id, &mut round, error.clone()).await {
                    Ok(Known::Taken) => Ok(tx_id),
                    Ok(Known::Nothing) => Err(error),
                    Err(other) => Err(other),
                },
                false => Err(error),
            };
        }
    }

    /// Hands a transaction over and waits for its receipt, which may tell of a failure.
    pub async fn submit_and_wait(
        &mut self,
        client: &Client,
        transaction: &SignedTransaction,
    ) -> Result<ReceiptAnswer, SdkError> {
        let tx_id = self.submit(client, transaction).await?;
        let begun = Instant::now();
        let mut looks = 0;
        loop {
            let status = self.run(|| client.tx_status(tx_id)).await;
            let status = status.map_err(|error| naming(tx_id, true, error))?;
            match status.status {
                TxStatus::Included { .. } => {
                    let receipt = self.run(|| client.receipt(tx_id)).await;
                    return receipt.map_err(|error| naming(tx_id, true, error));
                }
                TxStatus::Dropped { reason } => return Err(dropped(tx_id, reason)),
                TxStatus::Refused { error } => return Err(error.into()),
                TxStatus::Pending => {}
            }
            let pause = self.length(looks, None);
            let waited = begun.elapsed().saturating_add(pause);
            if waited > self.policy.deadline {
                let waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
                let source = SdkError::Timeout {
                    url: without_secret(client.url()),
                    method: "tx_getStatus",
                    waited_ms,
                };
                return Err(naming(tx_id, true, source));
            }
            sleep(pause).await;
            looks += 1;
        }
    }

    /// Builds a transaction, signs it once, hands it over and waits, as [`Client::send`] does.
    pub async fn send(
        &mut self,
        client: &Client,
        signer: &Signer,
        actions: Vec<Action>,
        options: &TxOptions,
    ) -> Result<ReceiptAnswer, SdkError> {
        let public = signer.public();
        let prepared = self.run(|| client.prepare(public, actions.clone(), options));
        let signed = signer.sign(prepared.await?);
        self.submit_and_wait(client, &signed).await
    }

    /// Asks by id what became of a transaction, until there is an answer.
    async fn ask(
        &mut self,
        client: &Client,
        tx_id: TxId,
        round: &mut Round,
        mut error: SdkError,
    ) -> Result<Known, SdkError> {
        loop {
            let paused = self.pause(round, error).await;
            paused.map_err(|error| naming(tx_id, true, error))?;
            match client.tx_status(tx_id).await.map(|it| it.status) {
                Ok(TxStatus::Pending | TxStatus::Included { .. }) => return Ok(Known::Taken),
                Ok(TxStatus::Dropped { reason }) => match reason {
                    // Nothing stands against it.
                    DropReasonView::Restarted | DropReasonView::Evicted => {
                        return Ok(Known::Nothing);
                    }
                    reason => return Err(dropped(tx_id, reason)),
                },
                Ok(TxStatus::Refused { error }) => return Err(error.into()),
                Err(again) if is_not_found(&again) => return Ok(Known::Nothing),
                Err(again) if passes(&again) => error = again,
                Err(other) => return Err(naming(tx_id, true, other)),
            }
        }
    }

    /// Waits before the next attempt, or gives the error back if there is to be none.
    async fn pause(&mut self, round: &mut Round, error: SdkError) -> Result<(), SdkError> {
        let pause = self.length(round.attempts, asked_pause(&error));
        round.attempts = round.attempts.saturating_add(1);
        let is_late = round.begun.elapsed().saturating_add(pause) > self.policy.deadline;
        if round.attempts >= self.policy.attempts_max || is_late {
            return Err(error);
        }
        sleep(pause).await;
        Ok(())
    }

    /// The pause behind attempt `attempts`, counted from 0: never less than the node asks for.
    fn length(&mut self, attempts: u32, asked: Option<Duration>) -> Duration {
        let doubled = (self.policy.pause_min).saturating_mul(2u32.saturating_pow(attempts));
        let longest = doubled.min(self.policy.pause_max);
        let random = (self.random)();
        match asked {
            Some(asked) => asked.saturating_add(part(longest / 2, random)),
            None => upper_half(longest, random),
        }
    }
}

impl Default for Retry {
    fn default() -> Retry {
        Retry::new(RetryPolicy::default())
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Retry");
        shown.field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Round {
    fn begin() -> Round {
        Round {
            begun: Instant::now(),
            attempts: 0,
        }
    }
}

/// Whether it may be otherwise in a moment, and nothing was done.
pub fn passes(error: &SdkError) -> bool {
    match error {
        SdkError::Unreachable { .. } | SdkError::Timeout { .. } => true,
        SdkError::HttpStatus { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        SdkError::Rpc { error } => matches!(
            **error,
            RpcError::Overloaded { .. } | RpcError::RateLimited { .. } | RpcError::Stopping {}
        ),
        _ => false,
    }
}

/// A pause from the upper half of `longest`, so that clients which lost the same node do not come back together.
pub(crate) fn upper_half(longest: Duration, random: u64) -> Duration {
    let half = longest / 2;
    half.saturating_add(part(half, random))
}

/// From nothing to all of `whole`.
fn part(whole: Duration, random: u64) -> Duration {
    let range = u64::try_from(whole.as_micros()).unwrap_or(u64::MAX - 1) + 1;
    Duration::from_micros(random % range)
}

/// How long the node wants to be left alone.
fn asked_pause(error: &SdkError) -> Option<Duration> {
    match error.rpc()? {
        RpcError::RateLimited { retry_after_ms } => {
            Some(Duration::from_millis((*retry_after_ms).into()))
        }
        _ => None,
    }
}

fn is_not_found(error: &SdkError) -> bool {
    matches!(error.rpc(), Some(RpcError::NotFound { .. }))
}

fn dropped(tx_id: TxId, reason: DropReasonView) -> SdkError {
    let tx_id = Text(tx_id);
    RpcError::TxDropped { tx_id, reason }.into()
}

/// An error after something may have been sent names it.
fn naming(tx_id: TxId, perhaps_sent: bool, error: SdkError) -> SdkError {
    match error {
        SdkError::Unsettled { .. } => error,
        error if !perhaps_sent => error,
        error => SdkError::Unsettled {
            tx_id,
            source: Box::new(error),
        },
    }
}

/// SplitMix64 by Sebastiano Vigna, in the public domain: enough for pauses.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts_max: 4,
            pause_min: Duration::from_millis(100),
            pause_max: Duration::from_millis(350),
            deadline: Duration::from_secs(1),
        }
    }

    #[test]
    fn pauses_grow_and_come_from_their_upper_half() {
        let cases = [(0, 50, 100), (1, 100, 200), (2, 175, 350), (40, 175, 350)];
        for (attempts, least, most) in cases {
            let mut shortest = Retry::with_source(policy(), || 0);
            let pause = shortest.length(attempts, None);
            assert_eq!(pause, Duration::from_millis(least), "{attempts}");
            let mut state = 7;
            let mut any = Retry::with_source(policy(), move || split_mix(&mut state));
            for _ in 0..200 {
                let pause = any.length(attempts, None);
                let bounds = Duration::from_millis(least)..=Duration::from_millis(most);
                assert!(bounds.contains(&pause), "{attempts}: {pause:?}");
            }
        }
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept() {
        let asked = Some(Duration::from_secs(2));
        let mut retry = Retry::with_source(policy(), || 10_000);
        let pause = retry.length(0, asked);
        assert_eq!(pause, Duration::from_millis(2_010));
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let rpc = |error: RpcError| SdkError::from(error);
        let http = |status| SdkError::HttpStatus {
            url: String::new(),
            status,
        };
        let cases = [
            (rpc(RpcError::RateLimited { retry_after_ms: 5 }), true),
            (rpc(RpcError::Overloaded { what: "x".into() }), true),
            (rpc(RpcError::Stopping {}), true),
            (http(503), true),
            (http(404), false),
            (rpc(RpcError::MethodNotFound { method: "x".into() }), false),
            (
                SdkError::BadAnswer {
                    method: "x",
                    reason: String::new(),
                },
                false,
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(passes(&error), expected, "{error}");
        }
    }

    #[test]
    fn the_source_is_not_constant() {
        let mut state = 1;
        let drawn: std::collections::BTreeSet<u64> =
            (0..100).map(|_| split_mix(&mut state)).collect();
        assert_eq!(drawn.len(), 100);
    }
}
