//! The request fields that anyone above looks at, borrowed from the head.
//!
//! All other fields are dropped unread. Nothing here interprets a value.
//!
//! A field that may occur once and is sent twice counts as absent: ignoring Range, conditions
//! and preferences gives the full answer, which is always right, and a doubtful Authorization
//! gives no rights. What protects by being present keeps its last line instead: Origin,
//! Content-Encoding, and Forwarded and X-Forwarded-For, whose last line the nearest hop wrote.

/// The request methods that are told apart; method names are case-sensitive (RFC 9110 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// Any other token; answered 405.
    Other,
}

impl Method {
    /// Recognises a method name.
    pub fn parse(name: &[u8]) -> Self {
        match name {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            _ => Self::Other,
        }
    }
}

/// The request header fields that anyone above looks at, borrowed from the head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// Host, or the authority of an absolute-form target.
    pub host: Option<&'a [u8]>,
    /// Range.
    pub range: Option<&'a [u8]>,
    /// If-Range.
    pub if_range: Option<&'a [u8]>,
    /// If-None-Match.
    pub if_none_match: Option<&'a [u8]>,
    /// If-Modified-Since.
    pub if_modified_since: Option<&'a [u8]>,
    /// Accept-Encoding.
    pub accept_encoding: Option<&'a [u8]>,
    /// Authorization.
    pub authorization: Option<&'a [u8]>,
    /// Content-Type.
    pub content_type: Option<&'a [u8]>,
    /// Content-Encoding; the last line if repeated.
    pub content_encoding: Option<&'a [u8]>,
    /// Git-Protocol.
    pub git_protocol: Option<&'a [u8]>,
    /// User-Agent.
    pub user_agent: Option<&'a [u8]>,
    /// Prefer.
    pub prefer: Option<&'a [u8]>,
    /// Origin; the last line if repeated.
    pub origin: Option<&'a [u8]>,
    /// Forwarded (RFC 7239); the last line if repeated.
    pub forwarded: Option<&'a [u8]>,
    /// X-Forwarded-For; the last line if repeated.
    pub x_forwarded_for: Option<&'a [u8]>,
    /// Any of Forwarded, X-Forwarded-*, X-Real-IP or Via was sent.
    pub via_proxy: bool,
    /// Which fields were set, and which more than once.
    pub seen: Seen,
}

impl<'a> Fields<'a> {
    /// Takes in one field line; names it does not know are ignored.
    ///
    /// Embedders call it for each line of their own header map, in order.
    pub fn set(&mut self, name: &str, value: &'a [u8]) {
        if let Some(Name::Field(field)) = Name::of(name) {
            self.put(field, value);
        }
    }

    pub(super) fn put(&mut self, field: Field, value: &'a [u8]) {
        let repeated = self.seen.note(field);
        self.via_proxy |= field.tells_of_a_proxy();
        if let Some(slot) = self.slot(field) {
            *slot = (!repeated || field.keeps_last_line()).then_some(value);
        }
    }

    /// True if `field` was sent more than once, whatever its slot says.
    pub(super) fn is_repeated(&self, field: Field) -> bool {
        self.seen.twice & field.bit() != 0
    }

    fn slot(&mut self, field: Field) -> Option<&mut Option<&'a [u8]>> {
        Some(match field {
            Field::Host => &mut self.host,
            Field::Range => &mut self.range,
            Field::IfRange => &mut self.if_range,
            Field::IfNoneMatch => &mut self.if_none_match,
            Field::IfModifiedSince => &mut self.if_modified_since,
            Field::AcceptEncoding => &mut self.accept_encoding,
            Field::Authorization => &mut self.authorization,
            Field::ContentType => &mut self.content_type,
            Field::ContentEncoding => &mut self.content_encoding,
            Field::GitProtocol => &mut self.git_protocol,
            Field::UserAgent => &mut self.user_agent,
            Field::Prefer => &mut self.prefer,
            Field::Origin => &mut self.origin,
            Field::Forwarded => &mut self.forwarded,
            Field::XForwardedFor => &mut self.x_forwarded_for,
            Field::OtherProxy => return None,
        })
    }
}

/// Which fields were set, and which more than once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    once: u32,
    twice: u32,
}

impl Seen {
    /// Notes one more line of `field`; true if it is not the first.
    fn note(&mut self, field: Field) -> bool {
        let again = self.once & field.bit();
        self.once |= field.bit();
        self.twice |= again;
        again != 0
    }
}

/// A field of [`Fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Host,
    Range,
    IfRange,
    IfNoneMatch,
    IfModifiedSince,
    AcceptEncoding,
    Authorization,
    ContentType,
    ContentEncoding,
    GitProtocol,
    UserAgent,
    Prefer,
    Origin,
    Forwarded,
    XForwardedFor,
    OtherProxy,
}

impl Field {
    const fn bit(self) -> u32 {
        1 << self as u32
    }

    const fn keeps_last_line(self) -> bool {
        matches!(
            self,
            Self::Forwarded | Self::XForwardedFor | Self::Origin | Self::ContentEncoding
        )
    }

    const fn tells_of_a_proxy(self) -> bool {
        matches!(
            self,
            Self::Forwarded | Self::XForwardedFor | Self::OtherProxy
        )
    }
}

/// A field name that this layer or the one above knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Field(Field),
    Connection,
    ContentLength,
    Expect,
    TransferEncoding,
}

impl Name {
    /// Recognises a name in any letter case; its length decides what it is compared with.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::of_length(name.len())
            .iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known))
            .map(|&(_, known)| known)
            .or_else(|| is_forwarded_family(name).then_some(Self::Field(Field::OtherProxy)))
    }

    const fn of_length(length: usize) -> &'static [(&'static str, Self)] {
        match length {
            3 => &[("via", Self::Field(Field::OtherProxy))],
            4 => &[("host", Self::Field(Field::Host))],
            5 => &[("range", Self::Field(Field::Range))],
            6 => &[
                ("origin", Self::Field(Field::Origin)),
                ("prefer", Self::Field(Field::Prefer)),
                ("expect", Self::Expect),
            ],
            8 => &[("if-range", Self::Field(Field::IfRange))],
            9 => &[
                ("forwarded", Self::Field(Field::Forwarded)),
                ("x-real-ip", Self::Field(Field::OtherProxy)),
            ],
            10 => &[
                ("user-agent", Self::Field(Field::UserAgent)),
                ("connection", Self::Connection),
            ],
            12 => &[
                ("content-type", Self::Field(Field::ContentType)),
                ("git-protocol", Self::Field(Field::GitProtocol)),
            ],
            13 => &[
                ("if-none-match", Self::Field(Field::IfNoneMatch)),
                ("authorization", Self::Field(Field::Authorization)),
            ],
            14 => &[("content-length", Self::ContentLength)],
            15 => &[
                ("accept-encoding", Self::Field(Field::AcceptEncoding)),
                ("x-forwarded-for", Self::Field(Field::XForwardedFor)),
            ],
            16 => &[("content-encoding", Self::Field(Field::ContentEncoding))],
            17 => &[
                ("if-modified-since", Self::Field(Field::IfModifiedSince)),
                ("transfer-encoding", Self::TransferEncoding),
            ],
            _ => &[],
        }
    }
}

/// True for `X-Forwarded-Host`, `X-Forwarded-Proto` and their like.
fn is_forwarded_family(name: &str) -> bool {
    const PREFIX: &[u8] = b"x-forwarded-";
    name.as_bytes()
        .get(..PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_listed_under_its_own_length() {
        for length in 0..32 {
            for (name, known) in Name::of_length(length) {
                assert_eq!(name.len(), length);
                assert_eq!(Name::of(&name.to_uppercase()), Some(*known));
            }
        }
    }

    #[test]
    fn names_are_taken_in_any_letter_case() {
        let fields = fields(&[("HOST", "a"), ("rAnGe", "bytes=0-1"), ("X-Other", "x")]);
        assert_eq!(fields.host, Some(&b"a"[..]));
        assert_eq!(fields.range, Some(&b"bytes=0-1"[..]));
    }

    #[test]
    fn repeated_optional_field_counts_as_absent() {
        let fields = fields(&[
            ("Range", "bytes=0-1"),
            ("range", "bytes=2-3"),
            ("range", "x"),
        ]);
        assert_eq!(fields.range, None);
        assert!(fields.is_repeated(Field::Range));
    }

    #[test]
    fn repeated_authorization_gives_no_rights() {
        let fields = fields(&[("Authorization", "Bearer a"), ("Authorization", "Bearer b")]);
        assert_eq!(fields.authorization, None);
    }

    #[test]
    fn repeated_forwarding_keeps_the_line_of_the_nearest_hop() {
        let fields = fields(&[
            ("X-Forwarded-For", "1.1.1.1"),
            ("X-Forwarded-For", "2.2.2.2"),
        ]);
        assert_eq!(fields.x_forwarded_for, Some(&b"2.2.2.2"[..]));
    }

    #[test]
    fn repeated_origin_stays_present() {
        assert!(fields(&[("Origin", "a"), ("Origin", "b")]).origin.is_some());
    }

    #[test]
    fn any_trace_of_a_proxy_is_noted() {
        for name in [
            "Via",
            "Forwarded",
            "X-Forwarded-For",
            "x-forwarded-proto",
            "X-Real-IP",
        ] {
            assert!(fields(&[(name, "x")]).via_proxy, "{name}");
        }
        assert!(!fields(&[("X-Forwarded", "x"), ("Host", "x")]).via_proxy);
    }

    fn fields<'a>(lines: &[(&str, &'a str)]) -> Fields<'a> {
        let mut fields = Fields::default();
        for (name, value) in lines {
            fields.set(name, value.as_bytes());
        }
        fields
    }
}
