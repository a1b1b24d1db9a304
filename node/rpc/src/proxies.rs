//! Proxies before this server: whose word counts on who a client is.
//!
//! ```text
//! X-Forwarded-For: 192.0.2.9, 203.0.113.7, 10.0.0.2        from the socket of 10.0.0.1
//!                  anything   the client   └───── trusted proxies ─────┘
//! ```
//!
//! A proxy writes whom it speaks for behind what it was told. So the list is read from its right end, as long as
//! whoever wrote is trusted; what stands further left may be anybody's invention.
//! Always holds: where no proxy is trusted, and of any other socket, the header says nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::HeaderName;
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Proxies one behind the other; more are not asked.
const HOPS_MAX: usize = 16;

/// The addresses that are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Reads addresses and networks; the first that is neither is given back.
    pub(crate) fn parse(written: &[String]) -> Result<Proxies, &str> {
        let networks = written.iter().map(|it| {
            let address = it.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| it.parse()).map_err(|_| it.as_str())
        });
        Ok(Proxies(networks.collect::<Result<_, &str>>()?))
    }

    /// Whether what stands at this address is one of them.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|it| it.contains(&address.to_canonical()))
    }

    /// Who asks over the socket of `peer`.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let named = lines.flat_map(|it| it.as_bytes().rsplit(|byte| *byte == b','));
        let mut client = peer.to_canonical();
        for named in named.take(HOPS_MAX) {
            if !self.trusts(client) {
                break;
            }
            // What is no address has not come from a proxy that does its work.
            let Some(address) = address_of(named) else {
                break;
            };
            client = address;
        }
        client
    }
}

/// An address, with a port or without.
fn address_of(written: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(written).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|it| it.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn proxies(written: &[&str]) -> Result<Proxies, String> {
        let written: Vec<String> = written.iter().map(|&it| it.to_owned()).collect();
        Proxies::parse(&written).map_err(str::to_owned)
    }

    #[track_caller]
    fn check(trusted: &[&str], lines: &[&'static str], expected: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(line));
        }
        let peer = "10.0.0.1".parse().unwrap();
        let found = proxies(trusted).unwrap().client(peer, &headers);
        assert_eq!(found.to_string(), expected, "{trusted:?} {lines:?}");
    }

    #[test]
    fn the_last_word_of_a_trusted_proxy_counts() {
        let all = &["10.0.0.0/8", "2001:db8::/32"][..];
        check(all, &["203.0.113.7"], "203.0.113.7");
        check(all, &["203.0.113.7:4711"], "203.0.113.7");
        check(all, &["[2001:d::7]:4711"], "2001:d::7");
        check(all, &["[2001:d::7]"], "2001:d::7");
        check(all, &["::ffff:203.0.113.7"], "203.0.113.7");
        // Through several, in one line or more.
        check(all, &["203.0.113.7, 10.0.0.3,2001:db8::5"], "203.0.113.7");
        check(all, &["203.0.113.7", "10.0.0.3"], "203.0.113.7");
        // One of the proxies' own.
        check(all, &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        check(all, &[], "10.0.0.1");
    }

    #[test]
    fn what_a_client_invents_does_not() {
        check(&["10.0.0.1"], &["192.0.2.9, 203.0.113.7"], "203.0.113.7");
        check(
            &["10.0.0.1"],
            &["192.0.2.9, 10.0.0.1, 203.0.113.7"],
            "203.0.113.7",
        );
        check(&["10.0.0.1"], &["192.0.2.9", "203.0.113.7"], "203.0.113.7");
        check(&["10.0.0.1"], &["192.0.2.9, unknown"], "10.0.0.1");
        check(&["10.0.0.1"], &["192.0.2.9,"], "10.0.0.1");
        // From a socket of anybody.
        check(&[], &["203.0.113.7"], "10.0.0.1");
        check(&["10.0.0.2"], &["203.0.113.7"], "10.0.0.1");
    }

    #[test]
    fn a_long_list_is_not_read_to_its_end() {
        let proxy = "10.0.0.1,".repeat(100);
        let line: &'static str = format!("203.0.113.7,{proxy}10.0.0.2").leak();
        check(&["10.0.0.0/8"], &[line], "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_is_told() {
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.1:80", "*"] {
            assert_eq!(proxies(&["::1", wrong]).unwrap_err(), wrong);
        }
    }
}
