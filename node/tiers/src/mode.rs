//! What the operator chose.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which tier runs contracts. No choice changes a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TierMode {
    /// Interprets, and compiles in the background what is called often.
    #[default]
    Auto,
    /// Interprets everything.
    Interpreter,
    /// Compiles everything before its first call, and waits for it.
    Compiled,
    /// Runs both and stops at the first difference: for testing, at less than half the speed.
    Shadow,
}

/// Not a mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no tier; there are auto, interpreter, compiled and shadow")]
pub struct UnknownMode(String);

impl TierMode {
    /// The one spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            TierMode::Auto => "auto",
            TierMode::Interpreter => "interpreter",
            TierMode::Compiled => "compiled",
            TierMode::Shadow => "shadow",
        }
    }
}

impl fmt::Display for TierMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TierMode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<TierMode, UnknownMode> {
        use TierMode::{Auto, Compiled, Interpreter, Shadow};
        let mut modes = [Auto, Interpreter, Compiled, Shadow].into_iter();
        let found = modes.find(|it| it.as_str() == text);
        found.ok_or_else(|| UnknownMode(text.into()))
    }
}
