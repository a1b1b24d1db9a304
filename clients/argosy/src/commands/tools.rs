//! `argosy completions|man|reference`: this program as other tools see it.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use serde_json::json;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::failure::Failure;
use crate::output::{self, Output, Report};
use crate::{completion, reference};

/// The script that a shell runs.
pub(super) fn completions(args: &CompletionsArgs, output: Output) -> Result<(), Failure> {
    let script = completion::script(args.shell)?;
    output.report(&Report::new(json!({ "script": script })).own_line(script.trim_end()))
}

/// The first manual page, or all of them as files.
pub(super) fn manual(args: &ManArgs, output: Output) -> Result<(), Failure> {
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .context("cannot make the page")?;
        let page = String::from_utf8_lossy(&page);
        return output.report(&Report::new(json!({ "page": page })).own_line(page.trim_end()));
    };
    let written =
        write_pages(dir).with_context(|| format!("cannot write into {}", dir.display()))?;
    let report = Report::new(json!({"dir": dir.display().to_string(), "pages": written}));
    output.report(&report.line(format!("{written} pages in {}", dir.display())))
}

fn write_pages(dir: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Cli::command(), dir)?;
    let is_page = |name: &std::ffi::OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("argosy") && name.ends_with(".1")
    };
    let entries = std::fs::read_dir(dir)?;
    let pages = entries.filter(|it| it.as_ref().is_ok_and(|it| is_page(&it.file_name())));
    Ok(pages.count())
}

/// The page of `docs/reference`.
pub(super) fn reference() -> Result<(), Failure> {
    output::print(&reference::page());
    Ok(())
}
