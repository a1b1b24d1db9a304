//! The little protobuf that replies contain: two messages of two fields.
//!
//! ```text
//! MsgExecuteContractResponse      data = 1            also of a migration
//! MsgInstantiateContractResponse  address = 1, data = 2
//! ```
//!
//! Source: protocol buffers, "Encoding"; wasmd, `proto/cosmwasm/wasm/v1/tx.proto`.

/// Wire type of bytes and texts.
const LENGTH_DELIMITED: u8 = 2;

/// The answer to an execution or a migration.
pub(crate) fn data_response(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    field(&mut bytes, 1, data);
    bytes
}

/// The answer to an instantiation.
pub(crate) fn instantiate_response(address: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    field(&mut bytes, 1, address.as_bytes());
    field(&mut bytes, 2, data);
    bytes
}

/// A field with its length; one that is empty is left out.
fn field(bytes: &mut Vec<u8>, number: u8, value: &[u8]) {
    if value.is_empty() {
        return;
    }
    bytes.push(number << 3 | LENGTH_DELIMITED);
    let mut length = value.len();
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_numbered_and_measured() {
        assert!(data_response(b"").is_empty());
        assert_eq!(data_response(b"hi"), *b"\x0a\x02hi");
        assert_eq!(instantiate_response("a", b""), *b"\x0a\x01a");
        assert_eq!(instantiate_response("a", b"b"), *b"\x0a\x01a\x12\x01b");
        let long = data_response(&[7; 300]);
        assert_eq!(long[..3], [0x0a, 0xac, 0x02]);
        assert_eq!(long.len(), 303);
    }
}
