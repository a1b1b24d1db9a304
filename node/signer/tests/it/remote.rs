//! A signer over a Unix socket: honest clients, hostile ones, servers that go and come.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use argosy_primitives::{
    GenesisHash, PeerProof, Proposal, ProposalParts, PublicKey, SecretKey, Signature, Vote,
};
use argosy_signer::{
    Closing, Mark, RemoteError, RemoteSigner, ServeEvent, ServeLimits, Sign, SignError,
    SignerSocket, SocketError, Step, StopHandle, serve, stop_pair,
};
use tempfile::TempDir;

use crate::support::*;

/// Long enough never to matter in a test that passes.
const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

struct Server {
    path: PathBuf,
    events: Receiver<ServeEvent>,
    stop: Option<StopHandle>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(path: &Path, signer: impl Sign + 'static, limits: ServeLimits) -> Server {
        let socket = SignerSocket::bind(path).unwrap();
        let (stop, signal) = stop_pair().unwrap();
        let (sender, events) = channel();
        let thread = std::thread::spawn(move || {
            let watch = |event| drop(sender.send(event));
            serve(&socket, &signer, limits, &signal, &watch).unwrap();
        });
        Server {
            path: path.to_owned(),
            events,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn connect(&self) -> RemoteSigner {
        let remote = RemoteSigner::connect(&self.path, key().public(), chain(), LONG).unwrap();
        assert_eq!(self.event(), ServeEvent::Opened);
        remote
    }

    /// The answer to these bytes, after the hello if they are to be a request.
    fn closing_after(&self, is_greeted: bool, bytes: &[u8]) -> Closing {
        let mut stream = UnixStream::connect(&self.path).unwrap();
        if is_greeted {
            stream.write_all(&frame(&hello(1))).unwrap();
            assert_eq!(self.event(), ServeEvent::Opened);
        }
        stream.write_all(bytes).unwrap();
        match self.event() {
            ServeEvent::Closed(closing) => closing,
            other => panic!("{other:?}"),
        }
    }

    fn event(&self) -> ServeEvent {
        self.events.recv_timeout(LONG).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.stop();
        }
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// A signer with an empty record behind a socket.
fn start(limits: ServeLimits) -> (TempDir, Server) {
    let folder = with_record();
    let signer = open(folder.path()).unwrap();
    let server = Server::start(&folder.path().join("socket"), signer, limits);
    (folder, server)
}

fn limits() -> ServeLimits {
    ServeLimits {
        connections_max: 8,
        frame_time: LONG,
        idle_time: LONG,
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_le_bytes()[..], body].concat()
}

fn hello(version: u16) -> Vec<u8> {
    let PublicKey::Ed25519(key) = key().public();
    [
        b"ARGOSIGN",
        &version.to_le_bytes()[..],
        chain().as_bytes(),
        &[0],
        &key,
    ]
    .concat()
}

#[test]
fn signs_as_a_local_signer_does() {
    let (_folder, server) = start(limits());
    let remote = server.connect();
    let other = with_record();
    let local = open(other.path()).unwrap();
    let parts = ProposalParts {
        chain: chain(),
        height: 1,
        round: 0,
        valid_round: None,
        block: [1; 32].into(),
        pieces: 1,
    };
    let proof = PeerProof {
        chain: chain(),
        peer: vec![4; 38],
    };
    for signer in [&remote as &dyn Sign, &local] {
        assert_eq!(
            (signer.public_key(), signer.chain()),
            (key().public(), chain())
        );
        assert_eq!(signer.mark().unwrap(), None);
    }
    let both = |ask: &dyn Fn(&dyn Sign) -> Signature| assert_eq!(ask(&remote), ask(&local));
    both(&|it| it.sign_proposal(&proposal(1, 0, 1)).unwrap());
    both(&|it| it.sign_vote(&prevote(1, 1)).unwrap());
    both(&|it| it.sign_vote(&precommit(1, 0)).unwrap());
    both(&|it| it.sign_vote(&prevote(1, 1)).unwrap());
    both(&|it| it.sign_parts(&parts).unwrap());
    both(&|it| it.sign_peer(&proof).unwrap());
    assert_eq!(remote.mark().unwrap(), local.mark().unwrap());
    assert!(!format!("{remote:?}").is_empty());
}

#[test]
fn refusals_keep_their_type() {
    let (folder, server) = start(limits());
    let remote = server.connect();
    remote.sign_vote(&prevote(2, 1)).unwrap();
    let place = at(2, 0, Step::Prevote);
    let refused = remote.sign_vote(&prevote(2, 2));
    assert!(matches!(refused, Err(SignError::Conflict { at, .. }) if at == place));
    let refused = remote.sign_vote(&prevote(1, 2));
    assert!(matches!(refused, Err(SignError::Below { mark, .. }) if mark == place));
    assert!(matches!(
        remote.sign_vote(&prevote(0, 2)),
        Err(SignError::Held { .. })
    ));
    let mut other = prevote(3, 1);
    other.chain = GenesisHash::from_bytes([9; 32]);
    assert!(matches!(
        remote.sign_vote(&other),
        Err(SignError::OtherChain { .. })
    ));
    let mut other = prevote(3, 1);
    other.validator = argosy_primitives::Address::SYSTEM;
    assert!(matches!(
        remote.sign_vote(&other),
        Err(SignError::OtherValidator { .. })
    ));

    fs::remove_file(folder.path().join("record")).unwrap();
    let Err(SignError::RemoteFailed { reason }) = remote.sign_vote(&prevote(3, 1)) else {
        panic!("the record is gone");
    };
    assert!(reason.contains("moved or replaced"), "{reason}");
    assert!(matches!(remote.mark(), Err(SignError::RemoteFailed { .. })));
}

#[test]
fn two_nodes_get_one_signature_for_one_place() {
    let (_folder, server) = start(limits());
    let (one, two) = (server.connect(), server.connect());
    for height in 1..10 {
        let asked = [(&one, 1), (&two, 2)];
        let signed = std::thread::scope(|scope| {
            let threads = asked.map(|(remote, value)| {
                scope.spawn(move || remote.sign_vote(&precommit(height, value)).is_ok())
            });
            threads
                .map(|it| usize::from(it.join().unwrap()))
                .iter()
                .sum::<usize>()
        });
        assert_eq!(signed, 1);
    }
}

#[test]
fn a_client_finds_its_server_again() {
    let (folder, server) = start(limits());
    let path = server.path.clone();
    let remote = server.connect();
    let before = remote.sign_vote(&precommit(1, 1)).unwrap();
    drop(server);
    assert!(!path.exists());
    let gone = remote.sign_vote(&precommit(1, 1));
    assert!(matches!(
        gone,
        Err(SignError::Remote(RemoteError::Unreachable { .. }))
    ));
    let server = Server::start(&path, open(folder.path()).unwrap(), limits());
    assert_eq!(remote.sign_vote(&precommit(1, 1)).unwrap(), before);
    assert!(matches!(
        remote.sign_vote(&precommit(1, 2)),
        Err(SignError::Conflict { .. })
    ));
    drop(server);
    // Gone and back between two calls: the client does not even notice.
    let _server = Server::start(&path, open(folder.path()).unwrap(), limits());
    assert_eq!(remote.sign_vote(&precommit(1, 1)).unwrap(), before);
}

#[test]
fn an_idle_client_is_let_go_and_comes_back() {
    let limits = ServeLimits {
        idle_time: SHORT,
        ..limits()
    };
    let (_folder, server) = start(limits);
    let remote = server.connect();
    assert_eq!(server.event(), ServeEvent::Closed(Closing::TooSlow));
    remote.sign_vote(&precommit(1, 1)).unwrap();
}

#[test]
fn the_socket_is_for_its_owner_and_for_one_server() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("socket");
    drop(UnixListener::bind(&path).unwrap());
    let socket = SignerSocket::bind(&path).unwrap();
    assert_eq!(socket.path(), path);
    let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(matches!(
        SignerSocket::bind(&path),
        Err(SocketError::InUse { .. })
    ));
    drop(socket);
    assert!(!path.exists());
    fs::write(&path, "a file").unwrap();
    assert!(matches!(
        SignerSocket::bind(&path),
        Err(SocketError::NotASocket { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), b"a file");
    let missing = SignerSocket::bind(&folder.path().join("none/socket"));
    assert!(matches!(missing, Err(SocketError::Io { .. })));
}

#[test]
fn strangers_are_told_apart() {
    let (_folder, server) = start(limits());
    let other = SecretKey::generate_from([8; 32]).public();
    let found = RemoteSigner::connect(&server.path, other, chain(), LONG);
    assert!(matches!(found, Err(RemoteError::OtherKey { .. })));
    assert_eq!(server.event(), ServeEvent::Closed(Closing::OtherSigner));
    let other = GenesisHash::from_bytes([9; 32]);
    let found = RemoteSigner::connect(&server.path, key().public(), other, LONG);
    assert!(matches!(found, Err(RemoteError::OtherChain { .. })));
    assert_eq!(server.event(), ServeEvent::Closed(Closing::OtherSigner));
    assert_eq!(
        server.closing_after(false, &frame(&hello(2))),
        Closing::OtherSigner
    );
}

#[test]
fn garbage_ends_its_own_connection_only() {
    let (_folder, server) = start(limits());
    let remote = server.connect();
    let is_garbage =
        |greeted, bytes: &[u8]| matches!(server.closing_after(greeted, bytes), Closing::Garbage(_));
    assert!(is_garbage(false, &[0xff; 100]));
    assert!(is_garbage(false, &frame(b"GET / HTTP/1.1")));
    assert!(is_garbage(true, &frame(&[0xff; 100])));
    assert!(is_garbage(true, &frame(&[])));
    assert!(is_garbage(true, &frame(&[0, 0])), "a byte too many");
    assert!(
        is_garbage(true, &(64u32 * 1024 + 1).to_le_bytes()),
        "too large, by one"
    );
    assert!(is_garbage(true, &u32::MAX.to_le_bytes()));
    let mut state = 1u32;
    for length in 1..40 {
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8 | 8
        })
        .take(length)
        .collect();
        assert!(is_garbage(true, &frame(&bytes)), "{bytes:?}");
    }
    remote.sign_vote(&precommit(1, 1)).unwrap();
}

#[test]
fn a_slow_client_is_let_go() {
    let limits = ServeLimits {
        frame_time: SHORT,
        ..limits()
    };
    let (_folder, server) = start(limits);
    let remote = server.connect();
    assert_eq!(
        server.closing_after(false, &[]),
        Closing::TooSlow,
        "says nothing"
    );
    assert_eq!(
        server.closing_after(true, &[5, 0]),
        Closing::TooSlow,
        "half a length"
    );
    assert_eq!(
        server.closing_after(true, &[5, 0, 0, 0, 1]),
        Closing::TooSlow,
        "half a frame"
    );
    remote.sign_vote(&precommit(1, 1)).unwrap();
}

#[test]
fn connections_are_counted() {
    let limits = ServeLimits {
        connections_max: 2,
        ..limits()
    };
    let (_folder, server) = start(limits);
    let (one, two) = (server.connect(), server.connect());
    let full = RemoteSigner::connect(&server.path, key().public(), chain(), LONG);
    assert!(matches!(full, Err(RemoteError::Closed { .. })));
    assert_eq!(server.event(), ServeEvent::Full);
    drop(one);
    assert_eq!(server.event(), ServeEvent::Closed(Closing::Ended));
    two.sign_vote(&precommit(1, 1)).unwrap();
}

/// What a server sends back to a client's hello, from a thread.
fn impostor(answer: Vec<u8>) -> (TempDir, PathBuf, JoinHandle<()>) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = [0; 4 + 75];
        stream.read_exact(&mut greeting).unwrap();
        stream.write_all(&answer).unwrap();
        // Until the client leaves.
        let _ = stream.read(&mut greeting);
    });
    (folder, path, thread)
}

#[test]
fn a_client_believes_no_impostor() {
    let ask = |answer: Vec<u8>, time| {
        let (_folder, path, thread) = impostor(answer);
        let found = RemoteSigner::connect(&path, key().public(), chain(), time);
        thread.join().unwrap();
        found.unwrap_err()
    };
    assert!(matches!(
        ask(frame(&hello(2)), LONG),
        RemoteError::OtherVersion { found: 2, .. }
    ));
    assert!(matches!(
        ask(b"HTTP/1.1 400".to_vec(), LONG),
        RemoteError::NotASigner { .. }
    ));
    assert!(matches!(ask(vec![], SHORT), RemoteError::TimedOut { .. }));
    assert!(matches!(
        ask(frame(&hello(1))[..20].to_vec(), SHORT),
        RemoteError::TimedOut { .. }
    ));
    let mut other = hello(1);
    other[0] = b'B';
    assert!(matches!(
        ask(frame(&other), LONG),
        RemoteError::NotASigner { .. }
    ));
}

/// Signs something else than it is asked for.
struct Liar;

impl Sign for Liar {
    fn public_key(&self) -> PublicKey {
        key().public()
    }
    fn chain(&self) -> GenesisHash {
        chain()
    }
    fn sign_vote(&self, _: &Vote) -> Result<Signature, SignError> {
        Ok(key().sign(&[0; 32]))
    }
    fn sign_proposal(&self, _: &Proposal) -> Result<Signature, SignError> {
        Ok(key().sign(&[0; 32]))
    }
    fn sign_parts(&self, _: &ProposalParts) -> Result<Signature, SignError> {
        Ok(key().sign(&[0; 32]))
    }
    fn sign_peer(&self, _: &PeerProof) -> Result<Signature, SignError> {
        Ok(key().sign(&[0; 32]))
    }
    fn mark(&self) -> Result<Option<Mark>, SignError> {
        Ok(None)
    }
}

#[test]
fn a_wrong_signature_is_not_handed_on() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&folder.path().join("socket"), Liar, limits());
    let found = server.connect().sign_vote(&precommit(1, 1));
    assert!(matches!(
        found,
        Err(SignError::Remote(RemoteError::BadSignature { .. }))
    ));
}
