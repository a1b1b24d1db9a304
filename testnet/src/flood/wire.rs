//! Connections of a flood by their bytes: HTTP that is kept open, and WebSockets.
//!
//! By hand, since a library would take of the flood's processor time what is better spent on the node,
//! and would not send what clients must not send.
//!
//! Always: answers are counted and thrown away, whatever their size; a head is bounded.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_buf, sink};
use tokio::net::TcpStream;

/// More than a node's head has.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// Frames that are whole messages (RFC 6455, 5.2).
const TEXT: u8 = 0x81;
/// The last one of a message in several frames.
const ENDS: u8 = 0x80;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;
/// A client must mask; this mask changes nothing.
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0; 4];
/// Of a ping.
const CONTROL_BYTES_MAX: u64 = 125;

/// How a connection talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Http,
    WebSocket,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is an answer of JSON-RPC.
    Json,
    /// HTTP refused it.
    Refused,
}

/// One connection.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    transport: Transport,
}

/// A request of HTTP, as it goes over the wire.
pub(super) fn post(body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A message of a WebSocket, as it goes over the wire.
pub(super) fn message(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind];
    match content.len() {
        short @ 0..=125 => frame.push(MASKED | short as u8),
        middle @ 126..=0xffff => {
            frame.push(MASKED | 126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(MASKED | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(content);
    frame
}

/// What a head says.
struct Head {
    status: u16,
    length: u64,
}

impl Connection {
    /// Opens one.
    pub(super) async fn open(address: SocketAddr, transport: Transport) -> io::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut connection = Connection {
            stream: BufReader::new(stream),
            transport,
        };
        if transport == Transport::WebSocket {
            connection.send(HANDSHAKE.as_bytes()).await?;
            match connection.head().await?.status {
                101 => {}
                status => return Err(broken(&format!("a handshake was answered with {status}"))),
            }
        }
        Ok(connection)
    }

    /// Sends bytes that are a request of its transport.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes).await
    }

    /// Takes the next answer.
    pub(super) async fn answer(&mut self) -> io::Result<Answer> {
        match self.transport {
            Transport::WebSocket => self.text().await,
            Transport::Http => {
                let head = self.head().await?;
                self.skip(head.length).await?;
                Ok(match head.status {
                    200 => Answer::Json,
                    _ => Answer::Refused,
                })
            }
        }
    }

    async fn head(&mut self) -> io::Result<Head> {
        let mut bounded = (&mut self.stream).take(HEAD_BYTES_MAX);
        let mut line = String::new();
        bounded.read_line(&mut line).await?;
        let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status = status.ok_or_else(|| broken("no status line"))?;
        let mut length = 0;
        loop {
            line.clear();
            bounded.read_line(&mut line).await?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    let told = value.trim().parse();
                    length = told.map_err(|_| broken("a length that is no number"))?;
                }
                Some(_) => {}
                None if line.ends_with('\n') => return Ok(Head { status, length }),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// The next message, and pongs for pings before it.
    async fn text(&mut self) -> io::Result<Answer> {
        loop {
            let kind = self.stream.read_u8().await?;
            let length = match self.stream.read_u8().await? {
                126 => self.stream.read_u16().await?.into(),
                127 => self.stream.read_u64().await?,
                short => short.into(),
            };
            match kind {
                CLOSE => return Err(io::ErrorKind::ConnectionAborted.into()),
                PING if length <= CONTROL_BYTES_MAX => {
                    let mut content = vec![0; length as usize];
                    self.stream.read_exact(&mut content).await?;
                    self.send(&frame(PONG, &content)).await?;
                }
                TEXT | ENDS => {
                    self.skip(length).await?;
                    return Ok(Answer::Json);
                }
                _ => self.skip(length).await?,
            }
        }
    }

    async fn skip(&mut self, length: u64) -> io::Result<()> {
        let mut bounded = (&mut self.stream).take(length);
        match copy_buf(&mut bounded, &mut sink()).await? {
            all if all == length => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// What a client makes of what a server sends.
    async fn told(transport: Transport, server: &'static [u8]) -> Vec<io::Result<Answer>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(server).await.unwrap();
            stream.shutdown().await.unwrap();
            // Until the client has gone.
            copy_buf(&mut BufReader::new(stream), &mut sink()).await
        });
        let mut all = Vec::new();
        let opened = Connection::open(address, transport).await;
        if let Ok(mut connection) = opened {
            loop {
                let answer = connection.answer().await;
                let is_end = answer.is_err();
                all.push(answer);
                if is_end {
                    break;
                }
            }
        }
        drop(serving);
        all
    }

    #[track_caller]
    fn check(told: Vec<io::Result<Answer>>, expected: &[Answer]) {
        let answers: Vec<Answer> = told
            .iter()
            .filter_map(|it| it.as_ref().ok().copied())
            .collect();
        assert_eq!(answers, expected, "{told:?}");
        assert!(told.last().is_none_or(Result::is_err), "{told:?}");
    }

    #[tokio::test]
    async fn answers_of_http_are_told_apart() {
        let server = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}\
            HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\n\r\n\
            HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}";
        let told = told(Transport::Http, server).await;
        check(told, &[Answer::Json, Answer::Refused]);
        check(self::told(Transport::Http, b"nonsense").await, &[]);
        check(
            self::told(Transport::Http, b"HTTP/1.1 200 OK\r\n").await,
            &[],
        );
    }

    #[tokio::test]
    async fn messages_of_a_websocket_are_counted_and_pings_are_not() {
        let server = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\
            \x81\x02{}\x89\x01x\x81\x7e\x00\x03{ }\
            \x01\x01{\x00\x01 \x89\x00\x80\x01}\x88\x00";
        check(told(Transport::WebSocket, server).await, &[Answer::Json; 3]);
        let refused = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        assert!(told(Transport::WebSocket, refused).await.is_empty());
    }

    #[test]
    fn frames_say_how_long_they_are() {
        assert_eq!(message("{}"), b"\x81\x82\0\0\0\0{}");
        assert_eq!(message(&"x".repeat(126))[..8], *b"\x81\xfe\x00\x7e\0\0\0\0");
        let long = message(&"x".repeat(65_536));
        assert_eq!(long[..10], *b"\x81\xff\0\0\0\0\0\x01\0\0");
        assert_eq!(long.len(), 14 + 65_536);
    }

    #[test]
    fn a_post_has_the_length_of_its_body() {
        let text = String::from_utf8(post("[]")).unwrap();
        assert!(text.contains("Content-Length: 2\r\n") && text.ends_with("\r\n\r\n[]"));
    }
}
