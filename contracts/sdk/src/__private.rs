//! What the macros' output uses. No part of the public interface.

pub use crate::abi::{
    AbiType, Described, EventFieldDef, FieldDef, Frames, MessageDef, StorageDef, TypeName,
    VariantDef,
};
pub use crate::error::reason_of_error;
#[cfg(target_arch = "wasm32")]
pub use crate::message::run;
pub use crate::message::{answer, arguments, refuse_funds, unknown_selector};
pub use crate::storage::{Key, State, Stored};
pub use alloc::vec::Vec;
pub use argosy_vm_abi::{Capabilities, Manifest};
pub use parity_scale_codec::{
    Decode, DecodeWithMemTracking, Encode, EncodeLike, Error as CodecError, Input, Output,
};
