//! Answers of upstreams as chance has them, in the ways in which real ones go wrong.

use super::catalog::CATALOG;
use super::forge;
use super::random::Random;
use super::reply::{Cut, Framing, Head, Ranges, Reply, Tamper, Validator};

impl Reply {
    /// Some answer, well or ill.
    pub fn any(random: &Random, name: &str) -> Self {
        let len = CATALOG.bytes(name, 0).len();
        let mut reply = Self::well(random);
        match random.below(20) {
            0..=4 => {
                let how = *random.pick(&[Cut::Fin, Cut::Reset, Cut::Stall]);
                let after = random.index(len + 20);
                // See `tampered`.
                let lf = name.ends_with(".minisig") && after + 1 == len;
                reply.cut = Some((after - usize::from(lf), how));
            }
            5 => reply.tamper = Tamper::Flip(random.index(len)),
            6 => reply.tamper = Tamper::Longer(random.size(1, 300)),
            7 => reply.tamper = Tamper::Shorter(random.size(1, 90)),
            8 => reply.framing = Framing::FalseLength(*random.pick(&[-40, -2, 1, 300, 1 << 34])),
            9..=11 => reply.status = *random.pick(&[404, 410, 403, 429, 500, 503, 204, 206]),
            12 => reply.redirect = Some(redirect(random, name)),
            13 => reply.head = *random.pick(&[Head::Rubbish, Head::Endless, Head::Encoded]),
            14 => {
                let ranges = [Ranges::Misplaced, Ranges::Unsatisfiable, Ranges::Blind];
                reply.ranges = *random.pick(&ranges);
            }
            15 => reply.generation = Some(random.index(2)),
            _ => {}
        }
        if forge::find(name).is_some() {
            reply.make_noticeable();
        }
        reply
    }

    /// Where nothing is signed, a lie that no mirror could notice is none of the mirror's faults.
    fn make_noticeable(&mut self) {
        self.tamper = Tamper::No;
        if matches!(self.framing, Framing::FalseLength(off) if off < 0) {
            self.framing = Framing::Length;
        }
        if let (Framing::UntilClose, Some((_, how @ Cut::Fin))) = (self.framing, &mut self.cut) {
            *how = Cut::Reset;
        }
    }

    /// Some proper answer.
    pub fn well(random: &Random) -> Self {
        let framings = [
            Framing::Length,
            Framing::Length,
            Framing::Chunked,
            Framing::UntilClose,
        ];
        let validators = [
            Validator::Strong,
            Validator::Weak,
            Validator::SameTime,
            Validator::No,
        ];
        let mut reply = Self {
            framing: *random.pick(&framings),
            validator: *random.pick(&validators),
            ..Self::default()
        };
        if random.chance(60) {
            reply.chunk = random.size(1, 10) * 100;
            reply.gap = random.between(0, 400);
        }
        reply.delay = random.maybe(30, |r| r.between(1, 2000)).unwrap_or(0);
        reply.ranges = *random.pick(&[Ranges::Honour, Ranges::Honour, Ranges::Ignore]);
        if random.chance(10) {
            reply.head = Head::Interim;
        }
        reply
    }
}

fn redirect(random: &Random, name: &str) -> String {
    let hosts = [
        "cdn.test",
        "cdn.test",
        "both.test",
        "inside.test",
        "nowhere.test",
        "10.0.0.9",
    ];
    match random.below(8) {
        0 => "https://[bad".into(),
        1 => format!("//cdn.test/files/{name}"),
        _ => format!("https://{}/files/{name}", random.pick(&hosts)),
    }
}
