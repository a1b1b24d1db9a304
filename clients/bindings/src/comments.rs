//! A contract's words as comments.
//!
//! rustdoc runs what looks like an example in a comment: fences of code, and lines that are set in. A
//! stranger's contract must not run anything, so neither survives.

use proc_macro2::TokenStream;
use quote::quote;

const LINES_MAX: usize = 60;
const CHARS_MAX: usize = 200;

/// `#[doc = "…"]`, a line each; `instead` if there are no words.
pub(crate) fn docs(words: &str, instead: &str) -> TokenStream {
    let lines: Vec<String> = match words.trim() {
        "" => vec![instead.to_owned()],
        words => words.lines().take(LINES_MAX).map(harmless).collect(),
    };
    let lines = lines.iter().map(|it| match it.as_str() {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote! { #(#[doc = #lines])* }
}

/// The line without what rustdoc takes for code, and without characters that steer a terminal.
fn harmless(line: &str) -> String {
    let line: String = line
        .trim()
        .chars()
        .filter(|it| !it.is_control())
        .take(CHARS_MAX)
        .collect();
    line.replace("```", "'''").replace("~~~", "---")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_examples() {
        let words = "Pays.\n\n```\nstd::process::exit(1);\n```\n    steal();\n~~~\nx\u{1b}[2J";
        let shown = docs(words, "").to_string();
        for code in ["```", "~~~", "    steal", "\\u{1b}"] {
            assert!(!shown.contains(code), "{code:?} in {shown}");
        }
        assert!(shown.contains("\" Pays.\""), "{shown}");
        assert!(shown.contains("\" steal();\""), "{shown}");
    }

    #[test]
    fn silence_has_words_too() {
        assert!(docs("  \n", "Asks `x`.").to_string().contains("Asks `x`."));
        let long = "line\n".repeat(1_000);
        assert_eq!(
            docs(&long, "").to_string().matches("doc").count(),
            LINES_MAX
        );
    }
}
