//! Runs what a node reported again.

use anyhow::Context;
use argosy_spec::ChainSpec;
use argosy_vm_compiled::{ArtefactKey, SealSecret};
use argosy_vm_engine::Report;

use crate::tiers::Fixture;

/// Runs the frame of a report of a chain on both tiers; what they and the node say, in words.
pub fn replay_report(spec: &ChainSpec, bytes: &[u8]) -> anyhow::Result<String> {
    let report = Report::parse(bytes).context("not a report of this version")?;
    let fixture = Fixture::new(spec);
    let interpreted = fixture.interpreter.load(&report.instrumented)?;
    let code = fixture.compiler.compile(&report.instrumented)?;
    let (secret, key) = (
        SealSecret::from_bytes([0; 32]),
        ArtefactKey::new(&[b"report"]),
    );
    let compiled = fixture
        .compiled
        .load(&secret, &key, &secret.seal(&key, &code))?;
    let again = report
        .replay(&interpreted, &compiled)
        .context("the report is of another version")?;
    Ok(format!(
        "reported: {report}\nhere: interpreted {}, compiled {}",
        again.interpreted, again.compiled
    ))
}
