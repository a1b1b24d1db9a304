//! A file as the body of an answer: read piece by piece, as fast as it is taken.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of a piece.
const PIECE_BYTES: usize = 64 << 10;

/// What a server answers with.
pub(super) enum Answer {
    /// Something short.
    Text(Option<Bytes>),
    /// A file, of which so many bytes are left.
    File {
        file: File,
        left: u64,
        /// Counts the pieces, for whoever watches over the connection.
        progress: Arc<AtomicU64>,
    },
}

impl Body for Answer {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let (file, left, progress) = match self.get_mut() {
            Answer::Text(text) => {
                let text = text.take().filter(|it| !it.is_empty());
                return Poll::Ready(text.map(|it| Ok(Frame::data(it))));
            }
            Answer::File {
                file,
                left,
                progress,
            } => (file, left, progress),
        };
        if *left == 0 {
            return Poll::Ready(None);
        }
        let wanted = usize::try_from(*left)
            .unwrap_or(PIECE_BYTES)
            .min(PIECE_BYTES);
        let mut piece = vec![0; wanted];
        let mut buffer = ReadBuf::new(&mut piece);
        if let Err(error) = ready!(Pin::new(file).poll_read(context, &mut buffer)) {
            return Poll::Ready(Some(Err(error)));
        }
        let read = buffer.filled().len();
        if read == 0 {
            let shorter = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            return Poll::Ready(Some(Err(shorter)));
        }
        piece.truncate(read);
        *left = left.saturating_sub(read as u64);
        progress.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Answer::Text(text) => text.is_none(),
            Answer::File { left, .. } => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Answer::Text(text) => text.as_ref().map_or(0, |it| it.len() as u64),
            Answer::File { left, .. } => *left,
        })
    }
}
