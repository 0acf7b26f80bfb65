//! The requests that a stand-in has seen.

use std::io::{self, BufRead};

/// One request as it arrived, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The request target, byte for byte.
    pub target: String,
    /// The header fields with their names in lower case, in order.
    pub headers: Vec<(String, String)>,
}

impl Seen {
    /// The path of the target without authority and query, `%2B` decoded.
    pub fn path(&self) -> String {
        let target = self.target.as_str();
        let target = target.strip_prefix("http://").map_or(target, |rest| {
            rest.find('/').map_or("/", |slash| &rest[slash..])
        });
        let path = target.split('?').next().unwrap_or(target);
        path.replace("%2B", "+").replace("%2b", "+")
    }

    /// The first header field of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(found, _)| found == name);
        field.map(|(_, value)| value.as_str())
    }

    /// Whether the client wants the connection closed.
    pub(super) fn closes(&self) -> bool {
        self.header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// Reads one request head; `None` at the end of the connection.
    pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let Some(first) = line(from)? else {
            return Ok(None);
        };
        let mut words = first.split(' ').map(String::from);
        let (method, target) = (words.next(), words.next());
        let (method, target) = (method.unwrap_or_default(), target.unwrap_or_default());
        let mut headers = Vec::new();
        while let Some(field) = line(from)?.filter(|field| !field.is_empty()) {
            let (name, value) = field.split_once(':').unwrap_or((&field, ""));
            headers.push((name.to_ascii_lowercase(), value.trim().into()));
        }
        Ok(Some(Self {
            method,
            target,
            headers,
        }))
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = from.read_until(b'\n', &mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok((read > 0).then(|| text.trim_end_matches(['\r', '\n']).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_form_query_and_escaped_plus_come_down_to_the_path() {
        let mut wire =
            &b"GET http://h:1/a%2Bb?x=1 HTTP/1.1\r\nHost: h\r\nRange:bytes=1-\r\n\r\n"[..];
        let seen = Seen::read(&mut wire).unwrap().unwrap();
        assert_eq!(seen.path(), "/a+b");
        assert_eq!(seen.header("range"), Some("bytes=1-"));
        assert_eq!(Seen::read(&mut wire).unwrap(), None);
    }
}
