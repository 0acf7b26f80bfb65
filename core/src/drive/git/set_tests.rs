use core::slice;

use super::super::samples::{framed, key, noise, package, release};
use super::*;
use crate::drive::fixtures::{Memory, run};
use crate::store::git::GitPart;

fn host() -> Memory {
    Memory::new(|_| {})
}

#[test]
fn set_is_stored_as_it_is_sent() {
    let host = host();
    let long = noise(100_000, 1);
    let (first, _) = release(&host, "v1", &[b"one", &long]);
    let (second, _) = release(&host, "v2", &[&long, b"two"]);
    let (_, both) = release(&host, "both", &[b"one", &long, b"two"]);
    // Whoever lists them in another order means the same set.
    for sources in [[second.clone(), first.clone()], [first, second]] {
        run(write_set(&host, &package(), &sources)).unwrap();
        let stored = host.file(&StoreKey::git_set(&package(), &name(&sources)));
        assert!(*stored.unwrap() == framed(Framing::Large, &both));
    }
}

#[test]
fn set_that_is_there_is_not_made_again_and_others_go() {
    let host = host();
    let (first, _) = release(&host, "v1", &[b"one"]);
    let (second, _) = release(&host, "v2", &[b"two"]);
    let old = StoreKey::git_set(&package(), &name(slice::from_ref(&first)));
    run(write_set(&host, &package(), slice::from_ref(&first))).unwrap();
    assert!(host.file(&old).is_some());
    let both = [first, second];
    let new = StoreKey::git_set(&package(), &name(&both));
    host.put(&new, b"there already0000");
    run(write_set(&host, &package(), &both)).unwrap();
    assert_eq!(host.file(&new).as_deref(), Some(&b"there already0000"[..]));
    assert!(host.file(&old).is_none());
}

#[test]
fn set_that_is_cut_off_is_made_again() {
    let host = host();
    let (first, _) = release(&host, "v1", &[b"one"]);
    let (second, _) = release(&host, "v2", &[b"two"]);
    let both = [first, second];
    let set = StoreKey::git_set(&package(), &name(&both));
    run(write_set(&host, &package(), &both)).unwrap();
    let whole = host.file(&set).unwrap();
    for length in [0, 3, whole.len() - 1] {
        host.put(&set, &whole[..length]);
        assert_eq!(run(is_whole(&host, &set)), Ok(false), "{length}");
        run(write_set(&host, &package(), &both)).unwrap();
        assert_eq!(host.file(&set).as_ref(), Some(&whole));
    }
}

#[test]
fn damaged_release_leaves_no_set_and_the_old_one_stays() {
    let host = host();
    let (first, _) = release(&host, "v1", &[b"one"]);
    let (second, pack) = release(&host, "v2", &[&noise(1000, 1)]);
    run(write_set(&host, &package(), slice::from_ref(&first))).unwrap();
    let old = StoreKey::git_set(&package(), &name(slice::from_ref(&first)));
    let mut bytes = framed(Framing::Large, &pack);
    bytes[500] ^= 1;
    host.put(&key("v2", GitPart::Sideband), &bytes);
    let both = [first, second.clone()];
    let error = run(write_set(&host, &package(), &both));
    assert_eq!(error, Err(PackError::Stale(second.tag)));
    let new = StoreKey::git_set(&package(), &name(&both));
    assert!(host.file(&new).is_none() && host.file(&old).is_some());
}
