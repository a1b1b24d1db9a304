//! `argosy doctor`: looks at everything that this program needs and says what is wrong and what to do.
//!
//! Always: it changes nothing, asks nothing and looks at all of it, whatever it finds first.
//! Not here: a node's own machine and files (`argosyd doctor`).

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use argosy_rpc_api::HealthStatus;
use argosy_sdk::{Client, without_secret};
use serde_json::json;

use super::project::{TARGET, Target, target};
use super::session::options;
use crate::args::GlobalArgs;
use crate::failure::{Exit, Failure};
use crate::keys::KeyRing;
use crate::networks::{self, Networks};
use crate::output::{Output, Report};

/// A node whose newest block is this far in the future has another time than this machine.
const CLOCK_MS_MAX: u64 = 60_000;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    /// Something will not work, but not everybody needs it.
    Warning,
    Wrong,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            State::Well => "well",
            State::Warning => "warning",
            State::Wrong => "wrong",
        }
    }
}

/// One thing that was looked at.
struct Finding {
    check: &'static str,
    state: State,
    text: String,
    /// What to do.
    hint: Option<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, text: impl Into<String>) -> Finding {
        Finding {
            check,
            state,
            text: text.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hint = Some(hint.into());
        self
    }
}

/// Looks and tells.
pub(super) fn run(global: &GlobalArgs, output: Output) -> Result<(), Failure> {
    let mut findings = vec![
        Finding::new(
            "program",
            State::Well,
            format!("argosy {}", env!("CARGO_PKG_VERSION")),
        ),
        keys(global),
        networks(),
    ];
    findings.extend(node(global));
    findings.push(toolchain());
    let report = report(&findings);
    let wrong = findings
        .iter()
        .filter(|it| it.state == State::Wrong)
        .count();
    if wrong == 0 {
        return output.report(&report);
    }
    let message = format!("{wrong} of {} checks found something wrong", findings.len());
    Err(Failure::new(Exit::Failed, "DOCTOR", message).showing(report))
}

fn report(findings: &[Finding]) -> Report {
    let view = |it: &Finding| json!({"check": it.check, "state": it.state.as_str(), "text": it.text, "hint": it.hint});
    let checks: serde_json::Value = findings.iter().map(view).collect();
    let report = Report::new(json!({"checks": checks})).list_of("checks");
    findings.iter().fold(report, |report, it| {
        let report = report.columns([it.state.as_str(), it.check, &it.text]);
        match &it.hint {
            Some(hint) => report.columns(["", "", &format!("-> {hint}")]),
            None => report,
        }
    })
}

/// Key files that can be read, in a folder of the user's own.
fn keys(global: &GlobalArgs) -> Finding {
    let names = KeyRing::at(global.keys_dir.clone(), false).and_then(|it| Ok((it.names()?, it)));
    let (names, ring) = match names {
        Ok(found) => found,
        Err(failure) => return Finding::new("keys", State::Wrong, failure.message()),
    };
    let shown = ring.dir().display().to_string();
    if names.is_empty() {
        let finding = Finding::new("keys", State::Well, format!("none yet in {shown}"));
        return finding.hint("make one with: argosy keys new NAME; dev accounts need none");
    }
    let bad = |name: &&String| ring.public_key(name).is_err();
    let bad: Vec<&str> = names.iter().filter(bad).map(String::as_str).collect();
    if !bad.is_empty() {
        let text = format!("cannot be read in {shown}: {}", bad.join(", "));
        let finding = Finding::new("keys", State::Wrong, text);
        return finding.hint("`argosy keys show NAME` says what is wrong with one");
    }
    if is_open_to_others(ring.dir()) {
        let finding = Finding::new(
            "keys",
            State::Warning,
            format!("others can look into {shown}"),
        );
        return finding.hint(format!("chmod 700 {shown}"));
    }
    Finding::new("keys", State::Well, format!("{} in {shown}", names.len()))
}

#[cfg(unix)]
fn is_open_to_others(dir: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(dir).is_ok_and(|it| it.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_dir: &Path) -> bool {
    false
}

/// The file of networks.
fn networks() -> Finding {
    let book = Networks::usual().and_then(|it| Ok((it.load()?, it)));
    match book {
        Ok((book, file)) => {
            let (count, current) = (book.networks.len(), book.current());
            let text = format!("{count} in {}, {current} is used", file.path().display());
            Finding::new("networks", State::Well, text)
        }
        Err(failure) => Finding::new("networks", State::Wrong, failure.message())
            .hint("mend the file, or delete it and add your networks again"),
    }
}

/// The node that commands would talk to.
fn node(global: &GlobalArgs) -> Vec<Finding> {
    let wrong = |failure: &Failure| vec![Finding::new("node", State::Wrong, failure.message())];
    let place = match networks::choose(global) {
        Ok(place) => place,
        Err(failure) => return wrong(&failure),
    };
    let options = options(global, place.chain);
    let asked = super::in_runtime(async {
        let failed = super::failure;
        let client = Client::connect_with(&place.url, options)
            .await
            .map_err(failed)?;
        let begin = Instant::now();
        let health = client.health().await.map_err(failed)?;
        Ok((client, health, begin.elapsed()))
    });
    let (client, health, took) = match asked {
        Ok(asked) => asked,
        Err(failure) => {
            let hint = "start a chain with `argosy dev`, or name another node with --rpc-url";
            let mut findings = wrong(&failure);
            return findings.drain(..).map(|it| it.hint(hint)).collect();
        }
    };
    let info = client.info();
    let reached = format!(
        "{}: {} ({}), version {}, answers in {} ms",
        without_secret(&place.url),
        info.name,
        info.caip2,
        health.version,
        took.as_millis()
    );
    let state = match health.status {
        HealthStatus::Ok => {
            Finding::new("health", State::Well, format!("block {}", health.at.height))
        }
        status => {
            let word = serde_json::to_value(status).unwrap_or_default();
            let reason = health.reason.unwrap_or_default();
            let text = format!("{}: {reason}", word.as_str().unwrap_or("not well"));
            Finding::new("health", State::Warning, text)
        }
    };
    vec![
        Finding::new("node", State::Well, reached),
        state,
        clock(health.time_ms.0),
    ]
}

/// Whether this machine's clock is that of the chain; an old block may mean that nobody sends anything.
fn clock(head_ms: u64) -> Finding {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
    let ahead = head_ms.saturating_sub(now);
    if ahead <= CLOCK_MS_MAX {
        return Finding::new(
            "clock",
            State::Well,
            "the newest block is not of the future",
        );
    }
    let text = format!(
        "the newest block is {} s ahead of this machine",
        ahead / 1000
    );
    let finding = Finding::new("clock", State::Warning, text);
    finding.hint("set this machine's clock, unless it is a development chain whose time was moved")
}

/// What builds contracts.
fn toolchain() -> Finding {
    let found = target(Path::new("."));
    let (state, text) = match found {
        Target::There => (State::Well, format!("rustc builds for {TARGET}")),
        Target::Missing => (State::Warning, format!("rustc does not build for {TARGET}")),
        Target::NoRustc => (
            State::Warning,
            "there is no rustc to build contracts".to_owned(),
        ),
    };
    let finding = Finding::new("contracts", state, text);
    match found.hint() {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_told_with_what_to_do() {
        let findings = [
            Finding::new("keys", State::Well, "none"),
            Finding::new("node", State::Wrong, "away").hint("start it"),
        ];
        let report = report(&findings);
        let text = report.text(crate::output::Paint::none());
        assert_eq!(
            text,
            "well   keys  none\nwrong  node  away\n             -> start it\n"
        );
        assert_eq!(report.json()["checks"][1]["hint"], "start it");
        assert_eq!(report.documents().count(), 2);
    }

    #[test]
    fn a_clock_that_is_behind_is_told() {
        assert_eq!(clock(0).state, State::Well);
        assert_eq!(clock(u64::MAX).state, State::Warning);
    }
}
