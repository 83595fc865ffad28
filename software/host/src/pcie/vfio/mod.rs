//! A card through Linux's VFIO: an unprivileged user may own a card, and the IOMMU keeps the card
//! from memory that is not his.

mod ioctl;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bitladder_link_format::mailbox;
use thiserror::Error;

use super::bar::Bar;
use super::{PcieError, about};

/// The driver that hands cards out.
const DRIVER: &str = "vfio-pci";
/// Kinds of IOMMU: `VFIO_TYPE1v2_IOMMU`, `VFIO_TYPE1_IOMMU`, `VFIO_NOIOMMU_IOMMU`.
const IOMMUS: [u64; 2] = [3, 1];
const NO_IOMMU: u64 = 8;
/// `VFIO_PCI_CONFIG_REGION_INDEX`, and in it the command register with its bit for memory accesses.
const CONFIG_REGION: u32 = 7;
const COMMAND: u64 = 4;
const COMMAND_MEMORY: u16 = 1 << 1;

/// A card that VFIO does not give.
#[derive(Debug, Error)]
pub enum VfioError {
    /// Another driver has it.
    #[error(
        "{address}: its driver is {driver}, not vfio-pci: as root, `echo vfio-pci > {0}/driver_override`, \
         unbind it, and `echo {address} > /sys/bus/pci/drivers_probe`", .device.display()
    )]
    Driver {
        /// The card's address.
        address: String,
        /// Its folder.
        device: PathBuf,
        /// The driver's name, or `none`.
        driver: String,
    },
    /// Nothing stands between it and memory.
    #[error(
        "{address}: it is in no IOMMU group: turn the IOMMU on in the firmware and with \
         intel_iommu=on or amd_iommu=on on the kernel's command line, or use via=resource"
    )]
    NoGroup {
        /// The card's address.
        address: String,
    },
    /// The kernel has no VFIO, or no file for the group.
    #[error("{}: there is no such file: is the module vfio-pci loaded?", .file.display())]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// Somebody has the group already.
    #[error("{}: another program uses this card, or one of its group: end it", .file.display())]
    Busy {
        /// The group's file.
        file: PathBuf,
    },
    /// Neighbours in the group belong to other drivers.
    #[error(
        "{address}: other devices of IOMMU group {group} have other drivers: bind those to vfio-pci \
         too (see /sys/kernel/iommu_groups/{group}/devices)"
    )]
    NotViable {
        /// The card's address.
        address: String,
        /// The group.
        group: String,
    },
    /// The BAR may only be read and written call by call.
    #[error("{address}: BAR {bar} cannot be mapped through VFIO: is this the right BAR?")]
    NotMappable {
        /// The card's address.
        address: String,
        /// The base address register.
        bar: u8,
    },
    /// A call that failed.
    #[error("{}: {what} failed: {source}", .file.display())]
    Call {
        /// The file.
        file: PathBuf,
        /// What was asked for.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// A card's BAR, and what keeps it there.
#[derive(Debug)]
pub(super) struct VfioBar {
    pub(super) bar: Bar,
    /// Container, group and device: closing any of them gives the card back.
    _held: [File; 3],
}

/// Whether a card belongs to VFIO.
pub(super) fn owns(device: &Path) -> bool {
    link_name(&device.join("driver")).is_some_and(|driver| driver == DRIVER)
}

/// The last part of what a link points to.
fn link_name(link: &Path) -> Option<String> {
    let target = std::fs::read_link(link).ok()?;
    Some(target.file_name()?.to_string_lossy().into_owned())
}

fn open_file(file: &Path) -> Result<File, PcieError> {
    let opened = OpenOptions::new().read(true).write(true).open(file);
    opened.map_err(|source| match source.kind() {
        ErrorKind::NotFound => VfioError::Missing { file: file.into() }.into(),
        ErrorKind::ResourceBusy => VfioError::Busy { file: file.into() }.into(),
        _ => about(file, source),
    })
}

/// What a call that failed means.
fn failed<'a>(file: &'a Path, what: &'static str) -> impl Fn(io::Error) -> VfioError + 'a {
    move |source| VfioError::Call { file: file.into(), what, source }
}

/// The file of a card's group, and the group's name. Without an IOMMU the kernel may be told to
/// give cards out all the same; such groups have names of their own.
fn group(device: &Path, address: &str, vfio: &Path) -> Result<(PathBuf, String), VfioError> {
    let none = || VfioError::NoGroup { address: address.into() };
    let name = link_name(&device.join("iommu_group")).ok_or_else(none)?;
    let unsafe_name = vfio.join(format!("noiommu-{name}"));
    let file = if unsafe_name.exists() { unsafe_name } else { vfio.join(&name) };
    Ok((file, name))
}

impl VfioBar {
    /// Takes a card's group and maps one of its BARs. `device` is the card's folder in `/sys`,
    /// `vfio` the folder of VFIO's files.
    pub(super) fn open(
        device: &Path,
        vfio: &Path,
        address: &str,
        bar: u8,
    ) -> Result<Self, PcieError> {
        if !owns(device) {
            let driver = link_name(&device.join("driver")).unwrap_or_else(|| "none".into());
            let (address, device) = (address.into(), device.into());
            return Err(VfioError::Driver { address, device, driver }.into());
        }
        let (group_path, name) = group(device, address, vfio)?;
        let container_path = vfio.join("vfio");
        let container = open_file(&container_path)?;
        let group = open_file(&group_path)?;
        ioctl::api_version(&container).map_err(failed(&container_path, "VFIO_GET_API_VERSION"))?;
        let viable = ioctl::is_viable(&group).map_err(failed(&group_path, "VFIO_GROUP_GET_STATUS"));
        if !viable? {
            return Err(VfioError::NotViable { address: address.into(), group: name }.into());
        }
        ioctl::set_container(&group, &container)
            .map_err(failed(&group_path, "VFIO_GROUP_SET_CONTAINER"))?;
        let kind = IOMMUS.into_iter().find(|kind| ioctl::has_iommu(&container, *kind));
        ioctl::set_iommu(&container, kind.unwrap_or(NO_IOMMU))
            .map_err(failed(&container_path, "VFIO_SET_IOMMU"))?;
        let device = ioctl::device(&group, address)
            .map_err(failed(&group_path, "VFIO_GROUP_GET_DEVICE_FD"))?;
        let bar = map(&device, &group_path, address, bar)?;
        Ok(Self { bar, _held: [container, group, device] })
    }
}

/// Lets the card answer memory accesses, and maps a BAR that is large enough.
fn map(device: &File, file: &Path, address: &str, bar: u8) -> Result<Bar, PcieError> {
    let call = failed(file, "VFIO_DEVICE_GET_REGION_INFO");
    let config = ioctl::region(device, CONFIG_REGION).map_err(&call)?;
    enable(device, config.offset + COMMAND)
        .map_err(failed(file, "the access to the command register"))?;
    let region = ioctl::region(device, bar.into()).map_err(&call)?;
    let wanted = mailbox::SIZE;
    if region.size == 0 {
        return Err(PcieError::NoBar { address: address.into(), bar });
    }
    if region.size < u64::from(wanted) {
        let (address, found) = (address.into(), region.size);
        return Err(PcieError::Size { address, bar, found, wanted });
    }
    if !region.is_mappable() {
        return Err(VfioError::NotMappable { address: address.into(), bar }.into());
    }
    let bar = Bar::map_at(device, region.offset, wanted as usize);
    Ok(bar.map_err(failed(file, "the mapping of the BAR"))?)
}

fn enable(device: &File, command: u64) -> io::Result<()> {
    let mut word = [0; 2];
    device.read_exact_at(&mut word, command)?;
    let enabled = u16::from_le_bytes(word) | COMMAND_MEMORY;
    device.write_all_at(&enabled.to_le_bytes(), command)
}
