//! A second reading of HTTP/1.1's grammar, to hold the parsers against.
//!
//! It shares nothing with them: it has the whole input, splits it into lines, and looks for
//! characters in strings. Speed and reasons do not matter, only yes or no and what was meant.

/// What a request head means.
#[derive(Debug)]
pub struct Request<'a> {
    /// Path and query.
    pub target: &'a str,
    /// The host asked for.
    pub host: Option<&'a [u8]>,
    /// Content-Length.
    pub length: Option<u64>,
    /// Transfer-Encoding is chunked.
    pub chunked: bool,
    /// The connection goes on.
    pub keep_alive: bool,
}

const TOKEN: &str = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HOST: &str = "-._~!$&'()*+,;=%0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Reads the request head that `data` begins with.
#[must_use]
pub fn request(data: &[u8]) -> Option<Request<'_>> {
    let mut lines = lines(cut_head(data)?).into_iter();
    let first = lines.next()?;
    let [method, target, version] = first.split(|&b| b == b' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let (target, authority) = read_target(target)?;
    let [
        b'H',
        b'T',
        b'T',
        b'P',
        b'/',
        b'1',
        b'.',
        minor @ b'0'..=b'9',
    ] = version
    else {
        return None;
    };
    let fields: Fields<'_> = lines.map(read_field).collect::<Option<_>>()?;
    if first.len() > 8192 + 64 || !is_made_of(method, TOKEN) || fields.len() > 64 {
        return None;
    }
    let old = *minor == b'0';
    let host = named(&fields, "host").first().copied();
    let (length, chunked) = read_framing(&fields, old)?;
    let expectations = named(&fields, "expect");
    let expected = expectations
        .iter()
        .all(|value| value.eq_ignore_ascii_case(b"100-continue"));
    (expected && is_host_right(&fields, old)).then_some(Request {
        target,
        host: authority.or(host),
        length,
        chunked,
        keep_alive: read_keep_alive(&fields, old),
    })
}

type Fields<'a> = Vec<(String, &'a [u8])>;

fn named<'a>(fields: &Fields<'a>, name: &str) -> Vec<&'a [u8]> {
    let fields = fields.iter().filter(|field| field.0 == name);
    fields.map(|field| field.1).collect()
}

/// The lines of a head, without the empty ones before and behind.
fn cut_head(data: &[u8]) -> Option<&[u8]> {
    let mut rest = data;
    for _ in 0..4 {
        rest = rest.strip_prefix(b"\r\n").unwrap_or(rest);
    }
    let end = rest.windows(4).position(|four| four == b"\r\n\r\n")?;
    let whole = data.len() - rest.len() + end + 4;
    (whole <= 16 * 1024).then(|| &rest[..end])
}

fn is_host_right(fields: &Fields<'_>, old: bool) -> bool {
    match named(fields, "host")[..] {
        [] => old,
        [host] => host.is_empty() || is_host(host),
        _ => false,
    }
}

fn read_framing(fields: &Fields<'_>, old: bool) -> Option<(Option<u64>, bool)> {
    let length = match named(fields, "content-length")[..] {
        [] => None,
        [digits] if is_made_of(digits, "0123456789") => {
            Some(str::from_utf8(digits).ok()?.parse().ok()?)
        }
        _ => return None,
    };
    match named(fields, "transfer-encoding")[..] {
        [] => Some((length, false)),
        [coding] if coding.eq_ignore_ascii_case(b"chunked") && length.is_none() && !old => {
            Some((None, true))
        }
        _ => None,
    }
}

fn read_keep_alive(fields: &Fields<'_>, old: bool) -> bool {
    let options = named(fields, "connection").join(&b","[..]);
    let options = options.to_ascii_lowercase();
    let has = |wanted: &[u8]| {
        options
            .split(|&b| b == b',')
            .any(|option| trim(option) == wanted)
    };
    !has(b"close") && (!old || has(b"keep-alive"))
}

/// Reads the chunked body that `data` begins with: its data, and how much it took.
#[must_use]
pub fn chunked(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let (line, after) = line_at(data, at)?;
        let size = chunk_size(line)?;
        if size == 0 {
            return Some((body, trailer_end(data, after)?));
        }
        let end = after.checked_add(usize::try_from(size).ok()?)?;
        body.extend_from_slice(data.get(after..end)?);
        at = end + 2;
        if data.get(end..at)? != b"\r\n" {
            return None;
        }
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (digits, extension) = line.split_at(digits);
    let fits = extension.is_empty() || extension[0] == b';' && extension.len() <= 1025;
    if digits.len() > 16 || !fits || !is_text(extension) {
        return None;
    }
    u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

fn trailer_end(data: &[u8], mut at: usize) -> Option<usize> {
    let mut length = 0;
    loop {
        let (line, after) = line_at(data, at)?;
        (at, length) = (after, length + line.len());
        if !is_text(line) || length > 8192 {
            return None;
        }
        if line.is_empty() {
            return Some(at);
        }
    }
}

fn line_at(data: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let length = data.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
    Some((&data[at..at + length], at + length + 2))
}

fn lines(mut text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    while let Some(end) = text.windows(2).position(|two| two == b"\r\n") {
        lines.push(&text[..end]);
        text = &text[end + 2..];
    }
    lines.push(text);
    lines
}

fn read_target(target: &[u8]) -> Option<(&str, Option<&[u8]>)> {
    let text = str::from_utf8(target).ok()?;
    if target.len() > 8192 || text.contains(|c| c <= ' ' || c == '#' || c == '\u{7f}') {
        return None;
    }
    if text.starts_with('/') {
        return Some((text, None));
    }
    let (scheme, rest) = text.split_once("://")?;
    let known = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    let slash = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(slash);
    let path = if path.is_empty() { "/" } else { path };
    (known && is_host(host.as_bytes())).then_some((path, Some(host.as_bytes())))
}

fn read_field(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|&b| b == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let name_fits = is_made_of(name, TOKEN) && is_text(value);
    name_fits.then(|| {
        (
            String::from_utf8_lossy(name).to_ascii_lowercase(),
            trim(value),
        )
    })
}

fn is_host(host: &[u8]) -> bool {
    let text = String::from_utf8_lossy(host);
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return port_fits
            && !address.is_empty()
            && address.chars().all(|c| c == ':' || HOST.contains(c));
    }
    let (name, port) = text.split_once(':').unwrap_or((&text, ""));
    let encoded = name
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|b| b.is_ascii_hexdigit()));
    encoded && is_port(port) && is_made_of(name.as_bytes(), HOST)
}

fn is_port(port: &str) -> bool {
    port.chars().all(|c| c.is_ascii_digit())
}

fn is_made_of(bytes: &[u8], alphabet: &str) -> bool {
    !bytes.is_empty() && bytes.iter().all(|b| alphabet.as_bytes().contains(b))
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|&b| b == b'\t' || b >= 32 && b != 127)
}

fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().take_while(|b| b" \t".contains(b)).count();
    let end = bytes
        .iter()
        .rev()
        .take_while(|b| b" \t".contains(b))
        .count();
    &bytes[start..bytes.len().saturating_sub(end).max(start)]
}
