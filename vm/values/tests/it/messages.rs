//! Whole messages, answers, reverts and events.

use argosy_primitives::{Event, Hash32, blake3};
use argosy_values::{Args, Revert, signature};
use argosy_vm_abi::schema::MessageKind;
use argosy_vm_abi::{RevertData, SdkError, event_topic, selector_of};
use parity_scale_codec::Encode;
use serde_json::json;

use crate::sample::{Shape, address, text, with_codec};

#[test]
fn a_message_is_selector_and_arguments() {
    with_codec(|codec| {
        let expected = [&selector_of("transfer")[..], &(address(1), 5u128).encode()].concat();
        let to = text(address(1));
        let by_name = json!({ "amount": "5", "to": to });
        let by_position = json!([to, 5]);
        let texts = [("amount".to_owned(), "5".to_owned()), ("to".to_owned(), to)];
        for args in [
            Args::Json(&by_name),
            Args::Json(&by_position),
            Args::Texts(&texts),
        ] {
            let message = codec.encode_call(MessageKind::Call, "transfer", args);
            assert_eq!(message.as_ref(), Ok(&expected));
        }
        let call = codec.decode_call(MessageKind::Call, &expected).unwrap();
        assert_eq!(call.method, "transfer");
        let args: Vec<_> = call
            .args
            .iter()
            .map(|it| (it.name.as_str(), it.value.to_json()))
            .collect();
        assert_eq!(
            args,
            [("to", json!(text(address(1)))), ("amount", json!("5"))]
        );
    });
}

#[test]
fn a_message_that_the_abi_does_not_know_is_told() {
    with_codec(|codec| {
        for (kind, message) in [
            (MessageKind::Query, &selector_of("transfer")[..]),
            (MessageKind::Call, &[1, 2]),
            (MessageKind::Call, &[]),
        ] {
            let error = codec.decode_call(kind, message).unwrap_err().to_string();
            assert!(error.contains("has no method for 0x"), "{error}");
        }
        let mut message = selector_of("transfer").to_vec();
        message.extend((address(1), 5u128, 0u8).encode());
        let error = codec.decode_call(MessageKind::Call, &message).unwrap_err();
        assert!(error.to_string().contains("left over"), "{error}");
    });
}

#[test]
fn returned_data_has_the_methods_type() {
    with_codec(|codec| {
        let balance = codec.decode_return(MessageKind::Query, "balance_of", &7u128.encode());
        assert_eq!(balance.unwrap().to_json(), json!("7"));
        let nothing = codec.decode_return(MessageKind::Call, "transfer", &[]);
        assert_eq!(nothing.unwrap().to_string(), "()");
        assert!(
            codec
                .decode_return(MessageKind::Call, "transfer", &[0])
                .is_err()
        );
    });
}

#[track_caller]
fn check_revert(method: Option<&str>, data: &[u8], shown: &str) -> Revert {
    with_codec(|codec| {
        let method = method.map(|it| (MessageKind::Call, it));
        let revert = codec.decode_revert(method, data);
        assert_eq!(revert.to_string(), shown);
        revert
    })
}

#[test]
fn a_revert_is_readable() {
    let error = RevertData::Error((0u8, 5u128, 10u128).encode()).encode();
    let shown = "InsufficientBalance { have: 5, need: 10 }";
    let revert = check_revert(Some("transfer"), &error, shown);
    let expected = json!({
        "type": "error",
        "error": { "type": "InsufficientBalance", "have": "5", "need": "10" },
    });
    assert_eq!(revert.to_json(), expected);
    let message = RevertData::Message("no luck".into()).encode();
    let revert = check_revert(Some("transfer"), &message, "no luck");
    assert_eq!(
        revert.to_json(),
        json!({ "type": "message", "message": "no luck" })
    );
    let refused = RevertData::Sdk(SdkError::NotPayable).encode();
    let revert = check_revert(
        None,
        &refused,
        "funds were sent to a method that takes none",
    );
    assert_eq!(
        revert.to_json(),
        json!({ "type": "sdk", "reason": "not_payable" })
    );
}

#[test]
fn a_revert_that_nobody_explains_keeps_its_bytes() {
    let revert = check_revert(Some("transfer"), &[], "reverted without a reason");
    assert_eq!(revert.to_json(), json!({ "type": "unknown", "data": "0x" }));
    let shown = "reverted for a reason that the ABI does not explain: 0xff";
    check_revert(Some("transfer"), &[0xff], shown);
    // Another method's error, or one with bytes left over, is not taken for this one's.
    let circle = RevertData::Error(Shape::Circle { radius: 1 }.encode()).encode();
    with_codec(|codec| {
        let of_transfer = codec.decode_revert(Some((MessageKind::Call, "transfer")), &circle);
        assert_eq!(of_transfer, Revert::Unknown(circle.clone()));
    });
}

#[test]
fn without_the_method_a_single_fitting_error_is_taken() {
    let circle = RevertData::Error(Shape::Circle { radius: 1 }.encode()).encode();
    check_revert(None, &circle, "Circle { radius: 1 }");
    // One byte 0 is `Shape::Empty`, one byte 1 is `TokenError::Paused`.
    check_revert(None, &RevertData::Error(vec![1]).encode(), "Paused");
    check_revert(None, &RevertData::Error(vec![0]).encode(), "Empty");
}

fn transferred(note: &str, amount: u128) -> Event {
    Event {
        contract: address(9),
        topics: vec![event_topic("Transferred")],
        data: (address(1), note, amount).encode(),
    }
}

#[test]
fn an_event_is_read_by_its_first_topic() {
    with_codec(|codec| {
        let event = codec.decode_event(&transferred("hi", 3)).unwrap();
        assert_eq!(event.name, "Transferred");
        let shown: Vec<_> = event
            .fields
            .iter()
            .map(|it| format!("{}={}", it.name, it.value))
            .collect();
        let from = format!("from={}", text(address(1)));
        assert_eq!(shown, [from.as_str(), "note=\"hi\"", "amount=3"]);
        let mut other = transferred("hi", 3);
        other.topics = vec![[0; 32]];
        assert!(codec.decode_event(&other).is_err());
        other.topics.clear();
        let error = codec.decode_event(&other).unwrap_err().to_string();
        assert!(error.contains("no event for no topic"), "{error}");
    });
}

#[test]
fn events_are_searched_by_their_indexed_fields() {
    with_codec(|codec| {
        let filter = |fields: &[(&str, &str)]| {
            let fields: Vec<_> = fields
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).into()))
                .collect();
            codec.event_filter("Transferred", &fields)
        };
        let name = Some(Hash32::from_bytes(event_topic("Transferred")));
        assert_eq!(filter(&[]), Ok(vec![name, None, None]));
        let from = Some(Hash32::from_bytes(*address(1).as_bytes()));
        assert_eq!(
            filter(&[("from", &text(address(1)))]),
            Ok(vec![name, from, None])
        );
        // SCALE of a short text is padded, that of a long one hashed.
        let mut padded = [0; 32];
        padded[..3].copy_from_slice(&"hi".encode());
        let padded = Some(Hash32::from_bytes(padded));
        assert_eq!(filter(&[("note", "hi")]), Ok(vec![name, None, padded]));
        let long = "x".repeat(40);
        let hashed = Some(Hash32::from_bytes(blake3(&long.encode())));
        assert_eq!(filter(&[("note", &long)]), Ok(vec![name, None, hashed]));
        let error = filter(&[("amount", "1")]).unwrap_err().to_string();
        assert!(
            error.contains("has no indexed field \"amount\"; it has from, note"),
            "{error}"
        );
        assert!(codec.event_filter("Nothing", &[]).is_err());
    });
}

#[test]
fn signatures_are_short() {
    with_codec(|codec| {
        let show = |kind, name| signature(codec.method(kind, name).unwrap());
        let transfer = show(MessageKind::Call, "transfer");
        assert_eq!(transfer, "transfer(to: Address, amount: u128)");
        let balance = show(MessageKind::Query, "balance_of");
        assert_eq!(balance, "balance_of(owner: Address) -> u128");
    });
}
