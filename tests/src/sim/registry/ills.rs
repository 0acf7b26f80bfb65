//! What goes wrong with one answer of a virtual Git host or catalog.

use super::super::random::Random;
use super::super::reply::Cut;
use super::pack::Deltas;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// What is wrong with it.
    pub ill: Ill,
    /// Milliseconds before the head.
    pub delay: u64,
    /// Bytes sent at once.
    pub chunk: usize,
    /// Milliseconds between them.
    pub gap: u64,
    /// By chunks, not by Content-Length.
    pub chunked: bool,
    /// How packs are made.
    pub deltas: Deltas,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ill {
    /// Nothing.
    No,
    /// The status.
    Status(u16),
    /// It lies elsewhere; for good, if so said.
    Redirect(&'static str, bool),
    /// After so many bytes of the body it breaks off.
    Cut(usize, Cut),
    /// The answer is an `ERR` line.
    Says(&'static str),
    /// One bit of this byte of the body is another.
    Flip(usize),
    /// So many bytes are missing at the end, and nothing says so.
    Shorter(usize),
    /// The pack lacks the object of this number.
    Without(usize),
    /// The pack holds another blob in place of this one.
    Forged(usize),
    /// The repository goes on to its next generation before this answer.
    Moves,
    /// A page for people.
    WebPage,
    /// Its body does not end.
    Endless,
}

impl Default for Saying {
    fn default() -> Self {
        Self {
            ill: Ill::No,
            delay: 0,
            chunk: usize::MAX,
            gap: 0,
            chunked: false,
            deltas: Deltas::Offset,
        }
    }
}

impl From<Ill> for Saying {
    fn from(ill: Ill) -> Self {
        Self {
            ill,
            ..Self::default()
        }
    }
}

impl Ill {
    /// Where and how it breaks off.
    pub fn cut(&self) -> Option<(usize, Cut)> {
        if let Self::Cut(after, how) = self {
            Some((*after, *how))
        } else {
            None
        }
    }
}

impl Saying {
    /// Some proper answer.
    pub fn well(random: &Random) -> Self {
        let mut saying = Self {
            chunked: random.chance(40),
            deltas: *random.pick(&[Deltas::No, Deltas::Offset, Deltas::Reference]),
            ..Self::default()
        };
        if random.chance(30) {
            saying.chunk = random.size(1, 20) * 100;
            saying.gap = random.between(0, 60);
        }
        saying
    }

    /// Some answer, well or ill.
    pub fn any(random: &Random) -> Self {
        let mut saying = Self::well(random);
        saying.delay = random.maybe(20, |r| r.between(1, 3000)).unwrap_or(0);
        let how = *random.pick(&[Cut::Fin, Cut::Reset, Cut::Stall]);
        saying.ill = match random.below(24) {
            0..=4 => Ill::Cut(random.size(0, 3000), how),
            5 => Ill::Cut(random.size(0, 150), how),
            6 => Ill::Status(*random.pick(&[404, 403, 401, 410])),
            7 => Ill::Status(*random.pick(&[500, 503, 429, 204, 304])),
            8 => {
                let hosts: [&str; 5] = [
                    "alt.test",
                    "alt.test",
                    "inside.test",
                    "mixed.test",
                    "nowhere.test",
                ];
                Ill::Redirect(random.pick::<&str>(&hosts), random.chance(50))
            }
            9 => Ill::Says(random.pick::<&str>(&[
                "upload-pack: not our ref 1",
                "no",
                "access denied",
            ])),
            10 => Ill::Flip(random.size(0, 4000)),
            11 => Ill::Shorter(random.size(1, 60)),
            12 => Ill::Without(random.size(0, 12)),
            13 => Ill::Forged(random.size(0, 12)),
            14 | 15 => Ill::Moves,
            16 => Ill::WebPage,
            17 => Ill::Endless,
            _ => Ill::No,
        };
        saying
    }
}
