//! The process, as the system sees it. What it does not tell is left out.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Unit;

use super::gauge;

/// Asks the system each time.
#[derive(Debug)]
pub(super) struct Process;

impl Collector for Process {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let files = fs::read_dir("/proc/self/fd").ok();
        let figures = ProcessFigures {
            resident_bytes: status_field("VmRSS:").map(|kib| kib.saturating_mul(1024)),
            threads: status_field("Threads:"),
            files: files.map(|it| it.count() as u64),
            cpu_seconds: cpu_seconds(),
        };
        figures.encode(encoder)
    }
}

/// What there is to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProcessFigures {
    resident_bytes: Option<u64>,
    threads: Option<u64>,
    files: Option<u64>,
    cpu_seconds: Option<f64>,
}

impl ProcessFigures {
    /// Of a system that tells everything.
    pub(super) const SAMPLE: ProcessFigures = ProcessFigures {
        resident_bytes: Some(0),
        threads: Some(0),
        files: Some(0),
        cpu_seconds: Some(0.0),
    };

    pub(super) fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        if let Some(bytes) = self.resident_bytes {
            gauge(
                &mut encoder,
                ("process_resident_memory", "Memory in use"),
                Some(Unit::Bytes),
                bytes,
            )?;
        }
        if let Some(threads) = self.threads {
            gauge(&mut encoder, ("process_threads", "Threads"), None, threads)?;
        }
        if let Some(files) = self.files {
            gauge(
                &mut encoder,
                ("process_open_fds", "Open files and sockets"),
                None,
                files,
            )?;
        }
        if let Some(seconds) = self.cpu_seconds {
            let counter = ConstCounter::new(seconds);
            let help = "Time on a processor, user and system";
            let metric = encoder.encode_descriptor(
                "process_cpu",
                help,
                Some(&Unit::Seconds),
                counter.metric_type(),
            )?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}

/// A number in `/proc/self/status`.
fn status_field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// User and system time of `/proc/self/stat`, fields 14 and 15 of proc(5).
#[allow(clippy::float_arithmetic)] // seconds for operators; nothing here is consensus
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses that may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let ticks = ticks()?.saturating_add(ticks()?);
    Some(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
