//! Iterators over the contract's storage.
//!
//! ```text
//! db_scan ─► rest of the range ──db_next──► entry, rest behind it ──► … ──► end, again and again
//! ```
//!
//! Entries are fetched some at a time, twice as many each time, so that a long walk does not begin a
//! range read for each of them, and a short one does not pay for what it never sees.
//!
//! Always holds: an iterator belongs to one frame; there are at most [`SCANS_MAX`].

use std::collections::VecDeque;
use std::ops::ControlFlow;

use argosy_primitives::{Address, StatusCode};
use argosy_vm_host::{Direction, RangeRequest, RangeStep, Stop, TrapKind};

use crate::desk::Desk;
use crate::region::encode_sections;

/// Iterators of one frame.
const SCANS_MAX: usize = 4_096;
/// Entries fetched at once.
const AHEAD_MAX: u32 = 32;

/// Key and value.
type Entry = (Vec<u8>, Vec<u8>);

/// The beginning of a range.
pub(crate) struct Listed {
    pub(crate) entries: Vec<Entry>,
    /// Key of the entry behind them, if there is one.
    pub(crate) next: Option<Vec<u8>>,
}

/// The iterators of a frame, by number.
#[derive(Default)]
pub(crate) struct Scans {
    scans: Vec<Scan>,
    /// How often the state changed in this frame.
    changes: u64,
}

impl Scans {
    /// The state changed: what was fetched ahead may not hold any more.
    pub(crate) fn forget_ahead(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }

    /// An iterator that shows the state as it is now.
    fn scan(&mut self, number: i64) -> Result<&mut Scan, Stop> {
        let index = (number as u32 as usize).checked_sub(1);
        let scan = index.and_then(|it| self.scans.get_mut(it));
        let scan = scan.ok_or(Stop::Trapped(TrapKind::BadArgument))?;
        if scan.seen != self.changes {
            scan.forget_ahead();
            scan.seen = self.changes;
        }
        Ok(scan)
    }
}

/// What is left of a range.
struct Scan {
    /// Whose entries; `None`: the contract's own.
    owner: Option<Address>,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    direction: Direction,
    /// Fetched and not yet shown, nearest first.
    ahead: VecDeque<Entry>,
    /// Entries to fetch next time.
    step: u32,
    /// Nothing lies behind what is fetched.
    is_done: bool,
    /// The changes that it knows of.
    seen: u64,
}

impl Scan {
    fn new((start, end): (Vec<u8>, Option<Vec<u8>>), direction: Direction) -> Scan {
        Scan {
            owner: None,
            start,
            end,
            direction,
            ahead: VecDeque::new(),
            step: 1,
            is_done: false,
            seen: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| *end <= self.start)
    }

    /// Takes the nearest entry out of what is fetched, and out of the range.
    fn pop(&mut self) -> Option<Entry> {
        let (key, value) = self.ahead.pop_front()?;
        match self.direction {
            Direction::Ascending => {
                self.start.clone_from(&key);
                self.start.push(0);
            }
            Direction::Descending => self.end = Some(key.clone()),
        }
        Some((key, value))
    }

    fn forget_ahead(&mut self) {
        self.ahead.clear();
        self.is_done = false;
        self.step = 1;
    }
}

impl Desk<'_> {
    pub(crate) fn db_scan(
        &mut self,
        [start, end, order]: [i64; 3],
        scans: &mut Scans,
    ) -> Result<i64, Stop> {
        let direction = match order as i32 {
            1 => Direction::Ascending,
            2 => Direction::Descending,
            _ => return Err(Stop::Trapped(TrapKind::BadArgument)),
        };
        if scans.scans.len() >= SCANS_MAX {
            return Err(Stop::Refused(StatusCode::LimitExceeded));
        }
        let start = self.bound(start)?.unwrap_or_default();
        let end = self.bound(end)?;
        scans.scans.push(Scan {
            seen: scans.changes,
            ..Scan::new((start, end), direction)
        });
        Ok(scans.scans.len() as i64)
    }

    pub(crate) fn db_next(&mut self, [number]: [i64; 1], scans: &mut Scans) -> Result<i64, Stop> {
        let (key, value) = self.next(scans.scan(number)?)?.unwrap_or_default();
        self.give(&encode_sections(&[&key, &value]))
    }

    pub(crate) fn db_next_key(
        &mut self,
        [number]: [i64; 1],
        scans: &mut Scans,
    ) -> Result<i64, Stop> {
        match self.next(scans.scan(number)?)? {
            Some((key, _)) => self.give(&key),
            None => Ok(0),
        }
    }

    pub(crate) fn db_next_value(
        &mut self,
        [number]: [i64; 1],
        scans: &mut Scans,
    ) -> Result<i64, Stop> {
        match self.next(scans.scan(number)?)? {
            Some((_, value)) => self.give(&value),
            None => Ok(0),
        }
    }

    /// The first entries of a range of somebody's storage: at most `limit`, and no more once they have as many bytes
    /// as are read at once.
    pub(crate) fn first_of(
        &mut self,
        owner: Address,
        range: (Vec<u8>, Option<Vec<u8>>),
        direction: Direction,
        limit: u16,
    ) -> Result<Listed, Stop> {
        let mut scan = Scan {
            owner: Some(owner),
            step: limit.into(),
            ..Scan::new(range, direction)
        };
        if limit > 0 {
            self.fetch(&mut scan)?;
        }
        let entries = std::iter::from_fn(|| scan.pop()).collect();
        scan.step = 1;
        let next = self.next(&mut scan)?.map(|(key, _)| key);
        Ok(Listed { entries, next })
    }

    /// A bound of a range; none at the null pointer.
    fn bound(&mut self, ptr: i64) -> Result<Option<Vec<u8>>, Stop> {
        match ptr as u32 {
            0 => Ok(None),
            _ => self.key(ptr).map(Some),
        }
    }

    /// The next entry; looking is paid as an import is, also behind the last one.
    fn next(&mut self, scan: &mut Scan) -> Result<Option<Entry>, Stop> {
        self.pay(self.terms.prices.import, 0)?;
        if scan.ahead.is_empty() && !scan.is_done {
            self.fetch(scan)?;
        }
        Ok(scan.pop())
    }

    /// Fetches the next entries; each step of the walk is paid as it is made.
    fn fetch(&mut self, scan: &mut Scan) -> Result<(), Stop> {
        let bounds = scan.start.len() + scan.end.as_ref().map_or(0, Vec::len);
        self.pay(self.terms.prices.storage_range, bounds as u64)?;
        if scan.is_empty() {
            scan.is_done = true;
            return Ok(());
        }
        let limit = scan.step;
        let request = RangeRequest {
            owner: scan.owner,
            start: &scan.start,
            end: scan.end.as_deref(),
            direction: scan.direction,
            limit,
        };
        let bytes_max = u64::from(self.terms.limits.range_bytes_max);
        let price = self.terms.prices.storage_range_entry;
        let guest = &mut *self.guest;
        let (mut found, mut bytes) = (VecDeque::new(), 0);
        let (mut unpaid, mut is_cut) = (None, false);
        self.host.storage_range(&request, &mut |step| {
            let (key, value) = match step {
                RangeStep::Entry { key, value } => (key, value),
                RangeStep::Removed => (&[][..], &[][..]),
            };
            let size = key.len() as u64 + value.len() as u64;
            if let Err(out_of_gas) = guest.charge(price.of(size)) {
                unpaid = Some(out_of_gas);
                return ControlFlow::Break(());
            }
            if step == RangeStep::Removed {
                return ControlFlow::Continue(());
            }
            bytes += size;
            found.push_back((key.to_vec(), value.to_vec()));
            is_cut = bytes >= bytes_max;
            if is_cut || found.len() as u64 >= u64::from(limit) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })?;
        if let Some(out_of_gas) = unpaid {
            return Err(out_of_gas.into());
        }
        scan.is_done = !is_cut && (found.len() as u64) < u64::from(limit);
        scan.step = limit.saturating_mul(2).min(AHEAD_MAX);
        scan.ahead = found;
        Ok(())
    }
}
