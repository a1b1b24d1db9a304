//! The node's key, and what signs for a validator.

use std::io::{ErrorKind, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use argosy_kv::{KvError, Store};
use argosy_primitives::{GenesisHash, Height};
use argosy_signer::{
    Copies, KeyFile, LocalSigner, Passphrase, PlainKeyFile, RemoteError, RemoteSigner, Sign,
    SignError, generate_key,
};
use argosy_signer_tls::{Identity, TlsWay};
use zeroize::Zeroizing;

use super::blocks_first::BlocksFirst;
use super::keeper::StoreKeeper;
use crate::config::{AgreementConfig, RemoteSignerConfig};
use crate::failure::{Exit, Failure};

/// The seed of the key that names the node; made on its first run.
pub(super) fn node_seed(path: &Path) -> Result<[u8; 32], Failure> {
    let file = PlainKeyFile::at(path);
    if !path.exists() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::other)?;
        }
        let key = generate_key().map_err(usage)?;
        file.create(&key).map_err(usage)?;
        tracing::info!(target: "node", code = "node.key_made", path = %path.display(), "made a key for this node");
    }
    let key = file.open().map_err(usage)?;
    Ok(*key.expose_seed())
}

/// What signs for the validator whose key is in `file`, and up to which height it does not.
pub(super) fn signer(
    settings: &AgreementConfig,
    file: &Path,
    chain: GenesisHash,
    store: &Arc<dyn Store>,
) -> Result<(Arc<dyn Sign>, Height), Failure> {
    let file = KeyFile::at(file);
    if let Some(place) = &settings.remote_signer {
        let key = file.public_key().map_err(usage)?;
        let remote = match place {
            RemoteSignerConfig::Socket(path) => {
                RemoteSigner::connect(path, key, chain, REMOTE_TIMEOUT)
            }
            RemoteSignerConfig::Tls { address, folder } => {
                let identity = Identity::read(folder).map_err(usage)?;
                let way = TlsWay::new(address, identity).map_err(usage)?;
                RemoteSigner::connect_by(Box::new(way), key, chain, REMOTE_TIMEOUT)
            }
        };
        let remote = remote.map_err(no_remote)?;
        return Ok((Arc::new(BlocksFirst::new(remote, Arc::clone(store))), 0));
    }
    let passphrase = passphrase(settings, &file)?;
    let key = file.open(&passphrase).map_err(usage)?;
    let path = file.path().display();
    tracing::info!(target: "consensus", code = "node.key_unlocked", %path, "unlocked the validator's key");
    let keeper = Arc::new(StoreKeeper::new(Arc::clone(store)));
    let signer = LocalSigner::open(key, chain, &settings.record_dir, Some(keeper));
    let signer = signer.map_err(no_signer)?;
    let until = signer.held_until().map_err(no_signer)?;
    if let Copies::Differ { record, keeper } = signer.copies() {
        tracing::warn!(
            target: "consensus",
            code = "signer.records_differ",
            ?record,
            database = ?keeper,
            until,
            "the two records of what was signed differ: one was rolled back or lost. Signs nothing until the others have decided that height"
        );
    }
    if signer.was_torn() {
        tracing::info!(
            target: "consensus",
            code = "signer.record_torn",
            "the last write of the sign record was cut off; the one before holds"
        );
    }
    Ok((Arc::new(signer), until))
}

/// What unlocks the validator's key: from its file, or from whoever sits at the terminal.
pub(crate) fn passphrase(
    settings: &AgreementConfig,
    file: &KeyFile,
) -> Result<Passphrase, Failure> {
    if let Some(path) = &settings.passphrase_file {
        return Passphrase::read(path).map_err(usage);
    }
    let path = file.path().display();
    if !std::io::stdin().is_terminal() {
        let message = format!(
            "the key {path} is locked, and there is no terminal to ask for its passphrase: give its file with --signer.passphrase-file"
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    let typed = rpassword::prompt_password(format!("Passphrase of {path}: "));
    let typed = typed.map(Zeroizing::new).map_err(|error| {
        Failure::new(Exit::Other, format!("cannot ask on the terminal: {error}"))
    })?;
    Passphrase::new(typed.as_str()).map_err(usage)
}

/// A key that cannot be had is the operator's to mend.
fn usage(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(Exit::Usage, format!("{:#}", anyhow::Error::new(error)))
}

/// A signer that is away comes back: whoever starts the node again is right. One that is not the right one
/// does not become it.
fn no_remote(error: RemoteError) -> Failure {
    let may_come_back = match &error {
        // Certificates that do not fit are invalid data.
        RemoteError::Unreachable { source, .. } | RemoteError::Io { source, .. } => {
            source.kind() != ErrorKind::InvalidData
        }
        RemoteError::Closed { .. } | RemoteError::TimedOut { .. } => true,
        RemoteError::NotASigner { .. }
        | RemoteError::OtherVersion { .. }
        | RemoteError::OtherChain { .. }
        | RemoteError::OtherKey { .. }
        | RemoteError::BadSignature { .. } => false,
    };
    match may_come_back {
        true => Failure::other(error),
        false => usage(error),
    }
}

/// How long a signer in another process may take.
const REMOTE_TIMEOUT: Duration = Duration::from_secs(5);

/// A signer that cannot be had. Where the chain's database is at fault, that is what is to be mended.
pub(super) fn no_signer(error: SignError) -> Failure {
    let cause = KvError::among(&error).map(KvError::cause);
    let error = anyhow::Error::new(error).context("cannot sign");
    match cause {
        Some(cause) => Failure::database(cause, error),
        None => Failure::new(Exit::Usage, format!("{error:#}")),
    }
}

#[cfg(test)]
mod tests {
    use argosy_kv::{Cause, Column};

    use super::*;

    #[test]
    fn a_database_that_fails_is_not_taken_for_a_wrong_configuration() {
        let failing = |cause| {
            let error = KvError::Read {
                column: Column::Meta,
                cause,
                source: "No such file or directory: 000123.sst".into(),
            };
            no_signer(SignError::Keeper(Box::new(error)))
        };
        let damaged = failing(Cause::Damaged);
        assert_eq!(damaged.exit(), Exit::Directory);
        let message = damaged.message();
        assert!(message.starts_with("cannot sign: "), "{message}");
        assert!(
            message.contains("000123.sst") && message.contains("damaged"),
            "{message}"
        );
        assert_eq!(failing(Cause::NoSpace).exit(), Exit::Disk);
        let other = no_signer(SignError::Keeper("odd".into()));
        assert_eq!(other.exit(), Exit::Usage);
    }
}
