//! A transaction in a file, on its way to the key and from there to a node.
//!
//! ```text
//! {"kind":"argosy-transaction","signed":false,"txId":"0x…","hrp":"dargo","tokenSymbol":"ARGO",
//!  "tokenDecimals":12,"bytes":"0x…"}        bytes = SCALE(transaction), or SCALE(signed transaction)
//! ```
//!
//! Always: only `bytes` count, everything that is shown or signed is read from them; symbol and decimals
//! serve to write amounts, and amounts are told in the smallest unit too where somebody signs.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use argosy_primitives::{
    Action, Hrp, Limits, SignedTransaction, Transaction, TxId, decode_untrusted,
};
use argosy_rpc_api::{Bytes, Height, Text};
use argosy_sdk::{Client, Token, TokenError};
use parity_scale_codec::Encode;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::Report;

const KIND: &str = "argosy-transaction";
/// Most bytes of a transaction; a chain takes fewer.
const TX_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest file that is read: twice the bytes, in hex, and the rest.
const FILE_BYTES_MAX: u64 = 2 * TX_BYTES_MAX as u64 + 4096;
/// The path that means stdin or stdout.
const STANDARD: &str = "-";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands) struct TxFile {
    kind: String,
    signed: bool,
    tx_id: Text<TxId>,
    hrp: String,
    token_symbol: String,
    token_decimals: u8,
    bytes: Bytes,
}

impl TxFile {
    /// A transaction of the client's chain that nobody has signed.
    pub(in crate::commands) fn unsigned(transaction: &Transaction, client: &Client) -> TxFile {
        TxFile {
            kind: KIND.to_owned(),
            signed: false,
            tx_id: Text(transaction.id()),
            hrp: client.hrp().to_string(),
            token_symbol: client.token().symbol.clone(),
            token_decimals: client.token().decimals,
            bytes: Bytes(transaction.encode()),
        }
    }

    /// The same transaction, signed.
    pub(super) fn with_signed(&self, signed: &SignedTransaction) -> TxFile {
        TxFile {
            signed: true,
            bytes: Bytes(signed.encode()),
            ..self.clone()
        }
    }

    /// Reads a file, or stdin.
    pub(in crate::commands) fn read(path: &Path) -> Result<TxFile, Failure> {
        let shown = path.display();
        let source: Box<dyn Read> = match path.as_os_str() == STANDARD {
            true => Box::new(std::io::stdin()),
            false => Box::new(File::open(path).with_context(|| format!("cannot read {shown}"))?),
        };
        let mut text = String::new();
        let read = source.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
        read.with_context(|| format!("cannot read {shown}"))?;
        let wrong = |what: String| {
            let failure = Failure::failed(format!("{shown} is no transaction: {what}"));
            failure.hint("make one with --unsigned FILE, for example of `argosy tx transfer`")
        };
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(wrong(format!("it has more than {FILE_BYTES_MAX} bytes")));
        }
        let file: TxFile = serde_json::from_str(&text).map_err(|it| wrong(it.to_string()))?;
        if file.kind != KIND {
            return Err(wrong(format!("its kind is {:?}, not {KIND}", file.kind)));
        }
        file.hrp().map_err(|it| wrong(it.message().to_owned()))?;
        // It stands beside every amount that is shown before somebody signs.
        file.token().map_err(|it| wrong(it.to_string()))?;
        let found = file.transaction()?.id();
        if found != file.tx_id.0 {
            return Err(wrong(format!(
                "its bytes are transaction {found}, it says {}",
                file.tx_id
            )));
        }
        Ok(file)
    }

    /// Writes the file and says so; to stdout, the file is the result.
    pub(in crate::commands) fn write(&self, path: &Path) -> Result<Report, Failure> {
        let text = serde_json::to_string(self).context("the transaction cannot be written")?;
        if path.as_os_str() == STANDARD {
            return Ok(Report::new(self).line(text));
        }
        let shown = path.display();
        std::fs::write(path, format!("{text}\n"))
            .with_context(|| format!("cannot write {shown}"))?;
        let next = match self.signed {
            false => format!("argosy tx sign {shown} --from NAME --out SIGNED"),
            true => format!("argosy tx send {shown}"),
        };
        Ok(Report::new(self)
            .row("transaction", self.tx_id)
            .row("file", shown)
            .row("next", next))
    }

    /// The network whose addresses are shown.
    pub(super) fn hrp(&self) -> Result<Hrp, Failure> {
        self.hrp.parse().map_err(Failure::failed)
    }

    /// How amounts are written.
    pub(super) fn token(&self) -> Result<Token, TokenError> {
        Token::new(&self.token_symbol, self.token_decimals)
    }

    /// Whether a signature is there.
    pub(super) fn is_signed(&self) -> bool {
        self.signed
    }

    /// The transaction, without its signature.
    pub(in crate::commands) fn transaction(&self) -> Result<Transaction, Failure> {
        let transaction = match self.signed {
            true => self.decoded_signed()?.transaction,
            false => {
                let limits = Limits::for_size(TX_BYTES_MAX);
                decode_untrusted(&self.bytes.0, limits).map_err(damaged)?
            }
        };
        check_heights(&transaction)?;
        Ok(transaction)
    }

    /// The transaction, if its signature holds.
    pub(super) fn signed(&self) -> Result<SignedTransaction, Failure> {
        if !self.signed {
            let failure = Failure::usage("the transaction is not signed");
            return Err(failure.hint("sign it first: argosy tx sign FILE --from NAME --out SIGNED"));
        }
        let signed = self.decoded_signed()?;
        let verified = signed.verify().map_err(Failure::failed)?;
        Ok(verified.into_signed())
    }

    fn decoded_signed(&self) -> Result<SignedTransaction, Failure> {
        SignedTransaction::decode_untrusted(&self.bytes.0, TX_BYTES_MAX).map_err(damaged)
    }
}

/// Heights are numbers in JSON, which holds not all of them; no chain takes a transaction with such a one.
fn check_heights(transaction: &Transaction) -> Result<(), Failure> {
    let later = transaction.actions.iter().filter_map(|it| match it {
        Action::Govern { activate_at, .. } => Some(*activate_at),
        _ => None,
    });
    let mut heights = std::iter::once(transaction.valid_until).chain(later);
    match heights.find(|it| *it > Height::MAX.0) {
        None => Ok(()),
        Some(height) => Err(Failure::failed(format!(
            "the bytes are no transaction: {height} is no height, those are at most {}",
            Height::MAX
        ))),
    }
}

fn damaged(error: argosy_primitives::DecodeError) -> Failure {
    Failure::failed(format!("the bytes are no transaction: {error}"))
}

#[cfg(test)]
mod tests {
    use argosy_primitives::{Address, GenesisHash};
    use argosy_sdk::dev_account;

    use super::*;

    fn transfer() -> Transaction {
        Transaction {
            chain: GenesisHash::ZERO,
            signer: dev_account("alice").unwrap().public(),
            nonce: 0,
            valid_until: 9,
            gas_limit: 10,
            max_gas_price: 1,
            tip: 0,
            deposit_max: 0,
            actions: vec![Action::Transfer {
                to: Address::SYSTEM,
                amount: 5,
            }],
        }
    }

    fn file(transaction: &Transaction) -> TxFile {
        TxFile {
            kind: KIND.to_owned(),
            signed: false,
            tx_id: Text(transaction.id()),
            hrp: "dargo".to_owned(),
            token_symbol: "ARGO".to_owned(),
            token_decimals: 12,
            bytes: Bytes(transaction.encode()),
        }
    }

    fn written(file: &TxFile) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tx.json");
        file.write(&path).unwrap();
        (dir, path)
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let unsigned = file(&transfer());
        let (_dir, path) = written(&unsigned);
        let read = TxFile::read(&path).unwrap();
        assert_eq!(
            (&read, read.transaction().unwrap()),
            (&unsigned, transfer())
        );
        assert!(read.signed().is_err());

        let signed = dev_account("alice").unwrap().sign(transfer());
        let (_dir, path) = written(&unsigned.with_signed(&signed));
        assert_eq!(TxFile::read(&path).unwrap().signed().unwrap(), signed);
    }

    #[track_caller]
    fn refuses(file: &TxFile, says: &str) {
        let (_dir, path) = written(file);
        let failure = TxFile::read(&path).and_then(|it| it.signed()).unwrap_err();
        assert!(failure.message().contains(says), "{}", failure.message());
    }

    #[test]
    fn what_does_not_hold_is_refused() {
        let unsigned = file(&transfer());
        refuses(&unsigned, "is not signed");
        let mut other = unsigned.clone();
        other.tx_id = Text(TxId::ZERO);
        refuses(&other, "its bytes are transaction");
        let mut short = unsigned.clone();
        short.bytes.0.pop();
        refuses(&short, "no transaction");
        let mut kind = unsigned.clone();
        kind.kind = "note".to_owned();
        refuses(&kind, "its kind is");
        let mut hrp = unsigned.clone();
        hrp.hrp = "btc".to_owned();
        refuses(&hrp, "argo, targo or dargo");
        let mut symbol = unsigned.clone();
        symbol.token_symbol = format!("ARGO to a friend{}", "\n".repeat(100));
        refuses(&symbol, "capital letters");
        // JSON could not show it.
        let late = Transaction {
            valid_until: Height::MAX.0 + 1,
            ..transfer()
        };
        refuses(&file(&late), "9007199254740992 is no height");
        let mut govern = transfer();
        govern.actions.push(Action::Govern {
            protocol_version: 2,
            parameters: Vec::new(),
            activate_at: u64::MAX,
        });
        refuses(&file(&govern), "18446744073709551615 is no height");
        let bob = dev_account("bob").unwrap().sign(transfer());
        refuses(&unsigned.with_signed(&bob), "is not signed by its signer");
    }
}
