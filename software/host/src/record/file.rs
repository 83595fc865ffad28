//! The file of a session: one line per call, each with a checksum over it and all before.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bitladder_machine::{ConfigError, MachineConfig};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::entry::{Call, Entry};

/// Version of the file.
const VERSION: u32 = 1;
/// What the last line says.
const END: &str = "\"end\"";

/// A record that cannot be written or used.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file.
    #[error("{}: the record cannot be written: {source}", .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file.
    #[error("{}: the record cannot be read: {source}", .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Some other file.
    #[error("{}: this is no record of a session", .file.display())]
    Stranger {
        /// The file.
        file: PathBuf,
    },
    /// Written by another version.
    #[error(
        "{}: the record has version {found}, this host reads {VERSION}: replay it with the version \
         that wrote it", .file.display()
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A line that is not what was written.
    #[error("{}:{line}: the record is damaged here: copy it again", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The first line that is wrong.
        line: usize,
    },
    /// No end.
    #[error(
        "{}: the record ends after {calls} call(s) without its last line: the program that wrote it \
         was killed, or the copy is incomplete", .file.display()
    )]
    Truncated {
        /// The file.
        file: PathBuf,
        /// Calls there are.
        calls: usize,
    },
    /// The machine.
    #[error("the record's machine: {0}")]
    Config(#[from] ConfigError),
}

/// First line of a record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    bitladder_record: u32,
    /// The machine's configuration with its hash.
    config_hash: String,
    config: String,
}

/// Writes lines; each is on its way to the disk when the call returns.
#[derive(Debug)]
pub(super) struct Writer {
    file: PathBuf,
    to: BufWriter<File>,
    checksum: u32,
}

impl Writer {
    pub(super) fn create(path: &Path, config: &MachineConfig) -> Result<Self, RecordError> {
        let file = path.to_path_buf();
        let to = File::create(path)
            .map_err(|source| RecordError::Write { file: file.clone(), source })?;
        let mut writer = Self { file, to: BufWriter::new(to), checksum: 0 };
        let (config_hash, config) = (config.hash(), config.canonical());
        writer.put(&Head { bitladder_record: VERSION, config_hash, config })?;
        Ok(writer)
    }

    pub(super) fn put(&mut self, line: &impl Serialize) -> Result<(), RecordError> {
        // Plain structs with string keys: serialising them cannot fail.
        let text = serde_json::to_string(line).unwrap_or_default();
        self.line(&text)
    }

    /// The last line.
    pub(super) fn end(&mut self) -> Result<(), RecordError> {
        self.line(END)
    }

    fn line(&mut self, text: &str) -> Result<(), RecordError> {
        self.checksum = chained(self.checksum, text);
        let checksum = self.checksum;
        let written = writeln!(self.to, "{checksum:08x} {text}").and_then(|()| self.to.flush());
        written.map_err(|source| RecordError::Write { file: self.file.clone(), source })
    }
}

/// The checksum of a line and all before it: lines that are lost, doubled or exchanged show.
fn chained(before: u32, text: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(text.as_bytes());
    hasher.update(b"\n");
    hasher.finalize()
}

/// A session that was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub(super) file: PathBuf,
    pub(super) config: MachineConfig,
    pub(super) entries: Vec<Entry>,
    ended: bool,
}

impl Record {
    /// Reads a complete record.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, RecordError> {
        let record = Self::read_cut(path)?;
        match record.ended {
            true => Ok(record),
            false => {
                let calls = record.calls();
                Err(RecordError::Truncated { file: record.file, calls })
            }
        }
    }

    /// Reads a record up to its last whole line, if it was cut: the program that wrote it was
    /// killed. Damage elsewhere is refused all the same.
    pub fn read_cut(path: impl AsRef<Path>) -> Result<Self, RecordError> {
        let file = path.as_ref().to_path_buf();
        let bytes = std::fs::read(&path)
            .map_err(|source| RecordError::Read { file: file.clone(), source })?;
        Self::parse(file, &String::from_utf8_lossy(&bytes))
    }

    fn parse(file: PathBuf, text: &str) -> Result<Self, RecordError> {
        let mut lines = Lines { checksum: 0, number: 0, rest: text };
        let Ok(Some(head)) = lines.next() else { return Err(RecordError::Stranger { file }) };
        let config = machine(&file, head)?;
        let mut record = Self { file, config, entries: Vec::new(), ended: false };
        loop {
            let damaged = |line| RecordError::Damaged { file: record.file.clone(), line };
            let Some(line) = lines.next().map_err(damaged)? else { return Ok(record) };
            // Nothing comes after the end.
            if record.ended {
                return Err(damaged(lines.number));
            }
            if line == END {
                record.ended = true;
                continue;
            }
            let entry = serde_json::from_str(line).map_err(|_| damaged(lines.number))?;
            record.entries.push(entry);
        }
    }

    /// The machine that was recorded.
    pub fn config(&self) -> &MachineConfig {
        &self.config
    }

    /// Number of calls.
    pub fn calls(&self) -> usize {
        self.entries.len()
    }

    /// Names of the programs that were loaded, in their order.
    pub fn programs(&self) -> Vec<&str> {
        self.entries
            .iter()
            .filter_map(|entry| match &entry.call {
                Call::Load(loaded) => Some(loaded.name.as_str()),
                _ => None,
            })
            .collect()
    }
}

/// The machine of a first line.
fn machine(file: &Path, head: &str) -> Result<MachineConfig, RecordError> {
    let file = file.to_path_buf();
    let Ok(head) = serde_json::from_str::<serde_json::Value>(head) else {
        return Err(RecordError::Stranger { file });
    };
    let version = head.get("bitladder_record").and_then(serde_json::Value::as_u64);
    let Some(found) = version.map(|version| version as u32) else {
        return Err(RecordError::Stranger { file });
    };
    if found != VERSION {
        return Err(RecordError::Version { file, found });
    }
    let Ok(head) = serde_json::from_value::<Head>(head) else {
        return Err(RecordError::Damaged { file, line: 1 });
    };
    let config = MachineConfig::parse(&file.display().to_string(), &head.config)?;
    match config.hash() == head.config_hash {
        true => Ok(config),
        false => Err(RecordError::Damaged { file, line: 1 }),
    }
}

/// Lines with their checksums.
struct Lines<'a> {
    checksum: u32,
    number: usize,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    /// The next whole line; the number of the line if it is damaged.
    fn next(&mut self) -> Result<Option<&'a str>, usize> {
        let Some((line, rest)) = self.rest.split_once('\n') else { return Ok(None) };
        (self.rest, self.number) = (rest, self.number + 1);
        let (checksum, text) = line.split_once(' ').ok_or(self.number)?;
        self.checksum = chained(self.checksum, text);
        match u32::from_str_radix(checksum, 16) {
            Ok(found) if found == self.checksum => Ok(Some(text)),
            _ => Err(self.number),
        }
    }
}
