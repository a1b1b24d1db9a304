//! A contract's words as comments.
//!
//! rustdoc runs what looks like an example in a comment: fences of code, and lines that are set in, in quotes
//! and lists as well. It hands HTML and links on to the browser as they are. A stranger's contract must run
//! nothing anywhere, so none of it survives; nor does what shows a line otherwise than it is read.

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

/// The line without what rustdoc takes for code, without HTML and links, and without characters that steer a
/// terminal or the direction of writing, which the compiler refuses in a comment.
fn harmless(line: &str) -> String {
    let plain: String = line
        .chars()
        .map(|it| match it.is_whitespace() {
            true => ' ',
            false => it,
        })
        .filter(|it| !steers(*it))
        .take(CHARS_MAX)
        .collect();
    let plain = [
        ("```", "'''"),
        ("~~~", "---"),
        ("<", "< "),
        ("](", "] ("),
        ("]:", "] :"),
    ]
    .iter()
    .fold(plain, |it, (code, words)| it.replace(code, words));
    // Nothing is set in where there is never more than one blank.
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ")
}

/// Control characters, those that change the direction of writing, and those that nobody sees.
fn steers(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
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
    fn words_are_no_code_in_a_quote_or_a_list_either() {
        for line in [
            ">     steal();",
            "-\t\tsteal();",
            "1.     steal();",
            "> > \u{2003}    steal();",
        ] {
            let shown = docs(line, "").to_string();
            assert!(!shown.contains("  "), "{shown}");
            assert!(shown.contains(" steal();\""), "{shown}");
        }
    }

    #[test]
    fn words_are_no_page_and_no_link() {
        let words = "<script> \\</a> [a](javascript:b) [c]: d \u{202e}e\u{200b}f";
        let shown = harmless(words);
        assert_eq!(shown, "< script> \\< /a> [a] (javascript:b) [c] : d ef");
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
