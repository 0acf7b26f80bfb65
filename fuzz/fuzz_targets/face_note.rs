#![no_main]
#![allow(missing_docs)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| zigdepot_fuzz::face_note::face_note(data));
