use super::*;

fn rewritten(text: &str) -> String {
    let mut out = String::new();
    Value::parse(text).unwrap().write(0, &mut out);
    out
}

#[test]
fn order_numbers_and_strings_stay_as_written() {
    let text = r#"{"z":1.50,"a":[1e+9,-0,null,{}],"s":"\u00e9\/é","e":[]}"#;
    assert_eq!(
        rewritten(text),
        "{\n  \"z\": 1.50,\n  \"a\": [\n    1e+9,\n    -0,\n    null,\n    {}\n  ],\n  \"s\": \"\\u00e9\\/é\",\n  \"e\": []\n}"
    );
    assert_eq!(Value::parse(&rewritten(text)), Value::parse(text));
}

#[test]
fn last_of_two_equal_keys_counts_at_the_first_place() {
    assert_eq!(
        rewritten(r#"{"a":1,"b":2,"\u0061":3}"#),
        "{\n  \"a\": 3,\n  \"b\": 2\n}"
    );
}

#[test]
fn content_is_decoded() {
    let value = Value::parse(r#""a\n\"\\\u00e9\ud83d\ude00b""#).unwrap();
    assert_eq!(value.as_text().as_deref(), Some("a\n\"\\é😀b"));
    assert_eq!(
        Value::text("a\n\"\\\u{1}").as_text().as_deref(),
        Some("a\n\"\\\u{1}")
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, at) in [
        ("", 0),
        ("{", 1),
        ("{\"a\"}", 4),
        ("{\"a\":1,}", 7),
        ("[1,]", 3),
        ("01", 0),
        ("1.", 0),
        ("+1", 0),
        ("tru", 0),
        ("\"\\x\"", 2),
        ("\"\\ud800\"", 7),
        ("\"\\udc00x\"", 7),
        ("\"\t\"", 1),
        ("{} {}", 3),
        ("'a'", 0),
        ("{a:1}", 1),
        ("\"", 1),
    ] {
        assert_eq!(Value::parse(text), Err(JsonError::Syntax(at)), "{text}");
    }
}

#[test]
fn depth_keys_and_values_are_bounded() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(Value::parse(&deep(DEPTH)).is_ok());
    assert_eq!(Value::parse(&deep(DEPTH + 1)), Err(JsonError::TooDeep));
    let keys: Vec<String> = (0..=KEYS).map(|n| alloc::format!("\"{n}\":0")).collect();
    let wide = alloc::format!("{{{}}}", keys.join(","));
    assert_eq!(Value::parse(&wide), Err(JsonError::TooMany));
    let many = alloc::format!("[{}0]", "0,".repeat(VALUES));
    assert_eq!(Value::parse(&many), Err(JsonError::TooMany));
}
