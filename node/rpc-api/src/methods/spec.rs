//! What the table says of a method, and the macro that its rows are written with.

/// One method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodSpec {
    /// Group and name, `tx_submit`.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [ParamSpec],
    /// Who may be offered it.
    pub class: Class,
    /// What a call costs of the caller's share; 1 = a cheap read.
    pub weight: u32,
    /// What it does.
    pub summary: &'static str,
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamSpec {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
}

/// Who may be offered a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Anybody who reaches the node.
    Public,
    /// Whoever runs the node: it tells of the node's inside, costs much, or changes how the node works.
    Operator,
    /// Users of a development chain: it makes a chain do what no other chain does.
    Dev,
}

/// Rows: name (needed parameters; optional parameters) class weight: summary.
macro_rules! methods {
    ($($name:literal ($($needed:ident),*; $($optional:ident),*) $class:ident weight $weight:literal: $summary:literal;)+) => {
        &[$(
            $crate::MethodSpec {
                name: $name,
                params: &[
                    $($crate::ParamSpec { name: stringify!($needed), optional: false },)*
                    $($crate::ParamSpec { name: stringify!($optional), optional: true },)*
                ],
                class: $crate::Class::$class,
                weight: $weight,
                summary: $summary,
            },
        )+]
    };
}
pub(super) use methods;
