use alloc::format;
use alloc::string::ToString;

use super::*;
use crate::store::{StoreKey, ZigKind};
use crate::time::Timestamp;
use crate::zig::archive::ArchiveName;
use crate::zig::minisig::fixtures::{FILE, LEGACY, NAME, OTHER_KEY, PREHASHED, TEST_KEY};

const STAT: Stat = Stat {
    len: 16,
    modified: Timestamp(5),
    modified_nanos: 0,
};

fn zig(name: &str) -> StoreKey {
    StoreKey::zig(ZigKind::Dev, &ArchiveName::parse(name).unwrap())
}

fn package() -> StoreKey {
    StoreKey::stored("pkg/o/r/f").unwrap()
}

fn proof(bytes: &[u8]) -> Proof {
    Proof {
        stat: STAT,
        digest: Sha256Digest::of(bytes),
    }
}

fn check(
    file: &StoreKey,
    key: Option<&str>,
    signature: Option<&str>,
    recorded: Option<&Proof>,
    bytes: &[u8],
) -> Verdict {
    let keys = key.map(|key| Keys::parse(key).unwrap());
    let signature = signature.map(str::as_bytes);
    let mut check = Check::new(file, keys.as_ref(), signature, recorded);
    for part in bytes.chunks(7) {
        check.update(part);
    }
    check.finish(STAT, keys.as_ref())
}

#[test]
fn signed_file_is_right_in_one_pass_whatever_is_recorded() {
    for signature in [PREHASHED, LEGACY] {
        for recorded in [None, Some(&proof(b"another"))] {
            let verdict = check(&zig(NAME), Some(TEST_KEY), Some(signature), recorded, FILE);
            assert_eq!(verdict, Verdict::Right(proof(FILE)));
        }
    }
}

#[test]
fn changed_file_is_wrong_whatever_is_recorded() {
    let wrong = Verdict::Wrong(Wrong::Signature(SignatureError::FileSignature));
    for bytes in [&b"a small archivE\n"[..], &FILE[..9], b""] {
        for signature in [PREHASHED, LEGACY] {
            for recorded in [None, Some(&proof(bytes))] {
                let verdict = check(&zig(NAME), Some(TEST_KEY), Some(signature), recorded, bytes);
                assert_eq!(verdict, wrong);
            }
        }
    }
}

#[test]
fn signature_vouches_for_itself_and_for_its_name() {
    let own = format!("{NAME}.minisig");
    let right = check(&zig(&own), Some(TEST_KEY), None, None, PREHASHED.as_bytes());
    assert_eq!(right, Verdict::Right(proof(PREHASHED.as_bytes())));
    let other = zig("zig-0.16.0-dev.28+83f773fc6.tar.xz.minisig");
    let wrong = check(&other, Some(TEST_KEY), None, None, PREHASHED.as_bytes());
    assert_eq!(
        wrong,
        Verdict::Wrong(Wrong::Signature(SignatureError::WrongFile))
    );
    let garbage = check(&zig(&own), Some(TEST_KEY), None, None, &[7; 3000]);
    assert_eq!(
        garbage,
        Verdict::Wrong(Wrong::Signature(SignatureError::TooLong))
    );
}

#[test]
fn unknown_key_proves_nothing() {
    let id = Signature::parse(PREHASHED.as_bytes()).unwrap().key_id();
    let unknown = Verdict::Unproven(Unproven::UnknownKey(id));
    let verdict = |recorded: Option<Proof>| {
        check(
            &zig(NAME),
            Some(OTHER_KEY),
            Some(PREHASHED),
            recorded.as_ref(),
            FILE,
        )
    };
    assert_eq!(verdict(None), unknown);
    assert_eq!(verdict(Some(proof(FILE))), Verdict::Right(proof(FILE)));
    let own = zig(&format!("{NAME}.minisig"));
    let verdict = check(&own, Some(OTHER_KEY), None, None, PREHASHED.as_bytes());
    assert_eq!(verdict, unknown);
}

#[test]
fn zig_file_without_signature_is_never_adopted() {
    let unsigned = Verdict::Unproven(Unproven::Unsigned);
    for signature in [None, Some("no signature")] {
        let verdict = |recorded: Option<Proof>| {
            check(
                &zig(NAME),
                Some(TEST_KEY),
                signature,
                recorded.as_ref(),
                FILE,
            )
        };
        assert_eq!(verdict(None), unsigned);
        assert_eq!(verdict(Some(proof(FILE))), Verdict::Right(proof(FILE)));
        assert!(matches!(
            verdict(Some(proof(b"x"))),
            Verdict::Wrong(Wrong::Digest { .. })
        ));
    }
}

#[test]
fn record_decides_on_packages_and_where_verification_is_off() {
    for (place, key) in [(package(), Some(TEST_KEY)), (zig(NAME), None)] {
        let verdict = |recorded: Option<Proof>| check(&place, key, None, recorded.as_ref(), FILE);
        assert_eq!(verdict(None), Verdict::Adopted(proof(FILE)));
        assert_eq!(verdict(Some(proof(FILE))), Verdict::Right(proof(FILE)));
        let recorded = proof(b"x");
        let wrong = Wrong::Digest {
            found: Sha256Digest::of(FILE),
            recorded: recorded.digest,
        };
        assert_eq!(verdict(Some(recorded.clone())), Verdict::Wrong(wrong));
        let line = format!("recorded was {}", Sha256Digest::of(b"x"));
        assert!(wrong.to_string().ends_with(&line));
    }
}

#[test]
fn record_of_an_earlier_copy_says_nothing_of_a_file_that_may_change() {
    let earlier = Proof {
        stat: Stat {
            modified: Timestamp(4),
            ..STAT
        },
        ..proof(b"an earlier copy")
    };
    let verdict = |path: &str, recorded: &Proof| {
        let file = StoreKey::stored(path).unwrap();
        check(&file, None, None, Some(recorded), b"a copy")
    };
    let adopted = Verdict::Adopted(proof(b"a copy"));
    assert_eq!(verdict("pkg/o/r/main.tar.gz", &earlier), adopted);
    for (path, recorded) in [
        ("pkg/o/r/main.tar.gz", proof(b"an earlier copy")),
        ("pkg/o/r/v1.0.0.tar.gz", earlier),
    ] {
        let verdict = verdict(path, &recorded);
        assert!(matches!(verdict, Verdict::Wrong(_)), "{path}: {verdict:?}");
    }
}
