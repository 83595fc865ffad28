//! The device side of the link to a host: packets that read and write registers.
//!
//! | module | what |
//! |---|---|
//! | [`frame_rx()`], [`frame_tx()`] | frames of a byte stream to words and back |
//! | [`executor()`] | requests in words: what they do on a register bus, and the answers |
//! | [`packet_engine()`] | all of it: from a byte stream to a register bus |
//! | [`mailbox()`] | rings of words on a register bus, in front of the byte streams |
//!
//! The packets are those of `docs/reference/link.md`; `bitladder_link_format::Responder` is the
//! model that the hardware is compared with.

mod answer;
mod config;
mod engine;
mod executor;
mod frame_rx;
mod frame_tx;
mod mailbox;
mod operations;
mod session;

pub use config::LinkConfig;
pub use engine::packet_engine;
pub use executor::executor;
pub use frame_rx::frame_rx;
pub use frame_tx::frame_tx;
pub use mailbox::{MAILBOX_ADDRESS_BITS, MailboxConfig, mailbox};

/// Room for an answer that is not kept: the end of the first slot, where no other answer reaches.
const ASIDE_BYTES: u32 = 32;
