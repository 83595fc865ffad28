//! Checks the sizes that an FST file claims before the library believes them.
//!
//! A damaged length would otherwise make the library ask for memory beyond all bounds.

use std::io::{Read, Seek, SeekFrom};

use super::{FstProblem, TraceError};

const HEADER: u8 = 0;
const GEOMETRY: u8 = 3;
const GZIP_WRAPPER: u8 = 254;
const SKIP: u8 = 255;
/// Length of a header block, fixed by the format.
const HEADER_LENGTH: u64 = 329;
/// Deflate and LZ4 cannot do better than this; LZ4 twice can.
const MAX_RATIO: u64 = 1032;
const MAX_RATIO_TWICE: u64 = 255 * 255;
/// Files that are compressed as a whole are unpacked in memory, so only small ones are taken.
const MAX_WRAPPED: u64 = 256 << 20;

/// Walks over all blocks.
pub(super) fn check(input: &mut (impl Read + Seek), file: &str) -> Result<(), TraceError> {
    let mut walk = Walk { input, hierarchies: 0, geometries: 0 };
    let io = |source| TraceError::Io { file: file.to_owned(), source };
    let mut byte = 0;
    let outcome = (|| {
        let size = walk.input.seek(SeekFrom::End(0))?;
        while byte < size {
            match walk.block(byte, size)? {
                Ok(Some(next)) => byte = next,
                Ok(None) => break,
                Err(what) => return Ok(Err(what)),
            }
        }
        walk.input.seek(SeekFrom::Start(0))?;
        Ok(Ok(()))
    })();
    outcome.map_err(io)?.map_err(|what| {
        let problem = FstProblem::Block { byte, what };
        TraceError::Fst { file: file.to_owned(), problem }
    })
}

struct Walk<'a, R> {
    input: &'a mut R,
    hierarchies: u32,
    geometries: u32,
}

type Checked<T> = std::io::Result<Result<T, String>>;

impl<R: Read + Seek> Walk<'_, R> {
    fn u64_at(&mut self, byte: u64) -> std::io::Result<u64> {
        self.input.seek(SeekFrom::Start(byte))?;
        let mut bytes = [0; 8];
        self.input.read_exact(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    /// Checks the block that starts at `byte` and returns where the next one starts.
    fn block(&mut self, byte: u64, size: u64) -> Checked<Option<u64>> {
        if size - byte < 9 {
            return Ok(Err("the last block is cut off".to_owned()));
        }
        self.input.seek(SeekFrom::Start(byte))?;
        let mut kind = [0];
        self.input.read_exact(&mut kind)?;
        let length = self.u64_at(byte + 1)?;
        if kind[0] == SKIP && length == 0 {
            return Ok(Ok(None));
        }
        if length < 8 || length > size - byte - 1 {
            let left = size - byte - 1;
            return Ok(Err(format!("a block claims {length} bytes, and {left} follow")));
        }
        let checked = match kind[0] {
            HEADER if byte != 0 || length != HEADER_LENGTH => Err("misplaced header".to_owned()),
            HEADER | 2 | SKIP => Ok(()),
            1 | 5 | 8 => self.changes(byte + 1, length)?,
            GEOMETRY => self.geometry(byte + 1, length)?,
            4 | 6 => self.hierarchy(byte + 1, length, MAX_RATIO)?,
            7 => self.hierarchy(byte + 1, length, MAX_RATIO_TWICE)?,
            GZIP_WRAPPER => self.wrapper(byte + 1)?,
            other => Err(format!("unknown block type {other}")),
        };
        Ok(checked.map(|()| Some(byte + 1 + length)))
    }

    fn geometry(&mut self, at: u64, length: u64) -> Checked<()> {
        self.geometries += 1;
        if length < 24 || self.geometries > 1 {
            return Ok(Err("misplaced geometry block".to_owned()));
        }
        let (unpacked, signals) = (self.u64_at(at + 8)?, self.u64_at(at + 16)?);
        if signals > unpacked || u32::try_from(signals).is_err() {
            return Ok(Err(format!("{signals} signals in {unpacked} bytes")));
        }
        Ok(plausible(unpacked, length - 24, MAX_RATIO))
    }

    fn hierarchy(&mut self, at: u64, length: u64, ratio: u64) -> Checked<()> {
        self.hierarchies += 1;
        if length < 16 || self.hierarchies > 1 {
            return Ok(Err("misplaced hierarchy block".to_owned()));
        }
        Ok(plausible(self.u64_at(at + 8)?, length - 16, ratio))
    }

    /// A block of value changes ends with its table of times.
    fn changes(&mut self, at: u64, length: u64) -> Checked<()> {
        if length < 60 {
            return Ok(Err("a block of changes is too short".to_owned()));
        }
        let end = at + length;
        let (unpacked, packed, count) =
            (self.u64_at(end - 24)?, self.u64_at(end - 16)?, self.u64_at(end - 8)?);
        if packed > length - 32 || count > unpacked {
            return Ok(Err(format!("a table of {count} times in {unpacked} bytes")));
        }
        let chain = self.u64_at(end - 32 - packed)?;
        if chain > length {
            return Ok(Err(format!("a chain of {chain} bytes in a block of {length}")));
        }
        Ok(plausible(unpacked, packed, MAX_RATIO))
    }

    fn wrapper(&mut self, at: u64) -> Checked<()> {
        let unpacked = self.u64_at(at + 8)?;
        if unpacked > MAX_WRAPPED {
            let most = MAX_WRAPPED >> 20;
            return Ok(Err(format!(
                "the file is packed as a whole and has {unpacked} bytes unpacked, more than the \
                 {most} MiB we unpack in memory; write it without repacking"
            )));
        }
        Ok(Ok(()))
    }
}

fn plausible(unpacked: u64, packed: u64, ratio: u64) -> Result<(), String> {
    if unpacked > packed.saturating_mul(ratio).saturating_add(64) {
        return Err(format!("{packed} bytes cannot unpack to {unpacked}"));
    }
    Ok(())
}
