//! The one place that touches mapped memory.

#![allow(unsafe_code, reason = "volatile access to a mapping; each use says why it is sound")]

use std::fs::File;
use std::io;
use std::sync::atomic::{Ordering, fence};

use memmap2::{MmapOptions, MmapRaw};

/// A shared mapping of a file, read and written in words of 32 bits.
#[derive(Debug)]
pub(super) struct Bar {
    map: MmapRaw,
}

impl Bar {
    /// Maps the first `bytes` of a file that was opened for reading and writing.
    pub(super) fn map(file: &File, bytes: usize) -> io::Result<Self> {
        Self::map_at(file, 0, bytes)
    }

    /// Maps `bytes` of a file from an offset on.
    pub(super) fn map_at(file: &File, offset: u64, bytes: usize) -> io::Result<Self> {
        Ok(Self { map: MmapOptions::new().offset(offset).len(bytes).map_raw(file)? })
    }

    /// Where a word lies; `None` outside the mapping or between two words.
    fn word(&self, offset: u32) -> Option<*mut u32> {
        let offset = offset as usize;
        let inside = offset.checked_add(4).is_some_and(|end| end <= self.map.len());
        // Mappings begin at a page, so a multiple of four in them is one in memory.
        (inside && offset.is_multiple_of(4))
            .then(|| self.map.as_mut_ptr().wrapping_add(offset).cast())
    }

    /// Reads a word; the device may have changed it since it was read last.
    pub(super) fn read(&self, offset: u32) -> Option<u32> {
        let place = self.word(offset)?;
        // SAFETY: `word` gives only aligned places inside the mapping, which lives as long as
        // `self`. Any bits are a `u32`. Volatile: the other side is a device or another process,
        // so the compiler must neither leave out nor repeat the access.
        let word = unsafe { place.read_volatile() };
        // What is read after an index must not be older than the index.
        fence(Ordering::SeqCst);
        Some(word)
    }

    /// Writes a word, after everything that was written before.
    pub(super) fn write(&self, offset: u32, value: u32) -> Option<()> {
        let place = self.word(offset)?;
        // A doorbell must not overtake the words it is about.
        fence(Ordering::SeqCst);
        // SAFETY: as in `read`; the mapping was made for reading and writing, and no reference into
        // it exists anywhere.
        unsafe { place.write_volatile(value) };
        Some(())
    }
}
