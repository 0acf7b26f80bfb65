//! Ids of Git's objects, as text.

/// An object's id.
pub type Id = [u8; 20];

/// An id as text.
pub fn hex(id: &Id) -> String {
    let digits = id.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

/// An id from text.
pub fn unhex(text: &str) -> Option<Id> {
    let mut id = [0; 20];
    for (at, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    (text.len() == 40).then_some(id)
}
