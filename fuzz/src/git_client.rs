//! Properties of the client of Git's smart HTTP protocol.
//!
//! Whatever arrives in pieces must come out as it does whole. What is taken out of an answer is
//! held against a second reading of it, slow and plain.

use zigdepot_core::git::client::discover::{Advertisement, Discovery};
use zigdepot_core::git::client::fetch::{Event, FetchAnswer, Form, request};
use zigdepot_core::git::client::ls_refs::{self, LsRefs};
use zigdepot_core::git::client::{ADVERTISEMENT_TYPE, ClientError, Limits, Ref};
use zigdepot_core::git::id::ObjectId;
use zigdepot_core::git::pktline::{self, Decoded, Line, LineReader, PktError};

/// Low enough for short inputs to reach them.
const LIMITS: Limits = Limits {
    refs: 3,
    name_bytes: 16,
    bytes: 16 << 20,
};

/// Pkt-lines: the same lines, rest and error from the slice, whole and split; a line that is
/// written again is the same but for the case of its digits.
pub fn pkt_line(data: &[u8]) {
    let lines = lines_of(data);
    for step in [1, 3, data.len().max(1)] {
        assert_eq!(lines, lines_in_pieces(data, step), "by {step}");
    }
    for line in lines.0 {
        let mut wire = Vec::new();
        match line.as_deref() {
            None => {}
            Some([]) => assert!(pktline::push_data(&mut wire, b"").is_err()),
            Some(data) => {
                pktline::push_data(&mut wire, data).expect("it was read");
                let (used, line) = (wire.len(), Line::Data(data));
                assert_eq!(pktline::decode(&wire), Ok(Decoded::Line { used, line }));
            }
        }
    }
}

/// Lines, the special ones as None; whether a part of one is left; and the error.
type Lines = (Vec<Option<Vec<u8>>>, bool, Option<PktError>);

fn lines_of(mut data: &[u8]) -> Lines {
    let mut lines = Vec::new();
    loop {
        match pktline::decode(data) {
            Ok(Decoded::Line { used, line }) => {
                lines.push(owned(line));
                data = &data[used..];
            }
            Ok(Decoded::Needs(needs)) => {
                assert!(needs > data.len() && needs <= pktline::MAX_LINE);
                return (lines, !data.is_empty(), None);
            }
            Err(error) => return (lines, false, Some(error)),
        }
    }
}

fn lines_in_pieces(data: &[u8], step: usize) -> Lines {
    let (mut reader, mut lines) = (LineReader::new(), Vec::new());
    for mut piece in data.chunks(step) {
        while !piece.is_empty() {
            match reader.take(piece) {
                Ok(taken) => {
                    assert!(taken.line.is_some() || taken.used == piece.len());
                    lines.extend(taken.line.map(owned));
                    piece = &piece[taken.used..];
                }
                Err(error) => return (lines, false, Some(error)),
            }
        }
    }
    (lines, !reader.is_between_lines(), None)
}

fn owned(line: Line<'_>) -> Option<Vec<u8>> {
    match line {
        Line::Data(data) => Some(data.to_vec()),
        Line::Flush | Line::Delimiter | Line::ResponseEnd => None,
    }
}

/// An answer to discovery or to `ls-refs`: the same whole and split, within the limits; references
/// that are written again are read the same; every advertisement has requests that are pkt-lines.
pub fn ls_refs(data: &[u8]) {
    for limits in [LIMITS, Limits::default()] {
        let found = discover(data, data.len().max(1), limits);
        let listed = list(data, data.len().max(1), limits);
        for step in [1, 2, 7] {
            assert_eq!(found, discover(data, step, limits), "by {step}");
            assert_eq!(listed, list(data, step, limits), "by {step}");
        }
        if let Ok(found) = &found {
            check_requests(found);
        }
        if let Ok(Advertisement::V0 { refs, .. }) = &found {
            check_refs(refs, limits);
        }
        if let Ok(refs) = &listed {
            check_refs(refs, limits);
        }
    }
}

fn discover(data: &[u8], step: usize, limits: Limits) -> Result<Advertisement, ClientError> {
    let content_type = Some(ADVERTISEMENT_TYPE.as_bytes());
    let mut discovery = Discovery::new(content_type, limits)?;
    data.chunks(step)
        .try_for_each(|piece| discovery.push(piece))?;
    discovery.finish()
}

fn list(data: &[u8], step: usize, limits: Limits) -> Result<Vec<Ref>, ClientError> {
    let mut answer = LsRefs::new(limits);
    data.chunks(step).try_for_each(|piece| answer.push(piece))?;
    answer.finish()
}

fn check_refs(refs: &[Ref], limits: Limits) {
    assert!(refs.len() <= limits.refs);
    let mut wire = Vec::new();
    for listed in refs {
        assert!((1..=limits.name_bytes).contains(&listed.name.len()));
        let mut line = [listed.id.to_string().as_bytes(), b" ", &listed.name].concat();
        if let Some(target) = &listed.symref_target {
            line.extend_from_slice(&[b" symref-target:", target.as_slice()].concat());
        }
        if let Some(peeled) = listed.peeled {
            line.extend_from_slice(format!(" peeled:{peeled}").as_bytes());
        }
        pktline::push_text(&mut wire, line).expect("names are short");
    }
    pktline::flush(&mut wire);
    let again = list(&wire, 64, limits);
    assert_eq!(again.as_deref(), Ok(refs));
}

fn check_requests(found: &Advertisement) {
    let mut wire = Vec::new();
    let capabilities = found.capabilities();
    ls_refs::request(&mut wire, capabilities, &ls_refs::TAGS).expect("its lines are short");
    let wants = [ObjectId::from_bytes([7; 20]); 2];
    request(&mut wire, found, &wants).expect("it has two wants");
    let (lines, is_cut, error) = lines_of(&wire);
    assert_eq!((is_cut, error), (false, None));
    let is_want = |line: &&Option<Vec<u8>>| line.as_ref().is_some_and(|l| l.starts_with(b"want "));
    assert_eq!(lines.iter().filter(is_want).count(), 2);
}

/// An answer to a fetch, in each of its forms: the same pack, texts and end whole and split; of
/// an answer that is complete, the pack that a second reading finds.
pub fn fetch_answer(data: &[u8]) {
    let plain = |is_shallow, has_bands| Form::Plain {
        is_shallow,
        has_bands,
    };
    let forms = [
        Form::Sections,
        plain(true, true),
        plain(false, true),
        plain(true, false),
        plain(false, false),
    ];
    for form in forms {
        let whole = Answer::of(data, data.len().max(1), form);
        for step in [1, 2, 7] {
            assert_eq!(whole, Answer::of(data, step, form), "by {step}");
        }
        assert!(whole.pack.len() <= data.len());
        for text in &whole.texts {
            assert!(!text.is_empty() && text.chars().count() <= 200, "{text:?}");
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        if whole.end.is_ok() {
            assert_eq!(whole.pack, pack_of(data, form), "{form:?}");
        }
    }
}

/// What came of an answer.
#[derive(Debug, PartialEq)]
struct Answer {
    shallow: Vec<ObjectId>,
    pack: Vec<u8>,
    /// Each line of progress, and how much of the pack was before it.
    texts: Vec<String>,
    places: Vec<usize>,
    end: Result<(), ClientError>,
}

impl Answer {
    fn of(data: &[u8], step: usize, form: Form) -> Self {
        let mut read = Self {
            shallow: Vec::new(),
            pack: Vec::new(),
            texts: Vec::new(),
            places: Vec::new(),
            end: Ok(()),
        };
        let mut answer = FetchAnswer::new(form, LIMITS);
        let mut sink = |event: Event<'_>| {
            read.handle(event);
            Ok(())
        };
        let mut pieces = data.chunks(step);
        let pushed = pieces.try_for_each(|piece| answer.push(piece, &mut sink));
        read.end = pushed.and_then(|()| answer.finish());
        read
    }

    fn handle(&mut self, event: Event<'_>) {
        match event {
            Event::Shallow(id) => self.shallow.push(id),
            Event::Pack(bytes) => {
                assert!(!bytes.is_empty());
                self.pack.extend_from_slice(bytes);
            }
            Event::Progress(words) => {
                self.texts.push(words.as_str().to_owned());
                self.places.push(self.pack.len());
            }
        }
    }
}

/// The pack of a complete answer: band 1 behind the line that announces it, or all behind it.
fn pack_of(data: &[u8], form: Form) -> Vec<u8> {
    let (announcement, has_bands) = match form {
        Form::Sections => ("packfile", true),
        Form::Plain { has_bands, .. } => ("NAK", has_bands),
    };
    let (mut rest, mut begins_section) = (data, true);
    while let Ok(Decoded::Line { used, line }) = pktline::decode(rest) {
        rest = &rest[used..];
        // Within a section there may be lines of any text.
        let can_announce = begins_section || form != Form::Sections;
        begins_section = line == Line::Delimiter;
        if let Line::Data(data) = line
            && can_announce
            && pktline::without_line_feed(data) == announcement.as_bytes()
        {
            return if has_bands {
                band(1, rest)
            } else {
                rest.to_vec()
            };
        }
    }
    Vec::new()
}

fn band(wanted: u8, mut rest: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Ok(Decoded::Line { used, line }) = pktline::decode(rest) {
        rest = &rest[used..];
        match line {
            Line::Data([band, data @ ..]) if *band == wanted => all.extend_from_slice(data),
            Line::Data(_) | Line::Flush | Line::Delimiter | Line::ResponseEnd => {}
        }
    }
    all
}
