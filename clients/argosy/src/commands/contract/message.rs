//! What follows `--`: a method of the contract and its arguments, or a question about them.
//!
//! ```text
//! METHOD --argument VALUE --other=VALUE      a message
//! '{"method": {"argument": "value"}}'        a message of a contract without ABI that reads JSON
//! [METHOD] --help                            what there is
//! ```
//!
//! Not here: how values are written (`argosy_sdk::codec`).

use argosy_sdk::{Args, Codec, MessageKind};

use super::methods;
use super::schema::{SchemaFile, method_of};
use crate::args::MessageArgs;
use crate::commands::failure;
use crate::failure::Failure;
use crate::output::Report;

/// What a command is to say to a contract.
pub(super) enum Spoken {
    /// This.
    Message(Message),
    /// Nothing: people want to know what there is.
    Help(Report),
}

/// Bytes, and by which method they came about.
pub(super) struct Message {
    /// None for raw bytes.
    pub(super) method: Option<String>,
    pub(super) bytes: Vec<u8>,
    /// What may be known of the answer.
    pub(super) answer: Option<Answer>,
}

/// A schema file, and the method of a query by which it knows the answer.
pub(super) struct Answer {
    schema: SchemaFile,
    method: String,
}

impl Answer {
    /// What is wrong with the answer, if anything is.
    pub(super) fn doubt(&self, answer: &[u8]) -> Option<String> {
        self.schema.doubt(&self.method, answer)
    }
}

/// Reads what follows `--`, for the contract of `codec`.
pub(super) fn read(
    codec: Option<&Codec<'_>>,
    kind: MessageKind,
    args: &MessageArgs,
) -> Result<Spoken, Failure> {
    if let Some(raw) = &args.message {
        return Ok(Spoken::Message(Message {
            method: None,
            bytes: raw.0.clone(),
            answer: None,
        }));
    }
    let schema = args.schema.as_deref().map(SchemaFile::read).transpose()?;
    let Some(codec) = codec else {
        return json(schema, kind, &args.method);
    };
    if schema.is_some() {
        return Err(Failure::usage("the contract carries an ABI")
            .hint("--schema is for contracts that read JSON, and carry none"));
    }
    let (name, rest) = match args.method.split_first() {
        Some((first, rest)) if !first.starts_with('-') => (Some(first.as_str()), rest),
        _ => (only_method(codec, kind), args.method.as_slice()),
    };
    let wants_help = rest.iter().any(|it| it == "--help" || it == "-h");
    let Some(name) = name else {
        return match wants_help {
            true => Ok(Spoken::Help(methods::report(codec.abi(), Some(kind)))),
            false => Err(unnamed(codec, kind)),
        };
    };
    let method = known(codec, kind, name)?;
    if wants_help {
        return Ok(Spoken::Help(methods::usage(codec, kind, &method)));
    }
    let mut texts = pairs(rest)?;
    texts.extend(left_out(codec, kind, &method, &texts));
    let bytes = codec
        .encode_call(kind, &method, Args::Texts(&texts))
        .map_err(|error| failure(error.into()))?;
    Ok(Spoken::Message(Message {
        method: Some(method),
        bytes,
        answer: None,
    }))
}

/// The message of a contract that reads JSON, as those of Cosmos chains do.
fn json(
    schema: Option<SchemaFile>,
    kind: MessageKind,
    words: &[String],
) -> Result<Spoken, Failure> {
    let wants_help = words.iter().any(|it| it == "--help" || it == "-h");
    if let Some(schema) = schema.as_ref().filter(|_| wants_help) {
        return schema.help(kind).map(Spoken::Help);
    }
    let [document] = words else {
        let failure = Failure::usage("the contract carries no ABI to build arguments by");
        return Err(failure.hint(
            "pass the JSON that it reads, such as -- '{\"transfer\":{…}}', or its bytes with --message 0x…; \
             --schema FILE -- --help lists what there is",
        ));
    };
    let message = serde_json::from_str(document).map_err(|error| {
        let failure = Failure::usage(format!("the message is no JSON: {error}"));
        failure.hint(
            "the contract carries no ABI: one JSON document follows `--`, or its bytes stand behind --message 0x…; \
             #[contract] of the contract SDK makes an ABI",
        )
    })?;
    if let Some(schema) = &schema {
        schema.check(kind, &message)?;
    }
    let method = method_of(&message).filter(|_| kind == MessageKind::Query);
    let answer = schema.zip(method).map(|(schema, method)| Answer {
        schema,
        method: method.to_owned(),
    });
    Ok(Spoken::Message(Message {
        method: None,
        bytes: document.as_bytes().to_vec(),
        answer,
    }))
}

/// No method was named where one must be.
fn unnamed(codec: &Codec<'_>, kind: MessageKind) -> Failure {
    if codec.abi().messages.iter().any(|it| it.kind == kind) {
        return Failure::usage("which method? name it after `--`")
            .hint("`-- --help` lists the methods");
    }
    match kind {
        MessageKind::Upgrade => Failure::usage("the new code has no migration to run")
            .hint("give it a method with #[upgrade], which may do nothing"),
        MessageKind::Init | MessageKind::Call | MessageKind::Query => {
            let kind = kind.entry().export_name();
            Failure::usage(format!("the contract has no {kind} methods"))
                .hint("argosy contract info shows what it has")
        }
    }
}

/// A contract is created in one way only, mostly, and migrated in one; then it needs no name.
fn only_method<'a>(codec: &Codec<'a>, kind: MessageKind) -> Option<&'a str> {
    if !matches!(kind, MessageKind::Init | MessageKind::Upgrade) {
        return None;
    }
    let mut of_kind = codec.abi().messages.iter().filter(|it| it.kind == kind);
    match (of_kind.next(), of_kind.next()) {
        (Some(only), None) => Some(&only.name),
        _ => None,
    }
}

/// The method's own name: `balance-of` is read as `balance_of`.
fn known(codec: &Codec<'_>, kind: MessageKind, name: &str) -> Result<String, Failure> {
    let snake = name.replace('-', "_");
    let spelling = if codec.abi().message(kind, name).is_some() {
        name
    } else {
        snake.as_str()
    };
    let other = match kind {
        MessageKind::Call => Some((MessageKind::Query, "query")),
        MessageKind::Query => Some((MessageKind::Call, "call")),
        MessageKind::Init | MessageKind::Upgrade => None,
    };
    match codec.method(kind, spelling) {
        Ok(method) => Ok(method.name.clone()),
        Err(error) => {
            match other.filter(|(other, _)| codec.abi().message(*other, spelling).is_some()) {
                Some((_, verb)) => Err(Failure::usage(format!("{spelling} is a {verb}"))
                    .hint(format!("use: argosy contract {verb}"))),
                None => Err(failure(error.into())),
            }
        }
    }
}

/// `--name value` and `--name=value`.
fn pairs(words: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut pairs = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix("--").filter(|it| !it.is_empty()) else {
            let failure = Failure::usage(format!("{word} has no name"));
            return Err(
                failure.hint("arguments are written --name value; `-- METHOD --help` lists them")
            );
        };
        if let Some((name, value)) = name.split_once('=') {
            pairs.push((name.to_owned(), value.to_owned()));
            continue;
        }
        let value = words.next().filter(|it| !it.starts_with("--"));
        let value = value.ok_or_else(|| {
            Failure::usage(format!("--{name} needs a value")).hint(format!(
                "a value that begins with -- is written --{name}=VALUE"
            ))
        })?;
        pairs.push((name.to_owned(), value.clone()));
    }
    Ok(pairs)
}

/// Optional arguments that were not given are none.
fn left_out(
    codec: &Codec<'_>,
    kind: MessageKind,
    method: &str,
    given: &[(String, String)],
) -> Vec<(String, String)> {
    let Some(method) = codec.abi().message(kind, method) else {
        return Vec::new();
    };
    let is_given = |name: &str| {
        given
            .iter()
            .any(|(it, _)| it == name || it.replace('-', "_") == name)
    };
    let optional = method
        .args
        .iter()
        .filter(|it| it.ty.starts_with("Option<") && !is_given(&it.name));
    optional
        .map(|it| (it.name.clone(), "none".to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use argosy_primitives::Hrp;
    use argosy_vm_abi::Abi;
    use argosy_vm_abi::schema::{Field, MessageItem};

    use super::*;

    fn method(kind: MessageKind, name: &str, args: &[(&str, &str)]) -> MessageItem {
        MessageItem {
            kind,
            name: name.to_owned(),
            selector: argosy_vm_abi::selector_of(name),
            args: args
                .iter()
                .map(|(name, ty)| Field {
                    name: (*name).into(),
                    ty: (*ty).into(),
                })
                .collect(),
            returns: "()".into(),
            error: None,
            payable: false,
            docs: "What it does.".into(),
        }
    }

    fn abi() -> Abi {
        let messages = vec![
            method(MessageKind::Init, "init", &[("start", "u8")]),
            method(
                MessageKind::Call,
                "add_to",
                &[("amount", "u8"), ("note", "Option<String>")],
            ),
            method(MessageKind::Query, "value", &[]),
        ];
        Abi {
            messages,
            ..Abi::default()
        }
    }

    fn read_line(kind: MessageKind, line: &str) -> Result<Spoken, Failure> {
        let method = line.split_whitespace().map(str::to_owned).collect();
        read(
            Some(&Codec::new(&abi(), Hrp::Dev)),
            kind,
            &MessageArgs {
                message: None,
                schema: None,
                method,
            },
        )
    }

    /// The bytes behind the selector.
    #[track_caller]
    fn check(kind: MessageKind, line: &str, expected: &[u8]) {
        match read_line(kind, line) {
            Ok(Spoken::Message(message)) => assert_eq!(&message.bytes[4..], expected, "{line}"),
            Ok(Spoken::Help(_)) => panic!("{line}: help"),
            Err(failure) => panic!("{line}: {}", failure.message()),
        }
    }

    #[track_caller]
    fn refuse(kind: MessageKind, line: &str, says: &str) {
        match read_line(kind, line) {
            Err(failure) => assert!(
                failure.message().contains(says),
                "{line}: {}",
                failure.message()
            ),
            Ok(_) => panic!("{line} was taken"),
        }
    }

    #[test]
    fn arguments_come_by_name() {
        check(MessageKind::Call, "add_to --amount 7 --note none", &[7, 0]);
        check(MessageKind::Call, "add-to --note=none --amount=7", &[7, 0]);
        check(MessageKind::Call, "add_to --amount 7", &[7, 0]);
        check(MessageKind::Query, "value", &[]);
    }

    #[test]
    fn the_only_way_to_begin_needs_no_name() {
        check(MessageKind::Init, "--start 3", &[3]);
        check(MessageKind::Init, "init --start 3", &[3]);
        refuse(MessageKind::Init, "", "start");
    }

    #[test]
    fn says_what_is_wrong_and_what_was_meant() {
        refuse(MessageKind::Call, "", "which method");
        refuse(MessageKind::Upgrade, "", "no migration to run");
        refuse(
            MessageKind::Call,
            "ad_to --amount 7",
            "did you mean \"add_to\"?",
        );
        refuse(
            MessageKind::Call,
            "add_to --amout 7",
            "did you mean \"amount\"?",
        );
        refuse(MessageKind::Call, "add_to 7", "7 has no name");
        refuse(MessageKind::Call, "add_to --amount", "needs a value");
        refuse(MessageKind::Call, "add_to --amount --note", "needs a value");
        refuse(MessageKind::Call, "add_to --amount 256", "amount");
        refuse(MessageKind::Call, "value", "value is a query");
        refuse(MessageKind::Query, "add_to --amount 1", "add_to is a call");
    }

    #[test]
    fn help_is_for_all_or_for_one() {
        for line in ["--help", "-h", "add_to --help", "add_to --amount 7 -h"] {
            assert!(
                matches!(read_line(MessageKind::Call, line), Ok(Spoken::Help(_))),
                "{line}"
            );
        }
    }

    #[test]
    fn without_an_abi_there_are_bytes_and_json() {
        let raw = MessageArgs {
            message: Some("0x0102".parse().unwrap()),
            schema: None,
            method: Vec::new(),
        };
        let Ok(Spoken::Message(message)) = read(None, MessageKind::Call, &raw) else {
            panic!("no message")
        };
        assert_eq!((message.method, message.bytes), (None, vec![1, 2]));
        let words = |words: &[&str]| MessageArgs {
            message: None,
            schema: None,
            method: words.iter().map(|it| (*it).to_owned()).collect(),
        };
        for none in [&["x"][..], &["{}", "{}"], &[], &[r#"{"a":"#]] {
            assert!(read(None, MessageKind::Call, &words(none)).is_err());
        }
        let document = r#"{"transfer":{"amount":"1"}}"#;
        let json = read(None, MessageKind::Call, &words(&[document]));
        let Ok(Spoken::Message(message)) = json else {
            panic!("no message")
        };
        assert_eq!((message.method, message.bytes), (None, document.into()));
    }

    #[test]
    fn a_schema_file_checks_what_a_contract_without_abi_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token.json");
        let transfer = r#"{"type":"object","required":["transfer"],"additionalProperties":false}"#;
        std::fs::write(&path, format!(r#"{{"execute":{{"oneOf":[{transfer}]}}}}"#)).unwrap();
        let args = |word: &str| MessageArgs {
            message: None,
            schema: Some(path.clone()),
            method: vec![word.to_owned()],
        };
        let said = |word: &str| read(None, MessageKind::Call, &args(word));
        assert!(
            said(r#"{"transfer":1}"#).is_err(),
            "an object says what it has"
        );
        assert!(said(r#"{"burn":{}}"#).is_err());
        assert!(matches!(said("--help"), Ok(Spoken::Help(_))));
        let codec = abi();
        let codec = Codec::new(&codec, Hrp::Dev);
        assert!(read(Some(&codec), MessageKind::Call, &args("value")).is_err());
    }
}
