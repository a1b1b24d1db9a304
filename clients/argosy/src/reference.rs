//! The reference page of this program, `docs/reference/argosy.md`, from clap's tree.
//!
//! Always: a test compares the page with the file, so that neither says what the other does not;
//! `ARGOSY_BLESS=1` writes the file.

use argosy_pages::{commands, table};
use clap::CommandFactory;

use crate::args::Cli;
use crate::failure::EXITS;

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
    // Those of every command are left out below.
    page.push_str(&commands(&root, |_| true));
    page
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
