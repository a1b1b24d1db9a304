//! A candidate from someone's block: the validator's side.
//!
//! Always: a [`Candidate`] was executed here, and its header says what the execution gave.

use std::sync::Arc;

use argosy_executor::{BlockContext, BlockExecutor, BlockOutcome};
use argosy_primitives::{
    Address, Block, BlockHash, Body, Header, Round, SignedTransaction, StateRoot, TimestampMs,
    VerifiedTransaction, evidence_root, receipts_root, tx_root,
};

use crate::build::body_size;
use crate::chain::Chain;
use crate::error::{ChainError, InvalidBlock};

/// A block that was executed on the present head and found right. Commit it, or drop it.
pub struct Candidate {
    pub(crate) block: Block,
    pub(crate) hash: BlockHash,
    pub(crate) transactions: Vec<Arc<VerifiedTransaction>>,
    pub(crate) outcome: BlockOutcome,
}

impl Candidate {
    /// The block.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// Its header's hash.
    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    /// The root of the state after it.
    pub fn state_root(&self) -> StateRoot {
        self.block.header.state_root
    }
}

/// What a block is executed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) block: BlockContext,
    pub(crate) round: Round,
}

impl Chain {
    /// Checks a block of someone else against the present head by executing it.
    pub fn verify(&self, block: Block) -> Result<Candidate, ChainError> {
        self.check_header(&block.header)?;
        self.check_body(&block.body)?;
        self.check_agreement(&block.body)?;
        let transactions = verify_signatures(&block.body.transactions)?;
        self.verify_signed(block, transactions)
    }

    /// As [`Chain::verify`], for a block whose signatures were checked when they came in.
    fn verify_signed(
        &self,
        block: Block,
        transactions: Vec<Arc<VerifiedTransaction>>,
    ) -> Result<Candidate, ChainError> {
        self.check_header(&block.header)?;
        let header = &block.header;
        let context = self.context(header.time_ms, header.proposer, header.round);
        let mut executor = self.executor(&context, &block.body)?;
        for (index, tx) in transactions.iter().enumerate() {
            if !executor.fits(tx) {
                return Err(InvalidBlock::GasFull { index }.into());
            }
            self.running
                .apply(&mut executor, tx)
                .map_err(|error| ChainError::from_apply(index, tx.id(), error))?;
        }
        let (header, body) = (block.header, block.body);
        let candidate = seal(self, context, (body, transactions), executor)?;
        same_header(&header, &candidate.block.header)?;
        Ok(candidate)
    }

    /// Executes a candidate of our own once more, as another validator would, and compares.
    pub fn reverify(&self, candidate: Candidate) -> Result<Candidate, ChainError> {
        self.check_body(&candidate.block.body)?;
        self.verify_signed(candidate.block, candidate.transactions)
    }

    /// The context of the block after the head.
    pub(crate) fn context(&self, now_ms: TimestampMs, proposer: Address, round: Round) -> Context {
        let parent = &self.head().header;
        let block = BlockContext {
            chain: self.view.genesis,
            version: self.view.spec.protocol.genesis_version,
            height: parent.height.saturating_add(1),
            time_ms: now_ms.max(parent.time_ms),
            proposer,
            base_price: self.view.next_base_price(),
        };
        Context { block, round }
    }

    /// Rules that need the parent only: cheap, before any execution.
    fn check_header(&self, header: &Header) -> Result<(), ChainError> {
        let (parent, chain) = (self.head(), self.view.genesis);
        let version = self.view.spec.protocol.genesis_version;
        if header.version != version {
            return Err(InvalidBlock::Version {
                expected: version,
                found: header.version,
            }
            .into());
        }
        if header.chain != chain {
            return Err(InvalidBlock::Chain {
                expected: chain,
                found: header.chain,
            }
            .into());
        }
        if header.height != parent.header.height.saturating_add(1) {
            let (head, found) = (parent.header.height, header.height);
            return Err(InvalidBlock::NotNext { head, found }.into());
        }
        if header.parent != parent.hash {
            return Err(InvalidBlock::Parent {
                expected: parent.hash,
                found: header.parent,
            }
            .into());
        }
        if header.time_ms < parent.header.time_ms {
            let (parent, found) = (parent.header.time_ms, header.time_ms);
            return Err(InvalidBlock::Time { parent, found }.into());
        }
        self.check_proposer(header)
    }

    /// Rules about the body as a whole.
    fn check_body(&self, body: &Body) -> Result<(), ChainError> {
        let (found, max) = (
            body_size(body),
            self.view.spec.limits.block_size_bytes_max as usize,
        );
        if found > max {
            return Err(InvalidBlock::Size { found, max }.into());
        }
        Ok(())
    }
}

fn verify_signatures(
    signed: &[SignedTransaction],
) -> Result<Vec<Arc<VerifiedTransaction>>, ChainError> {
    let verify = |(index, tx): (usize, &SignedTransaction)| match tx.clone().verify() {
        Ok(verified) => Ok(Arc::new(verified)),
        Err(error) => Err(InvalidBlock::Transaction {
            index,
            reason: error.to_string(),
        }
        .into()),
    };
    signed.iter().enumerate().map(verify).collect()
}

/// Finishes the execution of a body and writes the header that follows from it.
pub(crate) fn seal(
    chain: &Chain,
    context: Context,
    (body, transactions): (Body, Vec<Arc<VerifiedTransaction>>),
    executor: BlockExecutor<'_>,
) -> Result<Candidate, ChainError> {
    let outcome = executor.finish()?;
    let (validators, next_validators) = chain.deciders.hashes();
    let parent = chain.head();
    let header = Header {
        version: chain.view.spec.protocol.genesis_version,
        chain: context.block.chain,
        height: context.block.height,
        time_ms: context.block.time_ms,
        parent: parent.hash,
        proposer: context.block.proposer,
        round: context.round,
        validators,
        next_validators,
        last_certificate: body.certificate_hash(),
        tx_root: tx_root(&body.transactions),
        evidence_root: evidence_root(&body.evidence),
        base_price: context.block.base_price,
        gas_used: outcome.gas_used,
        state_root: outcome.state_root,
        receipts_root: receipts_root(&outcome.receipts),
    };
    let hash = header.hash();
    Ok(Candidate {
        block: Block { header, body },
        hash,
        transactions,
        outcome,
    })
}

/// Names the first field in which a header differs from what execution gave.
pub(crate) fn same_header(found: &Header, expected: &Header) -> Result<(), InvalidBlock> {
    let fields = [
        ("validators", found.validators == expected.validators),
        (
            "next_validators",
            found.next_validators == expected.next_validators,
        ),
        (
            "last_certificate",
            found.last_certificate == expected.last_certificate,
        ),
        ("tx_root", found.tx_root == expected.tx_root),
        (
            "evidence_root",
            found.evidence_root == expected.evidence_root,
        ),
        ("base_price", found.base_price == expected.base_price),
        ("gas_used", found.gas_used == expected.gas_used),
        (
            "receipts_root",
            found.receipts_root == expected.receipts_root,
        ),
        ("state_root", found.state_root == expected.state_root),
    ];
    match fields.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(InvalidBlock::Field { field }),
        // What is not in the list was checked by `check_header`; this catches a field added later.
        None if found != expected => Err(InvalidBlock::Field { field: "header" }),
        None => Ok(()),
    }
}
