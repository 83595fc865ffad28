//! The mailbox of a card on PCI Express, through Linux's `resourceN` files or its VFIO.

mod bar;
mod vfio;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bitladder_link::{TransportError, Window};
use bitladder_link_format::mailbox;
use thiserror::Error;

use bar::Bar;
use vfio::VfioBar;
pub use vfio::VfioError;

/// Where Linux lists PCI devices.
const DEVICES: &str = "/sys/bus/pci/devices";
/// Where VFIO has its files.
const VFIO: &str = "/dev/vfio";
/// Between two looks at an index.
const MOMENT: Duration = Duration::from_micros(20);

/// A card's memory, or a file in its place.
#[derive(Debug)]
pub struct PcieWindow {
    memory: Memory,
    start: Instant,
}

#[derive(Debug)]
enum Memory {
    Mapped(Bar),
    Vfio(VfioBar),
}

/// How a card's memory is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// VFIO where the card's driver is `vfio-pci`, its resource file otherwise.
    #[default]
    Auto,
    /// The resource file.
    Resource,
    /// VFIO.
    Vfio,
}

/// A card that cannot be reached.
#[derive(Debug, Error)]
pub enum PcieError {
    /// It is not there.
    #[error("{address}: there is no such PCI device: `lspci -D` lists those there are")]
    Missing {
        /// Its address.
        address: String,
    },
    /// It has no such memory.
    #[error("{address}: the device has no memory BAR {bar}: is this the right card?")]
    NoBar {
        /// Its address.
        address: String,
        /// The base address register.
        bar: u8,
    },
    /// Its memory is too small for a mailbox.
    #[error(
        "{address}: BAR {bar} has {found} bytes, a mailbox takes {wanted}: is this the right card \
         and BAR?"
    )]
    Size {
        /// Its address.
        address: String,
        /// The base address register.
        bar: u8,
        /// Its size.
        found: u64,
        /// What a mailbox takes.
        wanted: u32,
    },
    /// It belongs to others.
    #[error("{}: no permission: run as root, or give yourself the file with a udev rule", .file.display())]
    Permission {
        /// The file.
        file: PathBuf,
    },
    /// VFIO does not give it.
    #[error(transparent)]
    Vfio(#[from] VfioError),
    /// Anything else the operating system says.
    #[error("{}: cannot be used: {source}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What an error about a file means.
fn about(file: &Path, source: io::Error) -> PcieError {
    let file = file.to_path_buf();
    match source.kind() {
        ErrorKind::PermissionDenied => PcieError::Permission { file },
        _ => PcieError::File { file, source },
    }
}

impl PcieWindow {
    /// Maps a BAR of a card by the card's address, such as `0000:01:00.0`.
    pub fn open(address: &str, bar: u8, via: Via) -> Result<Self, PcieError> {
        Self::open_in([Path::new(DEVICES), Path::new(VFIO)], address, bar, via)
    }

    /// As [`PcieWindow::open`], with other folders: that of all PCI devices, and VFIO's.
    pub fn open_in(
        [devices, vfio]: [&Path; 2],
        address: &str,
        bar: u8,
        via: Via,
    ) -> Result<Self, PcieError> {
        let device = devices.join(address);
        if !device.exists() {
            return Err(PcieError::Missing { address: address.into() });
        }
        if via == Via::Vfio || via == Via::Auto && vfio::owns(&device) {
            let memory = Memory::Vfio(VfioBar::open(&device, vfio, address, bar)?);
            return Ok(Self { memory, start: Instant::now() });
        }
        Self::open_resource(&device, address, bar)
    }

    fn open_resource(device: &Path, address: &str, bar: u8) -> Result<Self, PcieError> {
        let path = device.join(format!("resource{bar}"));
        if !path.exists() {
            return Err(PcieError::NoBar { address: address.into(), bar });
        }
        enable(&device.join("enable"))?;
        let file = open_both_ways(&path)?;
        let found = file.metadata().map_err(|source| about(&path, source))?.len();
        let wanted = mailbox::SIZE;
        if found < u64::from(wanted) {
            return Err(PcieError::Size { address: address.into(), bar, found, wanted });
        }
        Self::map(&path, &file)
    }

    /// Maps a file that is shared with another process instead of a card.
    pub fn open_file(path: &Path) -> Result<Self, PcieError> {
        Self::map(path, &open_both_ways(path)?)
    }

    fn map(path: &Path, file: &File) -> Result<Self, PcieError> {
        let bar = Bar::map(file, mailbox::SIZE as usize).map_err(|source| about(path, source))?;
        Ok(Self { memory: Memory::Mapped(bar), start: Instant::now() })
    }

    fn bar(&self) -> &Bar {
        match &self.memory {
            Memory::Mapped(bar) => bar,
            Memory::Vfio(vfio) => &vfio.bar,
        }
    }
}

fn open_both_ways(path: &Path) -> Result<File, PcieError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(|source| about(path, source))
}

/// Lets a card that no driver has enabled answer memory accesses.
fn enable(switch: &Path) -> Result<(), PcieError> {
    match std::fs::read_to_string(switch) {
        Ok(count) if count.trim() == "0" => {
            std::fs::write(switch, "1").map_err(|source| about(switch, source))
        }
        // Enabled already, or no switch: the first read tells whether the card answers.
        _ => Ok(()),
    }
}

/// An access that the mapping has no place for.
#[derive(Debug, Error)]
#[error("offset {0:#06x} is not a word of the mailbox; please report this")]
struct Outside(u32);

fn outside(offset: u32) -> TransportError {
    TransportError::Failed(Box::new(Outside(offset)))
}

impl Window for PcieWindow {
    fn read32(&mut self, offset: u32) -> Result<u32, TransportError> {
        self.bar().read(offset).ok_or_else(|| outside(offset))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), TransportError> {
        self.bar().write(offset, value).ok_or_else(|| outside(offset))
    }

    fn now(&mut self) -> Duration {
        self.start.elapsed()
    }

    fn pause(&mut self) -> Result<(), TransportError> {
        std::thread::sleep(MOMENT);
        Ok(())
    }
}
