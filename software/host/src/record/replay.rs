//! A recorded session, done again on another device.

use std::fmt;
use std::sync::Arc;

use bitladder_device::{Device, DeviceError, Memory};
use bitladder_machine::{Checksum, Memories};
use thiserror::Error;

use super::Record;
use super::entry::{Answer, Call, Entry, Words, counter_words, info_words, status_words};

/// Where a device does not answer as the recorded one did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Number of the call, from 1.
    pub call: usize,
    /// What was called.
    pub what: String,
    /// What the recorded device said.
    pub recorded: String,
    /// What this one says.
    pub found: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, what, recorded, found } = self;
        write!(f, "call {call}, {what}: recorded {recorded}, now {found}")
    }
}

/// A record that cannot be done again.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The device is another machine.
    #[error(
        "the record is of configuration {recorded:08x}, this device is {found:08x}: build it from the \
         record's configuration"
    )]
    Machine {
        /// The start of the recorded configuration's hash.
        recorded: u32,
        /// The device's.
        found: u32,
    },
    /// The device does not say what it is.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A call with contents that no recorder writes.
    #[error("call {call} of the record makes no sense: was the record changed?")]
    Nonsense {
        /// Its number, from 1.
        call: usize,
    },
}

/// Does what the record says on a device, and says where the answers differ: nowhere, if the
/// recorded device did what this one does. What depends on the host's timing is not compared:
/// the status while something runs, the clock in use, and counters where no cycles pass.
pub fn replay(record: &Record, device: &mut dyn Device) -> Result<Vec<Difference>, ReplayError> {
    let info = device.info()?;
    let recorded = record.config.hash32();
    if info.config_hash != recorded {
        return Err(ReplayError::Machine { recorded, found: info.config_hash });
    }
    let mut player = Player { record, device, memories: None, timed: info.timed };
    let mut differences = Vec::new();
    for (entry, call) in record.entries.iter().zip(1..) {
        let found = player.play(&entry.call).ok_or(ReplayError::Nonsense { call })?;
        if player.comparable(entry, &found) && entry.answer != found {
            let (recorded, found) = described(&entry.answer, &found);
            differences.push(Difference { call, what: entry.call.name(), recorded, found });
        }
    }
    Ok(differences)
}

struct Player<'a> {
    record: &'a Record,
    device: &'a mut dyn Device,
    /// Those that were loaded last.
    memories: Option<Arc<Memories>>,
    timed: bool,
}

impl Player<'_> {
    /// Makes a call; `None` if it makes no sense.
    fn play(&mut self, call: &Call) -> Option<Answer> {
        let none = |()| Vec::new();
        let result = match call {
            Call::Info => self.device.info().map(|info| info_words(&info)),
            Call::Load(loaded) => {
                let memories = loaded.contents().or_else(|| self.memories.clone())?;
                self.memories = Some(memories.clone());
                self.device.load(&loaded.program(&self.record.config, memories)).map(none)
            }
            Call::Start => self.device.start().map(none),
            Call::StartLayer { address } => self.device.start_layer(*address).map(none),
            Call::Status => self.device.status().map(|status| status_words(&status)),
            Call::Settle { cycles } => {
                self.device.settle(*cycles).map(|status| status_words(&status))
            }
            Call::Reset => self.device.reset().map(none),
            Call::Check { memory, transfers, crc } => {
                let (memory, transfers, crc) = (*memory, *transfers, *crc);
                self.device.check(&Checksum { memory, transfers, crc }).map(none)
            }
            Call::Counters => self.device.counters().map(|counters| counter_words(&counters)),
            Call::SetClock { level } => self.device.set_clock(*level).map(none),
            Call::Clock => self.device.clock().map(|level| vec![level]),
            Call::Peek { memory: code, first, count } => {
                // No memory has more words; a length from a file is not trusted.
                let mut words = vec![0; Some(*count).filter(|count| *count <= 1 << 24)?];
                self.device.peek(Memory::from_code(*code)?, *first, &mut words).map(|()| words)
            }
            Call::Poke { memory: code, first, words } => {
                self.device.poke(Memory::from_code(*code)?, *first, &words.0).map(none)
            }
        };
        Some(match result {
            Ok(words) => Answer::Words(Words(words)),
            Err(error) => Answer::Failed(error.to_string()),
        })
    }

    /// Whether both answers ought to be equal.
    fn comparable(&self, entry: &Entry, found: &Answer) -> bool {
        let busy = |answer: &Answer| match answer {
            Answer::Words(words) => words.0.first() == Some(&1),
            Answer::Failed(_) => false,
        };
        let counted = |answer: &Answer| match answer {
            Answer::Words(words) => words.0.iter().any(|word| *word != 0),
            Answer::Failed(_) => true,
        };
        match entry.call {
            Call::Status => !busy(&entry.answer) && !busy(found),
            Call::Counters => self.timed && counted(&entry.answer),
            // How soon a board switches its clock, and whether it can, is its own affair.
            Call::Clock => false,
            _ => true,
        }
    }
}

/// Two answers in words: of two lists, the first words that differ.
fn described(recorded: &Answer, found: &Answer) -> (String, String) {
    if let (Answer::Words(Words(old)), Answer::Words(Words(new))) = (recorded, found) {
        let place = old.iter().zip(new).position(|(old, new)| old != new);
        let place = place.unwrap_or(old.len().min(new.len()));
        let word = |words: &[u32]| match words.get(place) {
            Some(word) => format!("{word:#010x} in word {place}"),
            None => format!("{} words", words.len()),
        };
        return (word(old), word(new));
    }
    let text = |answer: &Answer| match answer {
        Answer::Words(_) => "success".to_owned(),
        Answer::Failed(error) => format!("`{error}`"),
    };
    (text(recorded), text(found))
}
