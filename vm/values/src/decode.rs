//! Bytes to values, led by the type.

use argosy_primitives::{Address, Hash32};
use argosy_vm_abi::TypeExpr;
use argosy_vm_abi::schema::{Field, TypeDef, TypeItem};

use crate::kind::{integer_bits, is_byte_string};
use crate::limits::{BYTES_MAX, DEPTH_MAX};
use crate::path::{Path, Step};
use crate::reader::{Fault, Reader};
use crate::value::{AbiValue, AddressValue, FieldValue};
use crate::{Codec, CodecError};

/// Why decoding ended at a limit, and not because the bytes are no such value.
pub(crate) const TOO_MANY_PARTS: &str = "the value has too many parts";

/// Where decoding is.
pub(crate) struct Decoder<'a> {
    codec: &'a Codec<'a>,
    reader: Reader<'a>,
    path: Path,
    depth: usize,
    values: usize,
}

impl<'a> Decoder<'a> {
    /// Reads `bytes`, which messages call `what`.
    pub(crate) fn new(
        codec: &'a Codec<'a>,
        what: &str,
        bytes: &'a [u8],
    ) -> Result<Decoder<'a>, CodecError> {
        if bytes.len() > BYTES_MAX {
            return Err(CodecError::Malformed {
                at: what.to_owned(),
                ty: "data".to_owned(),
                offset: BYTES_MAX,
                reason: "there are too many bytes",
            });
        }
        Ok(Decoder {
            codec,
            reader: Reader::new(bytes),
            path: Path::new(what),
            depth: 0,
            values: 0,
        })
    }

    /// The next value.
    pub(crate) fn typed(&mut self, ty: &str) -> Result<AbiValue, CodecError> {
        let ty = self.codec.parse_type(ty)?;
        self.value(&ty)
    }

    /// The next values, one per field.
    pub(crate) fn fields(&mut self, fields: &[Field]) -> Result<Vec<FieldValue>, CodecError> {
        let fields = fields.iter().map(|it| (it.name.as_str(), it.ty.as_str()));
        self.named_values(fields)
    }

    pub(crate) fn named_values<'f>(
        &mut self,
        fields: impl Iterator<Item = (&'f str, &'f str)>,
    ) -> Result<Vec<FieldValue>, CodecError> {
        let mut values = Vec::new();
        for (name, ty) in fields {
            let value = self.at(Step::Field(name.to_owned()), |it| it.typed(ty))?;
            let name = name.to_owned();
            values.push(FieldValue { name, value });
        }
        Ok(values)
    }

    /// Nothing may be left over.
    pub(crate) fn finish(self) -> Result<(), CodecError> {
        if self.reader.is_at_end() {
            return Ok(());
        }
        let fault = self.reader.fault("bytes are left over");
        Err(self.malformed("data".to_owned(), fault))
    }

    fn value(&mut self, ty: &TypeExpr) -> Result<AbiValue, CodecError> {
        self.depth += 1;
        self.values += 1;
        let read = if self.depth > DEPTH_MAX {
            Err(self.reader.fault("the value nests too deeply").into())
        } else if !self.codec.allows(self.values) {
            Err(self.reader.fault(TOO_MANY_PARTS).into())
        } else {
            self.shape(ty)
        };
        self.depth -= 1;
        read.map_err(|wrong| match wrong {
            Wrong::Here(fault) => self.malformed(ty.to_string(), fault),
            Wrong::Inside(error) => error,
        })
    }

    fn malformed(&self, ty: String, fault: Fault) -> CodecError {
        CodecError::Malformed {
            at: self.path.to_string(),
            ty,
            offset: fault.offset,
            reason: fault.reason,
        }
    }

    fn shape(&mut self, ty: &TypeExpr) -> Result<AbiValue, Wrong> {
        if is_byte_string(ty) {
            let length = match ty {
                TypeExpr::Array(_, count) => *count as usize,
                _ => self.reader.length()?,
            };
            return Ok(AbiValue::Bytes(self.reader.take(length)?.to_vec()));
        }
        if let Some((is_signed, bits)) = integer_bits(ty) {
            return Ok(if is_signed {
                let value = self.reader.signed(bits)?;
                AbiValue::Signed { value, bits }
            } else {
                let value = self.reader.unsigned(bits)?;
                AbiValue::Unsigned { value, bits }
            });
        }
        Ok(match ty {
            TypeExpr::Bool => AbiValue::Bool(self.reader.index(2)? == 1),
            TypeExpr::String => {
                let length = self.reader.length()?;
                let bytes = self.reader.take(length)?.to_vec();
                let text = String::from_utf8(bytes);
                AbiValue::String(text.map_err(|_| self.reader.fault("the text is not UTF-8"))?)
            }
            TypeExpr::Address => AbiValue::Address(AddressValue {
                hrp: self.codec.hrp(),
                address: Address::from_bytes(self.reader.array()?),
            }),
            TypeExpr::Fixed(decimals) => AbiValue::Fixed {
                units: self.reader.unsigned(128)?,
                decimals: *decimals,
            },
            TypeExpr::Hash => AbiValue::Hash(Hash32::from_bytes(self.reader.array()?)),
            TypeExpr::Vec(item) => {
                let count = self.reader.length()?;
                AbiValue::List(self.items(std::iter::repeat_n(&**item, count))?)
            }
            TypeExpr::Array(item, count) => {
                AbiValue::List(self.items(std::iter::repeat_n(&**item, *count as usize))?)
            }
            TypeExpr::Tuple(types) => AbiValue::Tuple(self.items(types.iter())?),
            TypeExpr::Option(item) => AbiValue::Option(match self.reader.index(2)? {
                0 => None,
                _ => Some(Box::new(self.value(item)?)),
            }),
            TypeExpr::Result(ok, error) => AbiValue::Result(match self.reader.index(2)? {
                0 => Ok(Box::new(self.value(ok)?)),
                _ => Err(Box::new(self.value(error)?)),
            }),
            TypeExpr::Named(name) => {
                let item = self.codec.definition(name)?;
                self.named(item)?
            }
            _ => return Err(self.reader.fault("this type has no bytes").into()), // See above.
        })
    }

    fn named(&mut self, item: &TypeItem) -> Result<AbiValue, Wrong> {
        match &item.def {
            TypeDef::Struct(fields) => Ok(AbiValue::Struct {
                name: item.name.clone(),
                fields: self.fields(fields)?,
            }),
            TypeDef::Enum(variants) => {
                let fault = self.reader.fault("there is no such variant");
                let index = self.reader.byte()?;
                let variant = variants.iter().find(|it| it.index == index);
                let variant = variant.ok_or(fault)?;
                Ok(AbiValue::Enum {
                    variant: variant.name.clone(),
                    fields: self.fields(&variant.fields)?,
                })
            }
        }
    }

    fn items<'t>(
        &mut self,
        types: impl Iterator<Item = &'t TypeExpr>,
    ) -> Result<Vec<AbiValue>, CodecError> {
        let mut items = Vec::new();
        for (index, ty) in types.enumerate() {
            items.push(self.at(Step::Index(index), |it| it.value(ty))?);
        }
        Ok(items)
    }

    fn at<T>(
        &mut self,
        step: Step,
        inside: impl FnOnce(&mut Self) -> Result<T, CodecError>,
    ) -> Result<T, CodecError> {
        self.path.enter(step);
        let value = inside(self)?; // After an error the path is where it happened.
        self.path.leave();
        Ok(value)
    }
}

/// What is wrong: with these very bytes, or already told by a part.
enum Wrong {
    Here(Fault),
    Inside(CodecError),
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Wrong {
        Wrong::Here(fault)
    }
}

impl From<CodecError> for Wrong {
    fn from(error: CodecError) -> Wrong {
        Wrong::Inside(error)
    }
}
