//! The packets between a host and a machine.
//!
//! `link.toml` describes them once; Rust, RTL, C and documentation follow from it. This crate reads
//! and writes frames without allocating, and takes whatever comes over a line: lengths are checked,
//! nothing panics. Without the feature `std` it needs `core` only; so its errors do without derives.
//!
//! ```
//! use bitladder_link_format::{Header, Kind, Operation, Receiver, encode};
//! let read = Operation { address: 0x14, fixed: false, write: false, count: 1 };
//! let packet = [Header::request(Kind::Execute, 7).word(), read.word()?];
//! let mut frame = [0; 32];
//! let length = encode(&packet, &mut frame)?;
//!
//! let mut receiver = Receiver::<8>::default();
//! let noise = [0x13, 0x37];
//! let mut found = 0;
//! for byte in noise.iter().chain(&frame[..length]) {
//!     if let Some(Ok(words)) = receiver.push(*byte) {
//!         assert_eq!(words, packet);
//!         found += 1;
//!     }
//! }
//! assert_eq!(found, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]

mod crc;
mod field;
mod frame;
#[rustfmt::skip]
mod generated;
mod packet;
#[cfg(feature = "std")]
mod responder;

pub use field::Field;
pub use frame::{Dropped, NoRoom, Receiver, encode, frame_bytes};
pub use generated::*;
pub use packet::{Header, Operation, OperationError, body_words};
#[cfg(feature = "std")]
pub use responder::{BusFault, Registers, Responder, ResponderLimits};
