//! See `bodies::key_backup`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| outsidein_fuzz::bodies::key_backup::run(octets));
