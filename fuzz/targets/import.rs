//! See `bodies::import`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| outsidein_fuzz::bodies::import::run(octets));
