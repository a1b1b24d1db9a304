//! All that a node keeps under an address, page by page, and whether that is all.

use argosy_primitives::{Address, Limits, decode_untrusted};
use argosy_proof::{StateKey, StateProof, verify_whole};
use argosy_sdk::api::{RANGE_ENTRIES_MAX, StateKeyView};
use argosy_sdk::proof;

use super::{Asker, Entries, OriginError, Read};

/// As much is read of one address that is iterated over.
const WHOLE_ENTRIES_MAX: usize = 100_000;
const WHOLE_BYTES_MAX: usize = 64 << 20;
/// Longer proofs do not exist.
const PROOF_BYTES_MAX: usize = 256 * 1024;

impl Asker {
    /// All that is kept under an address.
    pub(crate) async fn whole(&self, address: Address) -> Result<Read<Entries>, OriginError> {
        let entries = self.pages(address).await?;
        if self.may_prove() {
            match self.prove_whole(address, &entries).await {
                Ok(()) => {
                    return Ok(Read {
                        value: entries,
                        is_proven: true,
                    });
                }
                Err(error @ OriginError::Window { .. }) if !self.trust => return Err(error),
                Err(OriginError::Window { oldest, .. }) => self.is_now_beyond(oldest),
                Err(error) => return Err(error),
            }
        }
        Ok(Read {
            value: entries,
            is_proven: false,
        })
    }

    async fn pages(&self, address: Address) -> Result<Entries, OriginError> {
        let mut entries: Entries = Vec::new();
        let (mut bytes, mut after) = (0_usize, None);
        loop {
            let (limit, at) = (RANGE_ENTRIES_MAX, self.at());
            let behind: Option<StateKeyView> = after;
            let ask = || self.client.state_range(address, behind.clone(), limit, at);
            let page = self.patient(ask).await;
            let page = page.map_err(|error| self.not_kept(error))?;
            self.check_block(&page.at)?;
            if page.address.address != address {
                return Err(self.not_so("it answers about another address"));
            }
            if page.more && page.entries.is_empty() {
                return Err(self.not_so("it has more, and does not tell it"));
            }
            after = page.entries.last().map(|it| it.key.clone());
            for entry in page.entries {
                let whole = entry.key.as_key().under(&address);
                if entries.last().is_some_and(|(last, _)| *last >= whole) {
                    return Err(self.not_so("keys of a range do not rise"));
                }
                bytes = bytes.saturating_add(whole.len() + entry.value.0.len());
                entries.push((whole, entry.value.0));
            }
            if entries.len() > WHOLE_ENTRIES_MAX || bytes > WHOLE_BYTES_MAX {
                return Err(OriginError::TooMuch {
                    address: self.client.text(address).to_string(),
                    what: format!("{WHOLE_ENTRIES_MAX} entries or {WHOLE_BYTES_MAX} bytes"),
                });
            }
            if !page.more {
                return Ok(entries);
            }
        }
    }

    /// That the entries are all there is.
    async fn prove_whole(
        &self,
        address: Address,
        entries: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<(), OriginError> {
        let (method, key) = ("state_getProof", StateKeyView::Account {});
        let ask = || self.client.state_proof(address, key.clone(), self.at());
        let answer = self.patient(ask).await;
        let answer = answer.map_err(|error| self.in_window(error))?;
        let header = proof::header(method, self.client.chain(), &answer.at, &answer.header);
        let header = header.map_err(|error| self.failed(error))?;
        if header.hash() != self.hash {
            return Err(self.moved());
        }
        let proof: StateProof = decode_untrusted(&answer.proof, Limits::for_size(PROOF_BYTES_MAX))
            .map_err(|error| self.not_so(&format!("its proof cannot be read: {error}")))?;
        let parsed = entries.iter().map(|(whole, value)| {
            let (_, key) = StateKey::of_whole(whole)?;
            Some((key, value.as_slice()))
        });
        let parsed: Option<Vec<_>> = parsed.collect();
        let parsed = parsed.ok_or_else(|| self.not_so("a key of no kind"))?;
        verify_whole(&self.state_root, &address, &parsed, &proof).map_err(|error| {
            let address = self.client.text(address);
            self.not_so(&format!("not all that {address} keeps, or not so: {error}"))
        })
    }
}
