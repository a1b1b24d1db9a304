//! What comes, as it comes: events, heads, and the life of a transaction, over a WebSocket.
//!
//! ```text
//! closed ──connect, behind the cursor──► open ──news──► open
//!   ▲                                      │ the line breaks, or the node says that we lag
//!   └──────────────────────────────────────┘
//! ```
//!
//! Always holds: entries come in their order, each once, over any number of connections; the cursor is
//! behind what [`Stream::next`] has returned. Giving up `next` in between loses nothing. Where a development
//! chain went back, what is in place of what was returned comes next. A line that ends at once again and
//! again, whoever ends it, is opened ever more seldom, and not by all clients at the same time.
//! Not here: pages of what was (`client`).

use std::time::{Duration, Instant};

use argosy_primitives::{EventCursor, TxId};
use argosy_rpc_api::{
    At, EventEntry, EventFilter, HeaderAnswer, Height, LagReason, Notice, RpcError,
    SystemApiClient, Text, TxNotice, TxStatusAnswer,
};
use jsonrpsee::core::client::{Subscription, SubscriptionClientT};
use jsonrpsee::core::params::ObjectParams;
use jsonrpsee::core::{ClientError, DeserializeOwned};
use jsonrpsee::ws_client::WsClient;
use tokio::time::{sleep, sleep_until};

use crate::client::same_chain;
use crate::retry::upper_half;
use crate::transport::{failure, ws_client};
use crate::{Client, SdkError, proof};

/// Pauses between attempts to reach the node.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// A line that lasted for less broke at once.
const LINE_MIN: Duration = PAUSE_MAX;
const HEADS: &str = "chain_subscribeHeads";
const EVENTS: &str = "events_subscribe";
const WATCH: &str = "tx_watch";

/// Events as they come.
pub type EventStream = Stream<EventEntry, Text<EventCursor>>;
/// Headers as they come.
pub type HeadStream = Stream<HeaderAnswer, Height>;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News<T> {
    /// The newest block when this was read.
    pub at: At,
    /// In order; may be none.
    pub entries: Vec<T>,
    /// Whether that is all there was.
    pub live: bool,
}

/// What follows a cursor, and connects again where it must.
#[derive(Debug)]
pub struct Stream<T, C> {
    client: Client,
    methods: (&'static str, &'static str),
    filter: Option<EventFilter>,
    resume: Option<C>,
    open: Option<Open<Notice<T, C>>>,
    pace: Pace,
}

/// What follows a transaction until its life is over.
#[derive(Debug)]
pub struct TxWatch {
    client: Client,
    tx_id: TxId,
    told: Option<TxStatusAnswer>,
    open: Option<Open<TxNotice>>,
    pace: Pace,
}

/// When the next line may be opened.
#[derive(Debug)]
struct Pace {
    opened: Instant,
    pause: Duration,
    not_before: Option<Instant>,
}

impl Pace {
    fn new() -> Pace {
        Pace {
            opened: Instant::now(),
            pause: PAUSE_MIN,
            not_before: None,
        }
    }

    /// Until a line may be opened. Giving this up in between does not make it longer.
    async fn wait(&mut self) {
        if let Some(at) = self.not_before {
            sleep_until(at.into()).await;
            self.not_before = None;
        }
    }

    /// A line was opened, or could not be.
    fn begins<N>(&mut self, opened: Result<N, SdkError>) -> Result<N, SdkError> {
        self.opened = Instant::now();
        if opened.is_err() {
            self.broke();
        }
        opened
    }

    /// A line ended, or what came over it was wrong.
    fn broke(&mut self) {
        let now = Instant::now();
        self.not_before = Some(now + drawn(self.pause_at(now)));
    }

    /// The pause behind a line that ended now.
    fn pause_at(&mut self, now: Instant) -> Duration {
        if now.saturating_duration_since(self.opened) >= LINE_MIN {
            self.pause = PAUSE_MIN;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        pause
    }
}

fn drawn(pause: Duration) -> Duration {
    // Without randomness a pause is as good, only alike.
    upper_half(pause, getrandom::u64().unwrap_or_default())
}

/// A subscription, and the line that it comes over.
#[derive(Debug)]
struct Open<N> {
    notices: Subscription<N>,
    _line: WsClient,
}

impl Client {
    /// `events_subscribe`: events behind `after`; else those that come from now on.
    pub fn follow_events(&self, filter: EventFilter, after: Option<EventCursor>) -> EventStream {
        Stream {
            client: self.clone(),
            methods: (EVENTS, "events_unsubscribe"),
            filter: Some(filter),
            resume: after.map(Text),
            open: None,
            pace: Pace::new(),
        }
    }

    /// `chain_subscribeHeads`: headers behind the height `after`; else from the newest on.
    pub fn follow_heads(&self, after: Option<u64>) -> HeadStream {
        Stream {
            client: self.clone(),
            methods: (HEADS, "chain_unsubscribeHeads"),
            filter: None,
            resume: after.map(Height::capped),
            open: None,
            pace: Pace::new(),
        }
    }

    /// `tx_watch`: where a transaction is, whenever that changes, until its life is over.
    pub fn watch_tx(&self, tx_id: TxId) -> TxWatch {
        TxWatch {
            client: self.clone(),
            tx_id,
            told: None,
            open: None,
            pace: Pace::new(),
        }
    }

    /// Opens a line to the same node and chain, and a subscription on it.
    async fn subscribe<N>(
        &self,
        (subscribe, unsubscribe): (&'static str, &'static str),
        params: ObjectParams,
    ) -> Result<Open<N>, SdkError>
    where
        N: DeserializeOwned + 'static,
    {
        let options = self.options();
        let waited = options.request_timeout;
        let told = |error| failure(self.url(), subscribe, waited, without_line(error));
        let line = ws_client(self.url(), options).await.map_err(told)?;
        let info = line.chain_info().await.map_err(told)?;
        same_chain(self.chain(), info.genesis_hash.0)?;
        let notices = line.subscribe(subscribe, params, unsubscribe).await;
        Ok(Open {
            notices: notices.map_err(told)?,
            _line: line,
        })
    }

    /// The same, and tries for as long as a transaction is waited for.
    async fn subscribe_patiently<N>(
        &self,
        methods: (&'static str, &'static str),
        params: impl Fn() -> ObjectParams,
    ) -> Result<Open<N>, SdkError>
    where
        N: DeserializeOwned + 'static,
    {
        let (begun, mut pause) = (Instant::now(), PAUSE_MIN);
        loop {
            match self.subscribe(methods, params()).await {
                Err(error) if passes(&error) && begun.elapsed() < self.options().wait_timeout => {
                    sleep(drawn(pause)).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
                opened => return opened,
            }
        }
    }
}

/// Whether it may be otherwise in a moment.
fn passes(error: &SdkError) -> bool {
    match error {
        SdkError::Unreachable { .. } | SdkError::Timeout { .. } => true,
        SdkError::Rpc { error } => matches!(
            **error,
            RpcError::Overloaded { .. }
                | RpcError::RateLimited { .. }
                | RpcError::TooManySubscriptions { .. }
                | RpcError::Stopping {}
        ),
        _ => false,
    }
}

impl EventStream {
    /// The next events, which may be none; waits for them. An error is not the end: the next call
    /// connects again.
    pub async fn next(&mut self) -> Result<News<EventEntry>, SdkError> {
        self.advance().await
    }

    /// Everything up to here was returned; `None`: nothing was, and it began at the newest block.
    pub fn cursor(&self) -> Option<EventCursor> {
        self.resume.map(|it| it.0)
    }
}

impl HeadStream {
    /// The next headers, which may be none; waits for them. An error is not the end: the next call
    /// connects again.
    pub async fn next(&mut self) -> Result<News<HeaderAnswer>, SdkError> {
        let before = self.resume;
        let news = self.advance().await?;
        for head in &news.entries {
            let checked = proof::header(HEADS, self.client.chain(), &head.at, &head.header);
            if let Err(error) = checked {
                (self.resume, self.open) = (before, None);
                self.pace.broke();
                return Err(error);
            }
        }
        Ok(news)
    }

    /// The last height that was returned; `None`: nothing was, and it began at the newest block.
    pub fn cursor(&self) -> Option<u64> {
        self.resume.map(|it| it.0)
    }
}

impl<T, C> Stream<T, C>
where
    T: DeserializeOwned + 'static,
    C: DeserializeOwned + serde::Serialize + Copy + 'static,
{
    async fn advance(&mut self) -> Result<News<T>, SdkError> {
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => {
                    let (filter, resume) = (&self.filter, self.resume);
                    let params = || {
                        let mut params = ObjectParams::new();
                        let done = "our types have string keys and no failing fields";
                        if let Some(filter) = filter {
                            params.insert("filter", filter).expect(done);
                        }
                        if let Some(after) = resume {
                            params.insert("after", after).expect(done);
                        }
                        params
                    };
                    self.pace.wait().await;
                    let opened = self.client.subscribe_patiently(self.methods, params);
                    let opened = self.pace.begins(opened.await)?;
                    self.open.insert(opened)
                }
            };
            match open.notices.next().await {
                Some(Ok(Notice::News {
                    at,
                    entries,
                    resume,
                    live,
                })) => {
                    self.resume = resume.or(self.resume);
                    return Ok(News { at, entries, live });
                }
                Some(Ok(Notice::Lagged { resume, reason })) => {
                    self.resume = resume.or(self.resume);
                    self.open = None;
                    self.pace.broke();
                    if let LagReason::Pruned { oldest_height } = reason {
                        return Err(RpcError::Pruned { oldest_height }.into());
                    }
                }
                Some(Ok(Notice::Failed { resume, error })) => {
                    self.resume = resume.or(self.resume);
                    self.open = None;
                    self.pace.broke();
                    return Err(error.into());
                }
                Some(Err(error)) => {
                    self.open = None;
                    self.pace.broke();
                    return Err(not_a_notice(self.methods.0, &error));
                }
                None => {
                    self.open = None;
                    self.pace.broke();
                }
            }
        }
    }
}

impl TxWatch {
    /// Where the transaction is now, when that is something else than was returned before; `None`: its
    /// life is over, as was returned. Before the node knows the transaction it waits.
    pub async fn next(&mut self) -> Result<Option<TxStatusAnswer>, SdkError> {
        use argosy_rpc_api::TxStatus;
        let is_over = |it: &TxStatusAnswer| it.status != TxStatus::Pending;
        if self.told.as_ref().is_some_and(is_over) {
            return Ok(None);
        }
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None => {
                    let tx_id = Text(self.tx_id);
                    let params = || {
                        let mut params = ObjectParams::new();
                        params.insert("txId", tx_id).expect("a text in JSON");
                        params
                    };
                    let methods = (WATCH, "tx_unwatch");
                    self.pace.wait().await;
                    let opened = self.client.subscribe_patiently(methods, params);
                    let opened = self.pace.begins(opened.await)?;
                    self.open.insert(opened)
                }
            };
            match open.notices.next().await {
                Some(Ok(TxNotice::Status(answer))) => {
                    let told = self.told.as_ref().map(|it| &it.status);
                    if told != Some(&answer.status) {
                        self.told = Some(answer.clone());
                        return Ok(Some(answer));
                    }
                }
                Some(Ok(TxNotice::Failed { error })) => {
                    self.open = None;
                    self.pace.broke();
                    return Err(error.into());
                }
                Some(Err(error)) => {
                    self.open = None;
                    self.pace.broke();
                    return Err(not_a_notice(WATCH, &error));
                }
                None => {
                    self.open = None;
                    self.pace.broke();
                }
            }
        }
    }
}

fn not_a_notice(method: &'static str, error: &dyn std::error::Error) -> SdkError {
    SdkError::BadAnswer {
        method,
        reason: format!("a notice is none: {error}"),
    }
}

/// The end of a line is the same as no line.
fn without_line(error: ClientError) -> ClientError {
    match error {
        ClientError::RestartNeeded(cause) => ClientError::Transport(cause.to_string().into()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_ends_at_once_is_opened_ever_more_seldom() {
        let mut pace = Pace::new();
        let begun = pace.opened;
        let pauses: Vec<_> = (0..8).map(|_| pace.pause_at(begun).as_millis()).collect();
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
        // One that lasted is opened soon.
        assert_eq!(pace.pause_at(begun + LINE_MIN), PAUSE_MIN);
    }

    #[tokio::test]
    async fn whoever_ends_a_line_it_is_not_opened_at_once() {
        let mut pace = Pace::new();
        let refused: Result<(), SdkError> = Err(RpcError::Stopping {}.into());
        assert!(pace.begins(refused).is_err());
        assert!(pace.not_before.is_some_and(|it| it > pace.opened));
        pace.wait().await;
        assert_eq!(pace.not_before, None);
        assert!(pace.begins(Ok(())).is_ok());
        assert_eq!(pace.not_before, None);
    }
}
