//! One bank of a chip.

/// What a bank remembers: its open row, and when things happened.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bank {
    pub(super) row: Option<u64>,
    pub(super) activated: Option<u64>,
    pub(super) precharged: Option<u64>,
    pub(super) written: Option<u64>,
}

impl Bank {
    pub(super) fn opened(self, row: u64, now: u64) -> Bank {
        Bank { row: Some(row), activated: Some(now), written: None, ..self }
    }

    pub(super) fn closed(self, now: u64) -> Bank {
        Bank { row: None, precharged: Some(now), ..self }
    }
}
