//! What runs contracts: the interpreter, with compiled code beside it if the operator wants it.

use std::path::Path;
use std::sync::Arc;

use argosy_spec::ChainSpec;
use argosy_tiers::{TierMode, Tiers, Worker};
use argosy_vm_engine::{Engine, FastCode};

use crate::failure::{Exit, Failure};

/// Where compiled code lies in a data directory. It may be deleted while the node is stopped.
const TIERS_DIR: &str = "tiers";

/// An engine, and where its compiled code comes from.
pub(crate) struct Contracts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) tiers: Option<Arc<Tiers>>,
}

/// Makes the engine. A machine without compiled code is a failure only if the operator insists.
pub(crate) fn contracts(
    spec: &ChainSpec,
    mode: TierMode,
    data_dir: &Path,
) -> Result<Contracts, Failure> {
    let dir = data_dir.join(TIERS_DIR);
    let worker = Worker::this_program().map_err(Failure::other)?;
    let tiers = match Tiers::open(spec, mode, &dir, worker) {
        Ok(tiers) => tiers,
        Err(error) if mode == TierMode::Auto => {
            tracing::warn!(target: "node", code = "vm.interpreted_only", %error, "contracts are interpreted only");
            None
        }
        Err(error) => {
            let message = format!("vm.tier = \"{mode}\": {error}");
            return Err(Failure::new(Exit::Other, message));
        }
    };
    let fast = tiers.clone().map(|it| it as Arc<dyn FastCode>);
    let engine = Arc::new(Engine::with_fast_code(spec, fast));
    Ok(Contracts { engine, tiers })
}
