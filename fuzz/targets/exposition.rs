//! See `bodies::exposition`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| outsidein_fuzz::bodies::exposition::run(octets));
