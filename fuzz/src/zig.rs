//! Properties of Zig versions, archive names and minisign signatures.
//!
//! Versions and names are held against a second reading of the same grammar, written the other
//! way round: it puts a text together from its parts and compares, where the parser takes apart.

use zigdepot_core::zig::archive::{ArchiveKind, ArchiveName};
use zigdepot_core::zig::minisig::{Keys, PublicKey, Signature, SignatureError, Verifier};
use zigdepot_core::zig::version::Version;

/// The input holds versions, one a line: each is one for both readings or for none, keeps its
/// text, and is ordered as the second reading says.
pub fn version(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut known: Vec<(Version, Spelled<'_>)> = Vec::new();
    for line in text.split('\n').take(8) {
        let parsed = Version::parse(line).ok();
        let spelled = Spelled::read(line);
        assert_eq!(parsed.is_some(), spelled.is_some(), "{line:?}");
        if let Some((version, spelled)) = parsed.zip(spelled) {
            assert_eq!(version.as_str(), line);
            assert_eq!(version.to_string(), line);
            assert_eq!(version.is_dev(), spelled.build.0 != u64::MAX);
            assert_eq!(version.release(), spelled.release);
            known.push((version, spelled));
        }
    }
    for (a, spelled_a) in &known {
        for (b, spelled_b) in &known {
            assert_eq!(a.cmp(b), spelled_a.cmp(spelled_b), "{a} and {b}");
            assert_eq!(a.cmp(b).is_eq(), a == b, "{a} and {b}");
            assert_eq!(a == b, a.as_str() == b.as_str(), "{a} and {b}");
        }
    }
}

/// A name is one exactly if it can be put together in exactly one way; it then leads to its
/// signature and back.
pub fn archive_name(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let ways = ways_to_spell(text);
    let Ok(name) = ArchiveName::parse(text) else {
        let signed = text.strip_suffix(".minisig").unwrap_or(text);
        assert!(ways.is_empty() || signed.len() > 191, "{text:?} {ways:?}");
        return;
    };
    assert_eq!(ways, [(name.kind(), name.version().clone())], "{text:?}");
    assert_eq!(name.as_str(), text);
    assert!(ArchiveName::looks_like_archive(text));
    assert_eq!(name.is_signature(), text.ends_with(".minisig"));
    assert!(
        !text.contains(['/', '\\', '\0', '%']) && !text.contains(".."),
        "{text:?}"
    );

    let (signed, signature) = (name.signed(), name.signature());
    assert!(
        name == if name.is_signature() {
            signature.clone()
        } else {
            signed.clone()
        }
    );
    assert_eq!(signed.signature(), signature);
    assert_eq!(signature.signed(), signed);
    for known in [signed, signature] {
        assert_eq!(ArchiveName::parse(known.as_str()), Ok(known));
    }
}

/// The input is a signature file, a list of keys, and a file, each in its turn: nothing forged
/// passes, and where a file is cut does not matter.
pub fn minisig(data: &[u8]) {
    let keys = Keys::parse(TEST_KEY).expect("the key is one");
    if let Ok(signature) = Signature::parse(data) {
        read_signature(data, &signature);
        let genuine = GENUINE.iter().any(|known| is_tail_of(known, data));
        assert_eq!(signature.verify_comment(&keys, TEST_NAME).is_ok(), genuine);
        let fits = check_cuts(&signature, &keys, TEST_FILE).is_ok();
        assert!(fits || !genuine);
    }
    if let Ok(text) = str::from_utf8(data)
        && let Ok(list) = Keys::parse(text)
    {
        let first = text.split(',').next().unwrap_or_default().trim();
        let key = PublicKey::parse(first).expect("a list's first item is a key");
        assert_eq!(list.find(key.key_id()), Some(&key));
    }
    for known in [PREHASHED, LEGACY] {
        let signature = Signature::parse(known.as_bytes()).expect("minisign made it");
        let result = check_cuts(&signature, &keys, data);
        assert_eq!(result.is_ok(), data == TEST_FILE);
    }
}

/// A version taken apart into what decides its order; releases come after their builds.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spelled<'a> {
    release: (u32, u32, u32),
    build: (u64, &'a str),
}

impl<'a> Spelled<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(['.', '-', '+']).collect();
        let (&[a, b, c], build) = parts.split_first_chunk()?;
        let release @ (a, b, c) = (a.parse().ok()?, b.parse().ok()?, c.parse().ok()?);
        let (build, again) = match *build {
            [] => ((u64::MAX, ""), format!("{a}.{b}.{c}")),
            ["dev", n, commit] => {
                let n: u32 = n.parse().ok()?;
                let digits = commit
                    .chars()
                    .filter(|c| "0123456789abcdef".contains(*c))
                    .count();
                if commit.is_empty() || digits != commit.len() || digits > 40 {
                    return None;
                }
                ((n.into(), commit), format!("{a}.{b}.{c}-dev.{n}+{commit}"))
            }
            _ => return None,
        };
        (again == text && text.len() <= 64).then_some(Self { release, build })
    }
}

fn ways_to_spell(text: &str) -> Vec<(ArchiveKind, Version)> {
    let mut ways = Vec::new();
    for end in [".tar.xz", ".zip", "-index.json"] {
        for signature in ["", ".minisig"] {
            let end = format!("{end}{signature}");
            let Some(stem) = text.strip_prefix("zig-").and_then(|t| t.strip_suffix(&end)) else {
                continue;
            };
            for (at, _) in stem.char_indices() {
                let (words, version) = stem.split_at(at);
                let kind = kind_of(words, end.starts_with("-index"));
                ways.extend(kind.zip(Version::parse(version).ok()));
            }
        }
    }
    ways
}

/// Reads what stands before a version, its last `-` included.
fn kind_of(words: &str, index: bool) -> Option<ArchiveKind> {
    let plain = |word: &&str| {
        !word.is_empty() && word.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    let parts: Vec<&str> = words.split('-').collect();
    match parts[..] {
        [""] if index => Some(ArchiveKind::Index),
        _ if index => None,
        [""] => Some(ArchiveKind::Source),
        ["bootstrap", ""] => Some(ArchiveKind::Bootstrap),
        [a, b, ""] if plain(&a) && plain(&b) => Some(ArchiveKind::Binary),
        _ => None,
    }
}

fn read_signature(data: &[u8], signature: &Signature) {
    let text = str::from_utf8(data).expect("comments are UTF-8, the rest is base64");
    let whole = text.strip_suffix('\n').expect("the last line ends, too");
    assert!(Signature::parse(whole.as_bytes()).is_err());
    assert_eq!(Signature::parse(data).as_ref(), Ok(signature));
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
    );
    let lines: Vec<&str> = whole.split('\n').collect();
    let comment = format!("trusted comment: {}", signature.trusted_comment());
    assert_eq!(lines[2], comment);
    assert_eq!((lines.len(), lines[1].len(), lines[3].len()), (4, 100, 88));
    if let Some(name) = signature.file_name() {
        assert!(comment.contains(&format!("file:{name}")));
        assert!(!name.contains([' ', '\t']));
    }
}

/// Whether `data` is the signature file `known`, but for the untrusted comment.
fn is_tail_of(known: &str, data: &[u8]) -> bool {
    let tail = known
        .trim_end()
        .split_once('\n')
        .map_or("", |(_, tail)| tail);
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    data.ends_with(format!("\n{tail}").as_bytes())
}

/// Feeds `file` whole, cut in two at a place that its bytes choose, and in steps that grow.
fn check_cuts(signature: &Signature, keys: &Keys, file: &[u8]) -> Result<(), SignatureError> {
    let whole = feed(signature, keys, &[file]);
    let sum: usize = file.iter().copied().map(usize::from).sum();
    let (head, tail) = file.split_at(sum.checked_rem(file.len()).unwrap_or(0));
    assert_eq!(feed(signature, keys, &[head, b"", tail]), whole);
    let mut steps = Vec::new();
    let mut rest = file;
    while !rest.is_empty() {
        let step;
        (step, rest) = rest.split_at(rest.len().min(steps.len() + 1));
        steps.push(step);
    }
    assert_eq!(feed(signature, keys, &steps), whole);
    whole
}

fn feed(signature: &Signature, keys: &Keys, parts: &[&[u8]]) -> Result<(), SignatureError> {
    let mut verifier = Verifier::new(signature, keys)?;
    for part in parts {
        verifier.update(part);
    }
    verifier.finish()
}

// Made by the minisign program with a key that was made for tests.

const TEST_KEY: &str = "RWSZaIAI+GcHTTejvAYvve+90R87e4MxijWYqWbqq6kBsbw476KkXXh1";
const TEST_NAME: &str = "zig-0.16.0-dev.27+83f773fc6.tar.xz";
const TEST_FILE: &[u8] = b"a small archive\n";
const PREHASHED: &str = "\
untrusted comment: signature from zigdepot test key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz\thashed
7U2gFeoZIu2jYej0T1btMQ8/UqiJapiZ4//EZVX6gEPkjB39WlpovYuj4MKMDlk4BMVbmEczPYdWUDLfJh5VAQ==
";
const LEGACY: &str = "\
untrusted comment: signature from zigdepot test key
RWSZaIAI+GcHTd3A19pduYQb9a+xrTucz5LaJJyMjWUeW/swYRCss8YbJBqRMBdd29oMh+vDddA2hjPLdOt6DE9JVk69Gc9HGg4=
trusted comment: timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz
wXRxGY7JrAhh8e/PN3ykGfnE1GXVZ2Ii6ebDMpJJFlluE/HANJE3PkbmlQBqQpijIggLITAJm66y/LVCEhBKDQ==
";
const BLANKS: &str = "\
untrusted comment: signature from minisign secret key
RUSZaIAI+GcHTSqJlgH/M4uqIlmanOq8AzK+pSyOLDpSR1BFnp3fuLC/UP5j9bqi9UQN8ehNCy+zf+0Xw4ImnHFiIUCFWOBojQA=
trusted comment: timestamp:1756000000 file:zig-0.16.0-dev.27+83f773fc6.tar.xz hashed
oD1n41w+y04kNZqWfgTH42JvGH27pOmB27+H3xTDlHtrVh/Okkkjq+Gf3wQFPEIlG8c3k4Rr47qf380CuJ4MAQ==
";

/// All that was ever signed with the key for [`TEST_NAME`] and lies in the corpus.
const GENUINE: [&str; 3] = [PREHASHED, LEGACY, BLANKS];
