//! A node and its signer over TLS: honest ones, strangers, and those who take the other's part.
#![allow(clippy::unwrap_used)] // a test may panic

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use argosy_primitives::{Address, GenesisHash, SecretKey, Vote, VoteKind};
use argosy_signer::{
    Closing, LocalSigner, RemoteError, RemoteSigner, ServeEvent, ServeLimits, Sign as _, SignError,
    StopHandle, init_record, serve, stop_pair,
};
use argosy_signer_tls::{Identity, TlsDoor, TlsError, TlsWay, issue};
use tempfile::{TempDir, tempdir};

const CHAIN: GenesisHash = GenesisHash::from_bytes([5; 32]);
/// Long enough never to matter in a test that passes.
const LONG: Duration = Duration::from_secs(30);

fn key() -> SecretKey {
    SecretKey::generate_from([8; 32])
}

/// A folder with certificates of an authority of its own.
fn certificates(names: &[&str], days: u32) -> TempDir {
    let folder = tempdir().unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    issue(&folder.path().join("tls"), &names, days).unwrap();
    folder
}

fn identity(folder: &TempDir, side: &str) -> Identity {
    Identity::read(&folder.path().join("tls").join(side)).unwrap()
}

/// A signer that listens.
struct Signer {
    address: SocketAddr,
    events: Receiver<ServeEvent>,
    stop: Option<StopHandle>,
    thread: Option<JoinHandle<()>>,
    _record: TempDir,
}

impl Signer {
    fn start(identity: Identity, limits: ServeLimits) -> Signer {
        let record = tempdir().unwrap();
        let folder = record.path().join("record");
        init_record(&folder, CHAIN, &key().public()).unwrap();
        let signer = LocalSigner::open(key(), CHAIN, &folder, None).unwrap();
        let door = TlsDoor::bind("127.0.0.1:0".parse().unwrap(), identity).unwrap();
        let address = door.address();
        let (stop, signal) = stop_pair().unwrap();
        let (sender, events) = channel();
        let thread = std::thread::spawn(move || {
            let watch = |event| drop(sender.send(event));
            serve(&door, &signer, limits, &signal, &watch).unwrap();
        });
        Signer {
            address,
            events,
            stop: Some(stop),
            thread: Some(thread),
            _record: record,
        }
    }

    fn of(folder: &TempDir) -> Signer {
        let limits = ServeLimits {
            connections_max: 8,
            frame_time: LONG,
            idle_time: LONG,
        };
        Signer::start(identity(folder, "signer"), limits)
    }

    fn way(&self, host: &str, identity: Identity) -> TlsWay {
        TlsWay::new(&format!("{host}:{}", self.address.port()), identity).unwrap()
    }

    fn connect(&self, host: &str, identity: Identity) -> Result<RemoteSigner, RemoteError> {
        let way = Box::new(self.way(host, identity));
        RemoteSigner::connect_by(way, key().public(), CHAIN, LONG)
    }

    fn event(&self) -> ServeEvent {
        self.events.recv_timeout(LONG).unwrap()
    }

    /// Why the last one was turned away.
    fn closing(&self) -> String {
        match self.event() {
            ServeEvent::Closed(Closing::Failed(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.stop();
        }
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

fn vote(height: u64, value: u8) -> Vote {
    Vote {
        kind: VoteKind::Prevote,
        chain: CHAIN,
        height,
        round: 0,
        value: Some([value; 32].into()),
        validator: Address::of_key(&key().public()),
    }
}

/// All that went wrong, from the outside in.
fn told(error: impl std::error::Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

#[test]
fn signs_and_refuses_as_over_a_socket() {
    let folder = certificates(&["localhost", "127.0.0.1"], 10);
    let signer = Signer::of(&folder);
    for host in ["localhost", "127.0.0.1"] {
        let remote = signer.connect(host, identity(&folder, "node")).unwrap();
        assert_eq!(signer.event(), ServeEvent::Opened);
        for height in 1..50 {
            let vote = vote(height, 1);
            let signature = remote.sign_vote(&vote);
            match host {
                "localhost" => {
                    let hash = vote.sign_hash();
                    let signature = signature.unwrap();
                    key().public().verify(hash.as_bytes(), &signature).unwrap();
                }
                // The other way leads to the same record.
                _ if height < 49 => {
                    assert!(matches!(signature, Err(SignError::Below { .. })));
                }
                _ => drop(signature.unwrap()),
            }
        }
        let conflict = remote.sign_vote(&vote(49, 2));
        assert!(matches!(conflict, Err(SignError::Conflict { .. })));
        drop(remote);
        assert_eq!(signer.event(), ServeEvent::Closed(Closing::Ended));
    }
}

#[test]
fn who_shows_a_certificate_of_another_authority_is_turned_away_by_either_side() {
    let (ours, theirs) = (
        certificates(&["localhost"], 10),
        certificates(&["localhost"], 10),
    );
    let signer = Signer::of(&ours);
    // The node does not know the signer's authority.
    let error = signer
        .connect("localhost", identity(&theirs, "node"))
        .unwrap_err();
    assert!(told(error).contains("invalid peer certificate"));
    assert!(signer.closing().contains("alert"));
    // It knows it, and has a certificate of another one.
    let mixed = tempdir().unwrap();
    let node = |folder: &TempDir| folder.path().join("tls/node");
    for (from, file) in [
        (&ours, "ca.crt"),
        (&theirs, "tls.crt"),
        (&theirs, "tls.key"),
    ] {
        fs::copy(node(from).join(file), mixed.path().join(file)).unwrap();
    }
    let mixed = Identity::read(mixed.path()).unwrap();
    let error = signer.connect("localhost", mixed).unwrap_err();
    let told = told(error);
    assert!(told.contains("alert") || told.contains("closed"), "{told}");
    assert!(signer.closing().contains("invalid peer certificate"));
}

#[test]
fn neither_side_takes_the_others_part() {
    let folder = certificates(&["localhost"], 10);
    let signer = Signer::of(&folder);
    let error = signer.connect("localhost", identity(&folder, "signer"));
    drop(error.unwrap_err());
    assert!(signer.closing().contains("invalid peer certificate"));
    let false_one = Signer::start(identity(&folder, "node"), ServeLimits::default());
    let error = false_one
        .connect("localhost", identity(&folder, "node"))
        .unwrap_err();
    let told = told(error);
    assert!(told.contains("invalid peer certificate"), "{told}");
}

#[test]
fn another_name_or_an_old_certificate_is_refused() {
    let folder = certificates(&["signer.example"], 10);
    let signer = Signer::of(&folder);
    let error = signer
        .connect("localhost", identity(&folder, "node"))
        .unwrap_err();
    let text = told(error);
    assert!(text.contains("not valid for name"), "{text}");
    // Valid until this very second.
    let folder = certificates(&["localhost"], 0);
    let signer = Signer::of(&folder);
    let begin = Instant::now();
    let error = loop {
        match signer.connect("localhost", identity(&folder, "node")) {
            Ok(_) => assert!(begin.elapsed() < LONG, "it does not expire"),
            Err(error) => break error,
        }
    };
    // Either side may be the first to see it, and names it in its way.
    let text = told(error).to_lowercase();
    assert!(text.contains("expired"), "{text}");
}

#[test]
fn who_says_something_else_or_nothing_is_let_go_in_time() {
    let folder = certificates(&["localhost"], 10);
    let limits = ServeLimits {
        connections_max: 2,
        frame_time: Duration::from_millis(300),
        idle_time: LONG,
    };
    let signer = Signer::start(identity(&folder, "signer"), limits);
    let mut plain = TcpStream::connect(signer.address).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(signer.closing().contains("corrupt message"));
    // A silent one, and one whose bytes drip in: each would hold a place.
    let silent = TcpStream::connect(signer.address).unwrap();
    assert!(signer.closing().contains("timed out"));
    let mut slow = TcpStream::connect(signer.address).unwrap();
    let drip = std::thread::spawn(move || {
        // How a hello begins that is 16 kB long.
        let mut rest = [0; 1];
        let begun = [
            0x16, 0x03, 0x01, 0x3f, 0x00, 0x01, 0x00, 0x3e, 0xfc, 0x03, 0x03,
        ];
        for byte in begun.iter().copied().chain(std::iter::repeat_n(7, 1_000)) {
            if slow.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20)); // it is slow
        }
        // It is closed by now, or this waits for it.
        let _ = slow.read(&mut rest);
    });
    assert!(signer.closing().contains("timed out"));
    drip.join().unwrap();
    drop(silent);
    let remote = signer
        .connect("localhost", identity(&folder, "node"))
        .unwrap();
    remote.sign_vote(&vote(1, 1)).unwrap();
}

#[test]
fn a_signer_that_comes_again_is_found_again() {
    let folder = certificates(&["127.0.0.1"], 10);
    let limits = ServeLimits {
        idle_time: Duration::from_millis(500),
        ..ServeLimits::default()
    };
    let signer = Signer::start(identity(&folder, "signer"), limits);
    let remote = signer
        .connect("127.0.0.1", identity(&folder, "node"))
        .unwrap();
    for height in 1..4 {
        while signer.event() != ServeEvent::Closed(Closing::TooSlow) {}
        remote.sign_vote(&vote(height, 1)).unwrap();
    }
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let folder = certificates(&["localhost"], 10);
    let node = folder.path().join("tls/node");
    let error = |path: &Path| Identity::read(path).unwrap_err();
    let again = issue(&folder.path().join("tls"), &["localhost".into()], 10);
    assert!(matches!(again, Err(TlsError::Exists(_))));
    for name in ["", "two words", "-"] {
        let made = issue(&folder.path().join("new"), &[name.to_owned()], 10);
        assert!(matches!(made, Err(TlsError::Name(_))), "{name}");
    }
    assert!(matches!(
        issue(&folder.path().join("new"), &[], 10),
        Err(TlsError::Name(_))
    ));
    for address in ["host", "host:", "host:99999", "two words:7", ":7"] {
        let way = TlsWay::new(address, identity(&folder, "node"));
        assert!(matches!(way, Err(TlsError::Name(_))), "{address}");
    }
    let key = node.join("tls.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let exposed = error(&node).to_string();
    assert!(
        exposed.contains("mode 644") && exposed.contains("chmod 600"),
        "{exposed}"
    );
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    fs::write(node.join("ca.crt"), "nothing").unwrap();
    let empty = error(&node).to_string();
    assert!(empty.contains("ca.crt is no certificate"), "{empty}");
    fs::remove_file(node.join("ca.crt")).unwrap();
    assert!(error(&node).to_string().contains("cannot read"));
}

#[test]
fn certificates_are_for_their_owner_and_no_key_of_the_authority_is_left() {
    let folder = certificates(&["localhost"], 10);
    let mut files = Vec::new();
    for side in ["node", "signer"] {
        let folder = folder.path().join("tls").join(side);
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            files.push(format!("{side} {} {mode:o}", entry.file_name().display()));
        }
    }
    files.sort();
    let expected = [
        "node ca.crt 644",
        "node tls.crt 644",
        "node tls.key 600",
        "signer ca.crt 644",
        "signer tls.crt 644",
        "signer tls.key 600",
    ];
    assert_eq!(files, expected);
}
