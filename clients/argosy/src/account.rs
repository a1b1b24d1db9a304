//! Accounts as people name them: a name of theirs, a dev account's name, or an address.
//!
//! Always: an address of another network is refused before anything is sent; a dev name means
//! something on dev chains only, and no key of one's own can have it.

use std::str::FromStr;

use argosy_primitives::{Address, AddressError, Hrp};
use argosy_rpc_api::AddressText;
use argosy_sdk::wallet::{self, DEV_NAMES};

use crate::failure::Failure;
use crate::keys::{KeyRing, check_name};

/// An account as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountRef {
    /// `alice`
    Name(String),
    /// `dargo1…`
    Address(AddressText),
}

impl FromStr for AccountRef {
    type Err = String;

    fn from_str(text: &str) -> Result<AccountRef, String> {
        // What looks like an address is one, so that a mistyped letter is not "an unknown name".
        let looks_like_address = text.len() > 40
            || text.starts_with("0x")
            || Hrp::ALL.iter().any(|hrp| {
                let rest = text.strip_prefix(hrp.as_str());
                rest.and_then(|it| it.strip_prefix('1'))
                    .is_some_and(|it| it.len() > 8)
            });
        if looks_like_address {
            let address = text
                .parse()
                .map_err(|error: AddressError| error.to_string())?;
            return Ok(AccountRef::Address(address));
        }
        check_name(text)?;
        Ok(AccountRef::Name(text.to_owned()))
    }
}

/// Turns what people typed into addresses of one network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The network.
    pub(crate) hrp: Hrp,
    /// The user's own keys.
    pub(crate) keys: &'a KeyRing,
}

impl Names<'_> {
    /// The address that is meant.
    pub(crate) fn resolve(&self, account: &AccountRef) -> Result<AddressText, Failure> {
        match account {
            AccountRef::Name(name) => self.by_name(name),
            AccountRef::Address(text) => self.of_this_network(*text),
        }
    }

    fn of_this_network(&self, text: AddressText) -> Result<AddressText, Failure> {
        if text.hrp == self.hrp {
            return Ok(text);
        }
        let message = format!(
            "{text} is an address of network {}, this chain is {}",
            text.hrp, self.hrp
        );
        Err(Failure::usage(message)
            .hint(format!("addresses of this chain begin with {}1", self.hrp)))
    }

    fn by_name(&self, name: &str) -> Result<AddressText, Failure> {
        if let Some(address) = dev_address(name) {
            return match self.hrp {
                Hrp::Dev => Ok(AddressText::new(Hrp::Dev, address)),
                Hrp::Main | Hrp::Test => Err(Failure::usage(format!(
                    "{name} is a dev account, this chain is {}",
                    self.hrp
                ))),
            };
        }
        if self.keys.has(name) {
            let key = self.keys.public_key(name)?;
            return Ok(AddressText::new(self.hrp, Address::of_key(&key)));
        }
        Err(self.unknown(name))
    }

    /// Nobody is called so; perhaps somebody is called nearly so.
    fn unknown(&self, name: &str) -> Failure {
        let own = self.keys.names().unwrap_or_default();
        let dev = DEV_NAMES
            .into_iter()
            .filter(|_| self.hrp == Hrp::Dev)
            .map(str::to_owned);
        let known: Vec<String> = own.into_iter().chain(dev).collect();
        let failure = Failure::usage(format!("no account is called {name}"));
        match closest(name, known.iter().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None if known.is_empty() => failure.hint("make a key with: argosy keys new NAME"),
            None => failure.hint(format!("known names: {}", known.join(", "))),
        }
    }
}

/// The address of a dev account.
pub(crate) fn dev_address(name: &str) -> Option<Address> {
    wallet::dev_account(name).map(|it| it.address())
}

/// The candidate that `name` was probably meant to be.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let near = candidates.map(|it| (distance(name, it), it)).min()?;
    let allowed = (name.chars().count().max(near.1.chars().count()) / 3).max(1);
    (near.0 <= allowed).then_some(near.1)
}

/// Letters to insert, delete, replace, or swap with the next one, to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Of the beginnings of `a` that are two letters and one letter shorter.
    let mut second: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(letter != other);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *other && b[j - 1] == *letter {
                least = least.min(second[j - 1] + 1);
            }
            row.push(least);
        }
        second = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        let alice = dev_address("alice").unwrap().to_text(Hrp::Dev);
        assert!(matches!(alice.parse(), Ok(AccountRef::Address(_))));
        assert_eq!("argo1".parse(), Ok(AccountRef::Name("argo1".into())));
        assert_eq!("bob-2".parse(), Ok(AccountRef::Name("bob-2".into())));
        let mistyped = alice.replace('q', "p").parse::<AccountRef>().unwrap_err();
        assert!(mistyped.contains("checksum"), "{mistyped}");
        for bad in ["", "Bob", "a b", "../x", "0x12"] {
            assert!(bad.parse::<AccountRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_dev_account_has_a_name() {
        assert!(
            DEV_NAMES
                .into_iter()
                .all(|name| dev_address(name).is_some())
        );
        assert!(dev_address("mallory").is_none());
    }

    #[test]
    fn a_near_miss_is_recognised() {
        let names = || ["alice", "bob", "carol"].into_iter();
        assert_eq!(closest("alicce", names()), Some("alice"));
        assert_eq!(closest("bbo", names()), Some("bob"));
        assert_eq!(closest("crao", names()), None);
        assert_eq!(closest("bo", names()), Some("bob"));
        assert_eq!(closest("zebra", names()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!((distance("abc", ""), distance("", "")), (3, 0));
        assert_eq!((distance("heer", "here"), distance("abcd", "badc")), (1, 2));
    }
}
