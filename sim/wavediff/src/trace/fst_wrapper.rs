//! FST files that were compressed as a whole, as GHDL writes them.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, copy};

use flate2::read::GzDecoder;

use super::{FstProblem, TraceError};

/// Block type of the wrapper; its length and the unpacked length follow, eight bytes each.
const WRAPPER: u8 = 254;
const WRAPPER_HEAD: usize = 17;

/// The file itself, or what is packed in it, unpacked to a temporary file that nobody else sees.
pub(super) fn unwrap(
    mut packed: BufReader<File>,
    file: &str,
) -> Result<BufReader<File>, TraceError> {
    let io = |source| TraceError::Io { file: file.to_owned(), source };
    let mut head = Vec::new();
    (&mut packed).take(WRAPPER_HEAD as u64).read_to_end(&mut head).map_err(io)?;
    if head.first() != Some(&WRAPPER) {
        packed.seek(SeekFrom::Start(0)).map_err(io)?;
        return Ok(packed);
    }
    let damaged = |what: String| {
        let problem = FstProblem::Block { byte: 0, what };
        TraceError::Fst { file: file.to_owned(), problem }
    };
    let length = head.get(9..).and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
    let length = length.ok_or_else(|| damaged("the wrapper is cut off".to_owned()))?;
    let mut unpacked = tempfile::tempfile().map_err(io)?;
    // Nothing beyond the stated length can be of use.
    let copied = copy(&mut GzDecoder::new(packed).take(length), &mut unpacked)
        .map_err(|error| damaged(format!("cannot unpack the wrapper: {error}")))?;
    if copied != length {
        return Err(damaged(format!("the wrapper holds {copied} bytes and claims {length}")));
    }
    unpacked.seek(SeekFrom::Start(0)).map_err(io)?;
    Ok(BufReader::new(unpacked))
}
