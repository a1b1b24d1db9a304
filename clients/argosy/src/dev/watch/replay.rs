//! A message once more: its method and arguments are found by the old ABI, and by their names in the new one.

use std::collections::BTreeMap;

use argosy_primitives::{Address, Hrp};
use argosy_sdk::{Abi, Args, Codec, MessageKind};
use serde_json::{Map, Value};

/// The same message for other code, and how people would write it. Addresses in it that have `moved` are the
/// new ones.
pub(super) fn again(
    (old, new): (&Abi, &Abi),
    hrp: Hrp,
    (kind, message): (MessageKind, &[u8]),
    moved: &BTreeMap<Address, Address>,
) -> Result<(Vec<u8>, String), String> {
    let call = Codec::new(old, hrp).decode_call(kind, message);
    let call = call.map_err(|error| error.to_string())?;
    let shown = call.args.iter().map(|it| it.value.to_string());
    let shown = format!("{}({})", call.method, shown.collect::<Vec<_>>().join(", "));
    let texts: BTreeMap<String, String> = moved
        .iter()
        .map(|(from, to)| (from.to_text(hrp), to.to_text(hrp)))
        .collect();
    let args: Map<String, Value> = call
        .args
        .iter()
        .map(|it| (it.name.clone(), renamed(it.value.to_json(), &texts)))
        .collect();
    let args = Value::Object(args);
    let encoded = Codec::new(new, hrp).encode_call(kind, &call.method, Args::Json(&args));
    match encoded {
        Ok(bytes) => Ok((bytes, shown)),
        Err(error) => Err(format!("{shown}: {error}")),
    }
}

/// The value with other texts in place of those that have become others. Depth is that of a contract's values.
fn renamed(value: Value, texts: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(texts.get(&text).cloned().unwrap_or(text)),
        Value::Array(items) => items.into_iter().map(|it| renamed(it, texts)).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(
                fields
                    .map(|(name, it)| (name, renamed(it, texts)))
                    .collect(),
            )
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_vm_abi::schema::{Field, MessageItem};
    use argosy_vm_abi::selector_of;
    use serde_json::json;

    fn abi(method: &str, args: &[(&str, &str)]) -> Abi {
        let args = args.iter().map(|(name, ty)| Field {
            name: (*name).to_owned(),
            ty: (*ty).to_owned(),
        });
        Abi {
            messages: vec![MessageItem {
                kind: MessageKind::Call,
                name: method.to_owned(),
                selector: selector_of(method),
                args: args.collect(),
                returns: "()".to_owned(),
                error: None,
                payable: false,
                docs: String::new(),
            }],
            ..Abi::default()
        }
    }

    fn replayed(new: &Abi) -> Result<Vec<u8>, String> {
        let old = abi("pay", &[("to", "Address"), ("amount", "u32")]);
        let (from, to) = (Address::from_bytes([1; 32]), Address::from_bytes([2; 32]));
        let args = json!({ "to": from.to_text(Hrp::Dev), "amount": 7 });
        let codec = Codec::new(&old, Hrp::Dev);
        let message = codec.encode_call(MessageKind::Call, "pay", Args::Json(&args));
        let message = message.unwrap();
        let moved = BTreeMap::from([(from, to)]);
        let again = again((&old, new), Hrp::Dev, (MessageKind::Call, &message), &moved);
        again.map(|(bytes, _)| bytes)
    }

    #[test]
    fn arguments_go_by_name_and_addresses_go_along() {
        // In another order, and wider.
        let new = abi("pay", &[("amount", "u64"), ("to", "Address")]);
        let mut expected = selector_of("pay").to_vec();
        expected.extend(7u64.to_le_bytes());
        expected.extend([2; 32]);
        assert_eq!(replayed(&new), Ok(expected));
    }

    #[test]
    fn what_is_there_no_more_is_told() {
        let gone = replayed(&abi("spend", &[])).unwrap_err();
        assert!(gone.contains("no call method \"pay\""), "{gone}");
        let other = abi(
            "pay",
            &[("to", "Address"), ("amount", "u8"), ("why", "String")],
        );
        let missing = replayed(&other).unwrap_err();
        assert!(missing.contains("pay needs why"), "{missing}");
    }
}
