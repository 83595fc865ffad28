//! What can go wrong between host and device.

use std::time::Duration;

use bitladder_link_format::{OperationError, Refusal};
use thiserror::Error;

use crate::TransportError;

/// A request that was not answered as it should be.
#[derive(Debug, Error)]
pub enum LinkError {
    /// The line is gone.
    #[error("the line failed: {0}")]
    Transport(#[from] TransportError),
    /// The device does not say who it is.
    #[error(
        "no device answers on this line after {tries} tries in {waited:?}: check cable, bit rate and \
         power"
    )]
    NoDevice {
        /// How often it was asked.
        tries: u32,
        /// How long it took.
        waited: Duration,
    },
    /// The device answered once, and does no more.
    #[error(
        "the device stopped answering ({tries} tries in {waited:?}): whether the last requests were \
         done is unknown; open the link again"
    )]
    NoAnswer {
        /// How often the request was sent.
        tries: u32,
        /// How long it took.
        waited: Duration,
    },
    /// The device was reset while requests were under way.
    #[error(
        "the device was reset: whether the last requests were done is unknown; open the link again"
    )]
    DeviceReset,
    /// The session ended with an earlier error.
    #[error("the session has ended with an error before: open the link again")]
    Closed,
    /// The device says no.
    #[error("the device refuses operation {operation} after {done} words: {refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The operation of the script, counted in words of its body.
        operation: u16,
        /// Words of it that were done.
        done: u16,
    },
    /// Another version of the packets.
    #[error(
        "the device speaks version {found} of the link, this host version {wanted}: update one"
    )]
    Version {
        /// The device's.
        found: u32,
        /// The host's.
        wanted: u32,
    },
    /// An answer that makes no sense, though its checksum is right.
    #[error("the device's answer makes no sense ({what}): does it run another version?")]
    Nonsense {
        /// What is wrong with it.
        what: &'static str,
    },
    /// A script longer than a packet.
    #[error("a script of {words} words does not fit this device's packets of {most}: split it")]
    TooLong {
        /// Words of its body, or of its answer.
        words: usize,
        /// The most there may be.
        most: usize,
    },
    /// A script that cannot be written.
    #[error(transparent)]
    Operation(#[from] OperationError),
}
