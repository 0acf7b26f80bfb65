use super::*;

const MOST: Limits = Limits::DEFAULT;

fn parse(text: &str) -> Result<Value, JsonError> {
    Value::parse(text, &MOST)
}

fn rewritten(text: &str) -> String {
    let mut out = String::new();
    parse(text).unwrap().write(0, &mut out);
    out
}

#[test]
fn order_numbers_and_strings_stay_as_written() {
    let text = r#"{"z":1.50,"a":[1e+9,-0,null,{}],"s":"\u00e9\/é","e":[]}"#;
    assert_eq!(
        rewritten(text),
        "{\n  \"z\": 1.50,\n  \"a\": [\n    1e+9,\n    -0,\n    null,\n    {}\n  ],\n  \"s\": \"\\u00e9\\/é\",\n  \"e\": []\n}"
    );
    assert_eq!(parse(&rewritten(text)), parse(text));
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
    let value = parse(r#""a\n\"\\\u00e9\ud83d\ude00b""#).unwrap();
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
        assert_eq!(parse(text), Err(JsonError::Syntax(at)), "{text}");
    }
}

#[test]
fn depth_keys_and_values_are_bounded() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(parse(&deep(MOST.depth)).is_ok());
    assert_eq!(parse(&deep(MOST.depth + 1)), Err(JsonError::TooDeep));
    let keys: Vec<String> = (0..=MOST.keys)
        .map(|n| alloc::format!("\"{n}\":0"))
        .collect();
    let wide = alloc::format!("{{{}}}", keys.join(","));
    assert_eq!(parse(&wide), Err(JsonError::TooMany));
    let many = alloc::format!("[{}0]", "0,".repeat(MOST.values));
    assert_eq!(parse(&many), Err(JsonError::TooMany));
}

#[test]
fn what_is_built_is_written_on_one_line_and_read_again() {
    let value = Value::object([
        ("text", Value::text("a\"\u{1}é")),
        ("none", Value::or_null(None)),
        (
            "list",
            Value::array([Value::number(7_u32), Value::bool(true)]),
        ),
        ("empty", Value::object([])),
    ]);
    let text = value.compact();
    assert_eq!(
        text,
        "{\"text\":\"a\\\"\\u0001é\",\"none\":null,\"list\":[7,true],\"empty\":{}}"
    );
    assert_eq!(parse(&text), Ok(value));
}

#[test]
fn numbers_and_words_are_read_as_what_they_are() {
    let number = |text: &str| parse(text).unwrap().as_u64();
    assert_eq!(number("18446744073709551615"), Some(u64::MAX));
    for text in ["18446744073709551616", "-1", "1.0", "1e3", "\"1\"", "null"] {
        assert_eq!(number(text), None, "{text}");
    }
    assert_eq!(parse("false").unwrap().as_bool(), Some(false));
    assert_eq!(parse("0").unwrap().as_bool(), None);
    assert!(parse("null").unwrap().is_null());
    assert!(!parse("\"null\"").unwrap().is_null());
}

fn items(text: &str, limits: &Limits) -> Vec<Result<Value, JsonError>> {
    Items::new(text, "list", limits).collect()
}

#[test]
fn items_of_a_list_come_one_by_one() {
    let text = r#" {"a":[1], "list" : [ 1 , {"x":2} ] ,"b":{"list":[9]},"list":[3]} "#;
    let read: Result<Vec<Value>, JsonError> = Items::new(text, "list", &MOST).collect();
    let expected = ["1", r#"{"x":2}"#, "3"].map(|text| parse(text).unwrap());
    assert_eq!(read.unwrap(), expected);
    for (text, found) in [
        ("{}", false),
        (r#"{"list":1}"#, false),
        (r#"{"list":[]}"#, true),
    ] {
        let mut items = Items::new(text, "list", &MOST);
        assert_eq!((items.next(), items.found()), (None, found), "{text}");
    }
}

#[test]
fn a_list_that_breaks_off_ends_with_one_error() {
    for (text, at) in [
        ("[]", 0),
        ("{\"list\":[1,]}", 11),
        ("{\"list\":[1 2]}", 11),
        ("{\"list\":[1]", 11),
        ("{\"list\":[1]} x", 13),
        ("{\"list\":[1],}", 12),
    ] {
        let errors: Vec<_> = items(text, &MOST)
            .into_iter()
            .filter(Result::is_err)
            .collect();
        assert_eq!(errors, [Err(JsonError::Syntax(at))], "{text}");
    }
}

#[test]
fn limits_hold_for_each_item_by_itself() {
    let limits = Limits {
        values: 3,
        depth: 3,
        ..MOST
    };
    assert!(
        items("{\"list\":[[1,2],[3,4]]}", &limits)
            .iter()
            .all(Result::is_ok)
    );
    let many = items("{\"list\":[[1,2,3]]}", &limits);
    assert_eq!(many, [Err(JsonError::TooMany)]);
    let deep = items("{\"list\":[[[1]]]}", &limits);
    assert_eq!(deep, [Err(JsonError::TooDeep)]);
}
