//! Folded stacks: for each stack its names from the outside in, and its own gas.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

use super::Node;
use crate::output::steers;

/// Bytes of a stack. A function that calls itself thousands of times makes as many stacks, each longer
/// than the one before.
const STACK_BYTES_MAX: usize = 8 << 10;

/// A line for each stack that used gas of its own, in the order of their texts. Functions that are called
/// the same count as one; what would make a stack too long counts as its caller's.
pub(crate) fn folded(nodes: &[Node]) -> String {
    let mut stacks: Vec<Rc<str>> = Vec::with_capacity(nodes.len());
    let mut lines: BTreeMap<&str, u64> = BTreeMap::new();
    for node in nodes {
        let caller = node.parent.and_then(|it| stacks.get(it));
        let name = word(&node.name);
        stacks.push(match caller {
            Some(caller) if caller.len() + name.len() >= STACK_BYTES_MAX => Rc::clone(caller),
            Some(caller) => format!("{caller};{name}").into(),
            None => name.into(),
        });
    }
    for (stack, node) in stacks.iter().zip(nodes) {
        let gas = lines.entry(stack).or_default();
        *gas = gas.saturating_add(node.gas);
    }
    let mut text = String::new();
    for (stack, gas) in lines.into_iter().filter(|(_, gas)| *gas > 0) {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{stack} {gas}");
    }
    text
}

/// A name without what separates names, lines and numbers.
fn word(name: &str) -> String {
    let plain = |it: char| match it {
        ';' => ':',
        it if it.is_whitespace() || steers(it) => '_',
        it => it,
    };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_lines_in_order_and_lose_no_gas() {
        let nodes = [
            Node::function(None, "transaction", 5),
            Node::function(Some(0), "call dargo1x", 0),
            Node::function(Some(1), "b", 7),
            Node::function(Some(1), "a;\n\u{202e}9", 1),
            Node::function(Some(2), "b", 2),
            Node::function(Some(1), "b", 3),
        ];
        let expected = "transaction 5\n\
            transaction;call_dargo1x;a:__9 1\n\
            transaction;call_dargo1x;b 10\n\
            transaction;call_dargo1x;b;b 2\n";
        assert_eq!(folded(&nodes), expected);
    }

    #[test]
    fn endless_recursion_makes_no_endless_file() {
        let name = "inner".repeat(20);
        let mut nodes = vec![Node::function(None, "transaction", 1)];
        nodes.extend((0..8_000).map(|caller| Node::function(Some(caller), &name, 2)));
        let text = folded(&nodes);
        assert!(text.len() < 1 << 20, "{}", text.len());
        let gas = text.lines().map(|it| it.rsplit_once(' ').unwrap().1);
        let gas: u64 = gas.map(|it| it.parse::<u64>().unwrap()).sum();
        assert_eq!(gas, 16_001, "none is lost");
    }
}
