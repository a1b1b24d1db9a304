//! The replay: every block fetched over RPC and executed into an empty chain in this process.
//!
//! It must end with the same block hash and the same state root; signatures, gas, receipts and
//! roots of each block are checked on the way.

use std::sync::Arc;
use std::time::Instant;

use argosy_chain::Chain;
use argosy_kv::MemoryStore;
use argosy_primitives::{
    Block, Body, CommitCertificate, Evidence, Header, Limits, SignedTransaction, decode_untrusted,
};
use argosy_rpc_api::{BlockAnswer, BlockDetail, BlockSelector};
use argosy_sdk::Client;
use argosy_spec::ChainSpec;

use super::stage::Stage;
use crate::commands::failure;
use crate::failure::Failure;
use crate::output::Report;

/// Longer than any evidence.
const EVIDENCE_BYTES_MAX: usize = 4096;

/// Fetches, executes, compares.
pub(super) async fn check(stage: &mut Stage, client: &Client) -> Result<(), Failure> {
    stage.step("A replay: all blocks over RPC, executed here from genesis");
    let head = client
        .header(BlockSelector::Latest)
        .await
        .map_err(failure)?;
    let mut chain = Chain::open(Arc::new(MemoryStore::new()), Arc::new(ChainSpec::dev()))
        .map_err(Failure::failed)?;
    let same_genesis = chain.view().genesis_hash() == client.chain();
    let begin = Instant::now();
    let (mut transactions, mut gas_used) = (0, 0);
    for height in 1..=head.at.height.0 {
        let answer = client
            .block(BlockSelector::Height(height), BlockDetail::Full)
            .await
            .map_err(failure)?;
        let block = block_of(&answer)?;
        transactions += block.body.transactions.len();
        gas_used += block.header.gas_used;
        let candidate = chain
            .verify(block)
            .map_err(|error| Failure::failed(format!("block {height}: {error}")))?;
        chain.commit(candidate).map_err(Failure::failed)?;
    }
    let elapsed_ms = begin.elapsed().as_millis();
    let ours = chain.head();
    stage.rows(
        Report::default()
            .row(
                "executed",
                format!(
                    "{} blocks, {transactions} transactions, {gas_used} gas in {elapsed_ms} ms",
                    ours.header.height
                ),
            )
            .row("block hash", ours.hash)
            .row("state root", ours.header.state_root),
    );
    stage.check(
        "the genesis is that of the dev spec in this program",
        same_genesis,
    );
    let same = ours.hash == head.at.hash.0 && ours.header.state_root == head.header.state_root.0;
    stage.check(
        "block hash and state root are those of the running chain",
        same,
    );
    Ok(())
}

/// The block that an answer shows.
fn block_of(answer: &BlockAnswer) -> Result<Block, Failure> {
    let shown = answer.transactions.as_deref().unwrap_or_default();
    let mut evidence: Vec<Evidence> = Vec::new();
    for bytes in &answer.evidence {
        let decoded = decode_untrusted(&bytes.0, Limits::for_size(EVIDENCE_BYTES_MAX));
        evidence.push(decoded.map_err(Failure::failed)?);
    }
    let body = Body {
        transactions: shown.iter().map(SignedTransaction::from).collect(),
        last_certificate: answer
            .last_certificate
            .as_ref()
            .map(CommitCertificate::from),
        evidence,
    };
    Ok(Block {
        header: Header::from(&answer.header),
        body,
    })
}
