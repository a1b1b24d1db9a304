//! What consensus tells about itself.

use argosy_links::Standing;
use argosy_primitives::{Address, CommitCertificate};
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::application::{Height, Verdict};

/// Metrics of one node's part in consensus; clones share them. They outlive the engine.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Of the links with other nodes.
    pub(crate) links: argosy_links::Metrics,
    pub(crate) height: Gauge,
    pub(crate) round: Gauge,
    pub(crate) clock_ahead_ms: Gauge,
    /// What validators say they have.
    pub(crate) known_height: Gauge,
    pub(crate) validators: Gauge,
    missing_votes: Gauge,
    later_rounds: Counter,
    /// Blocks that this node proposed.
    pub(crate) proposed: Counter,
    /// Turns that this node let pass.
    pub(crate) passed_turns: Counter,
    judged: Family<Labels, Counter>,
    signed: Counter,
    missed: Counter,
    /// Blocks that came from others, decided.
    pub(crate) synced: Counter,
    /// Proofs of misbehaviour that the engine found.
    pub(crate) evidence: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    verdict: Judged,
}

/// What this node found of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Judged {
    Valid,
    Invalid,
    Late,
}

impl Judged {
    const ALL: [Judged; 3] = [Judged::Valid, Judged::Invalid, Judged::Late];
}

impl EncodeLabelValue for Judged {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let text = match self {
            Judged::Valid => "valid",
            Judged::Invalid => "invalid",
            Judged::Late => "late",
        };
        EncodeLabelValue::encode(&text, encoder)
    }
}

impl Metrics {
    /// How the peers stand.
    pub fn standing(&self) -> Standing {
        self.links.standing()
    }

    /// Adds them to a registry, under names that begin with `consensus`, `validator` and `p2p`.
    pub fn register(&self, registry: &mut Registry) {
        self.links.register(registry);
        let consensus = registry.sub_registry_with_prefix("consensus");
        let height = "Height that is being decided";
        consensus.register("height", height, self.height.clone());
        let round = "Attempt at that height, from 0";
        consensus.register("round", round, self.round.clone());
        consensus.register(
            "clock_ahead_milliseconds",
            "By how much this node's clock is ahead of the times in proposals that come, in the middle of their proposers",
            self.clock_ahead_ms.clone(),
        );
        let known = "Height that validators with more than a third of the power say they have";
        consensus.register("known_height", known, self.known_height.clone());
        let validators = "Validators that decide that height";
        consensus.register("validators", validators, self.validators.clone());
        consensus.register(
            "missing_votes",
            "Validators whose precommit is not in the last certificate that this node completed",
            self.missing_votes.clone(),
        );
        consensus.register(
            "later_round_blocks",
            "Blocks that took more than one attempt",
            self.later_rounds.clone(),
        );
        for verdict in Judged::ALL {
            // Told from the beginning, so that the first one is seen as a change.
            drop(self.judged.get_or_create(&Labels { verdict }));
        }
        consensus.register(
            "judged_proposals",
            "Proposals of others, by what this node found",
            self.judged.clone(),
        );
        consensus.register(
            "synced_blocks",
            "Blocks that came from others, decided",
            self.synced.clone(),
        );
        consensus.register(
            "evidence",
            "Proofs that a validator signed what contradicts itself, found here",
            self.evidence.clone(),
        );
        let validator = registry.sub_registry_with_prefix("validator");
        validator.register(
            "proposed_blocks",
            "Blocks that this validator proposed",
            self.proposed.clone(),
        );
        validator.register(
            "passed_turns",
            "Turns to propose that this validator let pass",
            self.passed_turns.clone(),
        );
        validator.register(
            "signed_blocks",
            "Certificates with this validator's precommit",
            self.signed.clone(),
        );
        validator.register(
            "missed_blocks",
            "Certificates without this validator's precommit",
            self.missed.clone(),
        );
    }

    /// The height that validators with more than a third of the power say they have; 0: not so many are
    /// heard.
    pub fn known_height(&self) -> Height {
        Height::try_from(self.known_height.get()).unwrap_or(0)
    }

    /// A proposal was judged.
    pub(crate) fn judged(&self, verdict: &Verdict) {
        let verdict = match verdict {
            Verdict::Valid => Judged::Valid,
            Verdict::Invalid(_) => Judged::Invalid,
            Verdict::Elsewhere(_) => Judged::Late,
        };
        self.judged.get_or_create(&Labels { verdict }).inc();
    }

    /// A height is over, with a certificate that has all that this node heard of.
    pub(crate) fn decided(
        &self,
        certificate: &CommitCertificate,
        validators: usize,
        own: Option<&Address>,
    ) {
        let missing = validators.saturating_sub(certificate.signatures.len());
        self.missing_votes.set(gauge(missing));
        if certificate.round > 0 {
            self.later_rounds.inc();
        }
        let Some(own) = own else {
            return; // A node that follows misses nothing.
        };
        let has_own = certificate.signatures.iter().any(|it| it.validator == *own);
        match has_own {
            true => self.signed.inc(),
            false => self.missed.inc(),
        };
    }
}

pub(crate) fn gauge(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
