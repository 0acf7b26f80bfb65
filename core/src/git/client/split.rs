//! Test support: runs a machine over input that arrives in pieces.

use core::fmt::Debug;
use std::vec::Vec;

/// What `read` makes of `wire`, which must be the same whole, byte by byte and cut in two
/// anywhere.
pub(in crate::git) fn at_every_split<T: PartialEq + Debug>(
    wire: &[u8],
    read: impl Fn(&[&[u8]]) -> T,
) -> T {
    let whole = read(&[wire]);
    let bytes: Vec<&[u8]> = wire.chunks(1).collect();
    assert_eq!(read(&bytes), whole, "byte by byte");
    for at in 0..=wire.len() {
        let (first, second) = wire.split_at(at);
        assert_eq!(read(&[first, second]), whole, "cut at {at}");
    }
    whole
}
