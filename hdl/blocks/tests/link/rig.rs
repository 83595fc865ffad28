//! An engine in simulation, between a host at its byte streams and registers on its bus.

use std::collections::VecDeque;

use bitladder_blocks::link::{LinkConfig, packet_engine};
use bitladder_link_format::{BusFault, Registers, Responder, ResponderLimits, body_words};
use bitladder_rtl::{Design, Signal, Sim};
use bitladder_spec::SplitMix64;

pub(crate) const CONFIG: LinkConfig = LinkConfig {
    packet_bytes: 128,
    window: 4,
    address_bits: 6,
    status: 0x14,
    config_hash: 0xc0f1_9abc,
};

pub(crate) fn limits(config: &LinkConfig) -> ResponderLimits {
    ResponderLimits {
        window: config.window as u8,
        packet_words: body_words(config.packet_bytes as usize) as u16,
        config_hash: config.config_hash,
        status: config.status,
    }
}

/// 48 registers, of which the last counts how often it is written; then some that refuse, and
/// some that say nothing. The bus has addresses for 64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bank(pub(crate) [u32; 48]);

impl Default for Bank {
    fn default() -> Self {
        Bank(std::array::from_fn(|index| index as u32 * 0x0101_0000))
    }
}

impl Registers for Bank {
    fn read(&mut self, address: u32) -> Result<u32, BusFault> {
        match address / 4 {
            word @ 0..48 => Ok(self.0[word as usize]),
            62..64 => Err(BusFault::Silent),
            _ => Err(BusFault::Refused),
        }
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), BusFault> {
        self.read(address)?;
        let counts = address == 4 * 47;
        let register = &mut self.0[address as usize / 4];
        *register = if counts { register.wrapping_add(1) } else { value };
        Ok(())
    }
}

/// Ports of the engine.
struct Ports {
    valid: Signal,
    data: Signal,
    ready: Signal,
    out_ready: Signal,
    out_valid: Signal,
    out_data: Signal,
    interrupt: Signal,
    bus: [Signal; 3],
    asks: [Signal; 4],
}

/// The engine with its surroundings.
pub(crate) struct Rig {
    sim: Sim,
    ports: Ports,
    pub(crate) bank: Bank,
    noise: SplitMix64,
    /// Chance in 8 that the host takes a byte, and that the bus answers, in a cycle.
    pub(crate) eager: [u64; 2],
    pub(crate) cycles: u64,
}

/// Cycles without a byte after which nothing more comes: a silent register takes 255.
const QUIET: u32 = 400;

impl Rig {
    pub(crate) fn new(config: &LinkConfig, seed: u64) -> Rig {
        let design = Design::elaborate(&packet_engine(config).unwrap()).unwrap();
        let mut sim = Sim::new(&design).unwrap();
        sim.scramble(seed);
        let input = |name: &str| sim.input(name).unwrap();
        let ports = Ports {
            valid: input("in_valid"),
            data: input("in_data"),
            out_ready: input("out_ready"),
            interrupt: input("interrupt"),
            bus: ["bus_ready", "bus_read", "bus_error"].map(input),
            ready: sim.signal("in_ready").unwrap(),
            out_valid: sim.signal("out_valid").unwrap(),
            out_data: sim.signal("out_data").unwrap(),
            asks: ["bus_valid", "bus_write", "bus_address", "bus_data"]
                .map(|name| sim.signal(name).unwrap()),
        };
        let noise = SplitMix64::new(seed);
        let mut rig = Rig { sim, ports, bank: Bank::default(), noise, eager: [8, 8], cycles: 0 };
        rig.reset();
        rig
    }

    pub(crate) fn reset(&mut self) {
        self.sim.set("rst", 1).unwrap();
        self.sim.step("clk").unwrap();
        self.sim.set("rst", 0).unwrap();
    }

    fn chance(&mut self, in_eight: u64) -> bool {
        self.noise.below(8) < in_eight
    }

    /// Answers the bus in this cycle, if it feels like it.
    fn serve(&mut self) {
        let [valid, write, address, data] = self.ports.asks.map(|signal| self.sim.read(signal));
        let silent = address >= 62;
        let answers = valid == 1 && !silent && self.chance(self.eager[1]);
        let address = address as u32 * 4;
        let result = match (answers, write) {
            (false, _) => Ok(0),
            (true, 0) => self.bank.read(address),
            (true, _) => self.bank.write(address, data as u32).map(|()| 0),
        };
        let [ready, read, error] = self.ports.bus;
        self.sim.write(ready, answers.into());
        self.sim.write(read, result.unwrap_or(0).into());
        self.sim.write(error, result.is_err().into());
    }

    /// One cycle; gives the byte that came out.
    fn cycle(&mut self, line: &mut VecDeque<u8>) -> Option<u8> {
        let takes = self.chance(self.eager[0]);
        self.sim.write(self.ports.out_ready, takes.into());
        self.sim.write(self.ports.valid, u128::from(!line.is_empty()));
        self.sim.write(self.ports.data, line.front().map_or(0, |byte| u128::from(*byte)));
        self.serve();
        if !line.is_empty() && self.sim.read(self.ports.ready) == 1 {
            line.pop_front();
        }
        let moves = takes && self.sim.read(self.ports.out_valid) == 1;
        let byte = moves.then(|| self.sim.read(self.ports.out_data) as u8);
        self.sim.step("clk").unwrap();
        self.cycles += 1;
        byte
    }

    /// Sends bytes; gives what comes back until nothing more does.
    pub(crate) fn exchange(&mut self, line: &[u8]) -> Vec<u8> {
        let mut line: VecDeque<u8> = line.iter().copied().collect();
        let (mut back, mut quiet) = (Vec::new(), 0);
        let limit = self.cycles + 5_000 * (line.len() as u64 + 10);
        while quiet < QUIET {
            assert!(self.cycles < limit, "the engine hangs");
            let byte = self.cycle(&mut line);
            quiet = if byte.is_some() || !line.is_empty() { 0 } else { quiet + 1 };
            back.extend(byte);
        }
        back
    }

    pub(crate) fn interrupt(&mut self, level: bool) {
        self.sim.write(self.ports.interrupt, level.into());
    }
}

/// The model, with registers of its own.
pub(crate) struct Model {
    pub(crate) responder: Responder,
    pub(crate) bank: Bank,
}

impl Model {
    pub(crate) fn new(config: &LinkConfig) -> Model {
        Model { responder: Responder::new(limits(config)), bank: Bank::default() }
    }

    pub(crate) fn exchange(&mut self, line: &[u8]) -> Vec<u8> {
        let Model { responder, bank } = self;
        line.iter().filter_map(|byte| responder.byte(*byte, bank)).flatten().collect()
    }
}
