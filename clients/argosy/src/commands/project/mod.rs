//! `argosy new|build|test|sdk`: contracts as folders of sources, without a node.
//!
//! ```text
//! new    a sample of the repository ─► folder: sources, tests, Cargo.toml, Cargo.lock; the SDK, where no checkout is around
//! build  cargo, for wasm32 ─► modules ─► the chain's own checks ─► sizes, what changed since last time
//! test   cargo test ─► what methods cost, which functions ran
//! sdk    the SDK of a folder that was made earlier ─► that of this program
//! ```

mod build; // argosy build
mod cargo; // calling cargo, reading what it says
mod change; // what is different from the last build
mod changelog; // what is new for contracts
mod covered; // which functions ran in tests
mod lines; // which line a byte was built from
mod lock; // a Cargo.lock
mod measured; // what methods cost in tests
mod module; // a built module: checks, sizes
mod new; // argosy new
mod parts; // the sections of a module
mod pins; // which versions a contract is built with
mod record; // the list of the files of an SDK's copy
mod sdk; // the contract SDK that a new contract uses
pub(super) mod source; // where a module comes from
mod templates; // what a contract can begin as
mod test; // argosy test
mod told; // what is told of a build
mod tools; // what else than the compiler would decide about the bytes of a verifiable build
mod update; // argosy sdk
mod watch; // what cargo made of Cargo.lock
mod weigh; // what it costs to read debug information

use std::path::{Path, PathBuf};

use argosy_primitives::CodeHash;
use argosy_vm_abi::SOURCE_SECTION;

use crate::args::{BuildArgs, NewArgs, SdkCommand, TestArgs};
use crate::failure::Failure;
use crate::output::{Output, Report};

pub(super) use cargo::{TARGET, Target, compiler, target};

/// Makes the folder of a contract.
pub(super) fn create(args: &NewArgs) -> Result<Report, Failure> {
    new::run(args)
}

/// Builds and checks.
pub(super) fn build(args: &BuildArgs, output: Output) -> Result<Report, Failure> {
    build::run(args, output)
}

/// Runs the tests of a contract.
pub(super) fn test(args: &TestArgs, output: Output) -> Result<Report, Failure> {
    test::run(args, output)
}

/// Looks at the SDK of a contract, or brings it up to date.
pub(super) fn sdk(command: &SdkCommand) -> Result<Report, Failure> {
    match command {
        SdkCommand::Status { folder } => update::status(folder),
        SdkCommand::Update { folder, force } => update::update(folder, *force),
    }
}

/// A module that was built so that anybody gets the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reproduced {
    /// The crate's name.
    pub(super) name: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Hash of the code.
    pub(super) code: CodeHash,
    /// The code, without the section that says where it comes from.
    module: Vec<u8>,
}

impl Reproduced {
    /// Without that section.
    pub(super) fn new(name: String, path: PathBuf, module: Vec<u8>) -> Reproduced {
        Reproduced {
            name,
            path,
            code: CodeHash::of(&module),
            module,
        }
    }

    /// Whether a code is this one, but for the section that says where it comes from: nothing runs by it, and
    /// what it says is its builder's word. `section` is what the code has in it, if it has one.
    pub(super) fn is(&self, code: CodeHash, section: Option<&[u8]>) -> bool {
        let with = |section: &[u8]| {
            let module = parts::with_custom(&self.module, SOURCE_SECTION, section);
            CodeHash::of(&module) == code
        };
        self.code == code || section.is_some_and(with)
    }
}

/// Builds what anybody would get from these sources.
pub(super) fn reproduce(
    folder: &Path,
    package: Option<String>,
) -> Result<Vec<Reproduced>, Failure> {
    let built = build::verifiable(folder, package)?.into_iter();
    let reproduced =
        built.map(|(artifact, module)| Reproduced::new(artifact.name, artifact.path, module));
    Ok(reproduced.collect())
}
