//! `zigdepot hash` beside `zig fetch`: awkward packages have the same hash for both, or are refused
//! by both, but where a case says otherwise.

mod cases;

use core::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use zigdepot_tests::host::SMOL;
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::zigs::{Zig, zig};

use cases::{Case, Expected};

/// The versions that are asked; 0.11 ignores `.paths` and reads no links.
const VERSIONS: [&str; 6] = ["0.12.1", "0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.0"];
/// The first minor version with the new hash.
const NEW: u32 = 14;

#[test]
fn archives_have_the_hash_that_every_zig_computes() {
    let scratch = Scratch::new("packages");
    compare(&cases::archives(), &scratch, |case| {
        scratch.write(format!("{}.tar.gz", case.name), &case.tarball.tar_gz());
        format!("{}.tar.gz", case.name)
    });
}

#[test]
fn directories_have_the_hash_that_every_zig_computes() {
    let scratch = Scratch::new("packages");
    compare(&cases::directories(), &scratch, |case| {
        scratch.write("case.tar", &case.tarball.tar());
        let dir = scratch.join(&case.name);
        std::fs::create_dir(&dir).unwrap();
        let tar = Path::new("/bin/tar");
        zigdepot_tests::tools::run(tar, &["-xf", "../case.tar"], &dir);
        case.name.clone()
    });
}

/// What we make of a package: both hashes, or the error.
struct Ours {
    new: Result<String, String>,
    legacy: Result<String, String>,
}

/// Asks each version about each package, the versions beside each other.
fn compare(cases: &[Case], scratch: &Scratch, write: impl Fn(&Case) -> String) {
    let packages: Vec<String> = cases.iter().map(write).collect();
    let hash = |flags: &[&str], package: &str| ours(flags, package, scratch.path());
    let ours: Vec<Ours> = packages
        .iter()
        .map(|package| Ours {
            new: hash(&[], package),
            legacy: hash(&["--legacy"], package),
        })
        .collect();
    let mut wrong = String::new();
    for (case, ours) in cases.iter().zip(&ours) {
        wrong += &case.check_ours(&ours.new, &ours.legacy);
    }
    let asked = VERSIONS.into_iter().filter_map(zig).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let (packages, ours) = (&packages, &ours);
        let threads = asked
            .iter()
            .map(|zig| scope.spawn(move || disagreements(zig, cases, packages, ours, scratch)));
        for thread in threads.collect::<Vec<_>>() {
            wrong += &thread.join().expect("it does not panic");
        }
    });
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn disagreements(
    zig: &Zig,
    cases: &[Case],
    packages: &[String],
    ours: &[Ours],
    scratch: &Scratch,
) -> String {
    let (started, project) = (Instant::now(), Scratch::new("project"));
    let (mut wrong, mut same, mut refused) = (String::new(), 0, 0);
    for ((case, package), ours) in cases.iter().zip(packages).zip(ours) {
        let ours = if zig.minor() < NEW {
            &ours.legacy
        } else {
            &ours.new
        };
        let path = scratch.join(package);
        let theirs = zig.fetch(path.to_str().expect("UTF-8"), project.path());
        let agrees = match (case.expected(zig.minor()), &theirs) {
            (Expected::Same, Ok(theirs)) => ours.as_ref() == Ok(theirs),
            (Expected::Refused, Err(_)) => true,
            (Expected::Other, Ok(theirs)) => ours.as_ref() != Ok(theirs),
            (Expected::Same | Expected::Other, Err(_)) | (Expected::Refused, Ok(_)) => false,
        };
        same += u32::from(theirs.is_ok() && ours.as_ref().ok() == theirs.as_ref().ok());
        refused += u32::from(theirs.is_err());
        if !agrees {
            let (name, version) = (&case.name, zig.version());
            let expected = case.expected(zig.minor());
            let _ = writeln!(
                wrong,
                "{name}: {expected:?} expected\n  {version} {theirs:?}\n  ours {ours:?}"
            );
        }
    }
    let (version, all) = (zig.version(), cases.len());
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{version}: {all} packages, {same} hashes agree, {refused} refused by zig, {seconds:.1} s"
    );
    wrong
}

/// What `zigdepot hash` prints, or its error.
fn ours(flags: &[&str], package: &str, dir: &Path) -> Result<String, String> {
    let mut command = SMOL.command();
    let command = command
        .arg("hash")
        .args(flags)
        .arg(package)
        .current_dir(dir);
    let output = command.env_clear().output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    if output.status.success() {
        assert_eq!((out.lines().count(), err.as_str()), (1, ""), "{out}");
        Ok(out.trim_end().to_owned())
    } else {
        assert_eq!(output.status.code(), Some(1), "{err}");
        assert_eq!((out.as_str(), err.lines().count()), ("", 1), "{err}");
        let line = err.strip_prefix(&format!("zigdepot: {package}: "));
        Err(line.expect("names the package").trim_end().to_owned())
    }
}
