//! Traces: calls of clients, from the RPC server to the block on disk.
//!
//! ```text
//! client ──traceparent──► call ───────────────────────► its answer
//!                          ├──► admitted: until the mempool has taken or refused it
//!                          └──────► committed: from there until the block is on disk
//! ```
//!
//! Always: the node does the same whether it is traced or not; a fault in here ends traces and not
//! the node. Not here: spans, which calls are followed, the collector (`argosy_traces`).

mod calls; // what is said of a call
mod settle; // what becomes of transactions
mod waiting; // transactions on their way into a block

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use argosy_driver::Driver;
use argosy_spec::ChainSpec;
use argosy_traces::{Exporting, Metrics, Tracer};

use super::tasks::{Stop, Tasks};
use crate::config::TracesConfig;
use crate::failure::Failure;
use calls::Calls;
use waiting::Waiting;

/// What calls are traced with.
pub(super) struct Traces {
    tracer: Tracer,
    exporting: Exporting,
    waiting: Arc<Waiting>,
}

impl Traces {
    /// `None`: nothing is traced. Calls nobody yet.
    pub(super) fn open(config: &TracesConfig, spec: &ChainSpec) -> Result<Option<Traces>, Failure> {
        let Some(endpoint) = &config.endpoint else {
            return Ok(None);
        };
        let (tracer, exporting) = Tracer::start(&argosy_traces::Config {
            endpoint: endpoint.clone(),
            sample: config.sample,
            clients_decide: config.clients_decide,
            resource: resource(config, spec),
        })
        .map_err(Failure::other)?;
        tracing::info!(
            target: "traces",
            code = "traces.started",
            %endpoint,
            sample = config.sample,
            clients_decide = config.clients_decide,
            service = config.service_name,
            "calls are traced"
        );
        Ok(Some(Traces {
            tracer,
            exporting,
            waiting: Arc::default(),
        }))
    }

    /// What it counts.
    pub(super) fn metrics(&self) -> &Metrics {
        self.tracer.metrics()
    }

    /// What the RPC server tells of calls.
    pub(super) fn calls(&self) -> Arc<dyn argosy_rpc::Traces> {
        Arc::new(Calls::new(self.tracer.clone(), Arc::clone(&self.waiting)))
    }

    /// Starts the tasks.
    pub(super) fn spawn(self, driver: &Driver, tasks: &mut Tasks) {
        let Traces {
            exporting, waiting, ..
        } = self;
        let driver = driver.clone();
        tasks.spawn("settled", |stop| {
            apart(settle::run(waiting, driver, stop.clone()), stop)
        });
        tasks.spawn("traces", |stop| {
            let mut asked = stop.clone();
            let asked = async move { asked.asked().await };
            apart(exporting.run(asked), stop)
        });
    }
}

/// Who tells it: what the node knows, and what its operator says besides, or instead.
fn resource(config: &TracesConfig, spec: &ChainSpec) -> Vec<(String, String)> {
    let host = rustix::system::uname();
    let known = [
        ("service.name", config.service_name.clone()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("host.name", host.nodename().to_string_lossy().into_owned()),
        ("argosy.network", spec.network.name.clone()),
        ("argosy.genesis", spec.genesis_hash().to_string()),
    ];
    let known = known.map(|(name, value)| (name.to_owned(), value));
    let mut resource = BTreeMap::from(known);
    resource.extend(config.attributes.iter().cloned());
    resource.into_iter().collect()
}

/// Until the node stops: the work is no reason for it to stop.
async fn apart(
    work: impl Future<Output = ()> + Send + 'static,
    mut stop: Stop,
) -> Result<(), Failure> {
    if let Err(error) = tokio::spawn(work).await {
        tracing::error!(
            target: "traces",
            code = "traces.died",
            %error,
            "a task of traces died; the node goes on without"
        );
    }
    stop.asked().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn dies() {
        panic!("boom");
    }

    #[tokio::test]
    async fn a_fault_in_traces_does_not_stop_the_node() {
        let mut tasks = Tasks::new();
        tasks.spawn("dies", |stop| apart(dies(), stop));
        let ended = tokio::time::timeout(std::time::Duration::from_millis(50), tasks.failed());
        assert!(ended.await.is_err());
        assert!(tasks.stop().await.is_ok());
    }
}
