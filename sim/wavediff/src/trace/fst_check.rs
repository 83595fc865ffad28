//! Checks the sizes that an FST file claims before the library believes them.
//!
//! A damaged length would otherwise make the library ask for memory beyond all bounds.

use std::io::{Read, Seek, SeekFrom};

use super::{FstProblem, TraceError};

const HEADER: u8 = 0;
const GEOMETRY: u8 = 3;
const BLACKOUT: u8 = 2;
const SKIP: u8 = 255;
/// Length of a header block, fixed by the format.
const HEADER_LENGTH: u64 = 329;
/// Deflate and LZ4 cannot do better than this; LZ4 twice can.
const MAX_RATIO: u64 = 1032;
const MAX_RATIO_TWICE: u64 = 255 * 255;

/// Walks over all blocks.
pub(super) fn check(input: &mut (impl Read + Seek), file: &str) -> Result<(), TraceError> {
    let mut walk = Walk { input, hierarchies: 0, geometries: 0, signals: 0, most_handles: 0 };
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
        if walk.geometries == 1 && walk.most_handles > walk.signals {
            let (most, signals) = (walk.most_handles, walk.signals);
            return Ok(Err(format!("changes of {most} signals, and {signals} are declared")));
        }
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
    /// Signals that the geometry declares, and most that a block of changes claims.
    signals: u64,
    most_handles: u64,
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
            HEADER | SKIP => Ok(()),
            1 | 5 | 8 => self.changes(byte + 1, length)?,
            GEOMETRY => self.geometry(byte + 1, length)?,
            4 | 6 => self.hierarchy(byte + 1, length, MAX_RATIO)?,
            7 => self.hierarchy(byte + 1, length, MAX_RATIO_TWICE)?,
            BLACKOUT => self.blackout(byte + 1, length)?,
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
        self.signals = signals;
        Ok(plausible(unpacked, length - 24, MAX_RATIO))
    }

    fn hierarchy(&mut self, at: u64, length: u64, ratio: u64) -> Checked<()> {
        self.hierarchies += 1;
        if length < 16 || self.hierarchies > 1 {
            return Ok(Err("misplaced hierarchy block".to_owned()));
        }
        let unpacked = self.u64_at(at + 8)?;
        if ratio == MAX_RATIO_TWICE {
            let once = self.varint()?;
            if let Err(error) = plausible(once, length - 16, MAX_RATIO) {
                return Ok(Err(error));
            }
        }
        Ok(plausible(unpacked, length - 16, ratio))
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
        match plausible(unpacked, packed, MAX_RATIO) {
            Ok(()) => self.frame(at, length),
            error => Ok(error),
        }
    }

    /// A block of dumps that were switched off and on.
    fn blackout(&mut self, at: u64, length: u64) -> Checked<()> {
        self.input.seek(SeekFrom::Start(at + 8))?;
        let count = self.varint()?;
        Ok(if count <= length {
            Ok(())
        } else {
            Err(format!("{count} blackouts in {length} bytes"))
        })
    }

    /// The initial values in front of a block of changes, and how many signals the block has.
    fn frame(&mut self, at: u64, length: u64) -> Checked<()> {
        self.input.seek(SeekFrom::Start(at + 32))?;
        let (unpacked, packed, _) = (self.varint()?, self.varint()?, self.varint()?);
        if packed > length {
            return Ok(Err(format!("{packed} bytes of initial values in a block of {length}")));
        }
        self.input.seek(SeekFrom::Current(packed as i64))?;
        self.most_handles = self.most_handles.max(self.varint()?);
        Ok(plausible(unpacked, packed, MAX_RATIO))
    }

    fn varint(&mut self) -> std::io::Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.input.read_exact(&mut byte)?;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                break;
            }
        }
        Ok(value)
    }
}

fn plausible(unpacked: u64, packed: u64, ratio: u64) -> Result<(), String> {
    if unpacked > packed.saturating_mul(ratio).saturating_add(64) {
        return Err(format!("{packed} bytes cannot unpack to {unpacked}"));
    }
    Ok(())
}
