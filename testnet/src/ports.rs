//! Ports of networks on this machine.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports of one network: ten nodes.
const PORTS: u16 = 100;
/// Below what systems give away by themselves.
const LOWEST: u16 = 20_000;
/// So many networks have room.
const NETWORKS: u16 = 120;

/// Where a network of up to ten nodes may listen. Processes begin elsewhere each, and no process
/// gives the same answer twice in a row.
///
/// # Panics
/// If no place is free at all.
pub fn free_base_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = (std::process::id() % u32::from(NETWORKS)) as u16;
    for _ in 0..NETWORKS {
        let number = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(process) % NETWORKS;
        let base = LOWEST + number * PORTS;
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if (base..base + PORTS).all(is_free) {
            return base;
        }
    }
    panic!("no {PORTS} ports in a row are free");
}
