//! The reference page of this program, `docs/reference/argosy.md`, from clap's tree.
//!
//! Always: a test compares the page with the file, so that neither says what the other does not;
//! `ARGOSY_BLESS=1` writes the file.

use clap::{Arg, ArgAction, Command, CommandFactory};

use crate::args::Cli;
use crate::failure::EXITS;

/// The names of global options, which are told once.
const HIDDEN: [&str; 2] = ["help", "version"];

/// The page.
pub(crate) fn page() -> String {
    let root = Cli::command();
    let mut page = String::from(
        "# The command line argosy\n\n\
         This page is written by `argosy reference`, and a test compares the two. Shells complete all of it,\n\
         names and methods of contracts too: `argosy completions --help` says how. `argosy man --dir FOLDER`\n\
         writes manual pages.\n\n\
         ## Exit codes\n\n| Code | Meaning |\n|---|---|\n",
    );
    for (code, meaning) in EXITS {
        page.push_str(&format!("| {code} | {meaning} |\n"));
    }
    page.push_str("\n## Options of every command\n\n");
    page.push_str(&table(root.get_arguments().filter(|it| it.is_global_set())));
    page.push_str("\n## Commands\n");
    for command in shown(&root) {
        write(&mut page, command, "argosy");
    }
    page
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|it| !it.is_hide_set() && it.get_name() != "help")
}

/// A command and those below it.
fn write(page: &mut String, command: &Command, path: &str) {
    let path = format!("{path} {}", command.get_name());
    let has_more = shown(command).next().is_some();
    if !has_more {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        page.push_str(&format!("\n### {path}\n\n{}.\n", one_line(&about)));
        let aliases: Vec<&str> = command.get_visible_aliases().collect();
        if !aliases.is_empty() {
            page.push_str(&format!("Also called `{}`.\n", aliases.join("`, `")));
        }
        page.push_str(&format!("\n```text\n{}\n```\n", synopsis(command, &path)));
        let own = || command.get_arguments().filter(|it| is_told(it));
        if own().next().is_some() {
            page.push('\n');
            page.push_str(&table(own()));
        }
    }
    for command in shown(command) {
        write(page, command, &path);
    }
}

fn is_told(argument: &Arg) -> bool {
    !argument.is_hide_set()
        && !argument.is_global_set()
        && !HIDDEN.contains(&argument.get_id().as_str())
}

/// `argosy tx transfer --to <ACCOUNT> --amount <AMOUNT> [OPTIONS]`
fn synopsis(command: &Command, path: &str) -> String {
    let mut text = path.to_owned();
    let told = || command.get_arguments().filter(|it| is_told(it));
    for argument in told().filter(|it| it.is_positional() && !it.is_last_set()) {
        let name = value_name(argument);
        match argument.is_required_set() {
            true => text.push_str(&format!(" {name}")),
            false => text.push_str(&format!(" [{name}]")),
        }
    }
    let needed = |it: &&Arg| !it.is_positional() && it.is_required_set();
    for argument in told().filter(needed) {
        text.push_str(&format!(" {}", option(argument)));
    }
    if told().any(|it| !it.is_positional() && !it.is_required_set()) {
        text.push_str(" [OPTIONS]");
    }
    for argument in told().filter(|it| it.is_last_set()) {
        text.push_str(&format!(" [-- {}]", value_name(argument)));
    }
    text
}

/// Arguments, a row each.
fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut table = String::from("| Argument | Meaning |\n|---|---|\n");
    for argument in arguments {
        let name = match argument.is_positional() {
            true => value_name(argument),
            false => option(argument),
        };
        let mut meaning = argument
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let values = argument.get_possible_values();
        if takes_value(argument) && !values.is_empty() {
            let values: Vec<&str> = values.iter().map(|it| it.get_name()).collect();
            meaning.push_str(&format!(" [values: {}]", values.join(", ")));
        }
        if let Some(default) = argument
            .get_default_values()
            .first()
            .filter(|_| takes_value(argument))
        {
            meaning.push_str(&format!(" [default: {}]", default.to_string_lossy()));
        }
        if let Some(variable) = argument.get_env() {
            meaning.push_str(&format!(" [env: {}]", variable.to_string_lossy()));
        }
        table.push_str(&format!(
            "| `{}` | {} |\n",
            cell(&name),
            cell(&one_line(&meaning))
        ));
    }
    table
}

/// `-o, --output <OUTPUT>`
fn option(argument: &Arg) -> String {
    let short = argument.get_short().map(|it| format!("-{it}"));
    let long = argument.get_long().map(|it| format!("--{it}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    match takes_value(argument) {
        true => format!("{} <{}>", names.join(", "), value_name(argument)),
        false => names.join(", "),
    }
}

fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    match names.first() {
        Some(name) => name.to_string(),
        None => argument.get_id().as_str().to_uppercase(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text that does not end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_docs_is_the_one_that_the_program_prints() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
        let path = folder.join("argosy.md");
        if std::env::var_os("ARGOSY_BLESS").is_some_and(|it| it == "1") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, page()).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        // By lines, so that a difference is short.
        for (number, (found, wanted)) in found.lines().zip(page().lines()).enumerate() {
            assert_eq!(
                found,
                wanted,
                "line {}; ARGOSY_BLESS=1 rewrites {}",
                number + 1,
                path.display()
            );
        }
        assert_eq!(
            found.lines().count(),
            page().lines().count(),
            "ARGOSY_BLESS=1 rewrites it"
        );
    }

    #[test]
    fn hidden_commands_are_not_told() {
        assert!(page().contains("### argosy contract call") && !page().contains("### argosy demo"));
    }
}
