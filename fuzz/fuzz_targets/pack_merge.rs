#![no_main]
#![allow(missing_docs)]

libfuzzer_sys::fuzz_target!(|data: &[u8]| zigdepot_fuzz::pack_merge::pack_merge(data));
