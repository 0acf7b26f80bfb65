//! Test support: runs a body decoder over input that arrives in pieces.

use std::vec::Vec;

use super::body::{BodyError, Decoded};

/// The data decoded, the bytes used, and the error that ended it, when `wire` comes in pieces.
///
/// As a host does it: each piece is appended to what was left, and the decoder is called until
/// it uses nothing more.
pub(super) fn decode_in_pieces(
    wire: &[u8],
    step: usize,
    mut decode: impl FnMut(&[u8]) -> Result<Decoded, BodyError>,
) -> (Vec<u8>, usize, Option<BodyError>) {
    let (mut data, mut used, mut end) = (Vec::new(), 0, 0);
    while end < wire.len() {
        end = wire.len().min(end + step);
        loop {
            match decode(&wire[used..end]) {
                Ok(decoded) if decoded.used == 0 => break,
                Ok(decoded) => {
                    data.extend_from_slice(&wire[used..end][decoded.data]);
                    used += decoded.used;
                }
                Err(error) => return (data, used, Some(error)),
            }
        }
    }
    (data, used, None)
}
