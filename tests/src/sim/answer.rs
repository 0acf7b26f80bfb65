//! An answer as a client reads it, and the judge of its truth.

use super::catalog::{CATALOG, Genuine};
use super::client::Ask;
use super::git;
use super::memory::judge_age;
use super::registry::{promises, repos};
use super::world::World;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The fields, names in lower case.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When the head was there, the first byte of the body, and the last.
    pub times: [u64; 3],
}

impl Answer {
    /// Head, its length and that of the body, once the head is whole.
    pub fn parse_head(
        bytes: &[u8],
        is_head: bool,
    ) -> Result<Option<(Self, usize, usize)>, &'static str> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = core::str::from_utf8(&bytes[..end]).map_err(|_| "a head that is not UTF-8")?;
        let mut lines = text.split("\r\n");
        let line = lines.next().unwrap_or_default();
        let digits = line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        let status = digits
            .and_then(|digits| digits.parse().ok())
            .ok_or("a bad status line")?;
        let field = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_ascii_lowercase(), value.to_owned()))
        };
        let fields: Option<Vec<_>> = lines.map(field).collect();
        let answer = Self {
            status,
            fields: fields.ok_or("a bad field")?,
            body: Vec::new(),
            times: [0; 3],
        };
        let length = answer.field("content-length").map(str::parse::<usize>);
        let len = match (status, length) {
            (304, _) => 0,
            (_, None | Some(Err(_))) => return Err("no Content-Length"),
            (_, Some(Ok(_))) if is_head => 0,
            (_, Some(Ok(len))) => len,
        };
        Ok(Some((answer, end + 4, len)))
    }

    /// The value of a field (lower-case name).
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the server ends the connection.
    pub fn closes(&self) -> bool {
        self.field("connection") == Some("close")
    }

    fn length(&self) -> Option<usize> {
        self.field("content-length")?.parse().ok()
    }
}

/// Whether a whole answer is true.
///
/// `sent` is when it was asked for.
pub fn judge(world: &World, (ask, sent): (&Ask, u64), answer: &Answer) -> Result<(), String> {
    if let Some(wish) = &ask.git {
        return git::judge::judge(world, (ask, wish, sent), answer);
    }
    match answer.status {
        200 => {
            let generation = judge_whole(ask, answer)?;
            generation.map_or(Ok(()), |generation| judge_age(world, ask, generation, sent))
        }
        206 => judge_part(ask, answer),
        304 if ask.conditional && etag_generation(ask, answer) == Some(0) => Ok(()),
        416 if ask.range.is_some() => judge_length(ask, answer),
        404 if ask.name.starts_with("hash/") => judge_text(answer),
        404 if ask.name.starts_with("p/") => {
            promises::may_be_missing(world, &ask.name, sent)?;
            judge_text(answer)
        }
        404 if world.internet.borrow().denied.contains(&ask.name) => judge_text(answer),
        503 | 504 if answer.field("retry-after").is_some() => judge_text(answer),
        _ => Err("which is no answer to this".into()),
    }
}

/// All that may be answered, by generation.
pub fn contents(ask: &Ask) -> Vec<&'static Genuine> {
    match ask.name.strip_prefix("hash/") {
        Some(hash) => CATALOG.of_hash(hash),
        None if ask.name.starts_with("p/") => repos::SERVED[&ask.name].iter().collect(),
        None => CATALOG.genuine(&ask.name).iter().collect(),
    }
}

fn etag_generation(ask: &Ask, answer: &Answer) -> Option<usize> {
    let etag = answer.field("etag")?;
    contents(ask).iter().position(|known| known.etag == etag)
}

/// The generation of the entity tag, if there is a tag.
fn claimed(ask: &Ask, answer: &Answer) -> Result<Option<usize>, String> {
    match (answer.field("etag"), etag_generation(ask, answer)) {
        (Some(etag), None) => Err(format!("the entity tag {etag} is no genuine file's")),
        (_, generation) => Ok(generation),
    }
}

/// The generation, where it is known.
fn judge_whole(ask: &Ask, answer: &Answer) -> Result<Option<usize>, String> {
    let claimed = claimed(ask, answer)?;
    if ask.method == "HEAD" {
        let known = claimed.map(|generation| contents(ask)[generation].bytes.len());
        // Without a tag nobody vouches for the length yet.
        return if known.is_none() || known == answer.length() {
            Ok(claimed)
        } else {
            Err("the length is another file's".into())
        };
    }
    let known = contents(ask);
    let generation = known.iter().position(|known| known.bytes == answer.body);
    match (generation, claimed) {
        (None, _) => Err(format!("{} bytes that are not genuine", answer.body.len())),
        (Some(got), Some(claimed)) if got != claimed => {
            Err("the entity tag is of another generation".into())
        }
        (Some(_), _) => Ok(generation),
    }
}

fn judge_part(ask: &Ask, answer: &Answer) -> Result<(), String> {
    let generation = claimed(ask, answer)?.ok_or("no entity tag")?;
    let whole = &contents(ask)[generation].bytes;
    let range = answer.field("content-range").unwrap_or_default();
    let parts = range.strip_prefix("bytes ").and_then(|range| {
        let (range, total) = range.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let [first, last, total] = [first, last, total].map(|n| n.parse::<usize>().ok());
        Some((first?, last?, total?))
    });
    let (first, last, total) = parts.ok_or_else(|| format!("Content-Range {range}"))?;
    let right = total == whole.len() && whole.get(first..=last) == Some(&answer.body[..]);
    if right && ask.range.is_some() {
        Ok(())
    } else {
        Err("the part is wrong".into())
    }
}

fn judge_length(ask: &Ask, answer: &Answer) -> Result<(), String> {
    let generation = claimed(ask, answer)?.ok_or("no entity tag")?;
    let total = contents(ask)[generation].bytes.len();
    if answer.field("content-range") == Some(&format!("bytes */{total}")) {
        Ok(())
    } else {
        Err("the length is wrong".into())
    }
}

/// One line that nobody keeps.
pub(super) fn judge_text(answer: &Answer) -> Result<(), String> {
    let is_text = answer.field("content-type") == Some("text/plain; charset=utf-8");
    let is_kept = answer.field("cache-control") != Some("no-store");
    if is_text && !is_kept && answer.field("etag").is_none() {
        Ok(())
    } else {
        Err("it is not one line that nobody keeps".into())
    }
}
