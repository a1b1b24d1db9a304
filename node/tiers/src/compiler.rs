//! The child process that compiles: a hostile module can make a compiler use minutes and
//! gigabytes, and that must not happen to the node.
//!
//! ```text
//! parent ──stdin: limits and module, SCALE──► child (same program, WORKER_COMMAND) ──stdout: code──►
//!        kills it after TIME_MAX               caps its memory and CPU time, then compiles
//! ```
//!
//! Always holds: whatever the child does, the parent gets its answer or kills it in bounded time,
//! and reads a bounded number of bytes.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use argosy_primitives::{Limits, decode_untrusted};
use argosy_spec::AbiLimits;
use argosy_vm_compiled::Compiler;
use parity_scale_codec::{Decode, DecodeWithMemTracking, Encode};
use rustix::process::{Resource, Rlimit, setrlimit};

/// The hidden command by which a program becomes the child.
pub const WORKER_COMMAND: &str = "compile-worker";

/// CPU seconds that one module may take; the worst accepted one takes a few.
const CPU_SECONDS_MAX: u64 = 60;
/// As much by the clock, for a child that gets no CPU.
const TIME_MAX: Duration = Duration::from_secs(180);
/// Address space of the child.
const MEMORY_BYTES_MAX: u64 = 2 << 30;
/// Machine code of one module.
const CODE_BYTES_MAX: u64 = 128 << 20;
/// What the child is sent: a module, and a little more.
const JOB_BYTES_MAX: u64 = 8 << 20;

/// How to start the child.
#[derive(Clone, Debug)]
pub struct Worker {
    /// The program; usually the running one.
    pub program: PathBuf,
    /// What makes it call [`run_worker`].
    pub arguments: Vec<OsString>,
}

/// Why there is no machine code.
#[derive(Debug, thiserror::Error)]
pub enum CompileFailure {
    /// The child could not be started or spoken to.
    #[error("the compiling process: {0}")]
    Process(#[from] io::Error),
    /// It took too long and was killed.
    #[error("compiling took longer than {} s", TIME_MAX.as_secs())]
    TimedOut,
    /// It ended without code: refused, out of memory or out of CPU time.
    #[error("the compiling process gave no code: {0}")]
    NoCode(String),
}

/// What the child is asked.
#[derive(Encode, Decode, DecodeWithMemTracking)]
struct Job {
    limits: AbiLimits,
    instrumented: Vec<u8>,
}

impl Worker {
    /// The running program as its own child.
    pub fn this_program() -> io::Result<Worker> {
        Ok(Worker {
            program: this_program()?,
            arguments: vec![WORKER_COMMAND.into()],
        })
    }

    /// Compiles an instrumented module in a child of its own, and waits for it.
    pub fn compile(
        &self,
        limits: &AbiLimits,
        instrumented: &[u8],
    ) -> Result<Vec<u8>, CompileFailure> {
        let job = Job {
            limits: limits.clone(),
            instrumented: instrumented.to_vec(),
        };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let answer = converse(&mut child, job.encode());
        if answer.is_err() {
            // It may be gone already, which is as good.
            let _ = child.kill();
        }
        let status = child.wait()?;
        let code = answer?;
        if status.success() && !code.is_empty() {
            return Ok(code);
        }
        Err(CompileFailure::NoCode(status.to_string()))
    }
}

/// Sends the job and reads the answer, on a thread each, so that neither waits for the other.
fn converse(child: &mut Child, job: Vec<u8>) -> Result<Vec<u8>, CompileFailure> {
    let gone = || io::Error::other("the child has no pipes");
    let mut stdin = child.stdin.take().ok_or_else(gone)?;
    let stdout = child.stdout.take().ok_or_else(gone)?;
    let (sender, receiver) = mpsc::channel();
    // A child that ended early closes the pipe; what it answered says why.
    thread::Builder::new().spawn(move || drop(stdin.write_all(&job)))?;
    thread::Builder::new().spawn(move || sender.send(read_all(stdout)))?;
    match receiver.recv_timeout(TIME_MAX) {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(CompileFailure::TimedOut),
    }
}

fn read_all(stdout: ChildStdout) -> io::Result<Vec<u8>> {
    let mut code = Vec::new();
    stdout.take(CODE_BYTES_MAX + 1).read_to_end(&mut code)?;
    if code.len() as u64 > CODE_BYTES_MAX {
        return Err(io::Error::other("more machine code than any module has"));
    }
    Ok(code)
}

/// The child: reads a job from stdin, writes machine code to stdout. An error is its exit code.
pub fn run_worker() -> io::Result<()> {
    die_with_parent()?;
    cap(Resource::As, MEMORY_BYTES_MAX)?;
    cap(Resource::Cpu, CPU_SECONDS_MAX)?;
    cap(Resource::Core, 0)?;
    let mut bytes = Vec::new();
    io::stdin().take(JOB_BYTES_MAX).read_to_end(&mut bytes)?;
    let limits = Limits::for_size(JOB_BYTES_MAX as usize);
    let job: Job = decode_untrusted(&bytes, limits).map_err(io::Error::other)?;
    let compiler = Compiler::new(&job.limits).map_err(io::Error::other)?;
    let code = compiler
        .compile(&job.instrumented)
        .map_err(io::Error::other)?;
    io::stdout().write_all(&code)
}

/// A node that is killed leaves no child behind.
fn die_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

/// Linux knows a name that holds after the file was replaced by an upgrade, too.
fn this_program() -> io::Result<PathBuf> {
    match cfg!(target_os = "linux") {
        true => Ok("/proc/self/exe".into()),
        false => std::env::current_exe(),
    }
}

fn cap(resource: Resource, most: u64) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    Ok(setrlimit(resource, limit)?)
}
