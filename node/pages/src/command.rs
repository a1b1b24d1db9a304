//! A command line, from clap's tree: each command that does something, with its words and arguments.

use clap::{Arg, ArgAction, Command};

use crate::{cell, one_line};

/// Which arguments belong to a command; the others are told once, elsewhere.
pub type Told = fn(&Arg) -> bool;

/// Arguments that every command of clap has.
const CLAPS_OWN: [&str; 2] = ["help", "version"];

/// A section for each command of `root` that is not hidden and does something: it has no commands of its
/// own, or does without them and takes arguments.
pub fn commands(root: &Command, is_told: Told) -> String {
    let mut page = String::new();
    for command in shown(root) {
        write(&mut page, command, root.get_name(), is_told);
    }
    page
}

/// Arguments, a row each.
pub fn table<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut table = String::from("| Argument | Meaning |\n|---|---|\n");
    for argument in arguments {
        let name = match argument.is_positional() {
            true => value_name(argument),
            false => option(argument),
        };
        let meaning = meaning(argument);
        let (name, meaning) = (cell(&name), cell(&one_line(&meaning)));
        table.push_str(&format!("| `{name}` | {meaning} |\n"));
    }
    table
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|it| !it.is_hide_set() && it.get_name() != "help")
}

/// A command and those below it.
fn write(page: &mut String, command: &Command, path: &str, is_told: Told) {
    let path = format!("{path} {}", command.get_name());
    let is_own = |it: &&Arg| {
        let is_claps = CLAPS_OWN.contains(&it.get_id().as_str());
        !it.is_hide_set() && !it.is_global_set() && !is_claps && is_told(it)
    };
    let own: Vec<&Arg> = command.get_arguments().filter(is_own).collect();
    let acts_alone = !own.is_empty() && !command.is_subcommand_required_set();
    if acts_alone || shown(command).next().is_none() {
        let about = command.get_about();
        let about = about.map(ToString::to_string).unwrap_or_default();
        page.push_str(&format!("\n### {path}\n\n{}.\n", one_line(&about)));
        let aliases: Vec<&str> = command.get_visible_aliases().collect();
        if !aliases.is_empty() {
            page.push_str(&format!("Also called `{}`.\n", aliases.join("`, `")));
        }
        page.push_str(&format!("\n```text\n{}\n```\n", synopsis(&own, &path)));
        if !own.is_empty() {
            page.push('\n');
            page.push_str(&table(own.into_iter()));
        }
    }
    for command in shown(command) {
        write(page, command, &path, is_told);
    }
}

/// `argosy tx transfer --to <ACCOUNT> --amount <AMOUNT> [OPTIONS]`
fn synopsis(arguments: &[&Arg], path: &str) -> String {
    let mut text = path.to_owned();
    let told = || arguments.iter().copied();
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

/// Its help, its values, and what it is if nothing is said.
fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let mut meaning = help.unwrap_or_default();
    let values = argument.get_possible_values();
    if takes_value(argument) && !values.is_empty() && !argument.is_hide_possible_values_set() {
        let values: Vec<&str> = values.iter().map(|it| it.get_name()).collect();
        meaning.push_str(&format!(" [values: {}]", values.join(", ")));
    }
    let default = argument.get_default_values().first();
    if let Some(default) = default.filter(|_| takes_value(argument)) {
        meaning.push_str(&format!(" [default: {}]", default.to_string_lossy()));
    }
    if let Some(variable) = argument.get_env() {
        meaning.push_str(&format!(" [env: {}]", variable.to_string_lossy()));
    }
    meaning
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

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(name: &'static str, help: &'static str) -> Arg {
        Arg::new(name).long(name).help(help)
    }

    #[test]
    fn a_command_is_told_with_its_words_and_without_what_is_told_elsewhere() {
        let go = Command::new("go")
            .about("Go\nthere")
            .visible_alias("walk")
            .arg(Arg::new("place").required(true).help("Where | to"))
            .arg(argument("fast", "Soon").action(ArgAction::SetTrue))
            .arg(argument("days", "How long").short('d').default_value("3"))
            .arg(argument("setting", "Of all"))
            .arg(argument("secret", "Not told").hide(true))
            .arg(argument("to", "Whom").required(true).value_name("NAME"));
        let group = Command::new("group").subcommand(Command::new("part").about("A part"));
        // Does something with and without a command of its own.
        let both = Command::new("both")
            .about("Both")
            .arg(argument("fast", "Soon").action(ArgAction::SetTrue))
            .subcommand(Command::new("part").about("A part"));
        let root = Command::new("program")
            .subcommand(go)
            .subcommand(group)
            .subcommand(both)
            .subcommand(Command::new("inner").hide(true));
        let page = commands(&root, |it| it.get_id() != "setting");
        let expected = "\n### program go\n\nGo there.\nAlso called `walk`.\n\n\
                        ```text\nprogram go PLACE --to <NAME> [OPTIONS]\n```\n\n\
                        | Argument | Meaning |\n|---|---|\n\
                        | `PLACE` | Where \\| to |\n\
                        | `--fast` | Soon |\n\
                        | `-d, --days <DAYS>` | How long [default: 3] |\n\
                        | `--to <NAME>` | Whom |\n\
                        \n### program group part\n\nA part.\n\n```text\nprogram group part\n```\n\
                        \n### program both\n\nBoth.\n\n```text\nprogram both [OPTIONS]\n```\n\n\
                        | Argument | Meaning |\n|---|---|\n\
                        | `--fast` | Soon |\n\
                        \n### program both part\n\nA part.\n\n```text\nprogram both part\n```\n";
        assert_eq!(page, expected);
    }
}
