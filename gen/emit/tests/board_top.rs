//! A board's whole design in simulation, from its pins: reset, serial line, change of clock.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use bitladder_device::{Clocks as LineClocks, Ports, UartLine};
use bitladder_emit::{BuildError, Host, board_design};
use bitladder_fpga::{Board, Clocks};
use bitladder_link::{Link, LinkOptions, Script, TransportError};
use bitladder_machine::isa::register;
use bitladder_machine::{Family, MachineConfig};
use bitladder_rtl::{Design, Signal, Sim};

fn board(name: &str) -> Board {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fpga");
    Board::read(format!("{folder}/{name}.toml")).unwrap()
}

/// The smallest machine of a family at some clocks.
fn config(family: Family, levels_mhz: &[u32]) -> MachineConfig {
    let text = include_str!("../../configs/hx8k-small.toml");
    let mut config = MachineConfig::parse("hx8k-small.toml", text).unwrap();
    config.family = family;
    config.clock.levels_mhz = levels_mhz.to_vec();
    // As fast as the slowest clock allows: the fewer cycles are simulated.
    config.host.baud = levels_mhz[levels_mhz.len() - 1] * 250_000;
    config
}

/// The pins of the design, as a serial line sees them: it has no reset but the power's. Time is
/// counted in cycles of the fastest clock; on a slower one the design moves in fewer of them.
struct Pins {
    sim: Sim,
    rx: Signal,
    tx: Signal,
    /// The level in use, and how many fast cycles one of its cycles takes, by level.
    level: Option<Signal>,
    cycles: Vec<u32>,
    gone: u32,
}

impl Pins {
    fn of(design: &Design, clocks: &Clocks) -> Pins {
        let mut sim = Sim::new(design).unwrap();
        let (rx, tx) = (sim.input("uart_rx_i").unwrap(), sim.signal("uart_tx_o").unwrap());
        let switched = clocks.hz.len() > 1;
        let level = switched.then(|| sim.signal("switch.level_q").unwrap());
        let cycles = clocks.hz.iter().map(|hz| clocks.hz[0] / hz).collect();
        sim.write(rx, 1);
        Pins { sim, rx, tx, level, cycles, gone: 0 }
    }
}

impl Ports for Pins {
    fn set(&mut self, input: usize, value: u32) {
        // Reset, line, level.
        if input == 1 {
            self.sim.write(self.rx, value.into());
        }
    }

    fn get(&mut self, output: usize) -> u32 {
        // The line, and the clock that is asked for: the line's own time goes by the fastest.
        if output == 0 { self.sim.read(self.tx) as u32 } else { 0 }
    }

    fn step(&mut self) -> Result<(), TransportError> {
        let level = self.level.map_or(0, |level| self.sim.read(level) as usize);
        self.gone += 1;
        if self.gone < self.cycles[level] {
            return Ok(());
        }
        self.gone = 0;
        self.sim.step("clk").map_err(|source| TransportError::Failed(Box::new(source)))
    }
}

fn read(link: &mut Link<UartLine<Pins>>, address: u32) -> u32 {
    link.execute(&Script::new().read(address, 1).unwrap()).unwrap()[0]
}

/// Talks to the machine over the pins, and changes its clock as far as there is another.
fn talk(name: &str, family: Family, levels: &[u32]) {
    let (board, config) = (board(name), config(family, levels));
    let clocks = Clocks::new(&board, levels).unwrap();
    assert_eq!(clocks.hz[0], levels[0] * 1_000_000, "the line's time needs the exact clock");
    let design = board_design(&config, Host::Uart, &board, &clocks).unwrap();
    let mut line =
        UartLine::new(Pins::of(&design, &clocks), LineClocks::of(&config), config.host.baud, 0.0)
            .unwrap();
    // The machine is in reset for a while after power-up.
    line.pass(40).unwrap();
    let mut link = Link::open(line, LinkOptions::default()).unwrap();
    assert_eq!(read(&mut link, register::CONFIG_HASH), config.hash32(), "{name}");
    assert_eq!(read(&mut link, register::CLOCK_LEVEL), 0);
    let runs = link.transport().ports().sim.get("led_o").unwrap();
    let low = board.signal("led").unwrap().active_low;
    assert_eq!(runs & 1, u128::from(!low), "{name}");

    link.execute(&Script::new().write(register::CLOCK_LEVEL, &[1]).unwrap()).unwrap();
    let known = clocks.hz.len() > 1;
    let wanted = if known { 0x101 } else { 0x001 };
    assert_eq!(read(&mut link, register::CLOCK_LEVEL), wanted, "{name}");
}

#[test]
fn machines_answer_over_the_pins_of_boards_at_all_their_clocks() {
    talk("ulx3s-25f", Family::Ecp5, &[50, 25]);
    talk("ulx3s-85f", Family::Ecp5, &[60, 30, 20]);
    talk("tang-nano-20k", Family::Gowin, &[54, 27]);
    talk("hx8k-breakout", Family::Ice40, &[36, 18]);
}

#[test]
fn without_a_second_clock_the_first_one_stays() {
    talk("icebreaker", Family::Ice40, &[24, 8]);
}

#[test]
fn what_a_board_cannot_carry_is_refused() {
    let on = |config: &MachineConfig, name: &str| {
        let accelerator = bitladder_emit::Accelerator::on_board(
            config,
            bitladder_emit::Host::of(config),
            &board(name),
        );
        accelerator.map(drop).map_err(|error: BuildError| error.to_string()).unwrap_err()
    };
    let mut fast = config(Family::Ecp5, &[48, 12]);
    fast.host.baud = 3_000_000;
    assert_eq!(
        on(&fast, "ulx3s-25f"),
        "machine `hx8k-small`: `host.baud` is 3000000, but on board `ulx3s-25f` the slowest clock \
         is 11991000 Hz, and a bit takes four cycles or more: choose a lower rate"
    );
    assert_eq!(
        on(&config(Family::Gowin, &[80, 40]), "tang-primer-25k"),
        "GW5A-25A cannot make 80 MHz from the 50 MHz of board `tang-primer-25k`; the nearest below \
         is 50 MHz: change `clock.levels_mhz`"
    );
    let text = include_str!("../../configs/ulx3s-85-sdram.toml");
    let outside = MachineConfig::parse("ulx3s-85-sdram.toml", text).unwrap();
    let message = on(&outside, "ulx3s-85f");
    assert!(message.contains("has external memory, for which board `ulx3s-85f` gets no pins yet"));
}
