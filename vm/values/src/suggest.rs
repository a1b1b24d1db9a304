//! The name that was meant: the nearest one by edits, if it is near enough.

/// The candidate nearest to `name`, if at most a third of it is wrong.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let wanted: Vec<char> = name.chars().take(NAME_CHARS_MAX).collect();
    let wanted_lower: Vec<char> = wanted.iter().map(char::to_ascii_lowercase).collect();
    candidates
        .into_iter()
        .map(|it| {
            let chars: Vec<char> = it.chars().map(|it| it.to_ascii_lowercase()).collect();
            (edits(&wanted_lower, &chars), it)
        })
        .filter(|(edits, it)| *edits <= it.len().max(wanted.len()).div_ceil(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, it)| it.to_owned())
}

/// Longer names are compared by their beginning.
const NAME_CHARS_MAX: usize = 128;

/// Letters to insert, delete or replace, or neighbours to exchange, to make `b` of `a`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replace = last[j] + usize::from(from != to);
            let mut least = replace.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let known = ["transfer", "transfer_from", "approve", "to"];
        assert_eq!(nearest(name, known).as_deref(), expected, "{name}");
    }

    #[test]
    fn finds_what_was_meant() {
        check("transfr", Some("transfer"));
        check("tranfser", Some("transfer"));
        check("Transfer", Some("transfer"));
        check("transferFrom", Some("transfer_from"));
        check("aprove", Some("approve"));
        check("ot", Some("to"));
    }

    #[test]
    fn does_not_guess_wildly() {
        check("burn", None);
        check("", None);
        check("x", None);
        assert_eq!(nearest("x", []), None);
    }
}
