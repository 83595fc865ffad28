//! An SDR SDRAM that watches its commands.

mod bank;
mod spec;

use bank::Bank;
pub use spec::{ChipSpec, ChipTimes};

use crate::{MemoryModel, Violation, Words};

/// Refreshes before the mode is set.
const FIRST_REFRESHES: u32 = 8;
/// The address bit of a precharge that means all banks.
const ALL_BANKS: u64 = 1 << 10;

/// A chip and everything it remembers.
#[derive(Debug, Clone)]
pub struct SdramChip {
    spec: ChipSpec,
    period: u64,
    /// Data comes an edge earlier, because the chip's clock is half a cycle ahead.
    inverted: bool,
    words: Words,
    now: u64,
    banks: [Bank; 4],
    /// When a command came that keeps all banks busy, and for how long.
    busy: Option<(&'static str, u64, u64)>,
    refreshed: Option<u64>,
    first_refreshes: u32,
    precharged: bool,
    /// Once the mode is set.
    latency: Option<usize>,
    /// Words under way to the pins, the first in this cycle.
    under_way: [Option<u64>; 4],
    /// Commands seen: activates, reads, writes, refreshes.
    counts: [u64; 4],
}

/// The pins at an edge.
struct Pins {
    command: u64,
    bank: usize,
    address: u64,
    masked: bool,
    data: Option<u64>,
}

const OUTPUTS: [&str; 10] = [
    "sdram_cke",
    "sdram_cs_n",
    "sdram_ras_n",
    "sdram_cas_n",
    "sdram_we_n",
    "sdram_ba",
    "sdram_a",
    "sdram_dqm",
    "sdram_dq",
    "sdram_dq_enable",
];

impl SdramChip {
    /// A chip at power-up, on a clock of so many picoseconds; `inverted` if the chip's clock is the
    /// inverse of the design's.
    pub fn new(spec: ChipSpec, period: u64, inverted: bool) -> Self {
        Self {
            words: Words::new(1 << (spec.row_bits + spec.column_bits + 2), spec.data_bits),
            spec,
            period,
            inverted,
            now: 0,
            banks: [Bank::default(); 4],
            busy: None,
            refreshed: None,
            first_refreshes: 0,
            precharged: false,
            latency: None,
            under_way: [None; 4],
            counts: [0; 4],
        }
    }

    /// Changes the clock.
    pub fn set_period(&mut self, period: u64) {
        self.period = period;
    }

    /// Rows opened, words read, words written, and refreshes so far.
    pub fn counts(&self) -> [u64; 4] {
        self.counts
    }

    fn since(&self, start: u64) -> u64 {
        self.now - start
    }

    /// Checks a time from an earlier command to this one.
    fn least(
        &self,
        rule: &'static str,
        command: &'static str,
        start: Option<u64>,
        needed: u64,
    ) -> Result<(), Violation> {
        let Some(waited) = start.map(|start| self.since(start)) else { return Ok(()) };
        if waited >= needed {
            return Ok(());
        }
        Err(Violation::Time { rule, command, waited, needed, most: false })
    }

    /// What every command must wait for.
    fn awake(&self, command: &'static str) -> Result<(), Violation> {
        self.least("tPU", command, Some(0), self.spec.times.power_up)?;
        match self.busy {
            Some((rule, start, needed)) => self.least(rule, command, Some(start), needed),
            None => Ok(()),
        }
    }

    fn ready(&self, command: &'static str) -> Result<usize, Violation> {
        self.awake(command)?;
        self.latency.ok_or(Violation::Asleep { command, missing: "the mode is set" })
    }

    fn closed(&self, command: &'static str) -> Result<(), Violation> {
        match self.banks.iter().position(|bank| bank.row.is_some()) {
            Some(bank) => Err(Violation::Open { command, bank }),
            None => Ok(()),
        }
    }

    fn activate(&mut self, pins: &Pins) -> Result<(), Violation> {
        let (command, times) = ("activate", self.spec.times);
        self.ready(command)?;
        let bank = self.banks[pins.bank];
        if bank.row.is_some() {
            return Err(Violation::Open { command, bank: pins.bank });
        }
        self.least("tRP", command, bank.precharged, times.precharge)?;
        self.least("tRC", command, bank.activated, times.row_cycle)?;
        for other in &self.banks {
            self.least("tRRD", command, other.activated, times.row_to_row)?;
        }
        self.counts[0] += 1;
        self.banks[pins.bank] = bank.opened(pins.address, self.now);
        Ok(())
    }

    fn precharge(&mut self, pins: &Pins) -> Result<(), Violation> {
        let (command, times) = ("precharge", self.spec.times);
        self.awake(command)?;
        let all = pins.address & ALL_BANKS != 0;
        for index in (0..4).filter(|index| all || *index == pins.bank) {
            let bank = self.banks[index];
            if bank.row.is_some() {
                self.least("tRAS", command, bank.activated, times.row_active)?;
                self.least("tWR", command, bank.written, times.write_recovery)?;
            }
            self.banks[index] = bank.closed(self.now);
        }
        self.precharged |= all;
        Ok(())
    }

    fn refresh(&mut self) -> Result<(), Violation> {
        let (command, times) = ("refresh", self.spec.times);
        self.awake(command)?;
        if !self.precharged {
            return Err(Violation::Asleep { command, missing: "all banks are precharged" });
        }
        self.closed(command)?;
        for bank in &self.banks {
            self.least("tRP", command, bank.precharged, times.precharge)?;
            self.least("tRC", command, bank.activated, times.row_cycle)?;
        }
        self.first_refreshes += 1;
        self.counts[3] += 1;
        self.busy = Some(("tRFC", self.now, times.refresh));
        self.refreshed = Some(self.now);
        Ok(())
    }

    fn set_mode(&mut self, pins: &Pins) -> Result<(), Violation> {
        let command = "mode";
        self.awake(command)?;
        self.closed(command)?;
        if self.first_refreshes < FIRST_REFRESHES {
            return Err(Violation::Asleep { command, missing: "eight refreshes" });
        }
        for bank in &self.banks {
            self.least("tRP", command, bank.precharged, self.spec.times.precharge)?;
        }
        let value = pins.address;
        let wrong = |why| Err(Violation::Mode { value, why });
        let latency = value >> 4 & 7;
        if value & !0x70 != 0 {
            return wrong("only bursts of one word are modelled");
        }
        let fastest = match latency {
            2 => self.spec.period_2,
            3 => self.spec.period_3,
            _ => return wrong("the CAS latency is 2 or 3"),
        };
        if self.period < fastest {
            return wrong("the clock is too fast for this CAS latency");
        }
        self.latency = Some(latency as usize);
        self.busy = Some(("tMRD", self.now, self.spec.times.mode));
        Ok(())
    }

    /// Checks a read or write; gives the place of the word.
    fn access(&self, command: &'static str, pins: &Pins) -> Result<(usize, usize), Violation> {
        let latency = self.ready(command)?;
        let bank = self.banks[pins.bank];
        let Some(row) = bank.row else {
            return Err(Violation::Closed { command, bank: pins.bank });
        };
        self.least("tRCD", command, bank.activated, self.spec.times.activate)?;
        let column = pins.address as usize & ((1 << self.spec.column_bits) - 1);
        let row = (row as usize) << 2 | pins.bank;
        Ok((row << self.spec.column_bits | column, latency))
    }

    fn read(&mut self, pins: &Pins) -> Result<(), Violation> {
        let (place, latency) = self.access("read", pins)?;
        let cycles = latency - 1 - usize::from(self.inverted);
        self.under_way[cycles] = self.words.get(place);
        self.counts[1] += 1;
        Ok(())
    }

    fn write(&mut self, pins: &Pins) -> Result<(), Violation> {
        let (place, _) = self.access("write", pins)?;
        let word = pins.data.ok_or(Violation::Undriven)?;
        if !pins.masked {
            self.words.set(place, word);
        }
        self.banks[pins.bank].written = Some(self.now);
        self.counts[2] += 1;
        Ok(())
    }

    /// Limits that no command has to come for.
    fn standing(&self) -> Result<(), Violation> {
        let most = |rule, command, start: Option<u64>, needed| {
            let waited = start.map_or(0, |start| self.since(start));
            match waited > needed {
                true => Err(Violation::Time { rule, command, waited, needed, most: true }),
                false => Ok(()),
            }
        };
        let refreshed = self.refreshed.filter(|_| self.latency.is_some());
        most("tREFI", "no refresh", refreshed, self.spec.times.refresh_interval)?;
        let open = self.banks.iter().filter(|bank| bank.row.is_some());
        for bank in open {
            most("tRAS", "no precharge", bank.activated, self.spec.times.row_active_most)?;
        }
        Ok(())
    }
}

impl MemoryModel for SdramChip {
    fn outputs(&self) -> &'static [&'static str] {
        &OUTPUTS
    }

    fn inputs(&self) -> &'static [&'static str] {
        &["sdram_dq_read"]
    }

    fn drive(&mut self, _outputs: &[u64], inputs: &mut [u64]) {
        // What floats is anything but what was there before.
        inputs[0] =
            self.under_way[0].unwrap_or(!inputs[0]) & (u64::MAX >> (64 - self.spec.data_bits));
    }

    fn edge(&mut self, outputs: &[u64]) -> Result<(), Violation> {
        let [cke, cs_n, ras_n, cas_n, we_n, bank, address, mask, data, enable] = *outputs else {
            return Err(Violation::Command(u64::MAX));
        };
        let command = ras_n << 2 | cas_n << 1 | we_n;
        let data = (enable == 1).then_some(data);
        let pins = Pins { command, bank: bank as usize, address, masked: mask != 0, data };
        if self.under_way[0].is_some() && enable == 1 {
            return Err(Violation::Contention);
        }
        self.under_way.rotate_left(1);
        self.under_way[3] = None;
        if cke == 1 && cs_n == 0 {
            match pins.command {
                0b111 => {}
                0b011 => self.activate(&pins)?,
                0b101 => self.read(&pins)?,
                0b100 => self.write(&pins)?,
                0b010 => self.precharge(&pins)?,
                0b001 => self.refresh()?,
                0b000 => self.set_mode(&pins)?,
                other => return Err(Violation::Command(other)),
            }
        }
        self.standing()?;
        self.now += self.period;
        Ok(())
    }

    fn words(&mut self) -> &mut Words {
        &mut self.words
    }
}
