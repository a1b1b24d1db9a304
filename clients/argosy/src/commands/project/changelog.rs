//! Entries of the changelog: what is new for contracts since another version of it.

use std::collections::BTreeSet;

/// Crates whose changes the author of a contract notices, as the entries name them.
const NOTICED: [&str; 4] = ["[contract]", "[sdk-macros]", "[vm-abi]", "[primitives]"];

/// Entries that an earlier changelog had not, as far as contracts notice them; each in one line, in their order.
pub(super) fn news(before: &str, now: &str) -> Vec<String> {
    let known: BTreeSet<String> = entries(before).into_iter().collect();
    let is_noticed = |it: &String| NOTICED.iter().any(|krate| it.contains(krate));
    let new = entries(now).into_iter();
    new.filter(|it| is_noticed(it) && !known.contains(it))
        .collect()
}

/// The entries of a changelog, each in one line.
fn entries(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let is_first = line.starts_with("- ");
        if is_first {
            entries.push(line.to_owned());
        } else if let (true, Some(more)) = (is_open, line.strip_prefix("  "))
            && let Some(entry) = entries.last_mut()
        {
            entry.push(' ');
            entry.push_str(more.trim());
            continue;
        }
        is_open = is_first;
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::super::{record::CHANGES, sdk::ours};
    use super::*;

    #[test]
    fn what_is_new_for_contracts_is_told_and_nothing_else() {
        let before =
            "# Changelog\n\nWords.\n\n## Unreleased\n\n- Old, in two\n  lines ([contract]).\n";
        let now = "# Changelog\n\n## Unreleased\n\n- Of nodes ([driver]).\n- New, in\n  two lines\n  \
            ([contract], [argosy]).\n- Old, in two\n  lines ([contract]).\n\nNo entry.\n  [contract]\n";
        assert_eq!(
            news(before, now),
            ["- New, in two lines ([contract], [argosy])."]
        );
        assert!(news(now, now).is_empty());
    }

    #[test]
    fn our_changelog_has_entries_for_contracts() {
        let all = news("", ours(CHANGES).expect("it is in this program"));
        assert!(all.len() > 3, "{all:?}");
        assert!(all.iter().all(|it| it.starts_with("- ")));
    }
}
