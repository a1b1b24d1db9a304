//! From events to lines.
//!
//! Always: who logs waits for no sync; a value has a limit. Not here: the file (`chain`).

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::{CODES, SecurityLog};

/// Where lines go, once the folder is this process's own.
static LOG: Mutex<Option<SecurityLog>> = Mutex::new(None);
/// What happened before that.
static EARLY: Mutex<Vec<(String, Map<String, Value>)>> = Mutex::new(Vec::new());
const EARLY_MAX: usize = 64;
/// Of one field.
const VALUE_BYTES_MAX: usize = 1_024;

/// From now on lines are kept in this folder; says with which line it goes on.
pub(crate) fn keep_at(folder: &Path) {
    let mut log = match SecurityLog::open(folder) {
        Ok(log) => log,
        Err(error) => {
            let path = folder.display();
            tracing::error!(target: "node", code = "node.security_log_failed", %path, %error, "cannot keep a security log");
            return;
        }
    };
    let (head, lines) = log.head();
    let early = std::mem::take(&mut *EARLY.lock().unwrap_or_else(PoisonError::into_inner));
    for (code, fields) in early {
        add(&mut log, &code, fields);
    }
    *LOG.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
    tracing::info!(target: "node", code = "node.security_log", head, lines, "the security log goes on");
}

fn add(log: &mut SecurityLog, code: &str, fields: Map<String, Value>) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
    // A disk that takes nothing is told by the guard, and by every commit.
    let _ = log.add(code, fields, now_ms);
}

/// A layer that keeps what is in [`CODES`].
#[derive(Debug)]
pub(crate) struct SecurityLayer;

impl<S: Subscriber> Layer<S> for SecurityLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(Value::String(code)) = fields.0.remove("code") else {
            return;
        };
        if !CODES.contains(&code.as_str()) {
            return;
        }
        let mut guard = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        match guard.as_mut() {
            Some(log) => add(log, &code, fields.0),
            None => {
                let mut early = EARLY.lock().unwrap_or_else(PoisonError::into_inner);
                if early.len() < EARLY_MAX {
                    early.push((code, fields.0));
                }
            }
        }
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

fn short(text: &str) -> String {
    let mut end = text.len().min(VALUE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, json!(short(&format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, json!(short(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, json!(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, json!(value));
    }
}
