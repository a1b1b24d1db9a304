//! Seats: which sockets there are, and which of them goes when another one comes.
//!
//! ```text
//! taken ──► quiet ◄──► calls in progress
//!             │ there is no room, and nobody else has been quiet for longer
//!             ▼
//!            cut ──► free
//! ```
//!
//! A socket is quiet while it has no call in progress: idle, in the middle of a request, or slow to
//! take an answer. So those who only hold a socket make room for those who use one; a while of quiet
//! is granted to all, in which a request arrives or an answer leaves.
//! Always holds: at most `max` seats, at most `per_ip_max` of them for one address, this machine's
//! own excepted; a socket with a call in progress is not cut, and one that is cut begins none.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use crate::metrics::Metrics;

/// Only a precaution: every change is told.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// All seats of the server.
pub(crate) struct Seats {
    max: usize,
    per_ip_max: usize,
    /// Who has been quiet for less is not cut.
    quiet_min: Duration,
    table: Mutex<Table>,
    /// A seat became free or quiet. Only the one who accepts waits for it.
    changed: Notify,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Table {
    next_id: u64,
    taken: BTreeMap<u64, Taken>,
}

struct Taken {
    ip: IpAddr,
    calls: u32,
    quiet_since: Instant,
    cut: watch::Sender<bool>,
}

/// Room for one socket; free again when dropped.
pub(crate) struct Seat {
    number: SeatNumber,
    cut: watch::Receiver<bool>,
}

/// Names a seat without holding it; every request carries it.
#[derive(Clone)]
pub(crate) struct SeatNumber {
    seats: Arc<Seats>,
    id: u64,
}

/// A call in progress: keeps its socket from being cut.
pub(crate) struct Busy(SeatNumber);

/// What a new connection is told.
enum Verdict {
    Taken(Seat),
    /// Not yet: until something changes, or so much time has passed.
    Wait(Duration),
    /// Its address has its share, and uses it.
    Refused,
}

/// When there will be room.
enum Room {
    /// A socket is being cut.
    Soon,
    /// One may be cut then.
    After(Duration),
    /// All are busy.
    Unknown,
}

impl Seats {
    pub(crate) fn new(
        max: u32,
        per_ip_max: u32,
        quiet_min: Duration,
        metrics: Arc<Metrics>,
    ) -> Arc<Seats> {
        Arc::new(Seats {
            max: max as usize,
            per_ip_max: per_ip_max as usize,
            quiet_min,
            table: Mutex::default(),
            changed: Notify::new(),
            metrics,
        })
    }

    /// Takes a seat, and makes room for it if need be. `None`: the address has its share.
    pub(crate) async fn take(self: &Arc<Self>, ip: IpAddr) -> Option<Seat> {
        let mut has_waited = false;
        loop {
            match self.try_take(ip) {
                Verdict::Taken(seat) => return Some(seat),
                Verdict::Refused => {
                    self.metrics.refused_sockets.inc();
                    return None;
                }
                Verdict::Wait(within) => {
                    if !has_waited {
                        self.metrics.delayed_sockets.inc();
                        has_waited = true;
                    }
                    // Whichever it was: look again.
                    let _ = timeout(within, self.changed.notified()).await;
                }
            }
        }
    }

    fn try_take(self: &Arc<Self>, ip: IpAddr) -> Verdict {
        let mut table = self.table();
        let own = table.taken.values().filter(|it| it.ip == ip).count();
        if own >= self.per_ip_max && !ip.to_canonical().is_loopback() {
            // Others do not wait until this address has room: it has some now or is refused.
            return match table.make_room(self.quiet_min, |it| it.ip == ip) {
                Room::Soon => Verdict::Wait(LOOK_AGAIN),
                Room::After(_) | Room::Unknown => Verdict::Refused,
            };
        }
        if table.taken.len() >= self.max {
            return Verdict::Wait(match table.make_room(self.quiet_min, |_| true) {
                Room::After(wait) => wait,
                Room::Soon | Room::Unknown => LOOK_AGAIN,
            });
        }
        let id = table.next_id;
        table.next_id = id.wrapping_add(1);
        let (sender, cut) = watch::channel(false);
        let taken = Taken {
            ip,
            calls: 0,
            quiet_since: Instant::now(),
            cut: sender,
        };
        table.taken.insert(id, taken);
        let seats = Arc::clone(self);
        Verdict::Taken(Seat {
            number: SeatNumber { seats, id },
            cut,
        })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Cuts who has been quiet for longest, unless somebody is being cut.
    fn make_room(&self, quiet_min: Duration, among: impl Fn(&Taken) -> bool) -> Room {
        let quiet = (self.taken.values()).filter(|it| it.calls == 0 && among(it));
        // Who is cut goes first: a seat is freed for one newcomer at a time.
        let Some(first) = quiet.min_by_key(|it| (!it.is_cut(), it.quiet_since)) else {
            return Room::Unknown;
        };
        match quiet_min.checked_sub(first.quiet_since.elapsed()) {
            Some(wait) if !wait.is_zero() => Room::After(wait),
            Some(_) | None => {
                first.cut.send_replace(true);
                Room::Soon
            }
        }
    }
}

impl Taken {
    fn is_cut(&self) -> bool {
        *self.cut.borrow()
    }
}

impl Seat {
    pub(crate) fn number(&self) -> SeatNumber {
        self.number.clone()
    }

    /// Turns `true` when the socket must go.
    pub(crate) fn cut(&self) -> watch::Receiver<bool> {
        self.cut.clone()
    }

    /// Whether it has turned.
    pub(crate) fn is_cut(&self) -> bool {
        *self.cut.borrow()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let SeatNumber { seats, id } = &self.number;
        seats.table().taken.remove(id);
        seats.changed.notify_one();
    }
}

impl SeatNumber {
    /// Begins a call. `None`: the socket is being cut, nobody would read the answer.
    pub(crate) fn begin_call(&self) -> Option<Busy> {
        let mut table = self.seats.table();
        let taken = table.taken.get_mut(&self.id).filter(|it| !it.is_cut())?;
        taken.calls = taken.calls.saturating_add(1);
        Some(Busy(self.clone()))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let SeatNumber { seats, id } = &self.0;
        if let Some(taken) = seats.table().taken.get_mut(id) {
            taken.calls = taken.calls.saturating_sub(1);
            taken.quiet_since = Instant::now();
        }
        seats.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn away(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn seats(max: u32, per_ip_max: u32, quiet_min: Duration) -> Arc<Seats> {
        Seats::new(max, per_ip_max, quiet_min, Arc::default())
    }

    #[track_caller]
    fn seat(seats: &Arc<Seats>, ip: IpAddr) -> Seat {
        let taken = seats.take(ip).now_or_never();
        taken.expect("no room").expect("refused")
    }

    #[tokio::test]
    async fn who_has_been_quiet_for_longest_makes_room() {
        let seats = seats(3, 3, Duration::ZERO);
        let (one, two, three) = (
            seat(&seats, HERE),
            seat(&seats, HERE),
            seat(&seats, away(1)),
        );
        let busy = one.number().begin_call().unwrap();
        assert!(seats.take(HERE).now_or_never().is_none());
        assert!(seats.take(HERE).now_or_never().is_none());
        let cut = [&one, &two, &three].map(Seat::is_cut);
        assert_eq!(cut, [false, true, false], "one, however often it is asked");
        assert!(two.number().begin_call().is_none());
        drop(two);
        let four = seat(&seats, HERE);
        drop(busy);
        assert!(seats.take(HERE).now_or_never().is_none());
        let cut = [&one, &three, &four].map(Seat::is_cut);
        assert_eq!(cut, [false, true, false], "its call has just ended");
    }

    #[tokio::test]
    async fn the_busy_are_waited_for() {
        let seats = seats(1, 1, Duration::ZERO);
        let one = seat(&seats, HERE);
        let calls = [(); 2].map(|()| one.number().begin_call().unwrap());
        let next = seats.take(HERE);
        futures::pin_mut!(next);
        assert!(next.as_mut().now_or_never().is_none());
        drop(calls);
        assert!(next.as_mut().now_or_never().is_none());
        assert!(one.is_cut(), "quiet at last");
        drop(one);
        assert!(next.now_or_never().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_just_come_is_given_time() {
        let quiet_min = Duration::from_millis(150);
        let seats = seats(2, 1, quiet_min);
        let begin = Instant::now();
        let first = seat(&seats, away(1));
        let refused = seats.take(away(1)).now_or_never();
        assert!(refused.expect("nobody waits for others").is_none());
        let _second = seat(&seats, HERE);
        let mut cut = first.cut();
        tokio::select! {
            _ = cut.wait_for(|now| *now) => {}
            _ = seats.take(HERE) => panic!("nobody has left"),
        }
        // The clock stands still while anybody can go on.
        let waited = begin.elapsed();
        assert!((quiet_min..2 * quiet_min).contains(&waited), "{waited:?}");
    }

    #[tokio::test]
    async fn an_address_has_its_share() {
        let seats = seats(8, 2, Duration::ZERO);
        let own = [(); 2].map(|()| seat(&seats, away(1)));
        let other = seat(&seats, away(2));
        assert!(seats.take(away(1)).now_or_never().is_none());
        assert_eq!(own.each_ref().map(Seat::is_cut), [true, false]);
        assert!(!other.is_cut());
        let [first, second] = own;
        drop(first);
        let third = seat(&seats, away(1));
        let _busy = [&second, &third].map(|it| it.number().begin_call().unwrap());
        let refused = seats.take(away(1)).now_or_never();
        assert!(refused.expect("nobody waits for others").is_none());
        let metrics = &seats.metrics;
        let (delayed, refused) = (&metrics.delayed_sockets, &metrics.refused_sockets);
        assert_eq!((delayed.get(), refused.get()), (1, 1));
        let _here = [(); 5].map(|()| seat(&seats, HERE));
    }
}
