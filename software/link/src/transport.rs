//! What carries bytes to a device and back.

use std::error::Error;
use std::time::Duration;

use thiserror::Error;

/// A byte stream in both directions, with a clock of its own: simulations have their own time.
///
/// No call takes much longer than to its deadline. Bytes may be lost, damaged or doubled on the way;
/// an error means that the line itself is gone.
pub trait Transport {
    /// The time since some moment; it goes on while calls wait.
    fn now(&mut self) -> Duration;

    /// Sends some of the bytes, which end with the end of a frame; gives how many. None only if
    /// there was no room until the deadline.
    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError>;

    /// Waits for bytes until the deadline, and gives how many came: none only if the deadline
    /// has passed.
    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn now(&mut self) -> Duration {
        (**self).now()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        (**self).send(bytes, deadline)
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        (**self).receive(buffer, deadline)
    }
}

/// A line that is gone.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The device was removed.
    #[error("{what} is gone: was it unplugged?")]
    Gone {
        /// What it was.
        what: String,
    },
    /// Something else is there.
    #[error("{what}: this is no such device")]
    Stranger {
        /// What was found, and what was expected.
        what: String,
    },
    /// What the operating system, or a simulation, says.
    #[error("{0}")]
    Failed(Box<dyn Error + Send + Sync>),
}
