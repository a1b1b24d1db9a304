//! What connections on this machine have carried, as the kernel counts it and `ss` of iproute2 tells.
//!
//! Always: content of TCP with what encrypts and frames it, without headers of packets. What a connection
//! carried that was closed between two looks is lost.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::process::Command;

/// The end that told it, then the other one.
type Ends = (SocketAddr, SocketAddr);

/// Bytes of each connection, sent and received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wire(BTreeMap<Ends, u64>);

impl Wire {
    /// `None`: there is no such program here, or it does not know these words.
    pub(super) async fn read() -> Option<Wire> {
        let mut command = Command::new("ss");
        let words = ["-tinHO", "state", "established"];
        let output = command.args(words).output().await.ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| Wire::parse(&text))
    }

    fn parse(text: &str) -> Wire {
        Wire(text.lines().filter_map(connection).collect())
    }

    /// What those who listen on these ports have sent each other since an earlier look.
    pub(super) fn since(&self, before: &Wire, ports: &[u16]) -> u64 {
        let listens = |end: &SocketAddr| ports.contains(&end.port());
        // Both ends are told. A caller may use the port on which it listens: then one of them counts.
        let connections = self.0.iter().filter(|((own, other), _)| {
            let is_callers = listens(other) && other < own;
            listens(own) && !is_callers
        });
        let bytes = connections.map(|(ends, bytes)| {
            let earlier = before.0.get(ends).copied();
            bytes.saturating_sub(earlier.unwrap_or_default())
        });
        bytes.sum()
    }
}

/// `0 0 127.0.0.1:20000 127.0.0.1:34092 … bytes_sent:77 … bytes_received:1000 …`; what is zero is not told.
fn connection(line: &str) -> Option<(Ends, u64)> {
    let mut words = line.split_whitespace().skip(2);
    let ends = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let counts = words.filter_map(|it| {
        let sent = it.strip_prefix("bytes_sent:");
        let count = sent.or_else(|| it.strip_prefix("bytes_received:"))?;
        count.parse::<u64>().ok()
    });
    Some((ends, counts.sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(own: &str, other: &str, counts: &str) -> String {
        format!("0      0      {own} {other} bbr rtt:0.04/0.02 mss:32768 {counts} segs_out:2  \n")
    }

    #[test]
    fn connections_are_read_and_other_lines_are_not() {
        let lines = [
            line(
                "127.0.0.1:20000",
                "127.0.0.1:34092",
                "bytes_sent:77 bytes_acked:77 bytes_received:1000",
            ),
            line("[::1]:20000", "[::1]:34093", "bytes_received:5"),
            line("127.0.0.1:20000", "127.0.0.1:34094", ""),
            line("*:20000", "*:*", "bytes_sent:9"),
            "State Recv-Q Send-Q\n\n".to_owned(),
        ];
        let read: Vec<u64> = Wire::parse(&lines.concat()).0.into_values().collect();
        assert_eq!(read, [1_077, 0, 5]);
    }

    #[test]
    fn a_connection_between_two_nodes_counts_once() {
        let lines = |count: u32| {
            [
                // Another port than it listens on, of the caller.
                line(
                    "127.0.0.1:20000",
                    "127.0.0.1:34092",
                    &format!("bytes_sent:{count}"),
                ),
                line(
                    "127.0.0.1:34092",
                    "127.0.0.1:20000",
                    &format!("bytes_received:{count}"),
                ),
                // The same port.
                line(
                    "127.0.0.1:20000",
                    "127.0.0.1:20010",
                    &format!("bytes_received:{count}"),
                ),
                line(
                    "127.0.0.1:20010",
                    "127.0.0.1:20000",
                    &format!("bytes_sent:{count}"),
                ),
                // Somebody else's.
                line("127.0.0.1:20002", "127.0.0.1:34095", "bytes_sent:1000000"),
            ]
            .concat()
        };
        let (before, after) = (Wire::parse(&lines(100)), Wire::parse(&lines(130)));
        assert_eq!(after.since(&before, &[20_000, 20_010]), 60);
        assert_eq!(after.since(&Wire::default(), &[20_000, 20_010]), 260);
        assert_eq!(before.since(&after, &[20_000, 20_010]), 0);
        assert_eq!(after.since(&before, &[20_020]), 0);
    }
}
