//! The conformance suite, on every host.

use zigdepot_tests::component::{JCO, WASMTIME};
use zigdepot_tests::host::{AXUM, BLOCKING, HYPER, Host, SMOL, TOKIO, table};

mod smol {
    mod app {
        zigdepot_tests::app_cases!(zigdepot_tests::host::SMOL);
    }
    mod wire {
        zigdepot_tests::wire_cases!(zigdepot_tests::host::SMOL);
    }
}

mod tokio {
    mod app {
        zigdepot_tests::app_cases!(zigdepot_tests::host::TOKIO);
    }
    mod wire {
        zigdepot_tests::wire_cases!(zigdepot_tests::host::TOKIO);
    }
}

/// Servers with HTTP of their own: the application suite alone.
mod embedded {
    mod hyper {
        zigdepot_tests::app_cases!(zigdepot_tests::host::HYPER);
    }
    mod blocking {
        zigdepot_tests::app_cases!(zigdepot_tests::host::BLOCKING);
    }
    mod axum {
        zigdepot_tests::registry_cases!(zigdepot_tests::host::AXUM);
    }
}

/// The component, for which others have HTTP, and which starts anew with each request.
mod component {
    mod wasmtime {
        zigdepot_tests::app_cases!(zigdepot_tests::component::WASMTIME);
    }
    mod jco {
        zigdepot_tests::registry_cases!(zigdepot_tests::component::JCO);
    }
}

#[test]
fn table_of_what_hosts_cannot_do() {
    let hosts: [&dyn Host; 7] = [&SMOL, &TOKIO, &HYPER, &BLOCKING, &AXUM, &WASMTIME, &JCO];
    eprint!("{}", table(&hosts));
}
