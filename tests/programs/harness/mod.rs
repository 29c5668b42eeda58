//! What the tests share: programs that are started and ended, namespaces, real nameservers, databases, other judges.

pub mod alerting;
pub mod database;
pub mod http;
pub mod lists;
pub mod namespaces;
pub mod opinion;
pub mod process;
pub mod real;
