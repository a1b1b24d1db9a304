//! A WebSocket by its bytes, for clients that do not behave.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpSocket;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// A whole message of text, from either side.
const TEXT: u8 = 0x81;
/// The first of several frames, those between, and the last.
const BEGINS: u8 = 0x01;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
/// A client must mask; this mask changes nothing.
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0; 4];
/// What the system takes for a client that does not read, so that it is the same on every machine.
const UNREAD_BYTES: u32 = 64 * 1024;

/// What a server sends.
pub(crate) struct Frames {
    line: BufReader<OwnedReadHalf>,
    /// Of the last message.
    pub(crate) pieces: usize,
    /// Pongs that came while a message was not whole.
    pub(crate) pongs_within: usize,
    /// The code of the farewell.
    pub(crate) closed: Option<u16>,
}

/// Opens a WebSocket.
pub(crate) async fn open(address: SocketAddr) -> (Frames, OwnedWriteHalf) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(UNREAD_BYTES).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    let (reader, writer) = stream.into_split();
    let frames = Frames {
        line: BufReader::new(reader),
        pieces: 0,
        pongs_within: 0,
        closed: None,
    };
    (frames, writer)
}

/// A message as a client sends it.
pub(crate) fn frame(message: &str) -> Vec<u8> {
    let mut frame = head(message.len() as u64);
    frame.extend(message.as_bytes());
    frame
}

/// Asks whether the server is there.
pub(crate) fn ping() -> Vec<u8> {
    [&[PING, MASKED][..], &MASK].concat()
}

/// What goes before a message of so many bytes.
pub(crate) fn head(length: u64) -> Vec<u8> {
    let mut head = vec![TEXT];
    match length {
        0..=125 => head.push(MASKED | length as u8),
        126..=0xffff => {
            head.push(MASKED | 126);
            head.extend((length as u16).to_be_bytes());
        }
        _ => {
            head.push(MASKED | 127);
            head.extend(length.to_be_bytes());
        }
    }
    head.extend(MASK);
    head
}

impl Frames {
    /// The next message; `None`: the server has said farewell, or broke off.
    pub(crate) async fn text(&mut self) -> Option<String> {
        let mut text = Vec::new();
        let mut is_within = false;
        self.pieces = 0;
        loop {
            let kind = self.line.read_u8().await.ok()?;
            let length = match self.line.read_u8().await.ok()? {
                126 => self.line.read_u16().await.ok()?.into(),
                127 => self.line.read_u64().await.ok()?,
                short => short.into(),
            };
            let mut content = vec![0; usize::try_from(length).unwrap()];
            self.line.read_exact(&mut content).await.ok()?;
            match kind {
                TEXT | BEGINS | GOES_ON | ENDS => {
                    text.extend(content);
                    self.pieces += 1;
                    is_within = matches!(kind, BEGINS | GOES_ON);
                }
                CLOSE => {
                    self.closed = content.first_chunk().copied().map(u16::from_be_bytes);
                    return None;
                }
                PONG => self.pongs_within += usize::from(is_within),
                PING => {}
                other => panic!("a frame {other:#x}"),
            }
            if matches!(kind, TEXT | ENDS) {
                return Some(String::from_utf8(text).unwrap());
            }
        }
    }
}
