//! Something takes a while: on a terminal a sign that moves and counts the seconds, gone when it is over;
//! elsewhere a line now and then.
//!
//! Not here: the line that is printed where nobody looks when it begins (`Output::waiting`).

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often the sign moves.
const MOVES_EVERY: Duration = Duration::from_millis(100);
/// How often a line says that it is not over.
pub(super) const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Over when dropped.
pub(crate) struct Waiting(Sign);

/// How it is shown.
enum Sign {
    Moving(ProgressBar),
    Lines(Teller),
    None,
}

/// A thread that tells of it until the other end of its channel is gone.
struct Teller {
    end: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Shows that something is under way, on stderr; `None` where nothing can move, such as on a terminal
    /// of the type `dumb`.
    pub(super) fn moving(text: &str) -> Option<Waiting> {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        if bar.is_hidden() {
            return None;
        }
        bar.set_message(super::printable(text));
        bar.enable_steady_tick(MOVES_EVERY);
        Some(Waiting(Sign::Moving(bar)))
    }

    /// Has a line told whenever so much time has passed.
    pub(super) fn lines(
        text: &str,
        every: Duration,
        tell: impl Fn(&str) + Send + 'static,
    ) -> Waiting {
        let (text, begin) = (text.to_owned(), Instant::now());
        let (end, ended) = mpsc::channel();
        let work = move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                tell(&format!("{text}, for {} s", begin.elapsed().as_secs()));
            }
        };
        // Without a thread there are no lines, which is no reason to fail.
        let thread = thread::Builder::new().name("waiting".to_owned());
        let thread = thread.spawn(work).ok();
        Waiting(Sign::Lines(Teller {
            end: Some(end),
            thread,
        }))
    }

    /// Shows nothing.
    pub(super) fn silent() -> Waiting {
        Waiting(Sign::None)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        match &mut self.0 {
            Sign::Moving(bar) => bar.finish_and_clear(),
            Sign::Lines(teller) => {
                drop(teller.end.take());
                // No line comes behind the result.
                drop(teller.thread.take().map(JoinHandle::join));
            }
            Sign::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_until_it_is_over() {
        let (told, lines) = mpsc::channel();
        let tell = move |line: &str| told.send(line.to_owned()).unwrap();
        let waiting = Waiting::lines("sending", Duration::from_millis(1), tell);
        for _ in 0..2 {
            let line = lines.recv().unwrap();
            assert!(line.starts_with("sending, for "), "{line}");
        }
        drop(waiting);
        // It ends only when the teller is gone.
        lines.iter().for_each(drop);
    }

    #[test]
    fn what_is_over_at_once_tells_nothing() {
        let (told, lines) = mpsc::channel();
        let tell = move |line: &str| told.send(line.to_owned()).unwrap();
        drop(Waiting::lines("sending", TOLD_EVERY, tell));
        assert_eq!(lines.iter().count(), 0);
    }
}
