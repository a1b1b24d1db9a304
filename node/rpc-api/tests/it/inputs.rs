//! Inputs refuse what they do not know.

use argosy_rpc_api::{EventFilter, StateKeyView};
use serde::de::DeserializeOwned;

#[track_caller]
fn refuse<T: DeserializeOwned>(json: &str, says: &str) {
    let Err(error) = serde_json::from_str::<T>(json) else {
        panic!("{json} was taken");
    };
    assert!(error.to_string().contains(says), "{json}: {error}");
}

#[test]
fn filters_refuse_unknown_fields() {
    assert_eq!(
        serde_json::from_str::<EventFilter>("{}").unwrap(),
        EventFilter::default()
    );
    let any_topic: EventFilter = serde_json::from_str(r#"{"topics":[null]}"#).unwrap();
    assert_eq!(any_topic.topics, [None]);
    refuse::<EventFilter>(r#"{"contracts":[]}"#, "unknown field `contracts`");
    refuse::<EventFilter>(r#"{"contract":"alice"}"#, "not an address");
    refuse::<EventFilter>(r#"{"topics":["0x00"]}"#, "expected a hash");
    refuse::<EventFilter>(r#"{"topics":[],"topics":[]}"#, "duplicate field");
}

#[test]
fn state_keys_refuse_unknown_fields() {
    let storage: StateKeyView = serde_json::from_str(r#"{"type":"storage","key":"0x01"}"#).unwrap();
    assert_eq!(
        storage,
        StateKeyView::Storage {
            key: vec![1].into()
        }
    );
    assert!(serde_json::from_str::<StateKeyView>(r#"{"type":"account"}"#).is_ok());
    refuse::<StateKeyView>(r#"{"type":"account","key":"0x"}"#, "unknown field `key`");
    refuse::<StateKeyView>(r#"{"type":"storage"}"#, "missing field `key`");
    refuse::<StateKeyView>(r#"{"type":"code"}"#, "unknown variant");
    refuse::<StateKeyView>(r#"{"type":"storage","key":"0x","kind":1}"#, "unknown field");
}
