//! Linux's VFIO calls: the one place that hands pointers to the kernel.
//!
//! Numbers and structs are those of `linux/vfio.h`.

#![allow(unsafe_code, reason = "ioctl; each use says why it is sound")]

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};

/// `_IO(';', 100 + number)`.
const fn request(number: u64) -> u64 {
    (b';' as u64) << 8 | (100 + number)
}

const GET_API_VERSION: u64 = request(0);
const CHECK_EXTENSION: u64 = request(1);
const SET_IOMMU: u64 = request(2);
const GROUP_GET_STATUS: u64 = request(3);
const GROUP_SET_CONTAINER: u64 = request(4);
const GROUP_GET_DEVICE_FD: u64 = request(6);
const DEVICE_GET_REGION_INFO: u64 = request(8);

/// `struct vfio_group_status`.
#[repr(C)]
#[derive(Debug, Default)]
struct GroupStatus {
    size: u32,
    flags: u32,
}

const GROUP_VIABLE: u32 = 1;

/// `struct vfio_region_info`: a part of a device's file.
#[repr(C)]
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Region {
    argument_size: u32,
    flags: u32,
    index: u32,
    capabilities: u32,
    /// Its bytes.
    pub(super) size: u64,
    /// Where it begins in the device's file.
    pub(super) offset: u64,
}

const REGION_MMAP: u32 = 1 << 2;

impl Region {
    /// Whether it may be mapped into memory.
    pub(super) fn is_mappable(&self) -> bool {
        self.flags & REGION_MMAP != 0
    }
}

/// A call whose argument is a number.
fn with_number(file: &File, request: u64, number: u64) -> io::Result<i32> {
    // SAFETY: the descriptor is open as long as `file` lives; these requests read a number, not a
    // pointer, and any number is answered with success or an error code.
    let code = unsafe { libc::ioctl(file.as_raw_fd(), request as _, number) };
    if code < 0 { Err(io::Error::last_os_error()) } else { Ok(code) }
}

/// A call whose argument points to a struct that the kernel reads and fills in.
///
/// # Safety
///
/// The request's struct is `T`.
unsafe fn with_struct<T>(file: &File, request: u64, argument: &mut T) -> io::Result<i32> {
    // SAFETY: the descriptor is open as long as `file` lives, and the pointer is to a `T` that
    // nobody else uses, which is what the request takes, as the caller promises.
    let code = unsafe { libc::ioctl(file.as_raw_fd(), request as _, std::ptr::from_mut(argument)) };
    if code < 0 { Err(io::Error::last_os_error()) } else { Ok(code) }
}

/// The version of the calls; 0 is the one there is.
pub(super) fn api_version(container: &File) -> io::Result<i32> {
    with_number(container, GET_API_VERSION, 0)
}

/// Whether the container knows a kind of IOMMU.
pub(super) fn has_iommu(container: &File, kind: u64) -> bool {
    with_number(container, CHECK_EXTENSION, kind).is_ok_and(|code| code > 0)
}

/// Chooses the kind of IOMMU.
pub(super) fn set_iommu(container: &File, kind: u64) -> io::Result<()> {
    with_number(container, SET_IOMMU, kind).map(drop)
}

/// Whether every device of the group belongs to VFIO, or to nobody.
pub(super) fn is_viable(group: &File) -> io::Result<bool> {
    let mut status = GroupStatus { size: size_of::<GroupStatus>() as u32, flags: 0 };
    // SAFETY: this request takes a `vfio_group_status`.
    unsafe { with_struct(group, GROUP_GET_STATUS, &mut status)? };
    Ok(status.flags & GROUP_VIABLE != 0)
}

/// Puts a group into a container.
pub(super) fn set_container(group: &File, container: &File) -> io::Result<()> {
    let mut descriptor = container.as_raw_fd();
    // SAFETY: this request takes a file descriptor's number.
    unsafe { with_struct(group, GROUP_SET_CONTAINER, &mut descriptor) }.map(drop)
}

/// Opens a device of a group by its PCI address.
pub(super) fn device(group: &File, address: &str) -> io::Result<File> {
    let address = CString::new(address)?;
    // SAFETY: the descriptor is open, and this request takes a text that ends with a zero, which
    // lives until the call returns.
    let code =
        unsafe { libc::ioctl(group.as_raw_fd(), GROUP_GET_DEVICE_FD as _, address.as_ptr()) };
    if code < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor, for nobody else.
    Ok(unsafe { File::from_raw_fd(code) })
}

/// Where a region of a device is in its file.
pub(super) fn region(device: &File, index: u32) -> io::Result<Region> {
    let argument_size = size_of::<Region>() as u32;
    let mut region = Region { argument_size, index, ..Region::default() };
    // SAFETY: this request takes a `vfio_region_info`.
    unsafe { with_struct(device, DEVICE_GET_REGION_INFO, &mut region)? };
    Ok(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_are_as_long_as_the_kernels() {
        assert_eq!((size_of::<GroupStatus>(), size_of::<Region>()), (8, 32));
        assert_eq!((GET_API_VERSION, DEVICE_GET_REGION_INFO), (0x3b64, 0x3b6c));
    }

    #[test]
    fn files_that_are_no_vfio_are_refused() {
        let file = tempfile::tempfile().expect("a temporary file");
        let refused = |result: io::Result<()>| {
            let code = result.expect_err("an ordinary file").raw_os_error();
            assert_eq!(code, Some(libc::ENOTTY));
        };
        refused(api_version(&file).map(drop));
        refused(is_viable(&file).map(drop));
        refused(set_container(&file, &file));
        refused(device(&file, "0000:01:00.0").map(drop));
        refused(region(&file, 0).map(drop));
        assert!(!has_iommu(&file, 1));
    }
}
