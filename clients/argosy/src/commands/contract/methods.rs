//! What a contract offers, from its ABI: for people with the author's words, for programs as JSON.

use argosy_sdk::{Abi, Codec, MessageKind};
use argosy_vm_abi::schema::{Field, MessageItem};
use serde_json::{Value, json};

use crate::output::{Report, in_line, printable};

const KINDS: [MessageKind; 4] = [
    MessageKind::Init,
    MessageKind::Call,
    MessageKind::Query,
    MessageKind::Upgrade,
];

/// The methods of one kind, or of all.
pub(super) fn report(abi: &Abi, kind: Option<MessageKind>) -> Report {
    list(Report::new(view(abi)), abi, kind)
}

/// Adds the methods to a report.
pub(super) fn list(mut report: Report, abi: &Abi, kind: Option<MessageKind>) -> Report {
    if let Some(contract) = &abi.contract {
        report = report.line(format!(
            "{} {}: {}",
            contract.name,
            in_line(&contract.version),
            first_line(&contract.docs)
        ));
    }
    for kind in KINDS
        .into_iter()
        .filter(|it| kind.is_none_or(|only| only == *it))
    {
        let methods: Vec<&MessageItem> = abi.messages.iter().filter(|it| it.kind == kind).collect();
        if methods.is_empty() {
            continue;
        }
        report = report.heading(heading(kind));
        for method in methods {
            report = report.line(format!("  {}", synopsis(method)));
            for line in doc_lines(&method.docs) {
                report = report.line(format!("      {line}"));
            }
        }
    }
    report
}

/// One method with its arguments.
pub(super) fn usage(codec: &Codec<'_>, kind: MessageKind, name: &str) -> Report {
    let report = Report::new(view(codec.abi()));
    let Some(method) = codec.abi().message(kind, name) else {
        return report;
    };
    let mut report = report.line(synopsis(method));
    for line in doc_lines(&method.docs) {
        report = report.line(format!("    {line}"));
    }
    if !method.args.is_empty() {
        report = report.heading("Arguments");
    }
    for Field { name, ty } in &method.args {
        let example = codec.example(ty).map(|it| plain(&it)).unwrap_or_default();
        report = report.columns([
            format!("  --{}", kebab(name)),
            ty.clone(),
            format!("for example {example}"),
        ]);
    }
    if method.payable {
        report = report
            .line("")
            .line("Takes funds: --funds AMOUNT before `--`.");
    }
    report
}

/// The ABI for programs.
pub(super) fn view(abi: &Abi) -> Value {
    let fields = |fields: &[Field]| -> Value {
        fields
            .iter()
            .map(|it| json!({"name": it.name, "type": it.ty}))
            .collect()
    };
    let message = |it: &MessageItem| {
        json!({
            "kind": it.kind.entry().export_name(),
            "name": it.name,
            "selector": const_hex::encode_prefixed(it.selector),
            "args": fields(&it.args),
            "returns": it.returns,
            "error": it.error,
            "payable": it.payable,
            "docs": it.docs,
        })
    };
    let events = abi.events.iter().map(|it| {
        let fields = it.fields.iter();
        let fields: Value = fields
            .map(|it| json!({"name": it.name, "type": it.ty, "indexed": it.indexed}))
            .collect();
        json!({"name": it.name, "fields": fields, "docs": it.docs})
    });
    json!({
        "contract": abi.contract.as_ref().map(|it| json!({"name": it.name, "version": it.version, "docs": it.docs})),
        "methods": abi.messages.iter().map(message).collect::<Value>(),
        "events": events.collect::<Value>(),
    })
}

/// `transfer --to <Address> --amount <u128>`
fn synopsis(method: &MessageItem) -> String {
    let args = method.args.iter().map(|it| {
        let text = format!("--{} <{}>", kebab(&it.name), it.ty);
        if it.ty.starts_with("Option<") {
            format!(" [{text}]")
        } else {
            format!(" {text}")
        }
    });
    let returns = if method.returns == "()" {
        String::new()
    } else {
        format!(" -> {}", method.returns)
    };
    format!("{}{}{returns}", method.name, args.collect::<String>())
}

fn heading(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Init => "Creation (argosy contract deploy)",
        MessageKind::Call => "Calls (argosy contract call)",
        MessageKind::Query => "Queries (argosy contract query)",
        MessageKind::Upgrade => "Migration",
    }
}

/// Arguments are typed with dashes, as those of any command.
fn kebab(name: &str) -> String {
    match name.starts_with('_') {
        true => name.to_owned(),
        false => name.replace('_', "-"),
    }
}

fn doc_lines(docs: &str) -> impl Iterator<Item = String> {
    docs.lines()
        .map(|it| printable(it.trim()))
        .filter(|it| !it.is_empty())
}

fn first_line(docs: &str) -> String {
    doc_lines(docs).next().unwrap_or_default()
}

/// Words without the quotes of JSON, as they are typed.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
