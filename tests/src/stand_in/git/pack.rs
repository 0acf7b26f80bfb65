//! The pack in an answer: taken out of its side-band packets, changed, and put back.

/// Most bytes of a pack in one packet.
const MOST: usize = 65_515;

/// The answer with its pack changed; one without a pack stays as it is.
pub(super) fn change(answer: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let (mut before, mut pack, mut rest) = (Vec::new(), Vec::new(), answer);
    while let Some((packet, after)) = split(rest) {
        // Side-band 1 has the pack; 2 and 3 are words, and what has no band comes before.
        if let Some(bytes) = packet.get(4..).and_then(|data| data.strip_prefix(b"\x01")) {
            pack.extend_from_slice(bytes);
        } else if pack.is_empty() && packet.get(4) != Some(&2) {
            before.extend_from_slice(packet);
        }
        rest = after;
    }
    if pack.is_empty() {
        return answer.to_vec();
    }
    change(&mut pack);
    for piece in pack.chunks(MOST) {
        before.extend(format!("{:04x}\x01", piece.len() + 5).into_bytes());
        before.extend_from_slice(piece);
    }
    before.extend(b"0000");
    before
}

/// The first packet with its length, and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = core::str::from_utf8(bytes.get(..4)?).ok()?;
    let length = usize::from_str_radix(digits, 16).ok()?.max(4);
    bytes.split_at_checked(length)
}

/// A packet with this text, which is ended by a newline.
pub(super) fn error(text: &str) -> Vec<u8> {
    let line = format!("ERR {text}\n");
    format!("{:04x}{line}", line.len() + 4).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_is_changed_and_what_stands_before_it_stays() {
        let answer = b"000dpackfile\n0008\x01PAC0008\x02abc0007\x01K20000";
        let mirrored = change(answer, |pack| pack.push(b'!'));
        assert_eq!(mirrored, b"000dpackfile\n000b\x01PACK2!0000");
        assert_eq!(
            change(b"0008NAK\n0000", |_| panic!("no pack")),
            b"0008NAK\n0000"
        );
    }

    #[test]
    fn error_packet_counts_itself() {
        assert_eq!(error("no"), b"000bERR no\n");
    }
}
