//! Something takes a while: on a terminal a sign that moves and counts the seconds, gone when it is over.
//!
//! Not here: the line that is printed where nobody looks (`Output::waiting`).

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the sign moves.
const MOVES_EVERY: Duration = Duration::from_millis(100);

/// Over when dropped.
pub(crate) struct Waiting {
    bar: Option<ProgressBar>,
}

impl Waiting {
    /// Shows that something is under way, on stderr.
    pub(super) fn begin(text: &str) -> Waiting {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.set_message(super::printable(text));
        bar.enable_steady_tick(MOVES_EVERY);
        Waiting { bar: Some(bar) }
    }

    /// Shows nothing.
    pub(super) fn silent() -> Waiting {
        Waiting { bar: None }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
