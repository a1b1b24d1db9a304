//! The node's image in a real container engine. `./x test` finds or starts one; where there is none, it
//! leaves these out and says so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::tempdir;

/// Longer than anything takes, even on a busy machine.
const SOON: Duration = Duration::from_secs(25);
/// How a cautious operator runs it: any user of group 0, nothing to write on but the volumes.
const LOCKED_DOWN: [&str; 7] = [
    "--user=1234567:0",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=512m",
    "--pids-limit=128",
    "--health-interval=1s",
];

fn docker(words: &[&str]) -> Output {
    let output = Command::new("docker").args(words).output();
    output.unwrap_or_else(|error| panic!("docker: {error}; run ./x test, which finds an engine"))
}

/// What it prints, if it goes well.
#[track_caller]
fn done(words: &[&str]) -> String {
    let output = docker(words);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}

/// An image of this test's own, with its containers and volume. Removed with its value.
struct World {
    tag: String,
    volume: String,
    containers: Vec<String>,
}

impl World {
    fn new(name: &str) -> World {
        let id = format!("argosy-test-{name}-{}", std::process::id());
        let folder = tempdir().unwrap();
        let script = repository().join("docker/image.sh");
        // Debug information would be nine tenths of it.
        let program = folder.path().join("argosyd");
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&program);
        let stripped = strip.arg(env!("CARGO_BIN_EXE_argosyd")).status();
        assert!(stripped.unwrap().success());
        let made = Command::new(script)
            .args([&id, "argosyd"])
            .arg(&program)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{error}");
        done(&["volume", "create", &id]);
        World {
            volume: format!("{id}:/data"),
            tag: id,
            containers: Vec::new(),
        }
    }

    /// Starts a container on the volume; gives its name.
    fn run(&mut self, words: &[&str]) -> String {
        let name = format!("{}-{}", self.tag, self.containers.len());
        let mut all = vec!["run", "--detach", "--name", &name, "--volume", &self.volume];
        all.extend(LOCKED_DOWN);
        all.push(&self.tag);
        all.extend(words);
        done(&all);
        self.containers.push(name.clone());
        name
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for container in &self.containers {
            docker(&["rm", "--force", "--volumes", container]);
        }
        docker(&["volume", "rm", "--force", &self.tag]);
        docker(&["rmi", "--force", &self.tag]);
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A field of what the engine knows of a container.
fn inspect(container: &str, field: &str) -> String {
    done(&[
        "inspect",
        "--format",
        &format!("{{{{{field}}}}}"),
        container,
    ])
}

fn logs(container: &str) -> String {
    let output = docker(&["logs", container]);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The highest block that a container says it has committed.
fn height(container: &str) -> u64 {
    let log = logs(container);
    let heights = log.lines().filter_map(|line| {
        let (_, fields) = line.split_once("committed block ")?;
        let (_, rest) = fields.split_once("height=")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    heights.max().unwrap_or(0)
}

#[track_caller]
fn until(container: &str, what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        let log = logs(container);
        assert!(begin.elapsed() < SOON, "{what}: {log}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn it_runs_locked_down_and_its_volume_outlives_it() {
    let mut world = World::new("life");
    let words = ["run", "--chain", "dev", "--dev=200ms"];
    let first = world.run(&words);
    until(&first, "it makes blocks", || height(&first) >= 3);
    until(&first, "the engine finds it healthy", || {
        inspect(&first, ".State.Health.Status") == "healthy"
    });
    let health = done(&["exec", &first, "/usr/local/bin/argosyd", "health"]);
    assert!(health.ends_with("ok"), "{health}");
    // Another one on the same volume is refused, with the reason.
    let second = world.run(&words);
    until(&second, "it ends", || {
        inspect(&second, ".State.Status") == "exited"
    });
    assert_eq!(inspect(&second, ".State.ExitCode"), "3");
    assert!(logs(&second).contains("in use"), "{}", logs(&second));
    // Asked to stop, it does, by itself: a killed one would end with 137.
    done(&["stop", "--time", "10", &first]);
    assert_eq!(inspect(&first, ".State.ExitCode"), "0");
    let before = height(&first);
    let third = world.run(&words);
    until(&third, "it goes on where it was", || {
        height(&third) > before
    });
    // Nothing but the program: who breaks into it finds no shell.
    let shell = docker(&["run", "--rm", "--entrypoint", "/bin/sh", &world.tag]);
    assert!(!shell.status.success());
    says_what_it_is(&world);
}

fn says_what_it_is(world: &World) {
    let config: Value = serde_json::from_str(&done(&[
        "inspect",
        "--format",
        "{{json .Config}}",
        &world.tag,
    ]))
    .unwrap();
    assert_eq!(config["User"], "65532:0");
    assert_eq!(config["StopSignal"], "SIGTERM");
    assert_eq!(
        config["Labels"]["org.opencontainers.image.licenses"],
        "MIT OR Apache-2.0"
    );
    assert_eq!(
        config["Labels"]["org.opencontainers.image.version"],
        env!("CARGO_PKG_VERSION")
    );
    for volume in ["/data", "/keys"] {
        assert!(config["Volumes"].get(volume).is_some(), "{volume}");
    }
    assert_eq!(config["Healthcheck"]["Test"][1], "/usr/local/bin/argosyd");
    // A setting in the environment holds, and one that does not exist is refused.
    let refused = docker(&["run", "--rm", "--env", "ARGOSY_RPC__PROT=1", &world.tag]);
    assert_eq!(refused.status.code(), Some(2));
    let error = String::from_utf8_lossy(&refused.stderr);
    assert!(error.contains("ARGOSY_RPC__PROT"), "{error}");
}
