//! The fuzz corpora, replayed without a fuzzer.

use std::path::Path;

use zigdepot_fuzz::TARGETS;

#[test]
fn every_committed_input_holds_its_property() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, property) in TARGETS {
        let inputs = std::fs::read_dir(corpora.join(name)).expect("each target has a corpus");
        let mut replayed = 0;
        for input in inputs {
            property(&std::fs::read(input.expect("an entry").path()).expect("a file"));
            replayed += 1;
        }
        assert!(replayed > 0, "{name} has no inputs");
    }
}
