use super::*;
use std::borrow::ToOwned;
use std::format;
use std::string::ToString;
use std::vec;

#[test]
fn literals_are_read_as_zig_reads_them() {
    let malformed = |column, problem| {
        Value::Malformed(ZonError {
            line: 1,
            column,
            problem,
        })
    };
    for (text, value) in [
        ("true", Value::Bool(true)),
        ("false", Value::Bool(false)),
        ("null", Value::Null),
        ("undefined", Value::Other),
        ("@\"true\"", Value::Other),
        (".hello", Value::Enum("hello".to_owned())),
        (
            ". // a token of its own\n hello",
            Value::Enum("hello".to_owned()),
        ),
        (".async", Value::Enum("async".to_owned())),
        (".@\"if\"", Value::QuotedEnum("if".to_owned())),
        (".@\"a \\x41\"", Value::QuotedEnum("a A".to_owned())),
        (".@\"\\xff\"", malformed(2, Problem::NotUtf8)),
        (".@\"\\q\"", malformed(5, Problem::Escape)),
        ("'a'", Value::Char),
        ("'💩'", Value::Char),
        ("'\\''", Value::Char),
        ("'\\u{1f4a9}'", Value::Char),
        ("''", malformed(2, Problem::Char)),
        ("'ab'", malformed(2, Problem::Char)),
        ("'\\x41b'", malformed(6, Problem::Char)),
        (".{}", Value::Struct(vec![])),
        ("-x", Value::Other),
    ] {
        assert_eq!(value_of(text), Ok(value), "{text}");
    }
}

#[test]
fn strings_are_decoded() {
    for (text, bytes) in [
        (r#""""#, &b""[..]),
        (r#""plain""#, b"plain"),
        (r#""\n\r\t\\\'\"""#, b"\n\r\t\\'\""),
        (r#""\x00\x7f\xFf""#, b"\0\x7f\xff"),
        (
            r#""\u{0}\u{41}\u{e4}\u{10FFFF}""#,
            "\0A\u{e4}\u{10ffff}".as_bytes(),
        ),
        (r#""\u{000000000000041}""#, b"A"),
        ("\"ä\u{2028}\"", "ä\u{2028}".as_bytes()),
        ("\"// no comment\"", b"// no comment"),
        ("\"'\"", b"'"),
    ] {
        assert_eq!(value_of(text), Ok(Value::String(bytes.to_vec())), "{text}");
    }
    let raw = parse(b"\"\xff\xfe\"").map(|node| node.value);
    assert_eq!(raw, Ok(Value::String(b"\xff\xfe".to_vec())));
}

#[test]
fn a_fault_in_a_string_is_kept_with_its_place() {
    for (text, column, problem) in [
        (r#""a\q""#, 4, Problem::Escape),
        (r#""\x4""#, 5, Problem::EscapeDigits),
        (r#""\xg0""#, 4, Problem::EscapeDigits),
        (r#""\u41""#, 4, Problem::EscapeDigits),
        (r#""\u{}""#, 5, Problem::EscapeDigits),
        (r#""\u{4g}""#, 6, Problem::EscapeDigits),
        (r#""\u{41""#, 7, Problem::EscapeDigits),
        (r#""\u{d800}""#, 5, Problem::Codepoint),
        (r#""\u{110000}""#, 5, Problem::Codepoint),
        (r#""\u{100000041}""#, 5, Problem::Codepoint),
    ] {
        let error = ZonError {
            line: 1,
            column,
            problem,
        };
        assert_eq!(value_of(text), Ok(Value::Malformed(error)), "{text}");
    }
}

#[test]
fn integers_have_any_base_and_size() {
    for (text, amount) in [
        ("0", Some(0)),
        ("7", Some(7)),
        ("100_000", Some(100_000)),
        ("0x3610a68612345678", Some(0x3610_a686_1234_5678)),
        ("0xDEAD_beef", Some(0xdead_beef)),
        ("0o17", Some(15)),
        ("0b1010_1010", Some(0xaa)),
        ("0x00ff", Some(255)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("0x1_0000_0000_0000_0000", None),
        ("99999999999999999999999999999999999999999999", None),
    ] {
        for negative in [false, true] {
            let sign = if negative { "- " } else { "" };
            let value = Value::Int {
                magnitude: amount,
                negative,
            };
            assert_eq!(
                value_of(&format!("{sign}{text}")),
                Ok(value),
                "{sign}{text}"
            );
        }
    }
}

#[test]
fn numbers_that_are_no_integers_are_told_apart() {
    for text in [
        "1.5", "0.0", "1e9", "1E-9", "0.5e+1_0", "0x1p3", "0x1.8", "0xa.bP-3",
    ] {
        assert_eq!(value_of(text), Ok(Value::Float), "{text}");
    }
    for text in [
        "00", "01", "0_1", "1__0", "1_", "0x", "0x_1", "0xg", "0b2", "0o8", "0X1", "1a", "1.e",
        "1e", "1e+", "1_.0", "1.0.0", "0b1.0", "0xe-5", "00.5",
    ] {
        let error = ZonError {
            line: 1,
            column: 1,
            problem: Problem::Number,
        };
        assert_eq!(value_of(text), Ok(Value::Malformed(error)), "{text}");
    }
}

#[test]
fn lines_are_joined_whatever_ends_them() {
    for text in [
        "\\\\one \\n \"\n\\\\\ttwo\n\\\\",
        "\\\\one \\n \"\r\n  // between\r\n  \\\\\ttwo\r\n\\\\\r\n",
    ] {
        let lines = Value::Lines(b"one \\n \"\n\ttwo\n".to_vec());
        assert_eq!(value_of(text), Ok(lines), "{text:?}");
    }
}

#[test]
fn structs_keep_names_places_and_doubles() {
    let text = ".{\n  .a = 1,\n  .@\"b-c\" = .{ .x, .{} },\r\n\t.a = \"\" }";
    let root = parse(text.as_bytes()).unwrap();
    let Value::Struct(fields) = root.value else {
        panic!("{root:?}");
    };
    let names: Vec<_> = fields
        .iter()
        .map(|f| (f.name.as_str(), f.at.line, f.at.column, f.value.at.column))
        .collect();
    assert_eq!(names, [("a", 2, 4, 8), ("b-c", 3, 4, 13), ("a", 4, 3, 7)]);
    let Value::Tuple(items) = &fields[1].value.value else {
        panic!("{fields:?}");
    };
    assert_eq!(
        items[1].at,
        Position {
            line: 3,
            column: 20
        }
    );
    assert_eq!(items[1].value, Value::Struct(vec![]));
}

#[test]
fn comments_blanks_and_a_mark_mean_nothing() {
    let one = Value::Int {
        magnitude: Some(1),
        negative: false,
    };
    for text in [
        "\u{feff}.{.a=1}",
        "// first\n.{ .a = 1, } // last",
        "//// four\n.{ .a = //\n1 }",
        ".{\t.a\r=\n1,\r\n}\r\n\n",
        ".{ // a\ttab, ä, \u{85}\n .a = 1 }//",
    ] {
        let value = parse(text.as_bytes()).unwrap().value;
        let Value::Struct(fields) = value else {
            panic!("{text:?}: {value:?}");
        };
        let [field] = &fields[..] else {
            panic!("{text:?}: {fields:?}");
        };
        assert_eq!(
            (field.name.as_str(), &field.value.value),
            ("a", &one),
            "{text:?}"
        );
    }
    assert!(parse(b"// \xff\n1").is_ok());
}

#[test]
fn other_expressions_are_passed_over() {
    for expression in [
        "a",
        "a.b.c",
        "@import(\"x\").y",
        "\"a\" ++ \"b\"",
        "\"a\" ** 3",
        "1 + 2 * -3",
        "a == b and c != d or !e",
        "a <= b",
        "a >= b",
        "&.{ 1, 2 }",
        "&[_]u8{ 1, 2 }",
        "[_][]const u8{ \"a\", \"b\" }",
        "T{ .a = 1, .b = 2 }",
        ".{ .a = 1 }.a",
        ".{ 1, 2 }[0]",
        "if (a) b else c",
        "if (a) |x| .{ x, 1 } else |e| e",
        "switch (a) { .b, .c => 1, else => 2 }",
        "for (a, 0..) |x, i| { _ = x + i; } else 3",
        "inline for (a, b) |*x, y| foo(x, y)",
        "while (a) : (i += 1) {}",
        "blk: { const x = 1; break :blk x; }",
        "struct { a: u8 = 1, fn f() void { x = 2; } }",
        "struct { /// a field\n a: u8 }",
        "enum { a, b }",
        "error{ A, B }",
        "error.A",
        "fn (u8, u8) void",
        "*const [4:0]u8",
        "?*anyopaque",
        "a.*.b.?",
        "a orelse b catch |e| return e",
        "(1)",
        "x[0..4]",
        "x[1..]",
        "asm volatile (\"nop\" : [a] \"=r\" (b) : : \"c\")",
        "-(1)",
        "(a) | b",
        "a || b",
        "'a' ... 'z'",
        "comptime 1",
    ] {
        for text in [
            expression.to_owned(),
            format!(".{{ .a = {expression}, .b = .z }}"),
            format!(".{{ .z, {expression}, .z, }}"),
        ] {
            let value = value_of(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let parts: Vec<Value> = if let Value::Struct(fields) = value {
                fields.into_iter().map(|field| field.value.value).collect()
            } else if let Value::Tuple(items) = value {
                items.into_iter().map(|item| item.value).collect()
            } else {
                vec![value]
            };
            let known = parts
                .iter()
                .filter(|part| **part == Value::Enum("z".to_owned()));
            let others = parts.iter().filter(|part| **part == Value::Other);
            assert_eq!(parts.len(), known.count() + 1, "{text}");
            assert_eq!(others.count(), 1, "{text}");
        }
    }
}

#[test]
fn errors_are_where_the_text_stops_making_sense() {
    for (text, line, column, problem) in [
        ("", 1, 1, Problem::ExpectedValue),
        ("// nothing\n", 2, 1, Problem::ExpectedValue),
        (".", 1, 2, Problem::ExpectedValue),
        (".5", 1, 2, Problem::ExpectedValue),
        (".if", 1, 2, Problem::ExpectedValue),
        ("-", 1, 2, Problem::ExpectedValue),
        (",", 1, 1, Problem::ExpectedValue),
        ("}", 1, 1, Problem::ExpectedValue),
        (".{,}", 1, 3, Problem::ExpectedValue),
        (".{ 1,, }", 1, 6, Problem::ExpectedValue),
        (".{ .a = }", 1, 9, Problem::ExpectedValue),
        (".{ .a = , }", 1, 9, Problem::ExpectedValue),
        (".{ .a = = 1 }", 1, 9, Problem::ExpectedValue),
        (".{ .a = 1", 1, 10, Problem::ExpectedComma),
        (".{ .a = 1,\n", 2, 1, Problem::ExpectedField),
        (".{ 1", 1, 5, Problem::ExpectedComma),
        (".{ 1,", 1, 6, Problem::ExpectedValue),
        (".{ 1 )", 1, 6, Problem::ExpectedComma),
        (".{ .a = 1 .b = 2 }", 1, 14, Problem::ExpectedComma),
        (".{\n .a = .x\n .b = 2 }", 3, 5, Problem::ExpectedComma),
        (".{\n .a = .{}\n .b = 2 }", 3, 5, Problem::ExpectedComma),
        (".{ .a = 1; }", 1, 10, Problem::ExpectedComma),
        (".{ \"a\" \"b\" }", 1, 8, Problem::ExpectedComma),
        (".{ 1 2 }", 1, 6, Problem::ExpectedComma),
        (".{ 'a' b }", 1, 8, Problem::ExpectedComma),
        (".{ 1\n\\\\x\n }", 2, 1, Problem::ExpectedComma),
        (".{\n\\\\x\n\"y\" }", 3, 1, Problem::ExpectedComma),
        (".{ .a = 1, 2 }", 1, 12, Problem::ExpectedField),
        (".{ .a = 1, .b }", 1, 12, Problem::ExpectedField),
        (".{ .a = 1, .if = 2 }", 1, 12, Problem::ExpectedField),
        (".{ .if = 2 }", 1, 5, Problem::ExpectedValue),
        (".{ .a = 1, b = 2 }", 1, 12, Problem::ExpectedField),
        (".{ a = 2 }", 1, 6, Problem::ExpectedComma),
        (".{ .@\"\\q\" = 1 }", 1, 8, Problem::Escape),
        (".{ .@\"\\xff\" = 1 }", 1, 5, Problem::NotUtf8),
        (".{} .{}", 1, 5, Problem::ExpectedEnd),
        (".{},", 1, 4, Problem::ExpectedEnd),
        (".{}}", 1, 4, Problem::ExpectedEnd),
        (".{};", 1, 4, Problem::ExpectedEnd),
        (".{} x", 1, 5, Problem::ExpectedEnd),
        (".{ 1 } = 2", 1, 8, Problem::ExpectedEnd),
        (".{ .{} .{} }", 1, 8, Problem::ExpectedComma),
        (".{ (1] }", 1, 6, Problem::Unbalanced),
        (".{ (1 }", 1, 7, Problem::Unbalanced),
        (".{ (1", 1, 6, Problem::Unbalanced),
        (".{ .a = if (x) { 1, }", 1, 22, Problem::ExpectedComma),
        ("{ .a = 1 ", 1, 10, Problem::Unbalanced),
        ("/// doc\n.{}", 1, 1, Problem::DocComment),
        ("//! doc\n.{}", 1, 1, Problem::DocComment),
        (".{\n  /// doc\n  .a = 1 }", 2, 3, Problem::DocComment),
        (".{ .a = x /// doc\n }", 1, 11, Problem::DocComment),
        ("\"a", 1, 1, Problem::Unterminated),
        (".{ \"a\n\" }", 1, 4, Problem::Unterminated),
        (".{ \"a\r\n\" }", 1, 4, Problem::Unterminated),
        (".{ \"a\\", 1, 4, Problem::Unterminated),
        (".{ 'a\n }", 1, 4, Problem::Unterminated),
        (".@\"a", 1, 3, Problem::Unterminated),
        ("\"a\tb\"", 1, 3, Problem::Byte(b'\t')),
        ("\"a\0\"", 1, 3, Problem::Byte(0)),
        ("\"a\rb\"", 1, 3, Problem::Byte(b'\r')),
        (".{ 1 \0 }", 1, 6, Problem::Byte(0)),
        (".{ ä }", 1, 4, Problem::Byte(0xc3)),
        (".{ # }", 1, 4, Problem::Byte(b'#')),
        (".{ $a }", 1, 4, Problem::Byte(b'$')),
        (".{ `a` }", 1, 4, Problem::Byte(b'`')),
        (".{ @ }", 1, 4, Problem::Byte(b'@')),
        (".{ \\a }", 1, 4, Problem::Byte(b'\\')),
        ("// a\rb\n1", 1, 5, Problem::Byte(b'\r')),
        ("// a\0\n1", 1, 5, Problem::Byte(0)),
    ] {
        let error = ZonError {
            line,
            column,
            problem,
        };
        assert_eq!(value_of(text), Err(error), "{text:?}");
    }
}

#[test]
fn limits_are_kept() {
    let nested = |open: &str, close: &str, depth| {
        let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        parse(text.as_bytes())
            .map(|_| ())
            .map_err(|e| (e.column, e.problem))
    };
    assert_eq!(nested(".{", "}", MAX_DEPTH), Ok(()));
    assert_eq!(
        nested(".{", "}", MAX_DEPTH + 1),
        Err((258, Problem::TooDeep))
    );
    assert_eq!(nested(".{.a=", "}", MAX_DEPTH), Ok(()));
    assert_eq!(nested(".{.a=", "}", 100_000), Err((642, Problem::TooDeep)));
    assert_eq!(nested("(", ")", MAX_DEPTH), Ok(()));
    assert_eq!(
        nested("(", ")", MAX_DEPTH + 1),
        Err((129, Problem::TooDeep))
    );
    assert_eq!(nested(".{(", ")}", MAX_DEPTH / 2), Ok(()));
    assert_eq!(nested("(.{", "})", 100_000), Err((193, Problem::TooDeep)));
    assert_eq!(nested("- ", "", 100_000), Ok(()));
    assert_eq!(nested(". ", "", 100_000), Err((3, Problem::ExpectedValue)));

    let many = |items| parse(format!(".{{{}}}", "1,".repeat(items)).as_bytes());
    assert!(many(MAX_NODES - 1).is_ok());
    assert_eq!(
        many(MAX_NODES).map_err(|e| e.problem),
        Err(Problem::TooMany)
    );

    // In one piece: under WASI some Nodes crash at their end once memory has grown by more at once.
    let mut long = vec![b' '; MAX_TEXT + 1];
    long[0] = b'1';
    assert!(parse(&long[..MAX_TEXT]).is_ok());
    assert_eq!(parse(&long).map_err(|e| e.problem), Err(Problem::TooLong));
}

#[test]
fn a_text_cut_anywhere_is_read_or_refused_inside_of_it() {
    let text = ".{ // c\n .a = \"\\u{41}\", .@\"b\" = .{ 1, -0x2, 'c', .d, x(1, .{}) },\n .e =\n \\\\f\n,}";
    for end in 0..text.len() {
        if let Err(error) = parse(&text.as_bytes()[..end]) {
            let lines: Vec<&str> = text[..end].split('\n').collect();
            let line = lines[error.line as usize - 1];
            assert!(error.column as usize <= line.len() + 1, "{end}: {error}");
        }
    }
    assert!(parse(text.as_bytes()).is_ok());
}

#[test]
fn keywords_are_sorted_and_no_names() {
    for word in ["addrspace", "error", "fn", "test", "while"] {
        assert!(value_of(&format!(".{{ .{word} = 1 }}")).is_err(), "{word}");
    }
    for word in ["async", "await", "usingnamespace", "i32", "type", "_", "_1"] {
        assert!(value_of(&format!(".{{ .{word} = 1 }}")).is_ok(), "{word}");
    }
    assert!(lexer::KEYWORDS.is_sorted());
}

#[test]
fn an_error_is_one_line() {
    let error = parse(b".{\n  .paths = .{\n    \"a\" \"b\",\n}}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "3:9: expected a comma or the end of the list"
    );
    let error = parse(b"\x01").unwrap_err();
    assert_eq!(error.to_string(), "1:1: the byte 0x01 may not stand here");
}

fn value_of(text: &str) -> Result<Value, ZonError> {
    parse(text.as_bytes()).map(|node| node.value)
}
