//! Everything that can be wrong with a key file, as one enum.

use std::io;
use std::path::PathBuf;

/// Why a key file could not be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The path is taken; a key is never overwritten.
    #[error("{} exists already; keys are never overwritten, choose another name or move it away", path.display())]
    Exists {
        /// The file that is in the way.
        path: PathBuf,
    },
    /// No such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file that was asked for.
        path: PathBuf,
    },
    /// Others on this machine may read or write the file.
    #[error("{} may be accessed by others (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not a key file of ours, or its bytes were changed.
    #[error("{} is not an intact key file: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: Damage,
    },
    /// The passphrase does not open the file.
    ///
    /// The encryption carries no checksum, so a changed byte inside it looks the same.
    #[error("the passphrase does not open {} (or its encrypted part was changed)", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// A passphrase of no characters protects nothing.
    #[error("the passphrase is empty")]
    PassphraseEmpty,
    /// The passphrase is longer than any real one.
    #[error("the passphrase is longer than {max} bytes")]
    PassphraseTooLong {
        /// The longest that is accepted.
        max: usize,
    },
    /// The system gave no randomness.
    #[error("the system's random number generator failed")]
    NoRandomness,
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
}

/// What is wrong with the content of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// More bytes than any key file has.
    #[error("larger than {max} bytes")]
    TooLarge {
        /// The largest that is read.
        max: u64,
    },
    /// No `ENCRYPTED PRIVATE KEY` block.
    #[error("no readable \"ENCRYPTED PRIVATE KEY\" PEM block")]
    NotPem,
    /// No `PRIVATE KEY` block where one without a passphrase was asked for.
    #[error("no readable \"PRIVATE KEY\" PEM block")]
    NotPlainPem,
    /// The block does not hold a PKCS#8 key.
    #[error("the PEM block holds no PKCS#8 key")]
    NotPlainPkcs8,
    /// The block does not hold an encrypted PKCS#8 key.
    #[error("the PEM block holds no encrypted PKCS#8 key")]
    NotPkcs8,
    /// The file asks for a key derivation or cipher we do not run.
    #[error(
        "its encryption is none we accept; convert it with: openssl pkcs8 -topk8 -scrypt -v2 aes-256-cbc"
    )]
    Unsupported,
    /// The file asks for more work than an honest file would.
    #[error("its key derivation asks for more memory or time than any honest file")]
    TooCostly,
    /// The key inside is of another kind.
    #[error("the key inside is not an Ed25519 key")]
    NotEd25519,
    /// The public key written above the block is not that of the key inside.
    #[error("the public key written in the file does not belong to the key inside")]
    OtherKey,
    /// There is no public key written above the block.
    #[error("no public key is written in the file; open it with its passphrase")]
    NoPublicKey,
}
