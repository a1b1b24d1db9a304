//! The build: a command of the shell in the watched folder, and what it says if it fails.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

/// What is kept of each of its streams: the end, where the fault is told.
const WORDS_BYTES_MAX: usize = 64 * 1024;
/// A first build with all its dependencies takes a few minutes.
const TIME_MAX: Duration = Duration::from_secs(30 * 60);
/// What stands in a pipe when the build has ended is read within this.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// A build that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed {
    /// In few words.
    pub(super) reason: String,
    /// What it said.
    pub(super) words: String,
}

/// Runs it to its end. If this is given up it is killed.
pub(super) async fn run(folder: &Path, command: &str) -> Result<(), Failed> {
    let silent = |reason: String| Failed {
        reason,
        words: String::new(),
    };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| silent(format!("cannot start a shell: {error}")))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (mut said, mut complained) = (Vec::new(), Vec::new());
    let ended = {
        let reading = async {
            tokio::join!(tail(out, &mut said), tail(err, &mut complained));
        };
        tokio::pin!(reading);
        let whole = async {
            tokio::select! {
                biased;
                () = &mut reading => child.wait().await,
                status = child.wait() => {
                    // What it left running, such as a server of compilers, may hold its streams for ever.
                    let _to_their_end = timeout(LINGER_MAX, &mut reading).await;
                    status
                }
            }
        };
        timeout(TIME_MAX, whole).await
    };
    let Ok(status) = ended else {
        return Err(silent(format!("not done within {} s", TIME_MAX.as_secs())));
    };
    let status = status.map_err(|error| silent(error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    Err(Failed {
        reason: status.to_string(),
        words: end_of(&said) + &end_of(&complained),
    })
}

/// Keeps the end of what comes; all of it is read, so that nobody waits to be heard.
async fn tail(stream: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut stream) = stream else {
        return;
    };
    let mut chunk = [0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..count]);
        if kept.len() > 2 * WORDS_BYTES_MAX {
            kept.drain(..kept.len() - WORDS_BYTES_MAX);
        }
    }
}

fn end_of(kept: &[u8]) -> String {
    let start = kept.len().saturating_sub(WORDS_BYTES_MAX);
    String::from_utf8_lossy(&kept[start..]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ran(command: &str) -> Result<(), Failed> {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), command).await
    }

    #[tokio::test]
    async fn it_is_a_line_of_the_shell_in_its_folder() {
        assert_eq!(ran("echo noise && test -z \"$(ls)\"").await, Ok(()));
    }

    #[tokio::test]
    async fn a_failure_has_its_words() {
        let failed = ran("echo one; echo 'error[E0308]: two' >&2; exit 3").await;
        let failed = failed.unwrap_err();
        assert_eq!(failed.words, "one\nerror[E0308]: two\n");
        assert!(failed.reason.contains('3'), "{}", failed.reason);
    }

    #[tokio::test]
    async fn of_many_words_the_last_are_kept() {
        let failed = ran("yes 0123456789 | head -c 1000000; echo end; exit 1").await;
        let words = failed.unwrap_err().words;
        assert_eq!(words.len(), WORDS_BYTES_MAX);
        assert!(words.ends_with("end\n"));
    }

    #[tokio::test]
    async fn what_a_build_leaves_running_is_not_waited_for() {
        let left = ran("sleep 60 & echo one; exit 3");
        let failed = timeout(Duration::from_secs(20), left).await;
        assert_eq!(failed.expect("it has ended").unwrap_err().words, "one\n");
    }
}
