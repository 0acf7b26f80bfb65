//! The flight machine, driven by a sequence of operations beside a small reference model.

use std::collections::BTreeMap;

use zigdepot_core::app::asset::Asset;
use zigdepot_core::app::failure::Failure;
use zigdepot_core::app::flight::{Appetite, FlightId, Flights, Follow, FollowerId};
use zigdepot_core::store::{StoreKey, ZigKind};
use zigdepot_core::zig::archive::ArchiveName;

const HELD: u64 = 16;
const NAMES: [&str; 3] = ["zig-0.1.0.zip", "zig-0.2.0.zip", "zig-0.3.0.zip"];

/// What a flight is, told by its history alone.
#[derive(Default)]
struct Model {
    total: Option<u64>,
    open: bool,
    committed: u64,
    outcome: Option<bool>,
    restarts: u32,
}

/// What a follower has seen.
struct Reader {
    flight: FlightId,
    appetite: Appetite,
    sent: u64,
    /// Restarts when it got its first byte.
    began: Option<u32>,
}

/// Each byte pair is an operation and its argument; after each, every follower may do exactly what
/// the model says.
pub fn flight(data: &[u8]) {
    let mut flights = Flights::default();
    let mut models: BTreeMap<FlightId, Model> = BTreeMap::new();
    let mut readers: BTreeMap<FollowerId, Reader> = BTreeMap::new();
    for pair in data.chunks_exact(2).take(200) {
        let (op, arg) = (pair[0] % 8, pair[1]);
        let asset = asset(arg);
        let flight = flights.find(&asset);
        match (op, flight) {
            (0, None) => drop(models.insert(flights.open(asset, HELD), Model::default())),
            (1, Some(id)) => {
                let appetite = if arg & 64 == 0 {
                    Appetite::Stream
                } else {
                    Appetite::Outcome
                };
                let follower = flights.join(id, appetite).expect("it is under way");
                readers.insert(
                    follower,
                    Reader {
                        flight: id,
                        appetite,
                        sent: 0,
                        began: None,
                    },
                );
            }
            (2, Some(id)) => {
                let total = (arg & 128 == 0).then_some(u64::from(arg));
                flights.handle_opened(id, total);
                let model = models.get_mut(&id).expect("known");
                (model.open, model.total, model.committed) = (true, total, 0);
            }
            (3, Some(id)) => {
                let model = models.get_mut(&id).expect("known");
                if model.open {
                    model.committed += u64::from(arg >> 2);
                    flights.handle_progress(id, model.committed);
                }
            }
            (4, Some(id)) => {
                flights.handle_restarted(id);
                let model = models.get_mut(&id).expect("known");
                (model.open, model.restarts) = (false, model.restarts + 1);
            }
            (5, Some(id)) => {
                let good = arg & 32 == 0;
                let key = StoreKey::zig(ZigKind::Stable, &name(arg));
                flights.finish(
                    id,
                    if good {
                        Ok(key)
                    } else {
                        Err(Failure::NotFound)
                    },
                );
                models.get_mut(&id).expect("known").outcome = Some(good);
            }
            (6, _) => {
                let nth = readers
                    .keys()
                    .nth(usize::from(arg) % readers.len().max(1))
                    .copied();
                if let Some(id) = nth {
                    flights.leave(id);
                    readers.remove(&id);
                }
            }
            _ => {}
        }
        for (id, reader) in &mut readers {
            check(
                flights.follow(*id, reader.sent),
                &models[&reader.flight],
                reader,
            );
        }
    }
    let under_way: Vec<FlightId> = NAMES
        .iter()
        .enumerate()
        .filter_map(|(n, _)| flights.find(&asset(n as u8)))
        .collect();
    under_way
        .into_iter()
        .for_each(|id| flights.finish(id, Err(Failure::Stopped)));
    readers.keys().for_each(|id| flights.leave(*id));
    assert_eq!((flights.under_way(), flights.followers()), (0, 0));
    assert!(
        models.keys().all(|id| !flights.is_known(*id)),
        "a flight was left behind"
    );
}

fn check(follow: Follow, model: &Model, reader: &mut Reader) {
    let cut = reader.began.is_some_and(|began| began < model.restarts);
    let expected = if cut {
        Follow::Failed(Failure::Changed)
    } else {
        match model.outcome {
            Some(true) => Follow::Published,
            Some(false) => Follow::Failed(Failure::NotFound),
            None => streaming(model, reader),
        }
    };
    assert_eq!(follow, expected);
    if let Follow::Bytes { total, released } = follow {
        assert!(released <= total - HELD && released > reader.sent);
        reader.sent = released;
        reader.began.get_or_insert(model.restarts);
    }
}

fn streaming(model: &Model, reader: &Reader) -> Follow {
    let Some(total) = model.total.filter(|total| model.open && *total > HELD) else {
        return Follow::Pending;
    };
    let released = model.committed.min(total - HELD);
    if released > reader.sent && reader.appetite == Appetite::Stream {
        Follow::Bytes { total, released }
    } else {
        Follow::Pending
    }
}

fn name(arg: u8) -> ArchiveName {
    ArchiveName::parse(NAMES[usize::from(arg) % NAMES.len()]).expect("a name")
}

fn asset(arg: u8) -> Asset {
    Asset::Zig(name(arg))
}
