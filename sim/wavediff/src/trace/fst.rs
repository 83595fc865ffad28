//! FST files, through the `fst-reader` library.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::thread;

use fst_reader::{
    FstFilter, FstHierarchyEntry, FstReader, FstSignalHandle, FstSignalValue, FstVarType,
    ReadSignalsError, ReaderError,
};

use super::header::HeaderBuilder;
use super::stream::{Halt, Sink};
use super::{
    FstProblem, Header, Kind, MAX_WIDTH, READER_THREAD, SignalInfo, TraceError, UNWANTED,
    fst_check, fst_wrapper,
};
use crate::timescale::Timescale;

/// Reads the value changes of an FST file, block by block.
pub(super) struct FstBody {
    reader: FstReader<BufReader<File>>,
    file: String,
    shapes: Vec<SignalInfo>,
    end: u64,
}

/// Opens an FST file and reads its declarations.
pub(super) fn open(path: &Path, file: &str) -> Result<(Header, FstBody), TraceError> {
    let io = |source| TraceError::Io { file: file.to_owned(), source };
    let handle = BufReader::new(File::open(path).map_err(io)?);
    let mut handle = fst_wrapper::unwrap(handle, file)?;
    // The library trusts the sizes in the file, so they are checked first.
    fst_check::check(&mut handle, file)?;
    let name = file.to_owned();
    // A thread of its own, because the library panics on values it thinks impossible.
    let thread = thread::Builder::new()
        .name(READER_THREAD.to_owned())
        .spawn(move || read_declarations(handle, &name))
        .map_err(io)?;
    match thread.join() {
        Ok(result) => result,
        Err(_) => Err(TraceError::Fst { file: file.to_owned(), problem: FstProblem::Stopped }),
    }
}

fn read_declarations(handle: BufReader<File>, file: &str) -> Result<(Header, FstBody), TraceError> {
    let fail = |problem| TraceError::Fst { file: file.to_owned(), problem };
    let library = |error: ReaderError| fail(FstProblem::Library(error.to_string()));
    let mut reader = FstReader::open(handle).map_err(library)?;
    let about = reader.get_header();
    let mut declarations = Declarations::default();
    reader.read_hierarchy(|entry| declarations.add(entry)).map_err(library)?;
    if let Some(problem) = declarations.problem {
        return Err(fail(problem));
    }
    let mut header = declarations.builder.finish();
    header.timescale = Timescale::from_exponent(about.timescale_exponent);
    let shapes = header.signals.clone();
    let body = FstBody { reader, file: file.to_owned(), shapes, end: about.end_time };
    Ok((header, body))
}

#[derive(Default)]
struct Declarations {
    builder: HeaderBuilder,
    problem: Option<FstProblem>,
}

impl Declarations {
    fn add(&mut self, entry: FstHierarchyEntry) {
        match entry {
            FstHierarchyEntry::Scope { name, .. } => self.builder.enter(&name),
            FstHierarchyEntry::UpScope => {
                self.builder.leave();
            }
            FstHierarchyEntry::Var { tpe, name, length, handle, .. } => {
                self.var(&tpe, &name.replace(' ', ""), length, handle.get_index());
            }
            _ => {}
        }
    }

    fn var(&mut self, kind: &FstVarType, name: &str, width: u32, signal: usize) {
        if width > MAX_WIDTH && !kind.is_real() {
            self.problem = Some(FstProblem::Width(name.to_owned(), width));
            return;
        }
        // Aliases come behind the signals they stand for, so gaps cannot arise in sound files;
        // signals that a damaged one leaves out are never compared.
        while self.builder.header.signals.len() <= signal {
            self.builder.add_signal(SignalInfo { kind: Kind::Other, width: 0 });
        }
        let info = &mut self.builder.header.signals[signal];
        if info.kind == Kind::Other {
            *info = shape(kind, width);
        }
        if !self.builder.declare(name, signal as u32) {
            self.problem = Some(FstProblem::TooManyNames);
        }
    }
}

fn shape(kind: &FstVarType, width: u32) -> SignalInfo {
    match kind {
        kind if kind.is_real() => SignalInfo { kind: Kind::Real, width: 0 },
        FstVarType::RealTime => SignalInfo { kind: Kind::Real, width: 0 },
        FstVarType::Event | FstVarType::GenericString => SignalInfo { kind: Kind::Other, width: 0 },
        _ if width == 0 => SignalInfo { kind: Kind::Other, width: 0 },
        _ => SignalInfo { kind: Kind::Bits, width },
    }
}

impl FstBody {
    /// Sends all changes of the wanted signals.
    pub(super) fn run(mut self, wanted: &[u32], sink: &mut Sink) -> Result<(), Halt> {
        let handles = wanted.iter().enumerate().filter(|(_, local)| **local != UNWANTED);
        let handles = handles.map(|(signal, _)| FstSignalHandle::from_index(signal)).collect();
        let filter = FstFilter::filter_signals(handles);
        let (shapes, file) = (&self.shapes, &self.file);
        let mut now = 0;
        let outcome = self.reader.read_signals(&filter, |time, handle, value| {
            if time < now {
                let problem = FstProblem::Backwards(now, time);
                return Err(Halt::Failed(TraceError::Fst { file: file.clone(), problem }));
            }
            now = time;
            sink.set_time(time);
            let signal = handle.get_index();
            change(sink, wanted[signal], shapes[signal], &value, file)
        });
        match outcome {
            Ok(()) => {
                sink.set_time(self.end.max(now));
                Ok(())
            }
            Err(ReadSignalsError::CallbackError(halt)) => Err(halt),
            Err(ReadSignalsError::ReadError(error)) => {
                let problem = FstProblem::Library(error.to_string());
                Err(Halt::Failed(TraceError::Fst { file: self.file.clone(), problem }))
            }
        }
    }
}

fn change(
    sink: &mut Sink,
    local: u32,
    info: SignalInfo,
    value: &FstSignalValue<'_>,
    file: &str,
) -> Result<(), Halt> {
    match (info.kind, value) {
        (Kind::Real, FstSignalValue::Real(number)) => {
            sink.change(local, &number.to_bits().to_le_bytes())
        }
        (Kind::Bits, FstSignalValue::String(bits)) => {
            match sink.bits(local, bits, info.width, &super::vcd_body::BIT)? {
                super::vcd_body::Fit::Yes => Ok(()),
                _ => {
                    let text = String::from_utf8_lossy(bits).into_owned();
                    let problem = FstProblem::Library(format!("'{text}' is not {info}"));
                    Err(Halt::Failed(TraceError::Fst { file: file.to_owned(), problem }))
                }
            }
        }
        _ => Ok(()),
    }
}
