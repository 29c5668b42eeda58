//! The bodies of the fuzz targets, which `tests/in_process/fuzz_regressions.rs` of the package includes too.

#[path = "bodies/mod.rs"]
pub mod bodies;
#[path = "../src/dns/testing.rs"]
pub mod testing;
