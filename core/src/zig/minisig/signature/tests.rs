use std::borrow::ToOwned;
use std::string::{String, ToString};

use super::super::fixtures::{
    BLANKS, LEGACY, NAME, NO_NAME, OF_ZIGLANG, OTHER_KEY, PREHASHED, TEST_KEY, TEST_KEY_ID,
    edit_line,
};
use super::*;

#[test]
fn a_signature_of_ziglang_form_is_read() {
    let signature = parse(PREHASHED).unwrap();
    assert_eq!(signature.algorithm(), Algorithm::Prehashed);
    assert_eq!(signature.key_id(), TEST_KEY_ID);
    assert_eq!(
        signature.trusted_comment(),
        "timestamp:1756000000\tfile:zig-0.16.0-dev.27+83f773fc6.tar.xz\thashed"
    );
    assert_eq!(signature.file_name(), Some(NAME));
    assert_eq!(parse(LEGACY).unwrap().algorithm(), Algorithm::Legacy);
}

#[test]
fn a_comment_by_a_known_key_for_this_file_is_genuine() {
    for text in [PREHASHED, LEGACY, BLANKS] {
        assert_eq!(verify(text, TEST_KEY, NAME), Ok(()));
    }
}

#[test]
fn what_ziglang_published_is_genuine() {
    for (name, text) in OF_ZIGLANG {
        assert_eq!(verify(text, PublicKey::ZSF, name), Ok(()), "{name}");
        let replayed = verify(text, PublicKey::ZSF, NAME);
        assert_eq!(replayed, Err(SignatureError::WrongFile), "{name}");
    }
}

#[test]
fn last_line_feed_is_there_and_the_only_one() {
    assert_eq!(parse(PREHASHED.trim_end()), Err(SignatureError::Lines));
    assert_eq!(
        parse(&std::format!("{PREHASHED}\n")),
        Err(SignatureError::Lines)
    );
}

#[test]
fn every_truncation_is_refused() {
    for len in 0..PREHASHED.len() {
        assert!(parse(&PREHASHED[..len]).is_err(), "cut at {len}");
    }
}

#[test]
fn one_changed_byte_anywhere_but_in_the_untrusted_comment_is_noticed() {
    let covered = PREHASHED.find('\n').unwrap();
    for at in covered..PREHASHED.len() - 1 {
        let mut bytes = PREHASHED.as_bytes().to_vec();
        bytes[at] ^= 1;
        let keys = Keys::parse(TEST_KEY).unwrap();
        let result = Signature::parse(&bytes).and_then(|s| s.verify_comment(&keys, NAME));
        assert!(result.is_err(), "byte {at}");
    }
}

#[test]
fn a_signature_by_another_key_is_refused_by_id() {
    let error = verify(PREHASHED, OTHER_KEY, NAME).unwrap_err();
    assert_eq!(error, SignatureError::UnknownKey(TEST_KEY_ID));
    assert_eq!(
        error.to_string(),
        "the signature is by key 4D0767F808806899, which is not a known one"
    );
}

#[test]
fn the_key_decides_and_not_its_id() {
    // OTHER_KEY's point under TEST_KEY's id.
    let impostor = "RWSZaIAI+GcHTYG3ZAtAS7jjUGlklv4sjmFnE28Lbq5wkCqLKbPDvdhw";
    assert_eq!(
        verify(PREHASHED, impostor, NAME),
        Err(SignatureError::GlobalSignature)
    );
}

#[test]
fn a_genuine_signature_under_another_name_is_the_wrong_file() {
    for other in [
        "zig-0.15.1.tar.xz",
        "",
        &NAME[1..],
        &std::format!("{NAME}x"),
    ] {
        assert_eq!(
            verify(PREHASHED, TEST_KEY, other),
            Err(SignatureError::WrongFile)
        );
    }
}

#[test]
fn a_renamed_trusted_comment_is_not_genuine() {
    let other = "zig-0.15.1.tar.xz";
    let renamed = PREHASHED.replace(NAME, other);
    assert_eq!(
        verify(&renamed, TEST_KEY, other),
        Err(SignatureError::GlobalSignature)
    );
}

#[test]
fn a_trusted_comment_without_a_file_is_refused() {
    assert_eq!(
        verify(NO_NAME, TEST_KEY, NAME),
        Err(SignatureError::NoFileName)
    );
}

#[test]
fn two_file_items_name_no_file() {
    let twice = edit_line(PREHASHED, 2, |line| line.push_str("\tfile:other"));
    assert_eq!(parse(&twice).unwrap().file_name(), None);
}

#[test]
fn parts_of_two_signatures_do_not_mix() {
    let global = LEGACY.lines().nth(3).unwrap();
    let mixed = edit_line(PREHASHED, 3, |line| global.clone_into(line));
    assert_eq!(
        verify(&mixed, TEST_KEY, NAME),
        Err(SignatureError::GlobalSignature)
    );
}

#[test]
fn prehashed_turned_into_legacy_is_refused() {
    let downgraded = PREHASHED.replace("\nRUS", "\nRWS");
    assert_eq!(parse(&downgraded), Err(SignatureError::Downgrade));
}

#[test]
fn swapped_lines_are_refused() {
    let [a, b, c, d] = lines(PREHASHED);
    for (order, wrong) in [
        ([c, b, a, d], Line::UntrustedComment),
        ([b, a, c, d], Line::UntrustedComment),
        ([a, d, c, b], Line::FileSignature),
        ([a, c, b, d], Line::FileSignature),
        ([a, b, d, c], Line::TrustedComment),
        ([a, b, c, b], Line::GlobalSignature),
    ] {
        assert_eq!(
            parse(&(order.join("\n") + "\n")),
            Err(SignatureError::Encoding(wrong))
        );
    }
}

#[test]
fn another_number_of_lines_is_refused() {
    let [a, b, c, d] = lines(PREHASHED);
    for text in [
        [a, b, c].join("\n"),
        [a, b, c, d, d].join("\n"),
        [a, b, c, d, "", ""].join("\n"),
        ["", a, b, c, d].join("\n"),
        String::new(),
    ] {
        assert_eq!(parse(&text), Err(SignatureError::Lines), "{text}");
    }
}

#[test]
fn carriage_returns_are_refused() {
    let text = PREHASHED.replace('\n', "\r\n");
    assert_eq!(
        parse(&text),
        Err(SignatureError::Encoding(Line::UntrustedComment))
    );
}

#[test]
fn comments_hold_no_control_characters_and_no_broken_utf8() {
    for bad in ["\x1b[2J", "\0", "\r", "\u{7f}", "\u{85}"] {
        let text = edit_line(PREHASHED, 2, |line| line.push_str(bad));
        assert_eq!(
            parse(&text),
            Err(SignatureError::Encoding(Line::TrustedComment)),
            "{bad:?}"
        );
    }
    let bytes = [b"untrusted comment: \xff", &PREHASHED.as_bytes()[51..]].concat();
    let error = SignatureError::Encoding(Line::UntrustedComment);
    assert_eq!(Signature::parse(&bytes), Err(error));
}

#[test]
fn an_error_page_is_no_signature() {
    let page = "<!DOCTYPE html>\n<html>\n<body>404</body>\n</html>\n";
    assert_eq!(
        parse(page),
        Err(SignatureError::Encoding(Line::UntrustedComment))
    );
    assert_eq!(parse("404 page not found\n"), Err(SignatureError::Lines));
    assert_eq!(parse(&"<p>".repeat(1000)), Err(SignatureError::TooLong));
}

#[test]
fn a_signature_file_has_at_most_two_kibibytes() {
    let pad = MAX_LEN - PREHASHED.len();
    let longest = edit_line(PREHASHED, 0, |line| line.push_str(&"x".repeat(pad)));
    assert_eq!(longest.len(), MAX_LEN);
    assert!(parse(&longest).is_ok());
    assert_eq!(
        parse(&std::format!("{longest}\n")),
        Err(SignatureError::TooLong)
    );
}

#[test]
fn algorithms_other_than_the_two_are_unknown() {
    // `EE`, `ed` and two zero bytes.
    for start in ["RUW", "ZWS", "AAC"] {
        let text = edit_line(PREHASHED, 1, |line| line.replace_range(..3, start));
        assert_eq!(
            parse(&text),
            Err(SignatureError::UnknownAlgorithm),
            "{start}"
        );
    }
}

#[test]
fn the_untrusted_comment_may_say_anything() {
    let text = edit_line(PREHASHED, 0, |line| "untrusted comment: ".clone_into(line));
    assert_eq!(parse(&text), parse(PREHASHED));
}

fn parse(text: &str) -> Result<Signature, SignatureError> {
    Signature::parse(text.as_bytes())
}

fn verify(text: &str, key: &str, name: &str) -> Result<(), SignatureError> {
    parse(text)?.verify_comment(&Keys::parse(key).unwrap(), name)
}

fn lines(text: &str) -> [&str; 4] {
    let mut lines = text.lines();
    [(); 4].map(|()| lines.next().unwrap())
}
