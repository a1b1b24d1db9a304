//! Where in a value we are, and how deep; costs nothing until an error prints it.

use std::fmt;

use super::ValueError;

/// Values nest no deeper, whatever the ABI says: types may refer to themselves.
pub(super) const DEPTH_MAX: usize = 32;

/// A step from a value to one of its parts, with the way before it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    before: Option<&'a Place<'a>>,
    step: Step<'a>,
    depth: usize,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Start(&'a str),
    Field(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    /// The beginning: what the whole value is called.
    pub(super) fn start(name: &'a str) -> Place<'a> {
        Place {
            before: None,
            step: Step::Start(name),
            depth: 0,
        }
    }

    pub(super) fn field(&'a self, name: &'a str) -> Result<Place<'a>, ValueError> {
        self.step(Step::Field(name))
    }

    pub(super) fn item(&'a self, index: usize) -> Result<Place<'a>, ValueError> {
        self.step(Step::Item(index))
    }

    fn step(&'a self, step: Step<'a>) -> Result<Place<'a>, ValueError> {
        if self.depth >= DEPTH_MAX {
            return Err(ValueError::TooDeep {
                place: self.to_string(),
                max: DEPTH_MAX,
            });
        }
        Ok(Place {
            before: Some(self),
            step,
            depth: self.depth + 1,
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            before.fmt(f)?;
        }
        match self.step {
            Step::Start(name) => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Item(index) => write!(f, "[{index}]"),
        }
    }
}
