//! SIGHUP: the configuration is read again by a node that goes on.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use toml::Table;

use crate::network::{Network, SOON, head, until};
use crate::world::{Daemon, Ended, argosyd};

/// A node with a file that is changed.
struct Changing {
    folder: TempDir,
    daemon: Daemon,
}

impl Changing {
    fn start(settings: &str) -> Changing {
        Changing::start_in(tempdir().unwrap(), settings)
    }

    fn start_in(folder: TempDir, settings: &str) -> Changing {
        fs::write(folder.path().join("argosyd.toml"), settings).unwrap();
        let mut command = argosyd();
        command
            .args(["run", "--chain", "dev", "--dev=manual", "--data-dir"])
            .arg(folder.path().join("data"))
            .args(["--rpc.listen", "127.0.0.1:0", "--ops.listen", "127.0.0.1:0"])
            .arg("--config")
            .arg(folder.path().join("argosyd.toml"));
        let daemon = Daemon::spawn(&mut command).unwrap_or_else(|it| panic!("{it:#?}"));
        Changing { folder, daemon }
    }

    /// Changes the file, tells the node, and waits until it says so; gives what it says.
    fn change(&self, settings: &str, code: &str) -> Value {
        let before = self.said(code).len();
        fs::write(self.folder.path().join("argosyd.toml"), settings).unwrap();
        self.daemon.hang_up();
        let begin = Instant::now();
        loop {
            let said = self.said(code);
            if said.len() > before {
                return said.last().unwrap()["fields"].clone();
            }
            assert!(begin.elapsed() < SOON, "no {code}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the security log has of a code.
    fn said(&self, code: &str) -> Vec<Value> {
        let path = self.folder.path().join("data/security.log");
        let text = fs::read_to_string(path).unwrap();
        // The last line may be on its way.
        let lines = text.lines().filter_map(|it| serde_json::from_str(it).ok());
        lines.filter(|it: &Value| it["code"] == code).collect()
    }
}

/// One connection, which is not opened again.
struct Line<S>(BufReader<S>);

impl Line<TcpStream> {
    fn open(daemon: &Daemon) -> Line<TcpStream> {
        Line(BufReader::new(connect(daemon)))
    }
}

fn connect(daemon: &Daemon) -> TcpStream {
    let (_, address) = daemon.rpc().split_once("://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream
}

impl Line<StreamOwned<ClientConnection, TcpStream>> {
    /// Speaks TLS with whoever shows a certificate for `localhost` of an authority.
    fn secret(daemon: &Daemon, authority: &Path) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(&[&TLS13]).unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut stream = connect(daemon);
        connection.complete_io(&mut stream)?;
        Ok(Line(BufReader::new(StreamOwned::new(connection, stream))))
    }
}

impl<S: Read + Write> Line<S> {
    /// A call that takes ten weights; the kind of the error, if it is one.
    fn call(&mut self) -> Option<String> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "chain_getBlock"}).to_string();
        let length = call.len();
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
        let request = format!("{head}\r\nContent-Length: {length}\r\n\r\n{call}");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "it was closed");
            let line = line.trim().to_ascii_lowercase();
            if let Some(found) = line.strip_prefix("content-length:") {
                length = found.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let kind = answer["error"]["data"]["kind"].as_str();
        assert!(kind.is_some() || answer["result"].is_object(), "{answer}");
        kind.map(str::to_owned)
    }

    /// Whether a hundred calls at once are too many.
    fn is_limited(&mut self) -> bool {
        (0..100).any(|_| self.call().as_deref() == Some("RATE_LIMITED"))
    }
}

const RATE: &str = "[rpc.rate]\nper_second = 1\nburst = 50\n";

#[test]
fn what_may_change_changes_and_connections_stay() {
    let node = Changing::start("[rpc]\nmax_events = 500\n");
    let mut line = Line::open(&node.daemon);
    assert!(!line.is_limited());

    let filter = "[log]\nfilter = \"warn,rpc=debug\"\n";
    let settings = format!("{filter}[rpc]\nmax_events = 400\n{RATE}");
    let said = node.change(&settings, "node.reloaded");
    let changed = "log.filter,rpc.rate.burst,rpc.rate.per_second";
    assert_eq!(said["changed"], changed, "{said}");
    assert!(line.is_limited());

    // Nothing has changed since, but for what has to wait.
    let said = node.change(&settings, "node.reloaded");
    assert_eq!(said["changed"], "", "{said}");

    let said = node.change("", "node.reloaded");
    assert_eq!(said["changed"], changed, "{said}");
    assert!(!line.is_limited());
    drop(line);
    let log = node.daemon.stop();
    let waiting: Vec<_> = log
        .lines()
        .filter(|it| it.contains("node.restart_needed"))
        .collect();
    assert_eq!(waiting.len(), 3, "{log}");
    assert!(waiting.iter().all(|it| it.contains("rpc.max_events")));
    assert!(log.contains("served a call"), "of the second filter: {log}");
}

#[test]
fn a_configuration_that_is_wrong_changes_nothing_and_says_why() {
    let node = Changing::start(RATE);
    let mut line = Line::open(&node.daemon);
    assert!(line.is_limited());
    for (settings, reason) in [
        ("[rpc]\nmax_conections = 1\n", "rpc.max_conections"),
        ("[log]\nfilter = \"rpc=loud\"\n", "log.filter"),
        ("[log]\nfilter = \"inof\"\n", "is no level"),
        ("[rpc.rate]\nper_second = 1\nburst = 1\n", "rate.burst"),
        ("[p2p]\npeers = [\"nowhere\"]\n", "p2p.peers"),
        ("x = \n", "line 1"),
    ] {
        let said = node.change(settings, "node.reload_refused");
        let found = said["reason"].as_str().unwrap();
        assert!(found.contains(reason), "{settings}: {found}");
        assert!(line.is_limited(), "it kept its settings: {settings}");
    }
    node.change("", "node.reloaded");
    assert!(!line.is_limited());
    let log = node.daemon.stop();
    assert!(log.contains("node.reload_refused"), "{log}");
}

/// Changes what the file of a node says of its peers.
pub(crate) fn name_peers(network: &Network, number: usize, peers: &[String]) {
    let path: PathBuf = network.place(number).join("config.toml");
    let mut file: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    let peers: toml::Value = peers.to_vec().into();
    file["p2p"].as_table_mut().unwrap()["peers"] = peers;
    file["gossip"].as_table_mut().unwrap()["peers"] = toml::Value::Array(Vec::new());
    fs::write(&path, toml::to_string(&file).unwrap()).unwrap();
}

#[tokio::test]
async fn a_node_that_is_told_of_peers_finds_them() {
    let mut network = Network::written(1, 1, &[]);
    name_peers(&network, 0, &[]);
    name_peers(&network, 1, &[]);
    network.spawn(0);
    network.spawn(1);
    let (validator, follower) = (network.client(0).await, network.client(1).await);
    until(async || head(&validator).await >= 2).await;
    assert_eq!(head(&follower).await, 0, "it knows nobody");
    let peer = network.listen(0, "p2p").to_string();
    name_peers(&network, 1, &[peer]);
    network.daemon(1).hang_up();
    until(async || head(&follower).await >= 2).await;

    // Nobody is let go of by being named no more.
    name_peers(&network, 1, &[]);
    network.daemon(1).hang_up();
    let log = network.place(1).join("data/security.log");
    until(async || times(&log, "node.reloaded") == 2).await;
    let height = head(&follower).await;
    until(async || head(&follower).await > height + 2).await;
}

fn times(log: &Path, code: &str) -> usize {
    fs::read_to_string(log).unwrap().matches(code).count()
}

#[test]
fn a_signer_and_a_server_of_snapshots_end_by_sighup_as_before() {
    let folder = tempdir().unwrap();
    let mut command = argosyd();
    command
        .args(["snapshot", "serve", "--listen", "127.0.0.1:0", "--in"])
        .arg(folder.path());
    let daemon = Daemon::spawn(&mut command).unwrap_or_else(|it| panic!("{it:#?}"));
    daemon.hang_up();
    let ended: Ended = daemon.ended();
    assert_eq!(ended.code, Some(0), "{ended:#?}");
}

/// Makes an authority and a certificate of it for `localhost`; gives their folder.
fn certificates(folder: &Path, name: &str) -> PathBuf {
    let place = folder.join(name);
    let mut command = argosyd();
    command.args(["signer", "certificates", "--name", "localhost", "--dir"]);
    let made = Ended::of(command.arg(&place));
    assert_eq!(made.code, Some(0), "{made:#?}");
    place.join("signer")
}

#[test]
fn a_certificate_is_read_again_and_connections_stay() {
    let folder = tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|it| certificates(folder.path(), it));
    let shown = folder.path().join("shown");
    fs::create_dir(&shown).unwrap();
    let show = |of: &Path| {
        for file in ["tls.crt", "tls.key"] {
            fs::copy(of.join(file), shown.join(file)).unwrap();
        }
    };
    let [one, two] = [&first, &second].map(|it| it.join("ca.crt"));
    show(&first);
    let settings = format!("[rpc]\ntls_dir = {:?}\n", shown.display().to_string());
    let node = Changing::start_in(folder, &settings);
    assert!(node.daemon.rpc().starts_with("https://"));
    let mut line = Line::secret(&node.daemon, &one).unwrap();
    assert_eq!(line.call(), None);
    assert!(
        Line::secret(&node.daemon, &two).is_err(),
        "of another authority"
    );

    // In the open nothing is answered.
    let mut open = connect(&node.daemon);
    open.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut heard = Vec::new();
    let _ = open.read_to_end(&mut heard);
    assert!(!heard.starts_with(b"HTTP"), "{heard:?}");

    // Something else is wrong: nothing is taken, and not the certificate.
    show(&second);
    let wrong = format!("{settings}[rpc.rate]\nper_second = 1\nburst = 1\n");
    node.change(&wrong, "node.reload_refused");
    assert!(Line::secret(&node.daemon, &two).is_err());
    assert_eq!(Line::secret(&node.daemon, &one).unwrap().call(), None);

    node.change(&settings, "node.reloaded");
    assert_eq!(Line::secret(&node.daemon, &two).unwrap().call(), None);
    assert!(Line::secret(&node.daemon, &one).is_err());
    assert_eq!(line.call(), None, "it keeps what it began with");

    fs::write(shown.join("tls.crt"), "nothing").unwrap();
    let said = node.change(&settings, "node.reload_refused");
    assert!(
        said["reason"].as_str().unwrap().contains("tls.crt"),
        "{said}"
    );
    assert_eq!(Line::secret(&node.daemon, &two).unwrap().call(), None);
    let (status, metrics) = node.daemon.ops("/metrics");
    assert_eq!(status, 200);
    let cut = "argosy_rpc_cut_sockets_total{reason=\"handshake\"}";
    let cut = metrics.lines().find_map(|it| it.strip_prefix(cut)).unwrap();
    assert_ne!(cut.trim(), "0");
}
