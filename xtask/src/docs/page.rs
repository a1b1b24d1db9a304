//! From a Markdown page to the commands it shows. The rules are in the parent module.
//!
//! Not here: Markdown beyond fences.

/// One command and what it should print.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Where the page shows it.
    pub(crate) line: usize,
    pub(crate) command: String,
    /// Ended with `&`.
    pub(crate) is_background: bool,
    pub(crate) exit_code: i32,
    /// Nothing = anything.
    pub(crate) output: Vec<String>,
}

/// How far down a page its front comment may stand.
const FRONT_LINES: usize = 5;
/// Ends what a page has `git apply` read; no change has such a line.
const END_OF_CHANGE: &str = "end-of-change";

/// Whether a page says of itself that it takes long: `<!-- docs: slow -->` near its top.
pub(crate) fn is_slow(text: &str) -> bool {
    text.lines()
        .take(FRONT_LINES)
        .any(|it| it.trim() == "<!-- docs: slow -->")
}

/// The commands of a page, or its faults as `line: what`.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, Vec<String>> {
    let (mut steps, mut faults) = (Vec::new(), Vec::new());
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(name) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let body: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, it)| it.trim() != "```")
            .map(|(index, it)| (index + 1, it.get(indent..).unwrap_or("")))
            .collect();
        match name.trim().split_once(' ').unwrap_or((name.trim(), "")) {
            ("console", _) => parse_fence(&body, &mut steps, &mut faults),
            ("diff", "apply") => steps.push(change(index + 1, &body)),
            ("sh" | "bash" | "shell", reason) if !reason.starts_with("not-run:") => {
                faults.push(format!(
                    "{}: name the fence `console`, or say `sh not-run: why`",
                    index + 1
                ));
            }
            _ => {}
        }
    }
    if faults.is_empty() {
        Ok(steps)
    } else {
        Err(faults)
    }
}

fn parse_fence(body: &[(usize, &str)], steps: &mut Vec<Step>, faults: &mut Vec<String>) {
    let mut lines = body.iter().peekable();
    if !body.first().is_some_and(|(_, it)| it.starts_with("$ ")) {
        let line = body.first().map_or(0, |it| it.0);
        faults.push(format!("{line}: a console begins with `$ ` and a command"));
        return;
    }
    while let Some((line, text)) = lines.next() {
        let mut command = text.trim_start_matches("$ ").to_owned();
        while command.ends_with('\\') {
            let Some((_, more)) = lines.next() else { break };
            command.push('\n');
            command.push_str(more.strip_prefix("> ").unwrap_or(more));
        }
        let mut output = Vec::new();
        while let Some((_, printed)) = lines.next_if(|(_, it)| !it.starts_with("$ ")) {
            output.push(printed.trim_end().to_owned());
        }
        steps.push(step(*line, &command, output));
    }
}

/// A change that the page shows, made to the files in the folder that the shell is in. Readers make it by hand, so
/// that its hunks need no counts.
fn change(line: usize, body: &[(usize, &str)]) -> Step {
    let lines: Vec<&str> = body.iter().map(|(_, it)| *it).collect();
    let command = format!(
        "git apply --recount - <<'{END_OF_CHANGE}'\n{}\n{END_OF_CHANGE}",
        lines.join("\n")
    );
    Step {
        line,
        command,
        is_background: false,
        exit_code: 0,
        output: Vec::new(),
    }
}

fn step(line: usize, command: &str, output: Vec<String>) -> Step {
    let (command, exit_code) = match command.rsplit_once("# exit ") {
        Some((command, code)) => (command.trim_end(), code.trim().parse().unwrap_or(0)),
        None => (command.trim_end(), 0),
    };
    let (command, is_background) = match command.strip_suffix(" &") {
        Some(command) => (command, true),
        None => (command, false),
    };
    Step {
        line,
        command: command.to_owned(),
        is_background,
        exit_code,
        output,
    }
}

/// Compares line by line; `…` stands for anything in a line, a lone `…` for any number of lines.
pub(crate) fn compare(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((skip, rest)), _) if skip == "…" => {
            (0..=actual.len()).any(|it| compare(rest, &actual[it..]))
        }
        (Some(_), None) => false,
        (Some((want, expected)), Some((have, actual))) => {
            compare_line(want, have.trim_end()) && compare(expected, actual)
        }
    }
}

fn compare_line(want: &str, have: &str) -> bool {
    let Some((start, rest)) = want.split_once('…') else {
        return want == have;
    };
    let Some(mut have) = have.strip_prefix(start) else {
        return false;
    };
    let pieces: Vec<&str> = rest.split('…').collect();
    let Some((end, middle)) = pieces.split_last() else {
        return true;
    };
    for piece in middle {
        let Some((_, after)) = have.split_once(piece) else {
            return false;
        };
        have = after;
    }
    have.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn reads_commands_output_background_and_exit_codes() {
        let page = "Text\n```console\n$ serve --now &\nready\n$ ask a \\\n> b\n$ fail # exit 3\nno\nno\n```\n```rust\n$ x\n```\n";
        let steps = parse(page).unwrap();
        let shown: Vec<_> = steps
            .iter()
            .map(|it| (it.line, it.command.as_str(), it.is_background, it.exit_code))
            .collect();
        assert_eq!(
            shown,
            [
                (3, "serve --now", true, 0),
                (5, "ask a \\\nb", false, 0),
                (7, "fail", false, 3)
            ]
        );
        assert_eq!(steps[0].output, ["ready"]);
        assert!(steps[1].output.is_empty());
        assert_eq!(steps[2].output, ["no", "no"]);
    }

    #[test]
    fn refuses_commands_that_nobody_runs() {
        assert_eq!(
            parse("a\n```sh\nrm x\n```\n").unwrap_err(),
            ["2: name the fence `console`, or say `sh not-run: why`"]
        );
        assert_eq!(
            parse("```sh not-run: needs the network\ngit clone x\n```\n"),
            Ok(vec![])
        );
        assert_eq!(
            parse("```console\nno prompt\n```\n").unwrap_err(),
            ["2: a console begins with `$ ` and a command"]
        );
    }

    #[test]
    fn a_change_that_is_shown_is_made() {
        let page = "```diff\n-only shown\n```\n```diff apply\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b & # exit 3\n```\n";
        let steps = parse(page).unwrap();
        let [step] = &steps[..] else {
            panic!("one command");
        };
        assert_eq!(
            step.command,
            "git apply --recount - <<'end-of-change'\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b & # exit 3\nend-of-change"
        );
        assert_eq!(
            (step.line, step.exit_code, step.is_background),
            (4, 0, false)
        );
    }

    #[test]
    fn a_slow_page_says_so_near_its_top() {
        assert!(is_slow("# A\n\n<!-- docs: slow -->\n"));
        assert!(!is_slow("# A\n\nWrite `<!-- docs: slow -->` so.\n"));
        assert!(!is_slow("1\n2\n3\n4\n5\n<!-- docs: slow -->\n"));
    }

    #[track_caller]
    fn check(expected: &str, actual: &str, matches: bool) {
        assert_eq!(
            compare(&lines(expected), &lines(actual)),
            matches,
            "{expected} / {actual}"
        );
    }

    #[test]
    fn compares_with_gaps() {
        check("a\nb", "a\nb", true);
        check("a\nb", "a", false);
        check("a", "a\nb", false);
        check("a…c", "abc", true);
        check("a…c", "ab", false);
        check("a…b…c", "a1b2c", true);
        check("a…b…c", "a1c", false);
        check("…\nz", "x\ny\nz", true);
        check("a\n…", "a", true);
        check("…", "", true);
        check("a\n…\nb", "a\nx\nc", false);
    }
}
