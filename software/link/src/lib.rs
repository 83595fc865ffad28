//! The host's side of the link to a machine.
//!
//! A [`Link`] sends [`Script`]s - lists of reads and writes of registers - over a [`Transport`] and
//! gives their answers: each is executed once, in order, whatever the line does to the bytes, or the
//! call ends with an error in bounded time. [`Mailbox`] makes a transport of a window of memory.
//! docs/link.md says how it works.
//!
//! ```no_run
//! use bitladder_link::{Link, LinkOptions, Script, Transport};
//! fn identify(line: impl Transport) -> Result<u32, Box<dyn std::error::Error>> {
//!     let mut link = Link::open(line, LinkOptions::default())?;
//!     let answer = link.execute(&Script::new().read(0, 1)?)?;
//!     Ok(answer[0])
//! }
//! ```

mod error;
mod exchange;
mod faults;
mod link;
mod mailbox;
mod script;
mod transport;

pub use error::LinkError;
pub use faults::{FaultRates, Faulty};
pub use link::{DeviceLimits, Link, LinkOptions, LinkStatistics};
pub use mailbox::{Mailbox, Window};
pub use script::Script;
pub use transport::{Transport, TransportError};
