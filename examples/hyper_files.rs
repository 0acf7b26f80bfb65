//! A plain file server on hyper, the rival of `hyper.rs` in `cargo xtask bench`.
//!
//! ```sh
//! cargo run --release -p zigdepot-examples --example hyper_files -- DIR PORT
//! ```
//!
//! It is what a careful afternoon gives: tokio's files, 64 KiB a chunk, made when hyper has room
//! for it, and conditional requests by ETag. It knows no ranges, remembers no open files, and
//! knows nothing of zigdepot.

use core::error::Error;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, ready};
use std::fs::Metadata;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::BytesMut;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

/// As many as zigdepot's `Limits::chunk_bytes`.
const CHUNK: u64 = 64 << 10;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(dir), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("usage: hyper_files DIR PORT".into());
    };
    let dir: Arc<Path> = PathBuf::from(dir).into();
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, Arc::clone(&dir)));
    }
}

async fn serve(stream: TcpStream, dir: Arc<Path>) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| answer(Arc::clone(&dir), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    // A client that went away is no news.
    let _ = connection.await;
}

async fn answer(
    dir: Arc<Path>,
    request: Request<Incoming>,
) -> Result<Response<FileBody>, hyper::http::Error> {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Some(path) = below(&dir, request.uri().path()) else {
        return empty(StatusCode::NOT_FOUND);
    };
    match open(&path).await {
        Ok((file, meta)) if meta.is_file() => found(&request, &path, file, &meta),
        Ok(_) => empty(StatusCode::NOT_FOUND),
        Err(error) if error.kind() == io::ErrorKind::NotFound => empty(StatusCode::NOT_FOUND),
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The file that a path of a URL names, which lies in the directory.
fn below(dir: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let is_plain = |part| matches!(part, Component::Normal(_));
    path.components().all(is_plain).then(|| dir.join(path))
}

async fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path).await?;
    let meta = file.metadata().await?;
    Ok((file, meta))
}

fn found(
    request: &Request<Incoming>,
    path: &Path,
    file: File,
    meta: &Metadata,
) -> Result<Response<FileBody>, hyper::http::Error> {
    let modified = meta.modified().unwrap_or(UNIX_EPOCH);
    let age = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let etag = format!("\"{:x}-{:x}\"", age.as_nanos(), meta.len());
    let asked = request.headers().get(IF_NONE_MATCH);
    let response = Response::builder()
        .header(LAST_MODIFIED, httpdate::fmt_http_date(modified))
        .header(ETAG, &etag);
    if asked.is_some_and(|asked| asked.as_bytes() == etag.as_bytes()) {
        let body = FileBody::default();
        return response.status(StatusCode::NOT_MODIFIED).body(body);
    }
    response
        .header(CONTENT_TYPE, content_type(path))
        .header(CONTENT_LENGTH, meta.len())
        .body(FileBody::new(file, meta.len()))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => "application/json",
        Some("xz") => "application/x-xz",
        Some("zip") => "application/zip",
        _ => "application/octet-stream",
    }
}

fn empty(status: StatusCode) -> Result<Response<FileBody>, hyper::http::Error> {
    Response::builder().status(status).body(FileBody::default())
}

/// A file, read chunk by chunk as it is polled.
#[derive(Default)]
struct FileBody {
    file: Option<File>,
    left: u64,
    chunk: BytesMut,
}

impl FileBody {
    fn new(file: File, left: u64) -> Self {
        let (file, chunk) = (Some(file), BytesMut::new());
        Self { file, left, chunk }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let room = usize::try_from(this.left.min(CHUNK)).unwrap_or(0);
        let Some(file) = this.file.as_mut().filter(|_| room > 0) else {
            return Poll::Ready(None);
        };
        if this.chunk.capacity() == 0 {
            this.chunk.reserve(room);
        }
        let read = ready!(pin!(file.read_buf(&mut this.chunk)).poll(cx));
        Poll::Ready(Some(read.and_then(|count| this.take(count))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl FileBody {
    fn take(&mut self, count: usize) -> io::Result<Frame<Bytes>> {
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // The file may have grown since its length was announced.
        let mut chunk = core::mem::take(&mut self.chunk);
        chunk.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= u64::try_from(chunk.len()).unwrap_or(self.left);
        Ok(Frame::data(chunk.freeze()))
    }
}
