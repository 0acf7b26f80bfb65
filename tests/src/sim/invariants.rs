//! What must hold, whatever happens.
//!
//! The rest of the invariants sit where their subject is: the disk judges names, the upstreams
//! count fetches, clients judge answers.

use std::rc::Rc;

use zigdepot_core::store::STAGING_DIR;
use zigdepot_core::zig::minisig::{Keys, Signature, Verifier};

use super::catalog::{CATALOG, Catalog, signature_of};
use super::host::Process;
use super::registry::promises;
use super::world::World;

/// After every step: tables are within their limits.
pub fn limits(process: &Process) -> Result<(), String> {
    let limits = &process.config.limits;
    let site = process.site.borrow();
    let (app, flights) = (&site.app, site.app.flights());
    // A download may need its signature's download beside it, which it follows.
    let followers = limits.followers + limits.flights;
    let tables = [
        ("flights", flights.under_way(), 2 * limits.flights),
        ("followers", flights.followers(), followers),
        ("wakers", site.waiting(), followers),
        ("connections", app.connections(), limits.connections),
        ("missing names", app.missing_names(), limits.missing_names),
        ("staging files", site.staging_files(), 2 * limits.flights),
        (
            "derivations",
            app.derivations().open().1,
            limits.derivations,
        ),
        (
            "derivations that wait",
            app.derivations().open().0,
            limits.derivations_waiting,
        ),
        ("packs of all releases", app.sets(), limits.derivations),
    ];
    for (name, held, most) in tables {
        if held > most {
            return Err(format!("{held} {name}, at most {most} are allowed"));
        }
    }
    Ok(())
}

/// After every step: the server has not filled the store over its limit.
pub fn quota(world: &World, process: &Process) -> Result<(), String> {
    let added = world.disk.borrow().added();
    match process.config.store_max {
        Some(most) if added > most => Err(format!("{added} bytes in a store of {most}")),
        _ => Ok(()),
    }
}

/// When nothing is left to do: nothing is held for it.
pub fn quiet(world: &Rc<World>, process: &Rc<Process>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut site = process.site.borrow_mut();
    let (limits, [bodies, plans]) = (&process.config.limits, site.rooms());
    let held = [
        ("flights", site.app.flights().under_way()),
        ("followers", site.app.flights().followers()),
        ("wakers", site.waiting()),
        ("staging files", site.staging_files()),
        ("connections", site.app.connections()),
        ("derivations", site.app.derivations().len()),
        ("packs of all releases", site.app.sets()),
        ("waiters", site.waiters()),
        ("bytes of bodies", limits.bodies_bytes - bodies),
        ("bytes of plans", limits.plans_bytes - plans),
    ];
    let left = held.into_iter().filter(|(_, n)| *n > 0);
    faults.extend(left.map(|(name, n)| format!("{n} {name} are left")));
    if let Some(flight) = process.last_flight.get() {
        let promised = site.promise(flight, 0);
        site.drop_staged(flight);
        if promised > 0 {
            faults.push(format!("room for {promised} bytes stays promised"));
        }
    }
    drop(site);
    faults.extend(promises::quiet(process));
    let dir = format!("{STAGING_DIR}/{}", process.number);
    let staged = world.disk.borrow().below(&dir);
    if !staged.is_empty() {
        faults.push(format!("{staged:?} are left"));
    }
    faults
}

/// After a crash: what was reported as published is there.
pub fn survived(world: &World) -> Vec<String> {
    let disk = world.disk.borrow();
    let published = world.published.borrow();
    let lost = published.iter().filter(|path| disk.open(path).is_err());
    lost.map(|path| format!("{path} was published and is lost"))
        .collect()
}

/// At the very end: each file in the store fits its signature there.
pub fn pairs(world: &World) -> Vec<String> {
    let keys = Keys::parse(&CATALOG.key).expect("the test's own key");
    let disk = world.disk.borrow();
    let mut faults = Vec::new();
    for name in Catalog::names() {
        for path in disk
            .paths()
            .filter(|path| path.starts_with("zig/") && path.ends_with(name))
        {
            let Ok(signature) = disk.open(&signature_of(path)) else {
                continue;
            };
            let file = disk.open(path).expect("its name was just read");
            let fits = Signature::parse(&signature.bytes.borrow()).is_ok_and(|signature| {
                Verifier::new(&signature, &keys).is_ok_and(|mut verifier| {
                    verifier.update(&file.bytes.borrow());
                    verifier.finish().is_ok()
                })
            });
            if !fits {
                faults.push(format!("{path} and its signature do not fit"));
            }
        }
    }
    faults
}
