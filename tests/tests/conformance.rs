//! The conformance suite, on every host.

use zigdepot_tests::host::{Host, SMOL, TOKIO, table};

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

#[test]
fn table_of_what_hosts_cannot_do() {
    let hosts: [&dyn Host; 2] = [&SMOL, &TOKIO];
    eprint!("{}", table(&hosts));
}
