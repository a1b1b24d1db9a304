//! Of which chain a fork is, and from where on: `URL`, or `URL@HEIGHT`.

use std::str::FromStr;

/// A node's address, and a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkPlace {
    /// Where a node of the origin answers.
    pub url: String,
    /// From which block on; `None`: from its newest.
    pub height: Option<u64>,
}

impl FromStr for ForkPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<ForkPlace, String> {
        let place = |url: &str, height| {
            let is_url = url.starts_with("http://") || url.starts_with("https://");
            let shape = "write for example http://127.0.0.1:9533 or http://127.0.0.1:9533@120";
            match is_url {
                true => Ok(ForkPlace {
                    url: url.to_owned(),
                    height,
                }),
                false => Err(shape.to_owned()),
            }
        };
        match text.rsplit_once('@') {
            Some((url, height)) if is_number(height) => {
                let height = height.parse::<u64>();
                place(
                    url,
                    Some(height.map_err(|error| format!("height: {error}"))?),
                )
            }
            _ => place(text, None),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_follows_the_last_at() {
        let cases = [
            ("http://127.0.0.1:9533", "http://127.0.0.1:9533", None),
            ("http://127.0.0.1:9533@0", "http://127.0.0.1:9533", Some(0)),
            ("http://me@node:1@77", "http://me@node:1", Some(77)),
            ("http://me@node", "http://me@node", None),
        ];
        for (text, url, height) in cases {
            let place: ForkPlace = text.parse().unwrap();
            assert_eq!((place.url.as_str(), place.height), (url, height), "{text}");
        }
        for text in [
            "",
            "node",
            "node@5",
            "ftp://x",
            "http://x@99999999999999999999",
        ] {
            assert!(text.parse::<ForkPlace>().is_err(), "{text}");
        }
    }
}
