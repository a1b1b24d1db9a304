//! `argosy network add|use|list|remove`.

use argosy_sdk::{Client, ClientOptions, without_secret};
use serde_json::json;

use super::problem::failure;
use super::session::options;
use crate::args::{GlobalArgs, NetworkCommand};
use crate::failure::Failure;
use crate::networks::{Book, LOCAL, Network, Networks, check_new_name};
use crate::output::Report;

/// Does what is asked.
pub(super) fn run(command: NetworkCommand, global: &GlobalArgs) -> Result<Report, Failure> {
    let file = Networks::usual()?;
    let mut book = file.load()?;
    let report = match command {
        NetworkCommand::List => return Ok(list(&book)),
        NetworkCommand::Add { name, url } => {
            check_new_name(&name)?;
            let network = super::in_runtime(ask(&url, options(global, None)))?;
            let report = Report::new(
                json!({"name": name, "url": without_secret(&url), "chain": network.chain, "hrp": network.hrp}),
            )
            .row("network", &name)
            .row("node", without_secret(&url))
            .row("chain", &network.chain)
            .row("addresses", format!("{}1…", network.hrp));
            book.add(&name, network)?;
            report
        }
        NetworkCommand::Use { name } => {
            book.choose(&name)?;
            Report::new(json!({"current": name})).row("network", name)
        }
        NetworkCommand::Remove { name } => {
            book.remove(&name)?;
            Report::new(json!({"removed": name, "current": book.current()})).row("removed", name)
        }
    };
    file.save(&book)?;
    Ok(report)
}

/// Which chain the node is on. That chain is what will be asked for from now on.
async fn ask(url: &str, options: ClientOptions) -> Result<Network, Failure> {
    let client = Client::connect_with(url, options).await.map_err(failure)?;
    Ok(Network {
        url: url.to_owned(),
        chain: client.chain().to_string(),
        hrp: client.hrp().to_string(),
    })
}

fn list(book: &Book) -> Report {
    let marked = |name: &str| match book.current() == name {
        true => format!("* {name}"),
        false => format!("  {name}"),
    };
    let url = argosy_sdk::DEFAULT_URL.to_owned();
    let local = [marked(LOCAL), url, "any chain".to_owned()];
    let mut documents = vec![json!({
        "name": LOCAL,
        "url": argosy_sdk::DEFAULT_URL,
        "current": book.current() == LOCAL,
    })];
    let mut report = Report::default().columns(local);
    for (name, network) in &book.networks {
        let chain = network.chain.get(..18).unwrap_or(&network.chain);
        let chain = format!("{} {chain}…", network.hrp);
        report = report.columns([marked(name), without_secret(&network.url), chain]);
        documents.push(json!({
            "name": name,
            "url": without_secret(&network.url),
            "chain": network.chain,
            "hrp": network.hrp,
            "current": book.current() == name,
        }));
    }
    report
        .with_document(json!({"networks": documents}))
        .list_of("networks")
}
