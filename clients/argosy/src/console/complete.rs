//! TAB: what the shell would offer behind `argosy`, and the words of the console itself.

use std::ffi::OsString;

use reedline::{Completer, CompletionResult, Span, Suggestion};

use super::words::{self, EXITS};
use crate::completion;
use crate::output::printable;

/// Offers commands, options, names, methods of contracts.
pub(super) struct Commands {
    /// Options of the console, which say which node is meant.
    pub(super) given: Vec<OsString>,
}

impl Completer for Commands {
    fn complete(&mut self, line: &str, pos: usize) -> CompletionResult {
        let typed = line.get(..pos).unwrap_or(line);
        CompletionResult::fresh(self.suggestions(typed))
    }
}

impl Commands {
    fn suggestions(&self, typed: &str) -> Vec<Suggestion> {
        let begun = words::begun(typed);
        let span = Span::new(begun.start, typed.len());
        let is_first = begun.before.is_empty();
        let own: Vec<_> = EXITS
            .iter()
            .filter(|it| is_first && it.starts_with(&begun.current))
            .map(|it| ((*it).to_owned(), Some("End the console".to_owned())))
            .collect();
        let given = self.given.iter().cloned();
        let before = begun.before.into_iter().map(OsString::from);
        let offers = completion::of_line(given.chain(before), begun.current.into());
        offers
            .into_iter()
            .chain(own)
            // Names of files may be anything.
            .filter(|(word, _)| printable(word) == *word && !word.contains('\n'))
            .map(|(word, help)| suggestion(&word, help, span))
            .collect()
    }
}

fn suggestion(word: &str, help: Option<String>, span: Span) -> Suggestion {
    // Behind a folder, or an option that wants its value at once, more is to come.
    let is_whole = !word.ends_with(['/', '=']);
    Suggestion {
        value: words::quoted(word),
        description: help.map(|it| printable(&it).replace('\n', " ")),
        span,
        append_whitespace: is_whole,
        ..Suggestion::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: &[&str]) {
        let commands = Commands { given: Vec::new() };
        let found = commands.suggestions(typed);
        let found: Vec<_> = found.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(found, expected, "{typed:?}");
    }

    #[test]
    fn commands_options_and_names_are_offered() {
        check("acc", &["account"]);
        check("argosy acc", &["account"]);
        check("account ba", &["balance"]);
        check("account balance ali", &["alice"]);
        check("ex", &["exit"]);
        check("account ex", &[]);
        check("rpc system_hea", &["system_health"]);
        check("block get --outp", &["--output"]);
        check("block get --output js", &["json", "jsonl"]);
    }

    #[test]
    fn what_is_offered_replaces_what_is_begun() {
        let commands = Commands { given: Vec::new() };
        let found = commands.suggestions("account balance 'ali");
        assert_eq!((found[0].span.start, found[0].span.end), (16, 20));
    }

    #[test]
    fn methods_of_a_contract_are_those_of_its_file() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/artifacts");
        let commands = Commands { given: Vec::new() };
        let found = commands.suggestions(&format!("contract deploy {folder}/counter.wasm -- --s"));
        let found: Vec<_> = found.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(found, ["--start"]);
    }
}
