//! Replaces what is nobody's business.
//!
//! Always: one name or address becomes one word throughout, so that what belongs together still does.
//! Not here: transactions, accounts and hashes, which the chain shows to everybody.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::config::Config;

/// How a private key in PEM begins and ends.
const KEY_BEGINS: &str = "-----BEGIN ";
const KEY_ENDS: &str = "-----END ";

/// What is replaced, and by what.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    names: BTreeMap<String, String>,
    home: Option<String>,
}

impl Redaction {
    /// Names of other nodes, and of the home folder.
    pub(super) fn of(config: &Config) -> Redaction {
        let (agreement, gossip) = (&config.agreement, &config.gossip);
        let places = [&agreement.peers, &gossip.peers, &gossip.bootnodes];
        let mut names = BTreeMap::new();
        for place in places.into_iter().flatten() {
            let host = place.rsplit_once(':').map_or(place.as_str(), |it| it.0);
            let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
            if !is_address && host != "localhost" && !names.contains_key(host) {
                names.insert(host.to_owned(), format!("host-{}", names.len() + 1));
            }
        }
        let home = std::env::var("HOME").ok().filter(|it| it.len() > 1);
        Redaction { names, home }
    }

    /// The text without them, without addresses of machines, and without private keys.
    pub(super) fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(home) = &self.home {
            text = text.replace(home.as_str(), "~");
        }
        // The longest first: one may be a part of another.
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, word) in names {
            text = text.replace(name.as_str(), word);
        }
        without_addresses(&without_keys(&text))
    }
}

fn without_keys(text: &str) -> String {
    let (mut kept, mut is_key) = (Vec::new(), false);
    for line in text.lines() {
        if line.contains(KEY_BEGINS) && line.contains("PRIVATE KEY") {
            is_key = true;
            kept.push("(a private key)");
        }
        if !is_key {
            kept.push(line);
        }
        is_key &= !line.contains(KEY_ENDS);
    }
    kept.join("\n") + "\n"
}

/// Each address becomes one word; those of every machine stay.
fn without_addresses(text: &str) -> String {
    let (mut words, mut redacted) = (BTreeMap::new(), String::with_capacity(text.len()));
    let is_part = |it: char| it.is_ascii_hexdigit() || it == '.' || it == ':';
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(length);
        redacted.push_str(&without_address(token, &mut words));
        let other = after.find(is_part).unwrap_or(after.len());
        redacted.push_str(&after[..other]);
        rest = &after[other..];
    }
    redacted
}

fn without_address(token: &str, words: &mut BTreeMap<IpAddr, String>) -> String {
    // With a port, or a mark after it, or without.
    let (address, tail) = match token.parse::<IpAddr>() {
        Ok(_) => (token, ""),
        Err(_) => token
            .rsplit_once(':')
            .map_or((token, ""), |(address, port)| {
                (address, &token[token.len() - port.len() - 1..])
            }),
    };
    let parsed = address.parse::<IpAddr>();
    let Ok(ip) = parsed.map(|it| it.to_canonical()) else {
        return token.to_owned();
    };
    if ip.is_loopback() || ip.is_unspecified() {
        return token.to_owned();
    }
    let next = format!("ip-{}", words.len() + 1);
    format!("{}{tail}", words.entry(ip).or_insert(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_keys_are_replaced_each_by_one_word() {
        let names = [("node.example", "host-1"), ("old.node.example", "host-2")];
        let names = names.map(|(name, word)| (name.to_owned(), word.to_owned()));
        let redaction = Redaction {
            names: BTreeMap::from(names),
            home: Some("/srv/jane".to_owned()),
        };
        let text = "\
peers = [\"node.example:30533\", \"old.node.example:1\", \"10.1.2.3:30533\", \"[fd00:1::7]:4\"]
/srv/jane/.local/share/argosy
connected with 10.1.2.3, then with fd00:1::7; listens on 0.0.0.0:9533, [::]:1 and 127.0.0.1:1
version 0.1.0, at 12:34:56.789, hash 0xabcdef, 1.2.3.4.5, dead:beef
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGb
-----END ENCRYPTED PRIVATE KEY-----
the end
";
        let expected = "\
peers = [\"host-1:30533\", \"host-2:1\", \"ip-1:30533\", \"[ip-2]:4\"]
~/.local/share/argosy
connected with ip-1, then with ip-2; listens on 0.0.0.0:9533, [::]:1 and 127.0.0.1:1
version 0.1.0, at 12:34:56.789, hash 0xabcdef, 1.2.3.4.5, dead:beef
(a private key)
the end
";
        assert_eq!(redaction.redact(text), expected);
    }
}
