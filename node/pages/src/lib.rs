//! Pages of docs/reference, from what programs themselves know of what they are: the command line as
//! clap has it, metrics as a registry tells them.
//!
//! Always: the same input gives the same page, so that a test can compare it with the file.
//! Not here: the words around these parts, and the files.

mod command; // commands and their arguments
mod metrics; // figures, their labels and values

pub use command::{Told, commands, table};
pub use metrics::{Figure, Label, figures, metric_rows};

/// Text in one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text that does not end a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
