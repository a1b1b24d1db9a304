//! A Rust file as the rules see it: its code with comments and the insides of strings blanked out, line for
//! line, and which of those lines are tests.
//!
//! Invariant: `code` has as many lines as the file.
//! Not here: macros and `cfg` other than `#[cfg(test)]`; this is a scanner, not a compiler.

/// One file.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// Code only, line by line.
    pub(crate) code: Vec<String>,
    /// Whether the line with this index is part of a `#[cfg(test)] mod`.
    pub(crate) is_test: Vec<bool>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a str, text: &'a str) -> Source<'a> {
        let code: Vec<String> = blank(text).lines().map(str::to_owned).collect();
        let is_test = test_lines(&code);
        Source {
            path,
            text,
            code,
            is_test,
        }
    }

    /// Files that hold nothing but tests.
    pub(crate) fn is_test_file(&self) -> bool {
        self.path
            .split('/')
            .any(|it| it == "tests" || it == "tests.rs")
    }

    /// Lines of code that are not tests, with their numbers.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.iter().zip(&self.is_test).enumerate();
        lines
            .filter(|(_, (_, is_test))| !**is_test)
            .map(|(index, (line, _))| (index + 1, line.as_str()))
    }
}

/// Replaces what is inside comments, strings and character literals by spaces, keeping line breaks.
fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => comment_end(&chars, at),
            '"' => string_end(&chars, at),
            '\'' => char_end(&chars, at),
            'r' if !follows_word(&chars, at) || is_prefixed(&chars, at) => raw_end(&chars, at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(
                chars[at..end]
                    .iter()
                    .map(|it| if *it == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..]
        .iter()
        .position(|it| *it == '\n')
        .map_or(chars.len(), |it| at + it)
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (0usize, at);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `'x'` and `'\n'` are literals; `'a` alone is a lifetime.
fn char_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let close = chars[(at + 3).min(chars.len())..]
                .iter()
                .position(|it| *it == '\'');
            close.map_or(chars.len(), |it| at + 3 + it + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        _ => at,
    }
}

/// The end of `r"…"` or `r#"…"#`; `at` itself if this `r` begins no raw string.
fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|it| **it == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let closes = |from: usize| chars[from..].iter().take_while(|it| **it == '#').count() >= hashes;
    let mut end = at + 2 + hashes;
    while end < chars.len() {
        if chars[end] == '"' && closes(end + 1) {
            return end + 1 + hashes;
        }
        end += 1;
    }
    chars.len()
}

fn follows_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

/// `br"…"` and `cr"…"`: one letter, itself not part of a longer word.
fn is_prefixed(chars: &[char], at: usize) -> bool {
    matches!(chars.get(at.wrapping_sub(1)), Some('b' | 'c')) && !follows_word(chars, at - 1)
}

/// Marks each `#[cfg(test)]` module from its attribute to its closing brace.
fn test_lines(code: &[String]) -> Vec<bool> {
    let mut marks = vec![false; code.len()];
    let mut line = 0;
    while line < code.len() {
        if code[line].trim_start().starts_with("#[cfg(test)]") && opens_module(&code[line..]) {
            let end = block_end(code, line);
            marks[line..=end].fill(true);
            line = end;
        }
        line += 1;
    }
    marks
}

fn opens_module(code: &[String]) -> bool {
    let words = code.iter().take(5).flat_map(|it| it.split_whitespace());
    let mut words = words.filter(|it| !it.starts_with("#[") && !it.ends_with(']'));
    let first = words.find(|it| !it.starts_with("pub"));
    first == Some("mod")
}

fn block_end(code: &[String], start: usize) -> usize {
    let mut depth = 0usize;
    for (index, line) in code.iter().enumerate().skip(start) {
        for char in line.chars() {
            match char {
                '{' => depth += 1,
                '}' if depth == 1 => return index,
                '}' => depth = depth.saturating_sub(1),
                ';' if depth == 0 => return index, // `mod tests;`: the file is elsewhere
                _ => {}
            }
        }
    }
    code.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_blank(text: &str, expected: &str) {
        assert_eq!(blank(text), expected);
    }

    #[test]
    fn blanks_comments_and_strings() {
        check_blank("a // b", "a     ");
        check_blank("a /* b /* c */ d */ e", "a                   e");
        check_blank(r#"f("a\"b") g"#, "f(      ) g");
        check_blank("x(r#\"a\"b\"#) y", "x(        ) y");
        check_blank("b\"ab\" br\"c\" z", "b     b     z");
        check_blank("\"a\nb\" c", "  \n   c");
    }

    #[test]
    fn tells_lifetimes_from_characters() {
        check_blank("&'a str, '{', '\\'', '\"'", "&'a str,    ,     ,    ");
        check_blank("for 'r in", "for 'r in");
    }

    #[test]
    fn survives_what_never_ends() {
        for text in ["/*", "\"", "\"\\", "r#\"", "'\\", "'", "r", "//"] {
            assert_eq!(blank(text).chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn marks_test_modules_only() {
        let text = "a\n#[cfg(test)]\n#[allow(x)]\nmod tests {\n  fn f() { '{'; }\n}\nb\n#[cfg(test)]\nuse c;\n";
        let source = Source::new("x.rs", text);
        assert_eq!(
            source.is_test,
            [false, true, true, true, true, true, false, false, false]
        );
        let elsewhere = Source::new("x.rs", "#[cfg(test)]\nmod tests;\nb");
        assert_eq!(elsewhere.is_test, [true, true, false]);
    }
}
