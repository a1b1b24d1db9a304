//! An ABI as JSON: what `argosy contract abi` prints, and what bindings are made of where there is no module.
//!
//! ```text
//! {"contract": {name, version, docs}, "methods": [{kind, name, selector, args, returns, error, payable, docs}],
//!  "events": [{name, fields, docs}], "types": [{name, struct: fields | enum: variants, docs}],
//!  "storage": [{name, type, kind?}]}
//! ```
//!
//! Always holds: what is written reads back as the same ABI. Unknown keys are ignored, so that tools may add
//! their own; what is missing is told by its place.

use argosy_vm_abi::schema::{
    AbiItem, ContractItem, EventField, EventItem, Field, MessageItem, MessageKind, StorageItem,
    StorageKind, TypeDef, TypeItem, Variant,
};
use argosy_vm_abi::{ABI_SECTION_BYTES_MAX, Abi};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::BindError;

/// Every byte of a section takes a few of JSON.
const TEXT_BYTES_MAX: usize = 16 * ABI_SECTION_BYTES_MAX;

#[derive(Serialize, Deserialize)]
struct AbiJson {
    #[serde(default)]
    contract: Option<ContractJson>,
    methods: Vec<MethodJson>,
    #[serde(default)]
    events: Vec<EventJson>,
    #[serde(default)]
    types: Vec<TypeJson>,
    #[serde(default)]
    storage: Vec<StateJson>,
}

#[derive(Serialize, Deserialize)]
struct ContractJson {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    docs: String,
}

#[derive(Serialize, Deserialize)]
struct MethodJson {
    kind: KindJson,
    name: String,
    selector: String,
    #[serde(default)]
    args: Vec<FieldJson>,
    #[serde(default = "unit")]
    returns: String,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    payable: bool,
    #[serde(default)]
    docs: String,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum KindJson {
    Init,
    Call,
    Query,
    Upgrade,
}

#[derive(Serialize, Deserialize)]
struct FieldJson {
    name: String,
    #[serde(rename = "type")]
    ty: String,
}

#[derive(Serialize, Deserialize)]
struct StateJson {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<StateKindJson>,
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum StateKindJson {
    Item,
    Map,
    Set,
    List,
}

#[derive(Serialize, Deserialize)]
struct EventJson {
    name: String,
    #[serde(default)]
    fields: Vec<EventFieldJson>,
    #[serde(default)]
    docs: String,
}

#[derive(Serialize, Deserialize)]
struct EventFieldJson {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default)]
    indexed: bool,
}

#[derive(Serialize, Deserialize)]
struct TypeJson {
    name: String,
    #[serde(flatten)]
    def: DefJson,
    #[serde(default)]
    docs: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DefJson {
    Struct(Vec<FieldJson>),
    Enum(Vec<VariantJson>),
}

#[derive(Serialize, Deserialize)]
struct VariantJson {
    name: String,
    index: u8,
    #[serde(default)]
    fields: Vec<FieldJson>,
}

/// The ABI as JSON.
pub fn of_abi(abi: &Abi) -> Value {
    let json = AbiJson {
        contract: abi.contract.as_ref().map(|it| ContractJson {
            name: it.name.clone(),
            version: it.version.clone(),
            docs: it.docs.clone(),
        }),
        methods: abi.messages.iter().map(method).collect(),
        events: abi.events.iter().map(event).collect(),
        types: abi.types.iter().map(type_item).collect(),
        storage: abi.storage.iter().map(state).collect(),
    };
    serde_json::to_value(json).unwrap_or_default() // Texts, numbers and lists: nothing that JSON refuses.
}

/// A section with the ABI that `text` describes. Whether it keeps the rules [`Abi::parse`] tells.
pub(crate) fn to_section(text: &str) -> Result<Vec<u8>, BindError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(BindError::Json {
            reason: format!(
                "it has {} bytes, at most {TEXT_BYTES_MAX} are read",
                text.len()
            ),
        });
    }
    let json: AbiJson = serde_json::from_str(text).map_err(|error| BindError::Json {
        reason: error.to_string(),
    })?;
    let mut items = Vec::new();
    items.extend(json.contract.map(|it| {
        AbiItem::Contract(ContractItem {
            name: it.name,
            version: it.version,
            docs: it.docs,
        })
    }));
    for it in json.methods {
        items.push(AbiItem::Message(message_item(it)?));
    }
    items.extend(json.events.into_iter().map(event_item));
    items.extend(json.types.into_iter().map(of_type));
    items.extend(json.storage.into_iter().map(of_state));
    Ok(items.iter().flat_map(AbiItem::to_frame).collect())
}

fn unit() -> String {
    "()".to_owned()
}

fn field(name: &str, ty: &str) -> FieldJson {
    FieldJson {
        name: name.to_owned(),
        ty: ty.to_owned(),
    }
}

fn fields(fields: &[Field]) -> Vec<FieldJson> {
    fields.iter().map(|it| field(&it.name, &it.ty)).collect()
}

fn of_fields(fields: Vec<FieldJson>) -> Vec<Field> {
    let field = |it: FieldJson| Field {
        name: it.name,
        ty: it.ty,
    };
    fields.into_iter().map(field).collect()
}

fn method(it: &MessageItem) -> MethodJson {
    let digits: String = it
        .selector
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    MethodJson {
        kind: match it.kind {
            MessageKind::Init => KindJson::Init,
            MessageKind::Call => KindJson::Call,
            MessageKind::Query => KindJson::Query,
            MessageKind::Upgrade => KindJson::Upgrade,
        },
        name: it.name.clone(),
        selector: format!("0x{digits}"),
        args: fields(&it.args),
        returns: it.returns.clone(),
        error: it.error.clone(),
        payable: it.payable,
        docs: it.docs.clone(),
    }
}

fn message_item(it: MethodJson) -> Result<MessageItem, BindError> {
    let Some(selector) = selector(&it.selector) else {
        return Err(BindError::Json {
            reason: format!(
                "method {:?} has selector {:?}, which is not 0x and eight digits",
                it.name, it.selector
            ),
        });
    };
    Ok(MessageItem {
        kind: match it.kind {
            KindJson::Init => MessageKind::Init,
            KindJson::Call => MessageKind::Call,
            KindJson::Query => MessageKind::Query,
            KindJson::Upgrade => MessageKind::Upgrade,
        },
        name: it.name,
        selector,
        args: of_fields(it.args),
        returns: it.returns,
        error: it.error,
        payable: it.payable,
        docs: it.docs,
    })
}

fn selector(text: &str) -> Option<[u8; 4]> {
    let digits = text.strip_prefix("0x")?;
    let plain = digits.len() == 8 && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| plain)?;
    Some(number.to_be_bytes())
}

fn state(it: &StorageItem) -> StateJson {
    let kind = |kind| match kind {
        StorageKind::Item => StateKindJson::Item,
        StorageKind::Map => StateKindJson::Map,
        StorageKind::Set => StateKindJson::Set,
        StorageKind::List => StateKindJson::List,
    };
    StateJson {
        name: it.name.clone(),
        ty: it.ty.clone(),
        kind: it.kind.map(kind),
    }
}

fn of_state(it: StateJson) -> AbiItem {
    let kind = |kind| match kind {
        StateKindJson::Item => StorageKind::Item,
        StateKindJson::Map => StorageKind::Map,
        StateKindJson::Set => StorageKind::Set,
        StateKindJson::List => StorageKind::List,
    };
    AbiItem::Storage(StorageItem {
        name: it.name,
        ty: it.ty,
        kind: it.kind.map(kind),
    })
}

fn event(it: &EventItem) -> EventJson {
    let field = |it: &EventField| EventFieldJson {
        name: it.name.clone(),
        ty: it.ty.clone(),
        indexed: it.indexed,
    };
    EventJson {
        name: it.name.clone(),
        fields: it.fields.iter().map(field).collect(),
        docs: it.docs.clone(),
    }
}

fn event_item(it: EventJson) -> AbiItem {
    let field = |it: EventFieldJson| EventField {
        name: it.name,
        ty: it.ty,
        indexed: it.indexed,
    };
    AbiItem::Event(EventItem {
        name: it.name,
        fields: it.fields.into_iter().map(field).collect(),
        docs: it.docs,
    })
}

fn type_item(it: &TypeItem) -> TypeJson {
    let variant = |it: &Variant| VariantJson {
        name: it.name.clone(),
        index: it.index,
        fields: fields(&it.fields),
    };
    TypeJson {
        name: it.name.clone(),
        def: match &it.def {
            TypeDef::Struct(members) => DefJson::Struct(fields(members)),
            TypeDef::Enum(variants) => DefJson::Enum(variants.iter().map(variant).collect()),
        },
        docs: it.docs.clone(),
    }
}

fn of_type(it: TypeJson) -> AbiItem {
    let variant = |it: VariantJson| Variant {
        name: it.name,
        index: it.index,
        fields: of_fields(it.fields),
    };
    AbiItem::Type(TypeItem {
        name: it.name,
        def: match it.def {
            DefJson::Struct(members) => TypeDef::Struct(of_fields(members)),
            DefJson::Enum(variants) => TypeDef::Enum(variants.into_iter().map(variant).collect()),
        },
        docs: it.docs,
    })
}
