//! zigdepot as a `wasi:http` component: it serves what is in a preopened data directory, and fetches
//! what is not through the host's own client.
//!
//! A host may start it anew for each request, so nothing is remembered but what lies on the disk:
//! each request has its own state, and runs until its answer and everything that it started have
//! ended. What needs a process that lives longer (shared downloads, caps, prefetches) it refuses to
//! pretend; `README.md` has the list.

mod answer;
mod error;
mod exec;
mod fetch;
mod host;
mod log;
mod settings;
mod staging;
mod store;
mod tree;

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

use exec::Executor;
use host::Component;

/// What the component exports.
pub struct Handler;

// Elsewhere there is nobody to export to, and the linker does not take the name.
#[cfg(target_os = "wasi")]
wasip2::http::proxy::export!(Handler);

impl Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let executor = Executor::default();
        match Component::open(executor.clone()) {
            Ok(host) => executor.spawn(answer::answer(host, request, out)),
            Err(problem) => executor.spawn(answer::refuse(executor.clone(), problem, out)),
        }
        executor.run();
    }
}
