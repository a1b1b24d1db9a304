//! Over a real socket: what a server gives, and what servers that lie give.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use argosy_snapshot::{HttpSource, Server, ServerConfig, Source, SourceError};
use tempfile::tempdir;
use tokio::sync::oneshot;

use crate::world::{chain, made, restored, sources, spec, terms};

/// A server on a thread of its own, until it is dropped.
struct Running {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

fn serve(folder: &Path) -> Running {
    serve_with(folder, Duration::from_secs(30))
}

fn serve_with(folder: &Path, stalled_after: Duration) -> Running {
    let config = ServerConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        folder: folder.to_path_buf(),
        connections_max: 5,
        per_address_max: 3,
        is_loopback_bound: true,
        stalled_after,
    };
    let (told, address) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        runtime.block_on(async move {
            let (server, address) = Server::listen(config).await.unwrap();
            told.send(address).unwrap();
            let stopped = async move { drop(stopped.await) };
            server.run(stopped).await;
        });
    });
    Running {
        address: address.recv().unwrap(),
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_some_and(|it| it.is_ok()) || std::thread::panicking());
    }
}

/// One request as it stands; status and body.
fn raw(address: SocketAddr, line: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{line}\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}

#[test]
fn a_snapshot_is_listed_fetched_and_restored() {
    let folder = tempdir().unwrap();
    let (older, newer) = (chain(3), chain(6));
    let (old, new) = (made(&older, folder.path()), made(&newer, folder.path()));
    let server = serve(folder.path());
    let url = format!("http://{}", server.address);
    let newest = HttpSource::find(&url, None).unwrap();
    assert_eq!(newest.name(), format!("{url}/v1/snapshots/{}", new.name));
    let named = HttpSource::find(&newest.name(), None).unwrap();
    assert_eq!(named.manifest().unwrap(), new.manifest.to_bytes());
    let hash = older.head().hash;
    let by_hash = HttpSource::find(&url, Some(&hash)).unwrap();
    assert!(by_hash.name().ends_with(&old.name));
    let (result, _) = restored(&[Box::new(by_hash)], &terms(spec(), Some(hash)));
    assert_eq!(result.unwrap().head, *older.head());
    let elsewhere = terms(spec(), Some(hash));
    let mixed: Vec<Box<dyn Source>> = vec![Box::new(named), sources(&[&old.path]).pop().unwrap()];
    let (result, _) = restored(&mixed, &elsewhere);
    assert_eq!(result.unwrap().refused.len(), 1);
    let nothing = HttpSource::find(&url, Some(&chain(1).head().hash));
    assert!(matches!(nothing, Err(SourceError::Missing { .. })));
    let beyond = HttpSource::find(&newest.name(), None)
        .unwrap()
        .chunk(99, 10);
    assert!(matches!(beyond, Err(SourceError::Missing { .. })));
}

/// One that asks, is answered, and then keeps its socket for nothing.
#[test]
fn a_socket_on_which_nothing_moves_is_closed() {
    let folder = tempdir().unwrap();
    let server = serve_with(folder.path(), Duration::from_millis(50));
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(stream, "GET /v1/snapshots HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = String::new();
    // Ends only because the server ends it: nobody asked for that.
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("[]"));
    assert!(!answer.to_lowercase().contains("connection: close"));
}

#[test]
fn nothing_but_snapshots_is_given_out() {
    let folder = tempdir().unwrap();
    let made = made(&chain(1), &folder.path().join("snapshots"));
    std::fs::write(folder.path().join("secret"), b"secret").unwrap();
    std::fs::write(made.path.join("secret"), b"secret").unwrap();
    let unfinished = format!("{}.unfinished", made.name);
    std::fs::create_dir(folder.path().join("snapshots").join(&unfinished)).unwrap();
    let server = serve(&folder.path().join("snapshots"));
    let get = |path: &str| raw(server.address, &format!("GET {path} HTTP/1.1"));
    let name = &made.name;
    let (status, list) = get("/v1/snapshots");
    assert_eq!(status, 200);
    let list = String::from_utf8(list).unwrap();
    assert_eq!(list, format!("[{{\"height\":1,\"name\":\"{name}\"}}]"));
    let chunk = std::fs::read(made.path.join("chunk-000000")).unwrap();
    assert_eq!(get(&format!("/v1/snapshots/{name}/chunks/0")), (200, chunk));
    for path in [
        "/".to_owned(),
        "/secret".into(),
        "/v1".into(),
        "/v1/snapshots/../secret".into(),
        "/v1/snapshots/../../secret/manifest".into(),
        "/v1/snapshots/%2e%2e/manifest".into(),
        format!("/v1/snapshots/{name}"),
        format!("/v1/snapshots/{name}/secret"),
        format!("/v1/snapshots/{name}/chunks/../secret"),
        format!("/v1/snapshots/{name}/chunks/3"),
        format!("/v1/snapshots/{name}/chunks/99999999999"),
        format!("/v1/snapshots/{name}/chunks/-1"),
        format!("/v1/snapshots/{name}/chunks/"),
        format!("/v1/snapshots/{unfinished}/manifest"),
    ] {
        let (status, body) = get(&path);
        assert_eq!(status, 404, "{path}");
        assert!(!body.windows(6).any(|it| it == b"secret"), "{path}");
    }
    let (status, _) = raw(server.address, "POST /v1/snapshots HTTP/1.1");
    assert_eq!(status, 405);
    let head = raw(
        server.address,
        &format!("HEAD /v1/snapshots/{name}/manifest HTTP/1.1"),
    );
    assert_eq!(head, (200, Vec::new()));
}

/// Answers one request with these bytes, and no more.
fn liar(answer: Vec<u8>) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).unwrap();
        // Whoever has had enough hangs up.
        let _ = stream.write_all(&answer);
    });
    (address, thread)
}

#[track_caller]
fn asked(answer: &[u8]) -> Result<Vec<u8>, SourceError> {
    let (address, thread) = liar(answer.to_vec());
    let url = format!("http://{address}/v1/snapshots/1-00000000");
    let answer = HttpSource::find(&url, None).unwrap().chunk(0, 5);
    thread.join().unwrap();
    answer
}

#[test]
fn servers_that_lie_are_not_read_beyond_what_was_announced() {
    let ok = |rest: &str| [b"HTTP/1.1 200 OK\r\n", rest.as_bytes()].concat();
    assert_eq!(
        asked(&ok("Content-Length: 5\r\n\r\nabcde")).unwrap(),
        b"abcde"
    );
    assert_eq!(asked(&ok("\r\nabc")).unwrap(), b"abc", "until it closes");
    let large = asked(&ok("Content-Length: 99999999999\r\n\r\nabcdef"));
    assert!(
        matches!(large, Err(SourceError::TooLarge { .. })),
        "{large:?}"
    );
    let endless = [ok("\r\n"), vec![b'a'; 8 << 20]].concat();
    assert!(matches!(asked(&endless), Err(SourceError::TooLarge { .. })));
    let chunked = ok("Transfer-Encoding: chunked\r\n\r\nffffff\r\naaaaaaaaaa");
    assert!(matches!(asked(&chunked), Err(SourceError::TooLarge { .. })));
    let short = asked(&ok("Content-Length: 5\r\n\r\nabc"));
    assert!(
        matches!(short, Err(SourceError::BrokeOff { .. })),
        "{short:?}"
    );
    let gone = asked(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(gone, Err(SourceError::Missing { .. })), "{gone:?}");
    for other in [
        &b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"",
    ] {
        let answer = asked(other);
        assert!(
            matches!(answer, Err(SourceError::Failed { .. })),
            "{answer:?}"
        );
    }
}

#[test]
fn a_server_that_is_not_there_says_so() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let missing = HttpSource::find(&format!("http://{free}"), None);
    assert!(
        matches!(missing, Err(SourceError::Failed { .. })),
        "{missing:?}"
    );
    let bad = HttpSource::find("https://example.org", None);
    assert!(matches!(bad, Err(SourceError::BadUrl { .. })), "{bad:?}");
}

/// One address has its share; more of its sockets are closed unheard, and one that goes makes room.
#[test]
fn one_address_does_not_take_all_places() {
    let folder = tempdir().unwrap();
    let server = serve(folder.path());
    let ask = |stream: &mut TcpStream| {
        let _ = write!(stream, "GET /v1/snapshots HTTP/1.1\r\nHost: a\r\n\r\n");
        let mut answer = [0; 1];
        stream.read(&mut answer).unwrap_or(0)
    };
    let connect = || TcpStream::connect(server.address).unwrap();
    let mut held: Vec<_> = (0..3).map(|_| connect()).collect();
    for stream in &mut held {
        assert_eq!(ask(stream), 1);
    }
    assert_eq!(ask(&mut connect()), 0, "beyond its share");
    drop(held.pop());
    while ask(&mut connect()) == 0 {}
}
