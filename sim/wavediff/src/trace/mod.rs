//! Reading traces: the declarations first, then the value changes as a stream of batches.
//!
//! A trace is never held in memory. Each file is parsed in a thread of its own, which sends
//! batches of value changes of the wanted signals through a short queue.

mod fst;
mod fst_check;
mod fst_wrapper;
mod header;
mod ids;
mod input;
mod problem;
mod reference;
mod stream;
mod vcd_body;
mod vcd_header;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub use header::{Header, Kind, SignalInfo, Var};
pub use problem::{FstProblem, TraceError, VcdProblem};
pub(crate) use reference::bit as bit_of;
pub(crate) use stream::{Changes, Item};

/// Widest vector a trace may declare, in bits; the widest that simulators themselves accept.
pub const MAX_WIDTH: u32 = 1 << 20;

/// Name of the threads that parse; programs may silence panic messages of threads of this name,
/// because a panic of the FST library on a damaged file is reported as a [`TraceError`] anyway.
pub const READER_THREAD: &str = "trace-reader";

/// An opened trace: its declarations are read, its value changes are not yet.
pub struct Trace {
    /// The file's name as the user gave it.
    pub file: String,
    /// What the file declares.
    pub header: Header,
    /// Size of the file in bytes.
    pub bytes: u64,
    body: Body,
}

enum Body {
    Vcd(vcd_body::VcdBody),
    Fst(fst::FstBody),
}

impl Trace {
    /// Opens a VCD or FST file, told apart by its first bytes, and reads its declarations.
    pub fn open(path: &Path) -> Result<Self, TraceError> {
        let file = path.display().to_string();
        let fail = |source| TraceError::Io { file: file.clone(), source };
        let mut handle = File::open(path).map_err(fail)?;
        let bytes = handle.metadata().map_err(fail)?.len();
        let mut magic = Vec::new();
        (&mut handle).take(16).read_to_end(&mut magic).map_err(fail)?;
        let (header, body) = match sniff(&magic) {
            Format::Fst => {
                let (header, body) = fst::open(path, &file)?;
                (header, Body::Fst(body))
            }
            Format::Vcd => {
                let handle = File::open(path).map_err(fail)?;
                let (header, body) = vcd_header::open(Box::new(handle), &file)?;
                (header, Body::Vcd(body))
            }
            Format::Other(found) => return Err(TraceError::NotATrace { file, found }),
        };
        Ok(Self { file, header, bytes, body })
    }

    /// Starts the thread that parses the value changes.
    ///
    /// `wanted` says for each signal of the file under which number its changes are reported;
    /// changes of signals with [`UNWANTED`] are skipped.
    pub(crate) fn changes(self, wanted: Arc<Vec<u32>>) -> Result<Changes, TraceError> {
        let file = self.file;
        match self.body {
            Body::Vcd(body) => stream::spawn(&file, move |sink| body.run(&wanted, sink)),
            Body::Fst(body) => stream::spawn(&file, move |sink| body.run(&wanted, sink)),
        }
    }
}

/// Marks a signal whose changes nobody needs.
pub(crate) const UNWANTED: u32 = u32::MAX;

enum Format {
    Vcd,
    Fst,
    Other(&'static str),
}

fn sniff(magic: &[u8]) -> Format {
    let text = magic.trim_ascii_start();
    match magic {
        [] => Format::Other("it is empty"),
        [0 | 254, 0, ..] => Format::Fst,
        [0x1f, 0x8b, ..] => Format::Other("it is compressed with gzip; unpack it first"),
        [b'G', b'H', b'D', b'L', b'w', ..] => {
            Format::Other("it is GHW; let GHDL write --vcd or --fst")
        }
        [0xef, 0xbb, 0xbf, b'$', ..] => Format::Other("it starts with a byte order mark"),
        _ if text.is_empty() || text[0] == b'$' => Format::Vcd,
        _ => Format::Other("its first bytes are those of neither"),
    }
}
