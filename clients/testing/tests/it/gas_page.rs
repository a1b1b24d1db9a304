//! What the samples cost and weigh, as `docs/contracts/gas.md` says it: written from the scenarios, compared with
//! the file; `ARGOSY_BLESS=1` writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use argosy_testing::Gas;
use argosy_vm_abi::{ABI_SECTION, Abi, custom_sections};

use crate::tiers::{SCENARIOS, run_interpreted};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/contracts/gas.md");
/// What is there for tests of the node is no sample.
const NO_SAMPLES: [&str; 2] = ["probe", "workloads"];

const HEAD: &str = "# What the samples cost

This page is written by a test, which runs a scenario for each sample on the real executor and compares:
`ARGOSY_BLESS=1 cargo test --package argosy-testing gas_page` writes it anew. Gas is that of a whole transaction, with signature,
bytes, loading of code and all calls to other contracts, over the calls in the scenario that succeed; the first of a kind is
dearer, since it stores what the later ones change. `init` includes the upload of the module, unless the chain had it. Both tiers
of the VM use the same gas (`clients/testing/tests/it/tiers.rs`). What your own contract costs is what `argosy test` prints.

| Sample | Bytes | Message | Gas, least | most |
|---|---|---|---|---|
";

/// Least and most, by sample and message.
type Rows = BTreeMap<String, BTreeMap<String, (Gas, Gas)>>;

fn measured() -> Rows {
    let mut rows = Rows::new();
    for (_, scenario) in SCENARIOS {
        let world = run_interpreted(*scenario);
        for (what, _) in world.gas().iter() {
            let Some((contract, method)) = what.split_once('.') else {
                continue;
            };
            let Some(gas) = world.gas().of_successes(what) else {
                continue;
            };
            let messages = rows.entry(contract.to_owned()).or_default();
            let known = messages
                .entry(method.to_owned())
                .or_insert((gas.min, gas.max));
            *known = (known.0.min(gas.min), known.1.max(gas.max));
        }
    }
    rows
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let rows = measured();
    let samples = crate::artifacts().into_iter();
    for sample in samples.filter(|it| !NO_SAMPLES.contains(&it.as_str())) {
        let wasm = crate::artifact(&sample);
        let section = custom_sections(&wasm, ABI_SECTION).unwrap();
        let abi = Abi::parse(&section).unwrap();
        let messages = rows.get(&sample).into_iter().flatten();
        // A contract that became another one has that one's methods under its own name.
        let own = messages.filter(|(method, _)| abi.messages.iter().any(|it| it.name == **method));
        for (method, (least, most)) in own {
            let bytes = wasm.len();
            writeln!(
                page,
                "| [`{sample}`]({sample}.md) | {bytes} | `{method}` | {least} | {most} |"
            )
            .unwrap();
        }
    }
    linked(page)
}

/// Links only to pages that there are.
fn linked(page: String) -> String {
    let folder = Path::new(PAGE).parent().unwrap();
    let has_page = |sample: &str| folder.join(format!("{sample}.md")).is_file();
    let samples = crate::artifacts().into_iter();
    samples.filter(|it| !has_page(it)).fold(page, |page, it| {
        page.replace(&format!("[`{it}`]({it}.md)"), &format!("`{it}`"))
    })
}

#[test]
fn the_page_says_what_the_samples_cost() {
    let page = page();
    for sample in crate::artifacts() {
        let is_told = page.contains(&format!("`{sample}`"));
        assert_eq!(
            is_told,
            !NO_SAMPLES.contains(&sample.as_str()),
            "{sample}: {page}"
        );
    }
    if std::env::var_os("ARGOSY_BLESS").is_some_and(|it| it == "1") {
        std::fs::write(PAGE, &page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differs = page
        .lines()
        .zip(written.lines())
        .find(|(now, was)| now != was);
    assert!(
        page == written,
        "docs/contracts/gas.md is not what the samples cost, first at {differs:?}; if that is wanted, run again \
         with ARGOSY_BLESS=1 and review the change"
    );
}
