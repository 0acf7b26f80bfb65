//! A mirror under a path of your own axum server, beside your own routes.
//!
//! `BASE_URL` says where the world finds it: documents link there. The settings are the server's,
//! from the environment:
//!
//! ```sh
//! HTTP_PORT=8080 BASE_URL=http://localhost:8080/zig-mirror \
//!     cargo run --release -p zigdepot-examples --example axum
//! curl http://localhost:8080/hello
//! curl -O http://localhost:8080/zig-mirror/zig/zig-x86_64-linux-0.14.1.tar.xz
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use zigdepot_core::config::Config;
use zigdepot_host::settings::{Order, read};
use zigdepot_tokio::embed::Depot;
use zigdepot_tokio::service::Peer;

const PREFIX: &str = "/zig-mirror";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args_os().skip(1);
    match read("axum", arguments, |name| std::env::var(name).ok())? {
        Order::Serve(config) => run(*config).await,
        Order::Prefetch(..) | Order::Run(..) | Order::Print(_) => {
            Err("this example only serves".into())
        }
    }
}

async fn run(mut config: Config) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((config.bind, config.http_port)).await?;
    let address = listener.local_addr()?;
    config
        .base_url
        .get_or_insert_with(|| format!("http://localhost:{}{PREFIX}", address.port()));
    let drain_wait = config.limits.drain_wait;
    let depot = Depot::open(config)?;
    let router = Router::new()
        .route("/hello", get(|| async { "hello\n" }))
        .nest_service(PREFIX, depot.service())
        .layer(from_fn(tell_peer));
    eprintln!("listening on http://{address}");
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = serve(listener, router).with_graceful_shutdown(stopped());
    tokio::select! {
        served = served.into_future() => served?,
        () = overdue(drain_wait) => {}
    }
    depot.stop().await;
    Ok(())
}

/// The depot limits clients by their address, which axum knows.
async fn tell_peer(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(Peer(peer.ip()));
    next.run(request).await
}

/// axum waits for its last client for ever; this does not.
async fn overdue(drain_wait: Duration) {
    stopped().await;
    tokio::time::sleep(drain_wait).await;
}

async fn stopped() {
    if let Ok(mut stop) = signal(SignalKind::terminate()) {
        stop.recv().await;
    }
}
