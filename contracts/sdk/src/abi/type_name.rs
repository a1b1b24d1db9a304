//! Names of types as constants, put together from the names of their parts.

/// As long as the grammar of type names allows.
const BYTES_MAX: usize = 512;

/// The name of a type in an ABI.
#[derive(Clone, Copy)]
pub struct TypeName {
    bytes: [u8; BYTES_MAX],
    length: usize,
}

impl TypeName {
    /// A name without parts.
    pub const fn new(text: &str) -> TypeName {
        let empty = TypeName {
            bytes: [0; BYTES_MAX],
            length: 0,
        };
        empty.text(text)
    }

    /// Appends text.
    pub const fn text(self, text: &str) -> TypeName {
        self.append(text.as_bytes())
    }

    /// Appends the name of a part.
    pub const fn name(self, part: &TypeName) -> TypeName {
        self.append(part.as_bytes())
    }

    /// Appends a decimal number.
    pub const fn number(self, number: usize) -> TypeName {
        let head = if number >= 10 {
            self.number(number / 10)
        } else {
            self
        };
        head.append(&[b'0' + (number % 10) as u8])
    }

    /// The text's bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    const fn append(mut self, text: &[u8]) -> TypeName {
        assert!(
            self.length + text.len() <= BYTES_MAX,
            "the name of this type is longer than 512 bytes: give its parts names of their own with #[derive(AbiType)]"
        );
        let (_, rest) = self.bytes.split_at_mut(self.length);
        let (target, _) = rest.split_at_mut(text.len());
        target.copy_from_slice(text);
        self.length += text.len();
        self
    }
}
