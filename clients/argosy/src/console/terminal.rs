//! The console as people see it: a prompt, TAB, the lines of before.

use std::borrow::Cow;
use std::process::ExitCode;

use anyhow::Context;
use argosy_sdk::without_secret;
use reedline::{
    ColumnarMenu, Emacs, KeyCode, KeyModifiers, MenuBuilder, Prompt, PromptEditMode,
    PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Signal, default_emacs_keybindings,
};
use tokio::signal::unix::{SignalKind, signal};

use super::child::{Keyboard, Runner};
use super::complete::Commands;
use super::words::{self, Line};
use super::{LINE_BYTES_MAX, history};
use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::networks;
use crate::output::{Output, printable};

const MENU: &str = "completion";

/// Until Ctrl-D or `exit`. What fails was told, and is no failure of the console.
pub(super) fn run(
    runner: &Runner,
    global: &GlobalArgs,
    output: Output,
) -> Result<ExitCode, Failure> {
    leave_interrupts_to_commands()?;
    let place = networks::choose(global)?;
    let place = place.name.unwrap_or_else(|| without_secret(&place.url));
    output.progress(format!(
        "commands for {}; TAB completes, help explains, exit ends",
        printable(&place)
    ));
    let mut editor = editor(runner, output)?;
    loop {
        match editor.read_line(&Here) {
            Ok(Signal::Success(line)) => {
                if !all(runner, &line, output)? {
                    break;
                }
                // Kept as it comes: not every end is a good one.
                drop(editor.sync_history());
            }
            Ok(Signal::CtrlD) => break,
            // What was begun is thrown away.
            Ok(_) => {}
            Err(error) => {
                let failure = Failure::failed(format!("cannot read from the terminal: {error}"));
                return Err(failure.hint("where there is no terminal, give commands on stdin"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Does what a line asks for, or several that were pasted; `false`: one of them was the last.
fn all(runner: &Runner, lines: &str, output: Output) -> Result<bool, Failure> {
    for line in lines.lines() {
        if !one(runner, line, output)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn one(runner: &Runner, line: &str, output: Output) -> Result<bool, Failure> {
    if line.len() > LINE_BYTES_MAX {
        output.failure(&Failure::usage("a line is longer than 64 KiB"));
        return Ok(true);
    }
    match words::read(line) {
        Ok(Line::Empty) => {}
        Ok(Line::Exit) => return Ok(false),
        // It has told what came of it.
        Ok(Line::Command(words)) => {
            runner.run(&words, Keyboard::Terminal)?;
        }
        Err(failure) => output.failure(&failure),
    }
    Ok(true)
}

/// Ctrl-C ends a command, not the console: while one runs, the signal goes to both. At the prompt it is a key.
fn leave_interrupts_to_commands() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the console")?;
    let _context = runtime.enter();
    // Whoever has listened once is not ended by it any more.
    drop(signal(SignalKind::interrupt()).context("cannot listen to signals")?);
    Ok(())
}

fn editor(runner: &Runner, output: Output) -> Result<Reedline, Failure> {
    let mut keys = default_emacs_keybindings();
    let complete = vec![
        ReedlineEvent::Menu(MENU.to_owned()),
        ReedlineEvent::MenuNext,
    ];
    keys.add_binding(
        KeyModifiers::NONE,
        KeyCode::Tab,
        ReedlineEvent::UntilFound(complete),
    );
    keys.add_binding(
        KeyModifiers::SHIFT,
        KeyCode::BackTab,
        ReedlineEvent::MenuPrevious,
    );
    let commands = Commands {
        given: runner.given().cloned().collect(),
    };
    let menu = ColumnarMenu::default().with_name(MENU);
    let editor = Reedline::create()
        .with_completer(Box::new(commands))
        .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
        .with_edit_mode(Box::new(Emacs::new(keys)))
        .with_quick_completions(true)
        .with_partial_completions(true)
        .with_ansi_colors(output.paint_errors().is_on())
        // As shells do: what begins with a space is not kept.
        .with_history_exclusion_prefix(Some(" ".to_owned()));
    Ok(match history::open()? {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    })
}

/// The prompt.
struct Here;

impl Prompt for Here {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("argosy> ")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("  ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        Cow::Owned(format!("(search: {}) ", search.term))
    }
}
