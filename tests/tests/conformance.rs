//! The conformance suite, on every host.

use zigdepot_tests::host::{Host, Smol, table};

mod smol {
    mod app {
        zigdepot_tests::app_cases!(zigdepot_tests::host::Smol);
    }
    mod wire {
        zigdepot_tests::wire_cases!(zigdepot_tests::host::Smol);
    }
}

#[test]
fn table_of_what_hosts_cannot_do() {
    let hosts: [&dyn Host; 1] = [&Smol];
    eprint!("{}", table(&hosts));
}
