//! Asks a node for everything that its clients were told before.
//!
//! Rules: a block that was seen is the same; an included transaction is where it was, once, with the
//! same receipt; nonces have no gap; no token appears or vanishes; nobody is accused.
//! What one node says is noted in the same book as what another one says: so all say the same.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use argosy_primitives::{Address, Height, TxId, evidence_root};
use argosy_rpc_api::{BlockAnswer, BlockDetail, BlockSelector, RpcError};
use argosy_sdk::{Client, SdkError, dev_accounts};
use argosy_spec::ChainSpec;
use futures::{StreamExt, TryStreamExt};

use crate::book::{Book, Finding, SeenBlock};
use crate::dice::Dice;
use crate::load::{Load, nonce_of};

/// After each restart so many of the newest facts are asked for, and as many older ones by lot; all
/// of them in the end.
const SAMPLE: usize = 100;
/// Requests on their way at once.
const AT_ONCE: usize = 8;
/// What waits in a mempool is in blocks after this.
const DRAINED_WITHIN: Duration = Duration::from_secs(30);

/// What a whole chain came to.
pub(crate) struct Whole {
    pub(crate) height: Height,
    pub(crate) transactions: u64,
    pub(crate) block_hash: String,
    pub(crate) state_root: String,
}

/// Looks at a node that has just come back.
pub(crate) async fn look(
    client: &Client,
    book: &mut Book,
    load: &Load,
    dice: &mut Dice,
) -> Result<()> {
    let head = client.finalized_head().await?;
    book.head(head.at.height.0)?;
    book.block(head.at.height.0, (&head).into())?;
    for height in sample(&book.heights(), dice) {
        check_block(client, book, height).await?;
    }
    for id in sample(&book.included(), dice) {
        match client.receipt(id).await {
            Ok(answer) => book.receipt(answer)?,
            Err(error) if is_missing(&error) => return Err(Book::no_receipt(id).into()),
            Err(error) => return Err(error.into()),
        }
    }
    for sender in &load.senders {
        let (found, ours) = (nonce_of(client, &sender.signer).await?, sender.nonce);
        // One may have been included without anybody being told.
        if found < ours || found > ours + 1 {
            return Err(Finding {
                rule: "nonces have no gap",
                what: format!(
                    "{} has sent {ours}, the node says {found}",
                    sender.signer.public()
                ),
            }
            .into());
        }
    }
    Ok(())
}

/// Waits until nothing waits: what was handed in and not waited for any more is included first.
pub(crate) async fn drained(client: &Client) -> Result<()> {
    let begin = Instant::now();
    while client.health().await?.pool.transactions > 0 {
        ensure!(
            begin.elapsed() < DRAINED_WITHIN,
            "the mempool does not empty"
        );
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    Ok(())
}

/// Looks at the whole chain, to which no transaction is added any more.
pub(crate) async fn whole(
    client: &Client,
    book: &mut Book,
    load: &Load,
    spec: &ChainSpec,
) -> Result<Whole> {
    let head = client.finalized_head().await?;
    let height = head.at.height.0;
    book.head(height)?;
    let blocks = futures::stream::iter(0..=height)
        .map(|it| client.block(BlockSelector::Height(it), BlockDetail::Ids));
    let blocks: Vec<BlockAnswer> = blocks.buffered(AT_ONCE).try_collect().await?;
    let (mut places, mut burned) = (BTreeMap::new(), 0u128);
    for (height, block) in (0..).zip(&blocks) {
        burned += u128::from(block.header.base_price.0) * u128::from(block.header.gas_used.0);
        check_body(book, &mut places, height, block)?;
    }
    receipts(client, book, &places).await?;
    let mut sent = 0;
    for sender in &load.senders {
        sent += nonce_of(client, &sender.signer).await?;
    }
    if sent != places.len() as u64 {
        bail!(Finding {
            rule: "nonces have no gap",
            what: format!(
                "{} transactions are in blocks, the accounts have sent {sent}",
                places.len()
            ),
        });
    }
    supply(client, load, spec, burned).await?;
    Ok(Whole {
        height,
        transactions: places.len() as u64,
        block_hash: head.at.hash.to_string(),
        state_root: head.header.state_root.to_string(),
    })
}

/// A block is the one that others saw, holds nothing that was there before, and accuses nobody.
fn check_body(
    book: &mut Book,
    places: &mut BTreeMap<TxId, (Height, u32)>,
    height: Height,
    block: &BlockAnswer,
) -> Result<()> {
    let seen = SeenBlock {
        hash: block.at.hash.0,
        state_root: block.header.state_root.0,
        receipts_root: block.header.receipts_root.0,
    };
    book.block(height, seen)?;
    if block.header.evidence_root.0 != evidence_root(&[]) {
        bail!(Finding {
            rule: "nobody honest is accused",
            what: format!("block {height} carries evidence"),
        });
    }
    for (index, id) in block.tx_ids.iter().enumerate() {
        let place = (height, u32::try_from(index)?);
        if let Some(other) = places.insert(id.0, place) {
            bail!(Finding {
                rule: "a transaction is in one place",
                what: format!("{id} is at {other:?} and at {place:?}"),
            });
        }
    }
    Ok(())
}

/// Everything that somebody was told of is in a block, and every receipt is what all are told.
async fn receipts(
    client: &Client,
    book: &mut Book,
    places: &BTreeMap<TxId, (Height, u32)>,
) -> Result<()> {
    for id in book.included() {
        if places.get(&id).copied() != book.place(&id) {
            return Err(Book::no_receipt(id).into());
        }
    }
    let asked = futures::stream::iter(places.keys()).map(|id| client.receipt(*id));
    let mut answers = asked.buffered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        let (id, place) = (answer.tx_id.0, (answer.at.height.0, answer.index));
        if places.get(&id) != Some(&place) {
            bail!(Finding {
                rule: "a receipt is of its transaction",
                what: format!("{id} is said to be at {place:?}"),
            });
        }
        book.receipt(answer)?;
    }
    Ok(())
}

/// What all accounts have and lock, and what was burned, is what genesis gave.
async fn supply(client: &Client, load: &Load, spec: &ChainSpec, burned: u128) -> Result<()> {
    let given: u128 = spec.genesis.accounts.iter().map(|it| it.balance).sum();
    let mut there = burned;
    let proposers = spec
        .genesis
        .validators
        .iter()
        .map(|it| Address::of_key(&it.key));
    let accounts = dev_accounts().into_iter().map(|(_, it)| it.address());
    for address in accounts.chain(proposers).chain([load.token]) {
        let account = client.account(address, BlockSelector::Latest).await?;
        there += account.balance.0 + account.deposit.0;
    }
    let token = client.contract(load.token, BlockSelector::Latest).await?;
    there += token.deposit.0 + token.code.deposit.0;
    if there != given {
        bail!(Finding {
            rule: "no token appears or vanishes",
            what: format!("genesis gave {given}, {there} are there or burned"),
        });
    }
    let kept = client.supply(BlockSelector::Latest).await?.supply.0;
    if kept.checked_add(burned) != Some(given) {
        bail!(Finding {
            rule: "the supply is what is not burned",
            what: format!("genesis gave {given}, {burned} are burned, the supply is {kept}"),
        });
    }
    Ok(())
}

async fn check_block(client: &Client, book: &mut Book, height: Height) -> Result<()> {
    match client.header(BlockSelector::Height(height)).await {
        Ok(answer) => Ok(book.block(height, (&answer).into())?),
        Err(error) if is_missing(&error) => Err(Book::no_block(height).into()),
        Err(error) => Err(error).context("the node does not answer"),
    }
}

fn is_missing(error: &SdkError) -> bool {
    matches!(error, SdkError::Rpc { error } if matches!(**error, RpcError::NotFound { .. }))
}

/// The newest, and some of the others.
fn sample<T: Clone>(all: &[T], dice: &mut Dice) -> Vec<T> {
    let (older, newest) = all.split_at(all.len().saturating_sub(SAMPLE));
    let chosen =
        (0..SAMPLE.min(older.len())).map(|_| &older[dice.below(older.len() as u64) as usize]);
    chosen.chain(newest).cloned().collect()
}
