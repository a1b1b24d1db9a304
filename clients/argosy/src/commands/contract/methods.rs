//! What a contract offers, from its ABI, with the author's words.
//!
//! Not here: the ABI as JSON (`argosy_bindings::json`).

use argosy_sdk::{Abi, Codec, MessageKind};
use argosy_vm_abi::schema::{Field, MessageItem};
use serde_json::Value;

use crate::output::{Report, in_line, printable};

const KINDS: [MessageKind; 4] = [
    MessageKind::Init,
    MessageKind::Call,
    MessageKind::Query,
    MessageKind::Upgrade,
];

/// The methods of one kind, or of all.
pub(super) fn report(abi: &Abi, kind: Option<MessageKind>) -> Report {
    list(Report::new(argosy_bindings::json::of_abi(abi)), abi, kind)
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
    let report = Report::new(argosy_bindings::json::of_abi(codec.abi()));
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
