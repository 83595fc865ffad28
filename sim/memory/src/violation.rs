//! What a design does wrong with a memory.

use thiserror::Error;

/// A broken rule, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Violation {
    /// Too little time between two commands, or too much.
    #[error("{rule}: {command} after {waited} ps, {needed} are {}", limit(.most))]
    Time {
        /// The time's name in data sheets.
        rule: &'static str,
        /// The command that came too early or too late.
        command: &'static str,
        /// How long it came after.
        waited: u64,
        /// How long it should.
        needed: u64,
        /// Whether that is the most rather than the least.
        most: bool,
    },
    /// A row is needed that is not open.
    #[error("{command} in bank {bank}, where no row is open")]
    Closed {
        /// The command.
        command: &'static str,
        /// The bank.
        bank: usize,
    },
    /// Another row is open.
    #[error("{command} while a row of bank {bank} is open")]
    Open {
        /// The command.
        command: &'static str,
        /// The bank.
        bank: usize,
    },
    /// Use before the chip is initialised.
    #[error("{command} before {missing}")]
    Asleep {
        /// The command.
        command: &'static str,
        /// What the initialisation lacks.
        missing: &'static str,
    },
    /// A mode the chip does not have at this clock, or that the model does not know.
    #[error("mode register {value:#06x}: {why}")]
    Mode {
        /// What was written.
        value: u64,
        /// Why not.
        why: &'static str,
    },
    /// A command that the model does not know.
    #[error("command {0:03b} (ras, cas, we) is not one that this memory takes")]
    Command(u64),
    /// Both sides drive the data pins.
    #[error("data pins are driven by both sides")]
    Contention,
    /// A write without data.
    #[error("write without data on the pins")]
    Undriven,
    /// A burst over the border of 4 KiB.
    #[error("burst of {words} words from byte {address:#x} crosses 4 KiB")]
    Border {
        /// Byte address.
        address: u64,
        /// Words.
        words: u64,
    },
    /// A burst that is no incrementing one of whole words.
    #[error("burst from byte {address:#x} is not of aligned, whole, incrementing words")]
    Burst {
        /// Byte address.
        address: u64,
    },
    /// Something was offered, and changed before it was taken.
    #[error("{channel}: an offer was withdrawn or changed before it was taken")]
    Unstable {
        /// Where.
        channel: &'static str,
    },
    /// A burst's end is marked at the wrong word.
    #[error("{channel}: the last word of a burst is marked wrongly")]
    Last {
        /// Where.
        channel: &'static str,
    },
    /// A word of a tagged burst does not follow the one before.
    #[error("word {found:#x} follows {before:#x} in an incrementing burst")]
    Order {
        /// The word before.
        before: u64,
        /// The word.
        found: u64,
    },
}

fn limit(most: &bool) -> &'static str {
    if *most { "allowed" } else { "needed" }
}
