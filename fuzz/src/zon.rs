//! ZON and manifests: what was read can be written and read again; places lie in the text.

use zigdepot_core::zig::manifest::{Dependency, Manifest, PackageName, Source};
use zigdepot_core::zig::zon::{self, MAX_DEPTH, MAX_NODES, Node, Position, Value, ZonError};

/// The input is a document: values and errors lie in the text, in order and not too deep; written
/// again, the document and the manifest in it say the same.
pub fn zon(data: &[u8]) {
    let lines = Lines::of(data);
    let document = zon::parse(data);
    match &document {
        Ok(root) => {
            let mut walk = Walk {
                lines: &lines,
                last: Position { line: 1, column: 0 },
                nodes: 0,
            };
            walk.node(root, 0);
            check_again(root);
        }
        Err(error) => lines.check_error(error),
    }
    match (Manifest::parse(data), document) {
        (Ok(manifest), Ok(_)) => check_manifest(&manifest),
        (Ok(_), Err(error)) => panic!("a manifest that is no document: {error}"),
        (Err(error), document) => {
            lines.check(error.line, error.column);
            let shown = error.to_string();
            assert!(shown.len() < 1000 && !shown.contains('\n'), "{shown}");
            if let Err(cause) = document {
                assert_eq!(shown, cause.to_string());
            }
        }
    }
}

/// How long each line is.
struct Lines(Vec<usize>);

impl Lines {
    fn of(data: &[u8]) -> Self {
        let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
        Self(text.split(|byte| *byte == b'\n').map(<[u8]>::len).collect())
    }

    fn check(&self, line: u32, column: u32) {
        let length = self.0[line as usize - 1];
        assert!((1..=length + 1).contains(&(column as usize)));
    }

    fn check_error(&self, error: &ZonError) {
        self.check(error.line, error.column);
        assert!(!error.to_string().contains('\n'));
    }
}

struct Walk<'a> {
    lines: &'a Lines,
    last: Position,
    nodes: usize,
}

impl Walk<'_> {
    fn at(&mut self, at: Position) {
        assert!(self.last < at, "{:?} {at:?}", self.last);
        self.lines.check(at.line, at.column);
        self.last = at;
    }

    fn node(&mut self, node: &Node, depth: usize) {
        self.at(node.at);
        self.nodes += 1;
        assert!(depth <= MAX_DEPTH && self.nodes <= MAX_NODES);
        match &node.value {
            Value::Struct(fields) => {
                for field in fields {
                    self.at(field.at);
                    self.node(&field.value, depth + 1);
                }
            }
            Value::Tuple(items) => {
                assert!(!items.is_empty());
                for item in items {
                    self.node(item, depth + 1);
                }
            }
            Value::Malformed(error) => self.lines.check_error(error),
            _ => {}
        }
    }
}

fn check_again(root: &Node) {
    let mut once = Vec::new();
    write(&root.value, &mut once);
    let again = zon::parse(&once).expect("what was read can be read again");
    let mut twice = Vec::new();
    write(&again.value, &mut twice);
    assert_eq!(
        once.escape_ascii().to_string(),
        twice.escape_ascii().to_string()
    );
}

/// Writes a value so that it says all that was read, and places nothing.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Struct(fields) => write_list(fields, out, |field, out| {
            write_name(&field.name, out);
            out.push(b'=');
            write(&field.value.value, out);
        }),
        Value::Tuple(items) => write_list(items, out, |item, out| write(&item.value, out)),
        Value::String(bytes) => write_string(bytes, out),
        Value::Lines(bytes) => {
            for line in bytes.split(|byte| *byte == b'\n') {
                out.extend_from_slice(b"\n\\\\");
                out.extend_from_slice(line);
            }
            out.push(b'\n');
        }
        Value::Enum(name) => {
            out.push(b'.');
            out.extend_from_slice(name.as_bytes());
        }
        Value::QuotedEnum(name) => write_name(name, out),
        Value::Int {
            magnitude,
            negative,
        } => {
            let sign = if *negative { "-" } else { "" };
            let amount = magnitude.map_or(1 << 64, u128::from);
            out.extend_from_slice(format!("{sign}0x{amount:x}").as_bytes());
        }
        Value::Float => out.extend_from_slice(b"1.5"),
        Value::Char => out.extend_from_slice(b"'c'"),
        Value::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Null => out.extend_from_slice(b"null"),
        Value::Malformed(_) => out.extend_from_slice(b"0x"),
        _ => out.extend_from_slice(b"x"),
    }
}

fn write_list<T>(items: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    out.extend_from_slice(b".{");
    for item in items {
        write(item, out);
        out.push(b',');
    }
    out.push(b'}');
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b".@");
    write_string(name.as_bytes(), out);
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in bytes {
        out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
    }
    out.push(b'"');
}

/// A manifest that says the same is the same, but for places.
fn check_manifest(manifest: &Manifest) {
    assert_eq!(
        manifest.id().map(u64::from),
        manifest.fingerprint.map(|print| print % (1 << 32))
    );
    let checked = manifest.check_fingerprint().is_ok();
    assert!(!checked || !matches!(manifest.id(), None | Some(0 | u32::MAX)));
    let again = Manifest::parse(&manifest_text(manifest)).expect("a manifest again");
    let placeless = |manifest: &Manifest| {
        let mut manifest = manifest.clone();
        for dependency in &mut manifest.dependencies {
            dependency.at = Position { line: 1, column: 1 };
        }
        manifest
    };
    assert_eq!(placeless(&again), placeless(manifest));
}

fn manifest_text(manifest: &Manifest) -> Vec<u8> {
    let mut out = b".{.name=".to_vec();
    match &manifest.name {
        PackageName::Identifier(name) => {
            out.push(b'.');
            out.extend_from_slice(name.as_bytes());
        }
        PackageName::Text(name) => write_string(name.as_bytes(), &mut out),
    }
    out.extend_from_slice(b",.version=");
    write_string(manifest.version.as_bytes(), &mut out);
    if let Some(print) = manifest.fingerprint {
        out.extend_from_slice(format!(",.fingerprint={print}").as_bytes());
    }
    if let Some(version) = &manifest.minimum_zig_version {
        out.extend_from_slice(b",.minimum_zig_version=");
        write_string(version.as_bytes(), &mut out);
    }
    if let Some(paths) = &manifest.paths {
        out.extend_from_slice(b",.paths=");
        write_list(paths, &mut out, |path, out| write_string(path, out));
    }
    out.extend_from_slice(b",.dependencies=");
    write_list(&manifest.dependencies, &mut out, write_dependency);
    out.push(b'}');
    out
}

fn write_dependency(dependency: &Dependency, out: &mut Vec<u8>) {
    write_name(&dependency.name, out);
    out.extend_from_slice(b"=.{");
    let (key, text, hash) = match &dependency.source {
        Source::Url { url, hash } => (".url=", url, hash.as_ref()),
        Source::Path(path) => (".path=", path, None),
    };
    out.extend_from_slice(key.as_bytes());
    write_string(text.as_bytes(), out);
    if let Some(hash) = hash {
        out.extend_from_slice(b",.hash=");
        write_string(hash.as_bytes(), out);
    }
    out.extend_from_slice(format!(",.lazy={}}}", dependency.lazy).as_bytes());
}
