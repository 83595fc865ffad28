//! The server as its clients meet it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod drift;
mod durable;
mod faults;
mod network;
mod protocol;
mod support;
mod wishes;
