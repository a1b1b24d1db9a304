//! How far a long command is, on stderr: a bar for people, a line every few seconds for logs.
//!
//! Not here: results, which go to stdout.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Lines come this often.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// One piece of work of a known or unknown length.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    whole: Option<u64>,
    begin: Instant,
    told: Instant,
}

impl Progress {
    /// Begins: `what` is counted, up to `whole` if that is known.
    pub(super) fn new(what: &'static str, whole: Option<u64>) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let (bar, template) = match whole {
                Some(whole) => (
                    ProgressBar::new(whole),
                    "{msg} {wide_bar} {human_pos} of {human_len}, {per_sec}, {eta} left",
                ),
                None => (
                    ProgressBar::new_spinner(),
                    "{msg} {spinner} {human_pos}, {per_sec}, {elapsed}",
                ),
            };
            let style = ProgressStyle::with_template(template);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_message(what)
        });
        Progress {
            bar,
            what,
            whole,
            begin: Instant::now(),
            told: Instant::now(),
        }
    }

    /// So much is done.
    pub(super) fn at(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            let elapsed_ms = self.begin.elapsed().as_millis().max(1);
            let per_second = u128::from(done) * 1_000 / elapsed_ms;
            match self.whole {
                Some(whole) => {
                    let left = u128::from(whole.saturating_sub(done)) / per_second.max(1);
                    eprintln!(
                        "{}: {done} of {whole}, {per_second}/s, {left} s left",
                        self.what
                    );
                }
                None => eprintln!("{}: {done}, {per_second}/s", self.what),
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
