//! zigdepot behind hyper: HTTP/1.1 and HTTP/2 (with prior knowledge) on one port.
//!
//! The settings are the server's, from the environment:
//!
//! ```sh
//! HTTP_PORT=8080 cargo run --release -p zigdepot-examples --example hyper
//! ```

use core::error::Error;
use std::pin::pin;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tower_service::Service as _;
use zigdepot_core::config::Config;
use zigdepot_host::settings::{Order, read};
use zigdepot_tokio::embed::Depot;
use zigdepot_tokio::service::{Body, Peer, Service};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args_os().skip(1);
    match read("hyper", arguments, |name| std::env::var(name).ok())? {
        Order::Serve(config) => run(*config).await,
        Order::Prefetch(..) | Order::Run(..) | Order::Print(_) => {
            Err("this example only serves".into())
        }
    }
}

async fn run(mut config: Config) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((config.bind, config.http_port)).await?;
    let address = listener.local_addr()?;
    // The documents link to BASE_URL, which defaults to the port: 0 was a request for a free one.
    config.http_port = address.port();
    let depot = Depot::open(config)?;
    eprintln!("listening on http://{address}");
    let mut stop = signal(SignalKind::terminate())?;
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, peer) = accepted?;
                tokio::spawn(serve(stream, depot.service(), Peer(peer.ip())));
            }
            _ = stop.recv() => break,
        }
    }
    depot.stop().await;
    Ok(())
}

async fn serve(stream: TcpStream, service: Service, peer: Peer) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        answer(service.clone(), request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let connection = pin!(builder.serve_connection(TokioIo::new(stream), answer));
    // A client that went away is no news.
    let _ = connection.await;
}

async fn answer(
    mut service: Service,
    request: Request<Incoming>,
) -> Result<Response<Body>, core::convert::Infallible> {
    service.call(request).await
}
