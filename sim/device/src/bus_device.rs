//! A machine behind a register bus.

use bitladder_machine::isa::{ISA_VERSION, Mode, WeightKind, register};
use bitladder_machine::{Checksum, Program};

use crate::device::{Device, resident, suits, write_all};
use crate::state::{Counters, Info, Memory, Status};
use crate::{Bus, BusError, DeviceError, Fault};

/// What register `id` holds: `BLDR`.
const ID: u32 = 0x424c_4452;
const START: u32 = 1 << register::CONTROL_START_BIT;
const STOP: u32 = 1 << register::CONTROL_STOP_BIT;
const RESET: u32 = 1 << register::CONTROL_RESET_BIT;
const CHECK: u32 = 1 << register::CONTROL_CHECK_BIT;
/// Cycles that the check of a transfer of external memory may take.
const CYCLES_PER_TRANSFER: usize = 64;

/// Looks at a clock that stands still before it is given up.
const PATIENCE: u32 = 1000;

/// Speaks the register map over a bus.
#[derive(Debug)]
pub struct BusDevice<B> {
    bus: B,
    loaded: Option<Program>,
}

fn field(value: u32, bit: u32, width: u32) -> u32 {
    value >> bit & ((1 << width) - 1)
}

impl<B: Bus> BusDevice<B> {
    /// A device on a bus.
    pub fn new(bus: B) -> Self {
        Self { bus, loaded: None }
    }

    /// The bus.
    pub fn bus(&mut self) -> &mut B {
        &mut self.bus
    }

    /// Whether a program runs: a refusal has no other reason then.
    fn refused(&mut self, error: BusError) -> DeviceError {
        match error {
            BusError::Refused { .. } if self.status().is_ok_and(|status| status.busy) => {
                DeviceError::Busy
            }
            error => error.into(),
        }
    }

    fn window(&mut self, memory: Memory, range: (usize, usize)) -> Result<(), DeviceError> {
        self.bus.write32(register::WINDOW_SELECT, memory.code())?;
        let first = range.0;
        let wrong = DeviceError::Outside { memory: memory.name(), first, last: first };
        let first = u32::try_from(first).map_err(|_| wrong)?;
        let written = self.bus.write32(register::WINDOW_ADDRESS, first);
        written.map_err(|error| self.beyond(error, memory, range))
    }

    /// A counter; 0 on a machine that counts cycles only and has no such register.
    fn count(&mut self, address: u32) -> Result<u32, DeviceError> {
        match self.bus.read32(address) {
            Err(BusError::Refused { .. }) => Ok(0),
            read => Ok(read?),
        }
    }

    /// A refusal inside a window: something runs, or the memory is shorter.
    fn beyond(&mut self, error: BusError, memory: Memory, range: (usize, usize)) -> DeviceError {
        match self.refused(error) {
            DeviceError::Bus(BusError::Refused { .. }) => DeviceError::Outside {
                memory: memory.name(),
                first: range.0,
                last: (range.0 + range.1).saturating_sub(1),
            },
            error => error,
        }
    }

    fn command(&mut self, bits: u32) -> Result<(), DeviceError> {
        self.bus.write32(register::CONTROL, bits).map_err(|error| self.refused(error))
    }
}

impl<B: Bus> Device for BusDevice<B> {
    fn info(&mut self) -> Result<Info, DeviceError> {
        let found = self.bus.read32(register::ID)?;
        if found != ID {
            return Err(DeviceError::Identity { found, wanted: ID });
        }
        let found = self.bus.read32(register::ISA_VERSION)?;
        if found != ISA_VERSION {
            return Err(DeviceError::Version { found, wanted: ISA_VERSION });
        }
        let shape = self.bus.read32(register::SHAPE)?;
        let modes = field(shape, register::SHAPE_MODES_BIT, register::SHAPE_MODES_WIDTH);
        let kinds =
            field(shape, register::SHAPE_WEIGHT_KINDS_BIT, register::SHAPE_WEIGHT_KINDS_WIDTH);
        let accumulator = register::SHAPE_ACCUMULATOR_BITS_BIT;
        Ok(Info {
            rows: field(shape, register::SHAPE_ROWS_BIT, register::SHAPE_ROWS_WIDTH),
            columns: field(shape, register::SHAPE_COLUMNS_BIT, register::SHAPE_COLUMNS_WIDTH),
            modes: Mode::ALL.into_iter().filter(|m| modes >> m.code() & 1 == 1).collect(),
            weight_kinds: WeightKind::ALL
                .into_iter()
                .filter(|kind| kinds >> kind.code() & 1 == 1)
                .collect(),
            accumulator_bits: field(shape, accumulator, register::SHAPE_ACCUMULATOR_BITS_WIDTH),
            config_hash: self.bus.read32(register::CONFIG_HASH)?,
            checks: shape >> register::SHAPE_CHECKS_BIT & 1 == 1,
            external: shape >> register::SHAPE_EXTERNAL_BIT & 1 == 1,
            timed: true,
        })
    }

    fn load(&mut self, program: &Program) -> Result<(), DeviceError> {
        if !resident(self.loaded.as_ref(), program) {
            let info = self.info()?;
            suits(&info, program)?;
            self.loaded = None;
            write_all(self, &program.memories, info.checks)?;
        }
        self.loaded = Some(program.clone());
        Ok(())
    }

    fn loaded(&self) -> Option<&Program> {
        self.loaded.as_ref()
    }

    fn start(&mut self) -> Result<(), DeviceError> {
        let start = self.loaded.as_ref().ok_or(DeviceError::NotLoaded)?.start;
        self.bus.write32(register::PROGRAM_START, start as u32)?;
        self.command(START)
    }

    fn start_layer(&mut self, address: u32) -> Result<(), DeviceError> {
        self.bus.write32(register::PROGRAM_START, address)?;
        self.command(START | STOP)
    }

    fn status(&mut self) -> Result<Status, DeviceError> {
        let status = self.bus.read32(register::STATUS)?;
        let code = field(status, register::STATUS_ERROR_BIT, register::STATUS_ERROR_WIDTH);
        Ok(Status {
            busy: status >> register::STATUS_BUSY_BIT & 1 == 1,
            done: status >> register::STATUS_DONE_BIT & 1 == 1,
            fault: Fault::from_code(code as u8),
            layer: field(status, register::STATUS_LAYER_BIT, register::STATUS_LAYER_WIDTH),
        })
    }

    fn settle(&mut self, cycles: u64) -> Result<Status, DeviceError> {
        let (mut last, mut still) = (0, 0);
        loop {
            let status = self.status()?;
            let now = self.cycles()?;
            if !status.busy || now > cycles {
                return Ok(status);
            }
            still = if now == last { still + 1 } else { 0 };
            if still == PATIENCE {
                let waited = format!("{PATIENCE} looks");
                return Err(BusError::Silent { address: register::CYCLES_LOW, waited }.into());
            }
            last = now;
            self.bus.pause()?;
        }
    }

    fn reset(&mut self) -> Result<(), DeviceError> {
        Ok(self.bus.write32(register::CONTROL, RESET)?)
    }

    fn set_clock(&mut self, level: u32) -> Result<(), DeviceError> {
        // The register takes any number it has bits for; only the configuration knows them all.
        let known = self.loaded.as_ref().map(|program| program.config.clock.levels_mhz.len());
        let levels = known.unwrap_or(1 << register::CLOCK_LEVEL_WANTED_WIDTH);
        if level as usize >= levels {
            return Err(DeviceError::Clock { level, levels });
        }
        Ok(self.bus.write32(register::CLOCK_LEVEL, level << register::CLOCK_LEVEL_WANTED_BIT)?)
    }

    fn clock(&mut self) -> Result<u32, DeviceError> {
        let word = self.bus.read32(register::CLOCK_LEVEL)?;
        Ok(field(word, register::CLOCK_LEVEL_CURRENT_BIT, register::CLOCK_LEVEL_CURRENT_WIDTH))
    }

    fn check(&mut self, checksum: &Checksum) -> Result<(), DeviceError> {
        let memory = Memory::from_code(checksum.memory).map_or("unknown", Memory::name);
        let length = u32::try_from(checksum.transfers).unwrap_or(u32::MAX);
        self.bus.write32(register::WINDOW_SELECT, checksum.memory)?;
        self.bus.write32(register::WINDOW_ADDRESS, 0)?;
        self.bus.write32(register::CHECK_LENGTH, length)?;
        self.bus.write32(register::CHECK_CRC, checksum.crc)?;
        self.command(CHECK)?;
        // A look takes a cycle at the least.
        for _ in 0..CYCLES_PER_TRANSFER * checksum.transfers + PATIENCE as usize {
            let status = self.status()?;
            match (status.busy, status.fault) {
                (true, _) => self.bus.pause()?,
                (false, None) => return Ok(()),
                (false, Some(_)) => return Err(DeviceError::Corrupt { memory }),
            }
        }
        let waited = format!("a check of {} transfers", checksum.transfers);
        Err(BusError::Silent { address: register::STATUS, waited }.into())
    }

    fn counters(&mut self) -> Result<Counters, DeviceError> {
        let external = self.bus.read32(register::SHAPE)? >> register::SHAPE_EXTERNAL_BIT & 1 == 1;
        let stall_memory = match external {
            true => self.count(register::STALL_MEMORY)?,
            false => 0,
        };
        Ok(Counters {
            stall_memory,
            cycles: self.cycles()?,
            array: self.count(register::ARRAY_CYCLES)?,
            stall_fill: self.count(register::STALL_FILL)?,
            stall_patches: self.count(register::STALL_PATCHES)?,
            stall_drain: self.count(register::STALL_DRAIN)?,
            stall_weights: self.count(register::STALL_WEIGHTS)?,
            element: self.count(register::ELEMENT_CYCLES)?,
            decide: self.count(register::DECIDE_CYCLES)?,
            row_words: self.count(register::ROW_WORDS)?,
            weight_reads: self.count(register::WEIGHT_READS)?,
            activation_reads: self.count(register::ACTIVATION_READS)?,
            activation_writes: self.count(register::ACTIVATION_WRITES)?,
        })
    }

    fn cycles(&mut self) -> Result<u64, DeviceError> {
        let low = self.bus.read32(register::CYCLES_LOW)?;
        let high = self.bus.read32(register::CYCLES_HIGH)?;
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn peek(&mut self, memory: Memory, first: usize, words: &mut [u32]) -> Result<(), DeviceError> {
        self.window(memory, (first, words.len()))?;
        let read = self.bus.read_burst(register::WINDOW_DATA, words);
        read.map_err(|error| self.beyond(error, memory, (first, words.len())))
    }

    fn poke(&mut self, memory: Memory, first: usize, words: &[u32]) -> Result<(), DeviceError> {
        self.window(memory, (first, words.len()))?;
        let written = self.bus.write_burst(register::WINDOW_DATA, words);
        written.map_err(|error| self.beyond(error, memory, (first, words.len())))
    }
}
