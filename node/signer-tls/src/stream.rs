//! Bytes through TLS, a piece at a time, so that who waits can look at the clock in between.
//!
//! Always: one call is one read or one write of the socket; none is made before both sides are known.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use argosy_signer::Stream;
use rustls::Connection;

/// A connection through which both sides have shown their certificates.
pub(crate) struct TlsStream {
    connection: Connection,
    socket: TcpStream,
}

impl TlsStream {
    /// Shakes hands within `time`.
    pub(crate) fn shake(
        connection: impl Into<Connection>,
        socket: TcpStream,
        time: Duration,
    ) -> io::Result<TlsStream> {
        let mut stream = TlsStream {
            connection: connection.into(),
            socket,
        };
        let deadline = Instant::now() + time;
        while stream.connection.is_handshaking() || stream.connection.wants_write() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            stream.set_time(left)?;
            let step = match stream.connection.wants_write() {
                true => stream.send(),
                false => stream.receive().and_then(|count| match count {
                    0 => Err(ErrorKind::UnexpectedEof.into()),
                    _ => Ok(()),
                }),
            };
            match step {
                Err(error) if !may_go_on(&error) => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(stream)
    }

    /// Sends a piece.
    fn send(&mut self) -> io::Result<()> {
        match self.connection.write_tls(&mut self.socket)? {
            0 => Err(ErrorKind::WriteZero.into()),
            _ => Ok(()),
        }
    }

    /// Receives a piece; 0: the other side has ended.
    fn receive(&mut self) -> io::Result<usize> {
        let count = self.connection.read_tls(&mut self.socket)?;
        if let Err(error) = self.connection.process_new_packets() {
            // It is told why, if it still listens.
            let _ = self.send();
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        Ok(count)
    }
}

fn may_go_on(error: &io::Error) -> bool {
    let kinds = [
        ErrorKind::Interrupted,
        ErrorKind::WouldBlock,
        ErrorKind::TimedOut,
    ];
    kinds.contains(&error.kind())
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.connection.reader().read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
        self.receive()?;
        // What came may be less than a record.
        Err(ErrorKind::Interrupted.into())
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.connection.writer().write(bytes)? {
            0 if !bytes.is_empty() => {
                self.send()?;
                Err(ErrorKind::Interrupted.into())
            }
            count => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.connection.wants_write() {
            return Ok(());
        }
        self.send()?;
        match self.connection.wants_write() {
            true => Err(ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    }
}

impl Stream for TlsStream {
    fn set_time(&self, time: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(time))?;
        self.socket.set_write_timeout(Some(time))
    }
}
