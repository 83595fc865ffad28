//! From a URL to a device.

use std::time::Duration;

use bitladder_device::{
    BackendError, BusDevice, Device, DeviceError, Golden, PacketBus, SerialBus, mailbox_sim,
    mailbox_verilated, rust_sim, uart_bus_sim, uart_bus_verilated, uart_sim, uart_verilated,
    verilator,
};
use bitladder_link::{Link, LinkError, LinkOptions, Mailbox, Transport, TransportError};
use bitladder_machine::{ConfigError, HostPort, MachineConfig};
use bitladder_verilated::BuildOptions;
use thiserror::Error;

use crate::record::{RecordError, Recorder};
use crate::uart::{UartError, UartPort};
use crate::url::{Engine, Port, Target};
use crate::{DeviceUrl, PcieError, PcieWindow};

/// A device that cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A simulation.
    #[error("{url}: {source}")]
    Simulation {
        /// The device.
        url: String,
        /// Why.
        source: Box<BackendError>,
    },
    /// A serial port.
    #[error(transparent)]
    Uart(#[from] UartError),
    /// A card.
    #[error(transparent)]
    Pcie(#[from] PcieError),
    /// A card without a mailbox, or one that is gone.
    #[error("{url}: {source}")]
    Mailbox {
        /// The device.
        url: String,
        /// Why.
        source: TransportError,
    },
    /// Nobody answers.
    #[error("{url}: {source}")]
    Link {
        /// The device.
        url: String,
        /// Why.
        source: LinkError,
    },
    /// Nobody answers on a line without packets, or not as a machine does.
    #[error("{url}: {source}")]
    Line {
        /// The device.
        url: String,
        /// Why.
        source: DeviceError,
    },
    /// Another machine answers.
    #[error(
        "{url}: the device was built from configuration {found:08x}, not from `{name}` ({wanted:08x}): \
         give the configuration it was built from"
    )]
    Machine {
        /// The device.
        url: String,
        /// The configuration asked for.
        name: String,
        /// The start of its hash.
        wanted: u32,
        /// The device's.
        found: u32,
    },
    /// The configuration that the URL names.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file to record to.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Opens a device, again and again: after a failure it makes a new one.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Device>, OpenError> + Send>;

/// Wait between two looks at the status of a board.
const MOMENT: Duration = Duration::from_millis(1);
/// How long a card may say nothing: it answers within microseconds.
const CARD_TIMEOUT: Duration = Duration::from_millis(100);
/// How often a request is sent.
const TRIES: u32 = 8;

impl DeviceUrl {
    /// The machine's configuration: from the file the URL names, or else `default`.
    pub fn machine(&self, default: &MachineConfig) -> Result<MachineConfig, OpenError> {
        match &self.config {
            Some(path) => Ok(MachineConfig::read(path)?),
            None => Ok(default.clone()),
        }
    }

    /// Opens the device. Every way of failing ends in bounded time.
    pub fn open(&self, default: &MachineConfig) -> Result<Box<dyn Device>, OpenError> {
        let config = self.machine(default)?;
        let device = self.bare(&config)?;
        Ok(match &self.record {
            Some(path) => Box::new(Recorder::create(device, path, &config)?),
            None => device,
        })
    }

    /// What opens the device, now and after each failure.
    pub fn opener(&self, default: &MachineConfig) -> Opener {
        let (url, default) = (self.clone(), default.clone());
        Box::new(move || url.open(&default))
    }

    fn bare(&self, config: &MachineConfig) -> Result<Box<dyn Device>, OpenError> {
        match &self.target {
            Target::Simulation { engine, port } => {
                simulation(*engine, *port, config).map_err(|source| OpenError::Simulation {
                    url: self.to_string(),
                    source: Box::new(source),
                })
            }
            Target::Uart { path, baud, timeout } => {
                let port = UartPort::open(path, baud.unwrap_or(config.host.baud))?;
                match config.host.port {
                    HostPort::UartBus => self.on_line(config, port, *timeout),
                    _ => self.behind_packets(config, port, *timeout),
                }
            }
            Target::Pcie { address, bar, via } => {
                let mailbox = Mailbox::open(PcieWindow::open(address, *bar, *via)?);
                let url = || self.to_string();
                let mailbox =
                    mailbox.map_err(|source| OpenError::Mailbox { url: url(), source })?;
                self.behind_packets(config, mailbox, CARD_TIMEOUT)
            }
        }
    }

    /// A board that answers on a serial line without packets.
    fn on_line<T: Transport + 'static>(
        &self,
        config: &MachineConfig,
        line: T,
        timeout: Duration,
    ) -> Result<Box<dyn Device>, OpenError> {
        let url = || self.to_string();
        let silent = |source: DeviceError| OpenError::Line { url: url(), source };
        let bus = SerialBus::open(line, timeout, MOMENT);
        let mut device = BusDevice::new(bus.map_err(|source| silent(source.into()))?);
        let (found, wanted) = (device.info().map_err(silent)?.config_hash, config.hash32());
        if found != wanted {
            let name = config.name.clone();
            return Err(OpenError::Machine { url: url(), name, wanted, found });
        }
        Ok(Box::new(device))
    }

    /// A board that answers on a transport, if it is the right one.
    fn behind_packets<T: Transport + 'static>(
        &self,
        config: &MachineConfig,
        transport: T,
        timeout: Duration,
    ) -> Result<Box<dyn Device>, OpenError> {
        let options = LinkOptions { timeout, tries: TRIES, ..LinkOptions::default() };
        let url = || self.to_string();
        let link = Link::open(transport, options)
            .map_err(|source| OpenError::Link { url: url(), source })?;
        let (found, wanted) = (link.limits().config_hash, config.hash32());
        if found != wanted {
            let name = config.name.clone();
            return Err(OpenError::Machine { url: url(), name, wanted, found });
        }
        Ok(Box::new(BusDevice::new(PacketBus::new(link, MOMENT))))
    }
}

fn simulation(
    engine: Engine,
    port: Port,
    config: &MachineConfig,
) -> Result<Box<dyn Device>, BackendError> {
    let options = BuildOptions { trace: false, cache: None };
    let bare = config.host.port == HostPort::UartBus;
    Ok(match (engine, port) {
        (Engine::Golden, _) => Box::new(Golden::new(config)),
        (Engine::Rust, Port::Bus) => Box::new(rust_sim(config)?),
        (Engine::Rust, Port::Uart) if bare => Box::new(uart_bus_sim(config)?),
        (Engine::Rust, Port::Uart) => Box::new(uart_sim(config)?),
        (Engine::Rust, Port::Mailbox) => Box::new(mailbox_sim(config)?),
        (Engine::Verilator, Port::Bus) => Box::new(verilator(config, &options)?),
        (Engine::Verilator, Port::Uart) if bare => Box::new(uart_bus_verilated(config, &options)?),
        (Engine::Verilator, Port::Uart) => Box::new(uart_verilated(config, &options)?),
        (Engine::Verilator, Port::Mailbox) => Box::new(mailbox_verilated(config, &options)?),
    })
}
