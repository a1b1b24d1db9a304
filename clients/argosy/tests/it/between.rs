//! A server between a fork and its origin: counts what is asked, and lies where it is told to.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// Changes an answer of a method.
type Lie = Arc<dyn Fn(&mut Value) + Send + Sync>;

#[derive(Default)]
struct Told {
    asked: BTreeMap<String, usize>,
    lies: BTreeMap<String, Lie>,
    is_gone: bool,
    has_no_code: bool,
}

/// The server; it ends with the test.
pub(crate) struct Between {
    pub(crate) url: String,
    told: Arc<Mutex<Told>>,
}

impl Between {
    /// In front of the node at `origin`.
    pub(crate) fn of(origin: &str) -> Between {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told: Arc<Mutex<Told>> = Arc::default();
        let (shared, origin) = (
            Arc::clone(&told),
            origin.strip_prefix("http://").unwrap().to_owned(),
        );
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (shared, origin) = (Arc::clone(&shared), origin.clone());
                std::thread::spawn(move || drop(serve(socket, &origin, &shared)));
            }
        });
        Between { url, told }
    }

    /// How often a method was asked, or `GET /v1/code/…` as "code".
    pub(crate) fn asked(&self, method: &str) -> usize {
        self.told
            .lock()
            .unwrap()
            .asked
            .get(method)
            .copied()
            .unwrap_or(0)
    }

    /// Questions about state and code so far.
    pub(crate) fn reads(&self) -> usize {
        let told = self.told.lock().unwrap();
        let is_read = |name: &str| name.starts_with("state_") || name == "code";
        let reads = told.asked.iter().filter(|(name, _)| is_read(name));
        reads.map(|(_, count)| count).sum()
    }

    /// Answers of a method are changed from now on.
    pub(crate) fn lies(&self, method: &str, lie: impl Fn(&mut Value) + Send + Sync + 'static) {
        let mut told = self.told.lock().unwrap();
        told.lies.insert(method.to_owned(), Arc::new(lie));
    }

    /// Answers are true again.
    pub(crate) fn lies_no_more(&self) {
        self.told.lock().unwrap().lies.clear();
    }

    /// Hangs up on everybody, or no longer.
    pub(crate) fn is_gone(&self, is_gone: bool) {
        self.told.lock().unwrap().is_gone = is_gone;
    }

    /// From now on the origin is asked for a module that it never had, whichever is wanted.
    pub(crate) fn has_no_code(&self) {
        self.told.lock().unwrap().has_no_code = true;
    }
}

/// The answers of one connection.
fn serve(mut client: TcpStream, origin: &str, told: &Mutex<Told>) -> std::io::Result<()> {
    loop {
        let Some((mut head, body)) = message(&mut client)? else {
            return Ok(());
        };
        let request: Value = serde_json::from_slice(&body).unwrap_or_default();
        let name = match request["method"].as_str() {
            Some(method) => method.to_owned(),
            None => "code".to_owned(),
        };
        let lie = {
            let mut told = told.lock().unwrap();
            *told.asked.entry(name.clone()).or_default() += 1;
            if told.is_gone {
                return Ok(());
            }
            if told.has_no_code && name == "code" {
                head = format!("GET /v1/code/0x{} HTTP/1.1", "11".repeat(32));
            }
            told.lies.get(&name).cloned()
        };
        let (answer_head, mut answer) = forward(&head, &body, origin)?;
        if let Some(lie) = lie {
            answer = changed(&answer, &name, &lie);
        }
        let status = answer_head.lines().next().unwrap_or_default();
        let kind = "content-type: application/json";
        let length = answer.len();
        write!(
            client,
            "{status}\r\n{kind}\r\ncontent-length: {length}\r\n\r\n"
        )?;
        client.write_all(&answer)?;
    }
}

fn changed(answer: &[u8], name: &str, lie: &Lie) -> Vec<u8> {
    if name == "code" {
        let mut bytes = json!(answer);
        lie(&mut bytes);
        return serde_json::from_value(bytes).unwrap();
    }
    let mut document: Value = serde_json::from_slice(answer).unwrap();
    lie(&mut document);
    document.to_string().into_bytes()
}

/// Asks the origin the same, on a connection of its own.
fn forward(head: &str, body: &[u8], origin: &str) -> std::io::Result<(String, Vec<u8>)> {
    let mut socket = TcpStream::connect(origin)?;
    let first = head.lines().next().unwrap_or_default();
    let kind = "content-type: application/json";
    let length = body.len();
    write!(
        socket,
        "{first}\r\nhost: {origin}\r\n{kind}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    socket.write_all(body)?;
    let answer = message(&mut socket)?;
    answer.ok_or_else(|| std::io::Error::other("the origin hung up"))
}

/// Head and body of a request or an answer; none at the end.
fn message(socket: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 64 * 1024];
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = head.to_lowercase();
            let length = lower
                .lines()
                .find_map(|it| it.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |it| it.trim().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                return Ok(Some((head, body)));
            }
        }
        match socket.read(&mut chunk)? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// Another last digit of a hex text.
pub(crate) fn flip(text: &mut Value) {
    let mut bytes = text.as_str().unwrap().as_bytes().to_vec();
    let last = bytes.last_mut().unwrap();
    *last = if *last == b'0' { b'1' } else { b'0' };
    *text = json!(String::from_utf8(bytes).unwrap());
}
