//! A flood: many connections that do nothing but ask, from one thread that has a share of one processor.
//!
//! ```text
//! start ── connections open ── ask, take the answer, ask … ── stop, or its time is over ── what was sent
//!                              └─ cut off: a new connection
//! ```
//!
//! Always: bounded in connections, in time, and in processor time; each connection has one request on its
//! way; everything goes to this machine.
//! Not here: what is asked (`bodies`), what the node makes of it (`bench::rpc::storm`).

mod bodies; // what is asked
mod throttle; // a share of one processor
mod wire; // connections by their bytes

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use tokio::time::{sleep, timeout};

pub(crate) use bodies::{Asked, batches_and_bodies, simulations};
use throttle::Throttle;
use wire::{Answer, Connection};

/// More would be refused by a node in its usual configuration.
const CONNECTIONS_MAX: usize = 128;
/// A node that was asked to take part in a test has stopped long before.
const LONGEST: Duration = Duration::from_secs(3600);
/// A connection without an answer for so long is given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Who was cut off comes back after this.
const PAUSE: Duration = Duration::from_millis(20);

/// What to send, and how much of it.
pub(crate) struct Flood {
    /// The node's JSON-RPC, on this machine.
    pub(crate) address: SocketAddr,
    /// What each connection asks, one after the other, again and again.
    pub(crate) asked: Vec<Asked>,
    pub(crate) connections: usize,
    /// Of one processor.
    pub(crate) cpu_percent: u32,
}

/// What a flood did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// Requests that left whole: batches, bodies, messages.
    pub requests: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Requests with an answer.
    pub answers: u64,
    /// Those that HTTP itself refused, with another status than 200.
    pub refused: u64,
    /// Connections that the node closed, or that were given up.
    pub cut_off: u64,
    /// Processor time of the flood.
    pub cpu: Duration,
    /// How long it went on.
    pub took: Duration,
}

/// A flood that goes on; it ends with its value.
pub(crate) struct Flooding {
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<Sent>>>,
}

impl Flooding {
    /// Starts one.
    pub(crate) fn start(flood: Flood) -> Result<Flooding> {
        ensure!(
            flood.address.ip().is_loopback(),
            "{} is not on this machine",
            flood.address
        );
        ensure!(
            (1..=CONNECTIONS_MAX).contains(&flood.connections) && !flood.asked.is_empty(),
            "a flood has 1 to {CONNECTIONS_MAX} connections that ask something"
        );
        let enough = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&enough);
        let thread = std::thread::Builder::new().name("flood".into());
        let thread = thread.spawn(move || {
            // One thread, whose clock says what all of it takes.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(send(flood, seen))
        })?;
        Ok(Flooding {
            enough,
            thread: Some(thread),
        })
    }

    /// Ends it.
    pub(crate) fn stop(mut self) -> Result<Sent> {
        self.enough.store(true, Ordering::Relaxed);
        let thread = self.thread.take().context("stopped twice")?;
        thread
            .join()
            .map_err(|_| anyhow!("the flood has panicked"))?
    }
}

impl Drop for Flooding {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

async fn send(flood: Flood, enough: Arc<AtomicBool>) -> Result<Sent> {
    let (begin, throttle) = (Instant::now(), Arc::new(Throttle::new(flood.cpu_percent)));
    let asked = Arc::new(flood.asked);
    let mut senders = Vec::new();
    for number in 0..flood.connections {
        let sender = Sender {
            address: flood.address,
            asked: Arc::clone(&asked),
            next: number,
            throttle: Arc::clone(&throttle),
            sent: Sent::default(),
        };
        senders.push(tokio::spawn(sender.run(Arc::clone(&enough))));
    }
    let mut all = Sent::default();
    for sender in senders {
        all.add(&sender.await?);
    }
    all.cpu = throttle.used();
    all.took = begin.elapsed();
    Ok(all)
}

/// One connection after the other.
struct Sender {
    address: SocketAddr,
    asked: Arc<Vec<Asked>>,
    next: usize,
    throttle: Arc<Throttle>,
    sent: Sent,
}

impl Sender {
    async fn run(mut self, enough: Arc<AtomicBool>) -> Sent {
        let begin = Instant::now();
        let is_enough = || enough.load(Ordering::Relaxed) || begin.elapsed() > LONGEST;
        while !is_enough() {
            if self.connection(&is_enough).await.is_err() {
                self.sent.cut_off += 1;
                sleep(PAUSE).await;
            }
        }
        self.sent
    }

    /// Asks until it is enough, or cut off.
    async fn connection(&mut self, is_enough: &impl Fn() -> bool) -> std::io::Result<()> {
        // A place in the list belongs to one kind of connection.
        let asked = Arc::clone(&self.asked);
        let transport = asked[self.next % asked.len()].transport;
        let opened = timeout(ANSWER_WITHIN, Connection::open(self.address, transport)).await?;
        let mut connection = opened?;
        while !is_enough() {
            self.throttle.wait().await;
            let message = &asked[self.next % asked.len()];
            if message.transport != transport {
                self.next += 1;
                continue;
            }
            connection.send(&message.bytes).await?;
            self.sent.requests += 1;
            self.sent.bytes += message.bytes.len() as u64;
            self.next += 1;
            let answer = timeout(ANSWER_WITHIN, connection.answer()).await??;
            self.sent.answers += 1;
            self.sent.refused += u64::from(answer == Answer::Refused);
        }
        Ok(())
    }
}

impl Sent {
    fn add(&mut self, other: &Sent) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.answers += other.answers;
        self.refused += other.refused;
        self.cut_off += other.cut_off;
    }

    /// Its share of one processor, in percent.
    pub fn cpu_percent(&self) -> u64 {
        let took = self.took.as_micros().max(1);
        u64::try_from(self.cpu.as_micros() * 100 / took).unwrap_or(u64::MAX)
    }
}
