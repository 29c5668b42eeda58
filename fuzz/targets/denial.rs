//! See `bodies::denial`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| outsidein_fuzz::bodies::denial::run(octets));
