//! What the daemon refuses: with which exit code, in which words, and without changing anything.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::world::{Daemon, Ended, argosyd, pay, run_command};

const DEV_SPEC: &str = include_str!("../../../../chain-spec/networks/dev.toml");

/// The daemon must end by itself.
fn refuse(directory: &Path, words: &[&str]) -> Ended {
    match Daemon::spawn(&mut run_command(directory, words)) {
        Err(ended) => ended,
        Ok(_) => panic!("it serves with {words:?}"),
    }
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_port_in_use_is_named_with_its_setting() {
    let folder = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["rpc.listen", "ops.listen"] {
        // A word that comes again replaces the first one.
        let flag = format!("--{key}");
        refuse(folder.path(), &["--dev", &flag, &address]).fails(4, &[&address, key, "--instance"]);
    }
    // What it had begun is no obstacle.
    drop(Daemon::start(folder.path(), &["--dev"]));
}

#[test]
fn an_address_of_another_machine_is_not_ours() {
    let folder = tempdir().unwrap();
    // TEST-NET-1, RFC 5737: nobody has it.
    refuse(folder.path(), &["--dev", "--rpc.listen", "192.0.2.1:9533"])
        .fails(4, &["192.0.2.1:9533"]);
}

#[tokio::test]
async fn a_second_daemon_on_a_directory_is_told_who_has_it() {
    let folder = tempdir().unwrap();
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let pid = daemon.pid().to_string();
    refuse(folder.path(), &["--dev"]).fails(3, &["in use by process", &pid]);
    pay(&daemon.client().await).await;
    assert!(
        folder.path().join("endpoints.json").exists(),
        "the first one's"
    );
}

#[test]
fn another_chains_directory_is_refused_with_both_hashes() {
    let folder = tempdir().unwrap();
    let directory = folder.path().join("data");
    drop(Daemon::start(&directory, &["--dev"]));
    let spec = folder.path().join("other.toml");
    fs::write(
        &spec,
        DEV_SPEC.replace("tx_gas = 45_000", "tx_gas = 45_001"),
    )
    .unwrap();
    let ended = refuse(&directory, &["--dev", "--chain", spec.to_str().unwrap()]);
    ended.fails(
        3,
        &["this directory holds chain 0x", "but the chain spec is 0x"],
    );
    drop(Daemon::start(&directory, &["--dev"]));
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "years of work").unwrap();
    refuse(folder.path(), &["--dev"]).fails(3, &["not an Argosy data directory", "thesis.tex"]);
    assert_eq!(names(folder.path()), ["thesis.tex"]);
}

#[test]
fn a_file_and_a_newer_directory_are_told_apart() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    refuse(&file, &["--dev"]).fails(3, &["is not a directory"]);
    let newer = folder.path().join("newer");
    fs::create_dir(&newer).unwrap();
    fs::write(newer.join("FORMAT"), "argosy data directory\nlayout = 9\n").unwrap();
    refuse(&newer, &["--dev"]).fails(3, &["newer release", "layout 9", "upgrade"]);
}

/// `command` as a user who may not write where the mode forbids it; root may everywhere.
fn without_privileges(command: &Command) -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut wrapped = match is_root {
        false => return copy(command, Command::new(command.get_program())),
        true => Command::new("setpriv"),
    };
    wrapped.args([
        "--bounding-set=-dac_override,-dac_read_search,-fowner",
        "--inh-caps=-dac_override,-dac_read_search,-fowner",
    ]);
    wrapped.arg(command.get_program());
    copy(command, wrapped)
}

fn copy(from: &Command, mut to: Command) -> Command {
    to.args(from.get_args());
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    to
}

#[cfg(unix)]
#[test]
fn a_directory_that_may_not_be_written_is_a_matter_of_the_disk() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempdir().unwrap();
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    set(&closed, 0o555);
    for path in [closed.clone(), closed.join("data")] {
        let mut command = without_privileges(&run_command(&path, &["--dev"]));
        let ended = Daemon::spawn(&mut command).err().expect("refused");
        ended.fails(
            5,
            &[
                "Permission denied",
                "check that the directory belongs to this user",
            ],
        );
    }
    set(&closed, 0o755);
    drop(Daemon::start(&closed, &["--dev"]));
    set(&closed.join("db"), 0o555);
    let mut command = without_privileges(&run_command(&closed, &["--dev"]));
    Daemon::spawn(&mut command)
        .err()
        .expect("refused")
        .fails(5, &["Permission denied"]);
    set(&closed.join("db"), 0o755);
    drop(Daemon::start(&closed, &["--dev"]));
}

/// The daemon, whose files may not grow beyond some KiB: to it the disk is full.
fn on_a_full_disk(directory: &Path, kib: u32, words: &[&str]) -> Command {
    let inner = run_command(directory, words);
    // The signal that would kill it is ignored, so that the write fails as on a full disk.
    let mut shell = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(inner.get_program());
    copy(&inner, shell)
}

#[tokio::test]
async fn a_disk_that_fills_up_stops_the_node_with_whole_blocks() {
    let folder = tempdir().unwrap();
    drop(Daemon::start(folder.path(), &["--dev"]));
    // Blocks of 512 bytes, in most shells.
    let mut command = on_a_full_disk(folder.path(), 400, &["--dev"]);
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|it| panic!("{it:#?}"));
    let client = daemon.client().await;
    let mut paid = Vec::new();
    while let Ok(receipt) = crate::world::try_pay(&client).await {
        paid.push(receipt);
        assert!(paid.len() < 5_000, "the disk never filled up");
    }
    daemon
        .ended()
        .fails(5, &["the node has stopped itself", "free some space"]);
    let daemon = Daemon::start(folder.path(), &["--dev"]);
    let client = daemon.client().await;
    for receipt in paid {
        assert_eq!(client.receipt(receipt.tx_id.0).await.unwrap(), receipt);
    }
    pay(&client).await;
}

#[test]
fn a_disk_without_any_room_refuses_the_start() {
    let folder = tempdir().unwrap();
    let ended = Daemon::spawn(&mut on_a_full_disk(folder.path(), 0, &["--dev"]))
        .err()
        .expect("refused");
    assert_eq!(ended.code, Some(5), "{ended:#?}");
    drop(Daemon::start(folder.path(), &["--dev"]));
}

#[test]
fn configurations_that_cannot_run_are_refused_before_anything_is_touched() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let two = folder.path().join("two.toml");
    let second = "\n[[genesis.validators]]\nkey = \"ed25519:0x8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c\"\npower = 1\n\n[limits]\n";
    fs::write(&two, DEV_SPEC.replace("\n[limits]\n", second)).unwrap();
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, "[network]\nname = \"x\"\n").unwrap();
    let check = |words: &[&str], says: &[&str]| {
        let mut command = argosyd();
        command.args(["run", "--data-dir"]).arg(&data).args(words);
        Ended::of(&mut command).fails(2, says);
        assert!(!data.exists(), "{words:?}");
    };
    check(&[], &["no chain", "--chain dev"]);
    check(&["--chain", "dev"], &["nobody would make blocks", "--dev"]);
    check(
        &["--chain", "nowhere.toml", "--dev"],
        &["cannot read the chain spec nowhere.toml"],
    );
    check(
        &["--chain", broken.to_str().unwrap(), "--dev"],
        &["broken.toml"],
    );
    check(
        &["--chain", two.to_str().unwrap(), "--dev"],
        &["2 validators", "bft"],
    );
    check(
        &["--chain", "dev", "--dev", "--log.filter", "x=y=z"],
        &["log.filter"],
    );
    check(
        &[
            "--chain",
            "dev",
            "--dev",
            "--rpc.listen",
            "127.0.0.1:7",
            "--ops.listen",
            "127.0.0.1:7",
        ],
        &["rpc.listen", "ops.listen"],
    );
}

#[test]
fn a_quarantine_that_nobody_can_read_is_refused_by_line() {
    let folder = tempdir().unwrap();
    drop(Daemon::start(folder.path(), &["--dev"]));
    fs::write(folder.path().join("quarantine"), "0xabc\n").unwrap();
    refuse(folder.path(), &["--dev"]).fails(3, &["quarantine", "line 1"]);
}

#[test]
fn a_replay_out_of_nothing_is_refused() {
    let folder = tempdir().unwrap();
    let (source, target) = (folder.path().join("a"), folder.path().join("b"));
    let replay = || {
        let mut command = argosyd();
        command.args(["replay", "--chain", "dev", "--from"]);
        command.arg(&source).arg("--into").arg(&target);
        Ended::of(&mut command)
    };
    replay().fails(3, &["there is no data directory", "check the path"]);
    assert!(!source.exists() && !target.exists());
    fs::create_dir(&source).unwrap();
    fs::write(source.join("FORMAT"), "argosy data directory\nlayout = 1\n").unwrap();
    replay().fails(3, &["holds no chain"]);
}
