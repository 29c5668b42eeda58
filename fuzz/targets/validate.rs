//! See `bodies::validate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| outsidein_fuzz::bodies::validate::run(octets));
