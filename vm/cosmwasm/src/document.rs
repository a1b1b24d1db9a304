//! JSON documents that contracts write, and which of them are read.
//!
//! What is read, and what is not, decides how a frame ends: it is consensus. So is the library, whose version
//! the workspace pins; the tests freeze what we rely on, so that an update that changes it is seen.
//!
//! Always holds: a document is paid before it is read, and no type in it nests itself, so that no depth is
//! looked at: what nobody asks for is walked over without recursion.

use serde::de::DeserializeOwned;

/// A document; `None` if it is none of this type. The library's words are not for contracts.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::{Binary, ContractResult, QueryRequest, Response, attr};
    use serde::de::IgnoredAny;

    use super::*;

    type Result = ContractResult<Response<IgnoredAny>>;

    const EMPTY: &str = r#"{"messages":[],"attributes":[],"events":[],"data":null}"#;

    #[track_caller]
    fn check(text: impl AsRef<[u8]>, is_read: bool) {
        let text = text.as_ref();
        let shown = String::from_utf8_lossy(text);
        assert_eq!(read::<Result>(text).is_some(), is_read, "{shown}");
    }

    /// An empty response with more behind its fields.
    fn with(more: &str) -> String {
        let fields = EMPTY.trim_end_matches('}');
        format!(r#"{{"ok":{fields},{more}}}}}"#)
    }

    #[test]
    fn a_result_is_one_document_and_nothing_else() {
        let good = format!(r#"{{"ok":{EMPTY}}}"#);
        check(&good, true);
        check(format!(" \t\r\n{good}\n \r\t"), true);
        check(format!(r#"{{"\u006fk":{EMPTY}}}"#), true);
        for behind in ["x", "{}", ",", "\0", "\u{a0}", "//"] {
            check(format!("{good}{behind}"), false);
        }
        check(format!("\u{feff}{good}"), false);
        check(&good[..good.len() - 1], false);
        for text in ["", " ", "null", "[]", "{}", "\"ok\"", "{\"ok\":null}"] {
            check(text, false);
        }
        check(format!(r#"{{"Ok":{EMPTY}}}"#), false);
        check(format!(r#"{{"ok":{EMPTY},}}"#), false);
        check(format!(r#"{{"ok":{EMPTY},"ok":{EMPTY}}}"#), false);
        check(format!(r#"{{"ok":{EMPTY},"error":"no"}}"#), false);
    }

    #[test]
    fn fields_are_there_once_in_any_order() {
        check(
            r#"{"ok":{"events":[],"messages":[],"attributes":[]}}"#,
            true,
        );
        check(r#"{"ok":{"messages":[],"events":[]}}"#, false);
        check(with(r#""data":null"#), false);
        check(with(r#""messages":[]"#), false);
        // A list of the fields is a response, too, as the library has it.
        check(r#"{"ok":[[],[],[],null]}"#, true);
        check(r#"{"ok":[[],[],[]]}"#, false);
        check(r#"{"ok":[[],[],[],null,null]}"#, false);
    }

    #[test]
    fn what_nobody_asks_for_is_walked_over() {
        check(with(r#""more":1,"more":2"#), true);
        check(with(r#""more":[1e999,-0,0.5,{"a":null}]"#), true);
        check(with(r#""more":"\ud800""#), true);
        check(
            [
                with("\"more\":\"").trim_end_matches('}').as_bytes(),
                b"\xff\"}}",
            ]
            .concat(),
            true,
        );
        check(with(r#""more":[01]"#), false);
        check(with(r#""more":[1,]"#), false);
        check(with(r#""more":[NaN]"#), false);
        check(with("\"more\":\"\n\""), false);
        check(with(r#""more":"\x41""#), false);
        let depth = 50_000;
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        check(with(&format!(r#""more":{open}{close}"#)), true);
        check(with(&format!(r#""more":{open}"#)), false);
        check(format!(r#"{{"ok":{open}{close}}}"#), false);
        check(&open, false);
    }

    #[test]
    fn numbers_are_plain_and_fit() {
        let message = |id: &str| {
            let message = format!(
                r#"{{"id":{id},"msg":{{"custom":{{}}}},"gas_limit":null,"reply_on":"never"}}"#
            );
            format!(r#"{{"ok":{{"messages":[{message}],"attributes":[],"events":[]}}}}"#)
        };
        for good in ["0", "18446744073709551615"] {
            check(message(good), true);
        }
        for bad in [
            "18446744073709551616",
            "-1",
            "-0",
            "1.0",
            "1e0",
            "01",
            "+1",
            "1.",
            "0x1",
            "\"1\"",
            "null",
        ] {
            check(message(bad), false);
        }
    }

    #[test]
    fn texts_have_their_escapes() {
        let text = |text: &[u8]| {
            let document = [&b"{\"error\":\""[..], text, b"\"}"].concat();
            read::<Result>(&document).map(|it| it.into_result().expect_err("a text"))
        };
        assert_eq!(
            text(br#"\u0041\n\"\\\/\b\f\r\t"#).as_deref(),
            Some("A\n\"\\/\u{8}\u{c}\r\t")
        );
        assert_eq!(text(br"\u0000").as_deref(), Some("\0"));
        assert_eq!(text(br"\uD83d\ude00").as_deref(), Some("\u{1f600}"));
        assert_eq!(
            text("\u{1f600}\u{7f}".as_bytes()).as_deref(),
            Some("\u{1f600}\u{7f}")
        );
        for bad in [
            &br"\ud800"[..],
            br"\ude00",
            br"\u00",
            br"\x41",
            b"\n",
            b"\xff",
            b"\"",
        ] {
            assert_eq!(text(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn bytes_are_base64_with_or_without_padding() {
        let bytes = |text: &str| {
            let document = format!(r#"{{"ok":{text}}}"#);
            let result = read::<ContractResult<Binary>>(document.as_bytes())?;
            result.into_result().ok().map(Vec::<u8>::from)
        };
        let cases = [
            ("\"\"", &b""[..]),
            ("\"AA==\"", &[0][..]),
            ("\"AA\"", &[0][..]),
        ];
        for (good, expected) in cases {
            assert_eq!(bytes(good).as_deref(), Some(expected), "{good}");
        }
        for bad in ["\"A\"", "\"AB==\"", "\"A A=\"", "\"-_8=\"", "[0]", "null"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn requests_are_read_by_the_same_rules() {
        let is_read = |text: &str| read::<QueryRequest<IgnoredAny>>(text.as_bytes()).is_some();
        assert!(is_read(
            r#"{"bank":{"balance":{"address":"a","denom":"b"}}}"#
        ));
        assert!(is_read(
            r#"{"bank":{"balance":{"denom":"b","more":[],"address":"a"}}}"#
        ));
        assert!(!is_read(
            r#"{"bank":{"balance":{"address":"a","denom":"b","denom":"b"}}}"#
        ));
        assert!(!is_read(
            r#"{"bank":{"balance":{"address":"a","denom":"b"},"supply":{}}}"#
        ));
        assert!(!is_read(r#"{"bank":{"balance":{"address":"a"}}}"#));
        assert!(!is_read(
            r#"{"bank":{"balance":{"address":7,"denom":"b"}}}"#
        ));
    }

    #[test]
    fn what_the_chain_writes_is_frozen() {
        let written = serde_json::to_vec(&attr("\u{1f}\n/\u{7f}\u{e9}\"\\", "")).expect("written");
        let expected = "{\"key\":\"\\u001f\\n/\u{7f}\u{e9}\\\"\\\\\",\"value\":\"\"}";
        assert_eq!(String::from_utf8(written).expect("a text"), expected);
    }
}
