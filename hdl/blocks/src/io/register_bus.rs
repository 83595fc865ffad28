//! The register bus that the bus slaves lead to.

use bitladder_rtl::{BIT, Bundle, uint};

/// A simple bus of 32-bit words with one request at a time.
///
/// | field | direction | meaning |
/// |---|---|---|
/// | `valid` | request | there is a request; it stays as it is until `ready` |
/// | `write` | request | it is a write |
/// | `address` | request | number of the word |
/// | `data`, `strobe` | request | what to write, and which bytes of it; mean nothing in a read |
/// | `ready` | response | the request is done at this edge |
/// | `read` | response | the word read, with `ready` |
/// | `error` | response | the address does not exist or cannot do this, with `ready` |
pub fn register_bus(address_bits: u32) -> Bundle {
    Bundle::new()
        .forward("valid", BIT, "there is a request")
        .forward("write", BIT, "the request is a write")
        .forward("address", uint(address_bits), "number of the word")
        .forward("data", uint(32), "what to write")
        .forward("strobe", uint(4), "which bytes to write")
        .backward("ready", BIT, "the request is done at this edge")
        .backward("read", uint(32), "the word read")
        .backward("error", BIT, "the request failed")
}
