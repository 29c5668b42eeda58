//! What fuzzing found, and what it starts from, on a stable toolchain: every file of `fuzz/regressions/TARGET/`.

use std::fs;
use std::path::Path;

use crate::bodies::TARGETS;
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn every_regression_stays_fixed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    let mut replayed = 0;
    for (target, run) in TARGETS {
        let files =
            fs::read_dir(folder.join(target)).unwrap_or_else(|error| panic!("{target}: {error}"));
        for file in files {
            let path = file.expect("an entry can be read").path();
            println!("{}", path.display());
            run(&fs::read(&path).expect("a file can be read"));
            replayed += 1;
        }
    }
    assert!(replayed >= TARGETS.len(), "only {replayed} files");
}

#[test]
fn fuzz_targets_match_their_entry_points() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/targets");
    let files = fs::read_dir(targets).expect("the folder can be read");
    let mut names: Vec<_> = files
        .map(|file| {
            file.expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    assert_eq!(names, TARGETS.map(|(target, _)| format!("{target}.rs")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A short look without libFuzzer: the bodies' own assertions hold for any octets.
    #[test]
    fn any_octets_are_handled_without_panic(octets in vec(any::<u8>(), 0..300)) {
        for (_, run) in TARGETS {
            run(&octets);
        }
    }
}
