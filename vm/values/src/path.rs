//! The way to a part of a value: `orders[3].to`. Spelled out only when something is wrong there.

use std::fmt;

/// The way from a value to the part at hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Path {
    root: String,
    steps: Vec<Step>,
}

/// One step inwards.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// To an item.
    Index(usize),
    /// To a field, or to what is inside `ok` or `err`.
    Field(String),
}

impl Path {
    pub(crate) fn new(root: &str) -> Path {
        Path {
            root: root.to_owned(),
            steps: Vec::new(),
        }
    }

    pub(crate) fn enter(&mut self, step: Step) {
        self.steps.push(step);
    }

    pub(crate) fn leave(&mut self) {
        self.steps.pop();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Field(name) => write!(f, ".{name}"),
        })
    }
}
