//! Chips, as their data sheets describe them.

/// Times in picoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChipTimes {
    /// Activate to read or write (tRCD).
    pub activate: u64,
    /// Precharge to activate, refresh or mode (tRP).
    pub precharge: u64,
    /// Activate to precharge (tRAS), at least.
    pub row_active: u64,
    /// Activate to precharge, at most.
    pub row_active_most: u64,
    /// Activate to activate or refresh of a bank (tRC).
    pub row_cycle: u64,
    /// Activate to activate of another bank (tRRD).
    pub row_to_row: u64,
    /// Refresh to anything else (tRFC).
    pub refresh: u64,
    /// Write to precharge (tWR).
    pub write_recovery: u64,
    /// Mode to anything else (tMRD).
    pub mode: u64,
    /// Refresh to refresh, at most: 64 ms over the number of rows. Chips average over many; the
    /// model does not.
    pub refresh_interval: u64,
    /// Power-up to the first command.
    pub power_up: u64,
}

/// A chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChipSpec {
    /// Bits of a row's number.
    pub row_bits: u32,
    /// Bits of a column's number.
    pub column_bits: u32,
    /// Data pins.
    pub data_bits: u32,
    /// Shortest period with CAS latency 2, in picoseconds.
    pub period_2: u64,
    /// Shortest period with CAS latency 3.
    pub period_3: u64,
    /// Its times.
    pub times: ChipTimes,
}

impl ChipSpec {
    /// Winbond W9825G6KH-6: 32 MB in words of 16 bits. Times that the data sheet has in clocks
    /// count 6 ns clocks.
    pub const W9825G6KH_6: ChipSpec = ChipSpec {
        row_bits: 13,
        column_bits: 9,
        data_bits: 16,
        period_2: 7_500,
        period_3: 6_000,
        times: ChipTimes {
            activate: 15_000,
            precharge: 15_000,
            row_active: 42_000,
            row_active_most: 100_000_000,
            row_cycle: 60_000,
            row_to_row: 12_000,
            refresh: 60_000,
            write_recovery: 12_000,
            mode: 12_000,
            refresh_interval: 7_812_500,
            power_up: 200_000_000,
        },
    };

    /// Alliance AS4C32M16SB-7: 64 MB in words of 16 bits.
    pub const AS4C32M16SB_7: ChipSpec = ChipSpec {
        row_bits: 13,
        column_bits: 10,
        data_bits: 16,
        period_2: 10_000,
        period_3: 7_000,
        times: ChipTimes {
            activate: 21_000,
            precharge: 21_000,
            row_active: 42_000,
            row_active_most: 100_000_000,
            row_cycle: 63_000,
            row_to_row: 14_000,
            refresh: 63_000,
            write_recovery: 14_000,
            mode: 14_000,
            refresh_interval: 7_812_500,
            power_up: 200_000_000,
        },
    };
}
