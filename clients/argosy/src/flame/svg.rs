//! A flame graph as SVG: a box for each stack, as wide as its gas, on top of who called it.
//!
//! Whole numbers only, in thousandths of a pixel: the same profile gives the same picture everywhere.

use std::fmt::Write;

use super::{Kind, Node};
use crate::output::steers;

/// Width of the picture.
const WIDTH: u64 = 1_200;
/// Height of a box with the gap above it.
const ROW: usize = 18;
/// Room above for the title.
const TOP: usize = 40;
/// Boxes of less than a tenth of a pixel are left out, with what is on top of them.
const THIN_MILLI: u64 = 100;
/// Width that a letter takes.
const LETTER_MILLI: u64 = 7_000;

/// A box.
struct Place<'a> {
    node: &'a Node,
    depth: usize,
    left: u64,
    width: u64,
    /// Gas of the node and of all that it called.
    gas: u64,
}

/// The picture of a profile, callers before whom they call.
pub(crate) fn svg(title: &str, nodes: &[Node]) -> String {
    let places = places(nodes);
    let rows = places.iter().map(|it| it.depth + 1).max().unwrap_or(1);
    let height = TOP + rows * ROW + ROW;
    let whole = places.first().map_or(0, |it| it.gas);
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = begin(&mut text, title, height);
    for place in &places {
        let top = height - ROW - (place.depth + 1) * ROW;
        let _ = shape(&mut text, place, top, whole);
    }
    text.push_str("</svg>\n");
    text
}

fn begin(text: &mut String, title: &str, height: usize) -> std::fmt::Result {
    let title = escaped(title);
    writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"11\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"24\" font-size=\"15\">{title}</text>"
    )
}

fn shape(text: &mut String, place: &Place<'_>, top: usize, whole: u64) -> std::fmt::Result {
    let (x, width) = (pixels(place.left), pixels(place.width));
    let name = escaped(&place.node.name);
    let (gas, own) = (place.gas, place.node.gas);
    let share = tenths_of_percent(gas, whole);
    let fill = colour(place.node);
    writeln!(
        text,
        "<g><title>{name}: {gas} gas, {}.{} %, {own} of it its own</title>\
         <rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{}\" fill=\"{fill}\"/>{}</g>",
        share / 10,
        share % 10,
        ROW - 1,
        label(place, top),
    )
}

/// The name, as much of it as fits.
fn label(place: &Place<'_>, top: usize) -> String {
    let letters = usize::try_from(place.width / LETTER_MILLI).unwrap_or(usize::MAX);
    let name = &place.node.name;
    if letters < 3 {
        return String::new();
    }
    let shown = match name.chars().count() <= letters {
        true => name.clone(),
        false => name.chars().take(letters - 2).chain("..".chars()).collect(),
    };
    let x = pixels(place.left + 3_000);
    let y = top + ROW - 6;
    format!("<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(&shown))
}

/// Where each box is that is wide enough, callers first.
fn places(nodes: &[Node]) -> Vec<Place<'_>> {
    let totals = totals(nodes);
    let whole = totals.first().copied().unwrap_or_default().max(1);
    let wide = |gas: u64| {
        let wide = u128::from(gas) * u128::from(WIDTH * 1_000) / u128::from(whole);
        u64::try_from(wide).unwrap_or(u64::MAX)
    };
    // By node: its depth, and the gas from the left edge to where the next that it calls begins.
    let mut next: Vec<(usize, u64)> = Vec::with_capacity(nodes.len());
    let mut places = Vec::new();
    for (node, gas) in nodes.iter().zip(totals) {
        let caller = node.parent.and_then(|it| next.get_mut(it));
        let (depth, begin) = match caller {
            Some((depth, end)) => {
                let begin = *end;
                *end = end.saturating_add(gas);
                (*depth + 1, begin)
            }
            None => (0, 0),
        };
        next.push((depth, begin));
        let (left, right) = (wide(begin), wide(begin.saturating_add(gas)));
        let width = right.saturating_sub(left);
        if width >= THIN_MILLI {
            places.push(Place {
                node,
                depth,
                left,
                width,
                gas,
            });
        }
    }
    places
}

/// Gas of each node and of all that it called.
fn totals(nodes: &[Node]) -> Vec<u64> {
    let mut totals: Vec<u64> = nodes.iter().map(|it| it.gas).collect();
    for (index, node) in nodes.iter().enumerate().rev() {
        let total = totals.get(index).copied().unwrap_or_default();
        // Callers come before whom they call.
        let caller = node.parent.filter(|it| *it < index);
        if let Some(of_caller) = caller.and_then(|it| totals.get_mut(it)) {
            *of_caller = of_caller.saturating_add(total);
        }
    }
    totals
}

fn pixels(milli: u64) -> String {
    format!("{}.{:03}", milli / 1_000, milli % 1_000)
}

fn tenths_of_percent(part: u64, whole: u64) -> u64 {
    let tenths = u128::from(part) * 1_000 / u128::from(whole.max(1));
    u64::try_from(tenths).unwrap_or(u64::MAX)
}

/// A shade for the name, so that the same function looks the same wherever it stands.
fn colour(node: &Node) -> String {
    let shade = node.name.bytes().fold(7_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    }) % 60;
    let (red, green, blue) = match node.kind {
        Kind::Chain => (200, 200, 200),
        Kind::Contract => (120 + shade, 170 + shade, 220),
        Kind::Function => (235, 130 + shade, 60 + shade),
        Kind::Import => (120 + shade, 200, 120 + shade),
    };
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text for XML, without characters that XML does not have.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            it if steers(it) || matches!(it, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            it => escaped.push(it),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_stand_on_their_callers_side_by_side() {
        let nodes = [
            Node::function(None, "root", 10),
            Node::function(Some(0), "left", 20),
            Node::function(Some(1), "inner", 30),
            Node::function(Some(0), "right", 40),
            Node::function(Some(0), "thin", 0),
        ];
        let found: Vec<_> = (places(&nodes).iter())
            .map(|it| (it.node.name.as_str(), it.depth, it.left, it.width, it.gas))
            .collect();
        let expected = [
            ("root", 0, 0, 1_200_000, 100),
            ("left", 1, 0, 600_000, 50),
            ("inner", 2, 0, 360_000, 30),
            ("right", 1, 600_000, 480_000, 40),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn whatever_a_function_is_called_the_picture_is_well_formed() {
        let name = "<script>&\"\u{1b}[2J\u{202e}</svg>";
        let picture = svg(
            name,
            &[
                Node::function(None, name, 5),
                Node::function(Some(0), "plain", 5),
            ],
        );
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert_eq!(picture.matches("</svg>").count(), 1);
        assert!(!picture.contains("<script") && !picture.contains(['\u{1b}', '\u{202e}']));
        assert!(picture.contains("&lt;script&gt;&amp;&quot;"));
        assert!(picture.contains("plain: 5 gas, 50.0 %, 5 of it its own"));
        for tag in ["g", "title", "text"] {
            let (begins, ends) = (format!("<{tag}"), format!("</{tag}>"));
            let begins = picture.matches(&format!("{begins}>")).count()
                + picture.matches(&format!("{begins} ")).count();
            assert_eq!(begins, picture.matches(&ends).count(), "{tag}");
        }
    }

    #[test]
    fn nothing_and_numbers_at_the_end_of_the_type_are_no_panic() {
        assert!(svg("", &[]).ends_with("</svg>\n"));
        let nodes = [
            Node::function(None, "a", u64::MAX),
            Node::function(Some(0), "b", u64::MAX),
        ];
        assert!(svg("", &nodes).contains("100.0 %"));
        let strange = [
            Node::function(Some(9), "a", 1),
            Node::function(Some(1), "b", 1),
        ];
        assert!(svg("", &strange).ends_with("</svg>\n"));
    }
}
