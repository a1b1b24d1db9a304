//! Execution without RPC: signatures, native transfers, token calls, whole blocks.

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use argosy_chain::{BuildRequest, Candidates, Chain, Committed, validator_set};
use argosy_kv::{MemoryStore, Store};
use argosy_primitives::{
    Action, Address, CodeHash, GenesisHash, Nonce, SignedTransaction, StatusCode, Transaction,
    VerifiedTransaction,
};
use argosy_sdk::{Signer, dev_accounts};
use argosy_spec::ChainSpec;
use argosy_vm_abi::selector_of;
use parity_scale_codec::Encode;

use crate::table::Table;

/// Senders of the load.
const SENDERS: u8 = 10;
/// The sample contract that the calls go to.
const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");

/// Blocks and transactions on a chain of its own.
pub(crate) struct World {
    pub(crate) chain: Chain,
    genesis: GenesisHash,
    nonces: [Nonce; SENDERS as usize],
    time_ms: u64,
    signers: Vec<Signer>,
}

/// Made once: a phrase is stretched on purpose before keys come of it.
static ADDRESSES: LazyLock<Vec<Address>> =
    LazyLock::new(|| dev_accounts().iter().map(|it| it.1.address()).collect());

pub(crate) fn address(sender: u8) -> Address {
    ADDRESSES[usize::from(sender)]
}

impl World {
    fn new() -> Result<World> {
        World::on(Arc::new(MemoryStore::new()))
    }

    /// The dev chain on an empty store.
    pub(crate) fn on(store: Arc<dyn Store>) -> Result<World> {
        let spec = ChainSpec::dev();
        let time_ms = spec.genesis.time_ms;
        let chain = Chain::open(store, Arc::new(spec))?;
        let genesis = chain.view().genesis_hash();
        Ok(World {
            chain,
            genesis,
            nonces: [0; SENDERS as usize],
            time_ms,
            signers: dev_accounts().into_iter().map(|it| it.1).collect(),
        })
    }

    pub(crate) fn sign(
        &mut self,
        sender: u8,
        gas_limit: u64,
        actions: Vec<Action>,
    ) -> SignedTransaction {
        let nonce = self.nonces[usize::from(sender)];
        self.nonces[usize::from(sender)] += 1;
        let transaction = Transaction {
            chain: self.genesis,
            signer: self.signers[usize::from(sender)].public(),
            nonce,
            valid_until: self.chain.head().header.height + 100,
            gas_limit,
            max_gas_price: 1_000_000_000,
            tip: 1,
            deposit_max: 1 << 50,
            actions,
        };
        self.signers[usize::from(sender)].sign(transaction)
    }

    /// Includes all of `txs` in as many blocks as they need.
    pub(crate) fn include(&mut self, txs: Vec<Arc<VerifiedTransaction>>) -> Result<Vec<Committed>> {
        let proposer = validator_set(self.chain.spec()).0[0].address;
        let mut source = InOrder { txs, next: 0 };
        let mut blocks = Vec::new();
        while source.next < source.txs.len() {
            self.time_ms += 1_000;
            let before = source.next;
            let request = BuildRequest {
                now_ms: self.time_ms,
                proposer,
                round: 0,
                txs_max: u32::MAX,
                evidence: Vec::new(),
            };
            let mut block = Prefix {
                source: &mut source,
                full: false,
            };
            let built = self.chain.build(request, &mut block)?;
            blocks.push(self.chain.commit(built.candidate)?);
            ensure!(source.next > before, "a block took nothing");
        }
        for receipt in blocks.iter().flat_map(|block| block.receipts.iter()) {
            ensure!(
                receipt.status == StatusCode::Success,
                "a transaction of the load failed: {receipt:?}"
            );
        }
        Ok(blocks)
    }
}

struct InOrder {
    txs: Vec<Arc<VerifiedTransaction>>,
    next: usize,
}

/// What is left, until the block is full.
struct Prefix<'a> {
    source: &'a mut InOrder,
    full: bool,
}

impl Candidates for Prefix<'_> {
    fn peek(&mut self) -> Option<Arc<VerifiedTransaction>> {
        if self.full {
            None
        } else {
            self.source.txs.get(self.source.next).cloned()
        }
    }

    fn take(&mut self) {
        self.source.next += 1;
    }

    fn leave(&mut self) {
        self.full = true;
    }
}

/// Adds the rows of this file. On one big stack, as a node's replica runs.
pub(crate) fn measure(table: &mut Table, scale: usize) -> Result<()> {
    argosy_chain::on_big_stack(|| measure_all(table, scale)).context("no big stack")?
}

fn measure_all(table: &mut Table, scale: usize) -> Result<()> {
    let count = 20_000 / scale;
    let mut world = World::new()?;
    let transfers: Vec<SignedTransaction> = (0..count)
        .map(|number| {
            let (from, to) = pair(number);
            world.sign(
                from,
                100_000,
                vec![Action::Transfer {
                    to: address(to),
                    amount: 1,
                }],
            )
        })
        .collect();
    let (transfers, signature_us) = verify(transfers)?;
    table.baseline(
        "one ed25519 signature, verified strictly",
        signature_us,
        "us",
    );

    let (blocks, transfer_us) = timed(|| world.include(transfers))?;
    let per = transfer_us / count as f64;
    table.compared(
        "one native transfer: execute, root, commit in memory",
        per,
        "us",
        signature_us,
        "one signature",
    );
    table.compared(
        "  the same as transfers per second",
        1e6 / per,
        "tx/s",
        1e6 / signature_us,
        "signatures/s on one core",
    );
    table.baseline(
        "  transactions per block",
        count as f64 / blocks.len() as f64,
        "tx",
    );

    let token = deploy(&mut world)?;
    let calls: Vec<SignedTransaction> = (0..count)
        .map(|number| {
            let (from, to) = pair(number);
            let action = Action::Call {
                contract: token,
                funds: 0,
                message: transfer_message(to),
                abi_hash: None,
            };
            world.sign(from, 400_000, vec![action])
        })
        .collect();
    let (calls, _) = verify(calls)?;
    let (blocks, call_us) = timed(|| world.include(calls))?;
    let per_call = call_us / count as f64;
    table.compared(
        "one token transfer: execute, root, commit in memory",
        per_call,
        "us",
        per,
        "one native transfer",
    );
    table.compared(
        "  the same as calls per second",
        1e6 / per_call,
        "tx/s",
        1e6 / per,
        "native transfers/s",
    );
    let gas: u64 = blocks
        .iter()
        .flat_map(|block| block.receipts.iter())
        .map(|receipt| receipt.gas_used)
        .sum();
    table.baseline(
        "  gas of one token transfer",
        gas as f64 / count as f64,
        "gas",
    );
    replay(table, &world, 2 * count, per)
}

/// Senders in turn, receivers mixed.
pub(crate) fn pair(number: usize) -> (u8, u8) {
    let from = (number % usize::from(SENDERS)) as u8;
    (from, (from + 1 + (number / 7 % 8) as u8) % SENDERS)
}

pub(crate) fn verify(
    signed: Vec<SignedTransaction>,
) -> Result<(Vec<Arc<VerifiedTransaction>>, f64)> {
    let count = signed.len() as f64;
    let (verified, us) = timed(|| {
        Ok(signed
            .into_iter()
            .map(|tx| tx.verify().map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?)
    })?;
    Ok((verified, us / count))
}

pub(crate) fn transfer_message(to: u8) -> Vec<u8> {
    (selector_of("transfer"), address(to), 1u128).encode()
}

/// Stores and creates the token, and gives every sender some.
pub(crate) fn deploy(world: &mut World) -> Result<Address> {
    let code = CodeHash::of(TOKEN);
    let message = (selector_of("init"), "Bench", "BNCH", 0u8, 1u128 << 80).encode();
    let instantiate = Action::Instantiate {
        code,
        salt: [0; 32],
        admin: None,
        funds: 0,
        message,
    };
    let store = Action::StoreCode {
        code: TOKEN.to_vec(),
    };
    let tx = world
        .sign(0, 100_000_000, vec![store, instantiate])
        .verify()?;
    let blocks = world.include(vec![Arc::new(tx)])?;
    let receipt = blocks
        .iter()
        .flat_map(|block| block.receipts.iter())
        .next()
        .context("no receipt")?;
    let created = receipt
        .data
        .first_chunk::<32>()
        .context("no address in the receipt")?;
    let token = Address::from_bytes(*created);
    let mut gifts = Vec::new();
    for sender in 1..SENDERS {
        let message = (selector_of("transfer"), address(sender), 1u128 << 60).encode();
        let action = Action::Call {
            contract: token,
            funds: 0,
            message,
            abi_hash: None,
        };
        gifts.push(Arc::new(world.sign(0, 10_000_000, vec![action]).verify()?));
    }
    world.include(gifts)?;
    Ok(token)
}

/// Every block again, signatures included, into an empty store.
fn replay(table: &mut Table, world: &World, count: usize, transfer_us: f64) -> Result<()> {
    let spec = Arc::clone(world.chain.spec());
    let mut target = Chain::open(Arc::new(MemoryStore::new()), spec)?;
    let (report, us) = timed(|| Ok(argosy_chain::replay(&world.chain.view(), &mut target)?))?;
    ensure!(
        target.head() == world.chain.head(),
        "the replay ended elsewhere"
    );
    ensure!(
        report.transactions >= count as u64,
        "the replay missed transactions"
    );
    let per = us / report.transactions as f64;
    table.compared(
        "one transaction replayed, signature and roots included",
        per,
        "us",
        transfer_us,
        "one native transfer",
    );
    Ok(())
}

/// What `work` gives, and the microseconds it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let begin = Instant::now();
    let value = work()?;
    Ok((value, begin.elapsed().as_secs_f64() * 1e6))
}
