//! Packets over a serial port of the operating system.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use bitladder_link::{Transport, TransportError};
use serialport::{ClearBuffer, SerialPort, TTYPort};
use thiserror::Error;

/// A serial port: eight bits, no parity, one stop bit, no flow control; the packets have their own.
#[derive(Debug)]
pub struct UartPort {
    port: TTYPort,
    name: String,
    start: Instant,
}

/// A serial port that cannot be opened.
#[derive(Debug, Error)]
pub enum UartError {
    /// It is not there.
    #[error("{port}: there is no such serial port: is the board plugged in?")]
    Missing {
        /// Its name.
        port: String,
    },
    /// It belongs to others.
    #[error("{port}: no permission: become a member of the port's group (often `dialout`)")]
    Permission {
        /// Its name.
        port: String,
    },
    /// Somebody else uses it.
    #[error("{port}: another program uses this serial port: end it")]
    Busy {
        /// Its name.
        port: String,
    },
    /// Anything else the operating system says.
    #[error("{port}: cannot be opened at {baud} bits per second: {source}")]
    Open {
        /// Its name.
        port: String,
        /// Bits per second.
        baud: u32,
        /// Why.
        source: serialport::Error,
    },
}

/// Bytes given to the operating system at once: it takes them only as fast as the line does, so
/// this bounds how long a call can outlast its deadline.
const PIECE: usize = 256;

impl UartPort {
    /// Opens a port. Bytes that came before are thrown away.
    pub fn open(path: &Path, baud: u32) -> Result<Self, UartError> {
        let port = path.display().to_string();
        if !path.exists() {
            return Err(UartError::Missing { port });
        }
        let open = || {
            let tty = TTYPort::open(&serialport::new(port.as_str(), baud))?;
            tty.clear(ClearBuffer::All)?;
            Ok(tty)
        };
        match open() {
            Ok(tty) => Ok(Self { port: tty, name: port, start: Instant::now() }),
            Err(source) => Err(refused(port, baud, source)),
        }
    }

    fn timeout(&mut self, deadline: Duration) -> Result<(), TransportError> {
        let left = deadline.saturating_sub(self.start.elapsed());
        self.port.set_timeout(left).map_err(|source| TransportError::Failed(Box::new(source)))
    }

    /// What a read or write came to; nothing in time is no failure.
    fn count(&self, result: std::io::Result<usize>) -> Result<usize, TransportError> {
        let error = match result {
            // A port that is ready and has nothing was unplugged.
            Ok(0) => return Err(self.gone()),
            Ok(count) => return Ok(count),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
            ErrorKind::BrokenPipe | ErrorKind::NotConnected | ErrorKind::NotFound => {
                Err(self.gone())
            }
            // EIO, ENXIO and ENODEV: the driver has lost the device.
            _ if matches!(error.raw_os_error(), Some(5 | 6 | 19)) => Err(self.gone()),
            _ => Err(TransportError::Failed(Box::new(error))),
        }
    }

    fn gone(&self) -> TransportError {
        TransportError::Gone { what: format!("serial port {}", self.name) }
    }
}

fn refused(port: String, baud: u32, source: serialport::Error) -> UartError {
    use serialport::ErrorKind::{Io, NoDevice};
    match source.kind() {
        Io(ErrorKind::PermissionDenied) => UartError::Permission { port },
        Io(ErrorKind::NotFound) => UartError::Missing { port },
        NoDevice | Io(ErrorKind::ResourceBusy) => UartError::Busy { port },
        _ => UartError::Open { port, baud, source },
    }
}

impl Transport for UartPort {
    fn now(&mut self) -> Duration {
        self.start.elapsed()
    }

    fn send(&mut self, bytes: &[u8], deadline: Duration) -> Result<usize, TransportError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.timeout(deadline)?;
        let result = self.port.write(bytes.get(..PIECE).unwrap_or(bytes));
        self.count(result)
    }

    fn receive(&mut self, buffer: &mut [u8], deadline: Duration) -> Result<usize, TransportError> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.timeout(deadline)?;
        let result = self.port.read(buffer);
        self.count(result)
    }
}
