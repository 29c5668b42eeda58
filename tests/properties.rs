//! stub
#[path = "../src/dns/testing.rs"]
mod testing;
