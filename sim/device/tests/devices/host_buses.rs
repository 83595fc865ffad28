//! The machine behind AXI4-Lite and Wishbone, with masters that take their time.

use std::sync::Arc;

use bitladder_blocks::io::WishboneMode;
use bitladder_device::{Bus, BusDevice, BusError};
use bitladder_hdl_machine::top::{machine_axi_lite, machine_wishbone};
use bitladder_rtl::{Design, Module, Sim};
use bitladder_spec::SplitMix64;

use crate::{backends, errors, networks};

/// Cycles an answer may take.
const PATIENCE: u32 = 64;

/// A master in the Rust simulation; delays come from a seed.
struct Master<K> {
    sim: Sim,
    noise: SplitMix64,
    kind: K,
}

/// How a request goes over a bus: the word read, and whether it was refused.
trait Protocol {
    fn request(
        master: &mut Master<Self>,
        write: bool,
        address: u32,
        data: u32,
    ) -> Option<(u32, bool)>
    where
        Self: Sized;
}

impl<K> Master<K> {
    fn new(module: &Arc<Module>, kind: K, seed: u64) -> Self
    where
        K: Sized,
    {
        let mut sim = Sim::new(&Design::elaborate(module).unwrap()).unwrap();
        sim.scramble(seed);
        let inputs: Vec<String> = module
            .ports()
            .iter()
            .filter(|port| port.direction == bitladder_rtl::Direction::Input)
            .map(|port| port.base.clone())
            .collect();
        for input in inputs {
            sim.set(&input, 0).unwrap();
        }
        let mut master = Self { sim, noise: SplitMix64::new(seed), kind };
        master.set("rst", 1);
        master.step();
        master.step();
        master.set("rst", 0);
        master
    }

    fn set(&mut self, port: &str, value: u32) {
        self.sim.set(port, u128::from(value)).unwrap();
    }

    fn get(&mut self, port: &str) -> u32 {
        self.sim.get(&format!("{port}_o")).unwrap() as u32
    }

    fn step(&mut self) {
        self.sim.step("clk").unwrap();
    }

    /// Half of the time.
    fn dawdles(&mut self) -> bool {
        self.noise.below(2) == 0
    }
}

struct AxiLite;

impl Master<AxiLite> {
    /// Offers a word on some channels until each has taken it, none before it likes to.
    fn send(&mut self, channels: &[(&str, &[(&str, u32)])]) -> Option<()> {
        let mut open: Vec<_> = channels.to_vec();
        let mut offered: Vec<&str> = Vec::new();
        for _ in 0..PATIENCE {
            for (channel, fields) in &open {
                if !offered.contains(channel) && !self.dawdles() {
                    fields
                        .iter()
                        .for_each(|(f, value)| self.set(&format!("{channel}_{f}"), *value));
                    self.set(&format!("{channel}_valid"), 1);
                    offered.push(channel);
                }
            }
            let taken: Vec<&str> = offered
                .iter()
                .copied()
                .filter(|channel| self.get(&format!("{channel}_ready")) == 1)
                .collect();
            self.step();
            for channel in &taken {
                self.set(&format!("{channel}_valid"), 0);
            }
            offered.retain(|channel| !taken.contains(channel));
            open.retain(|(channel, _)| !taken.contains(channel));
            if open.is_empty() {
                return Some(());
            }
        }
        None
    }

    /// Takes the answer on a channel, when it likes to.
    fn receive(&mut self, channel: &str) -> Option<u32> {
        for _ in 0..PATIENCE {
            let ready = !self.dawdles();
            self.set(&format!("{channel}_ready"), ready.into());
            if ready && self.get(&format!("{channel}_valid")) == 1 {
                let response = self.get(&format!("{channel}_resp"));
                return Some(response);
            }
            self.step();
        }
        None
    }

    fn done(&mut self, channel: &str) {
        self.step();
        self.set(&format!("{channel}_ready"), 0);
    }
}

impl Protocol for AxiLite {
    fn request(
        master: &mut Master<AxiLite>,
        write: bool,
        address: u32,
        data: u32,
    ) -> Option<(u32, bool)> {
        if write {
            let value = [("data", data), ("strb", 0xf)];
            master.send(&[("aw", &[("addr", address)]), ("w", &value)])?;
            let response = master.receive("b")?;
            master.done("b");
            return Some((0, response != 0));
        }
        master.send(&[("ar", &[("addr", address)])])?;
        let response = master.receive("r")?;
        let word = master.get("r_data");
        master.done("r");
        Some((word, response != 0))
    }
}

impl Protocol for WishboneMode {
    fn request(
        master: &mut Master<WishboneMode>,
        write: bool,
        address: u32,
        data: u32,
    ) -> Option<(u32, bool)> {
        while master.dawdles() {
            master.step();
        }
        let request = [("we", write.into()), ("adr", address / 4), ("dat", data), ("sel", 0xf)];
        request.into_iter().for_each(|(port, value)| master.set(port, value));
        master.set("cyc", 1);
        master.set("stb", 1);
        for _ in 0..PATIENCE {
            let taken = master.kind == WishboneMode::Pipelined
                && master.sim.get("stb_i").unwrap() == 1
                && master.get("stall") == 0;
            let (done, failed) = (master.get("ack") == 1, master.get("err") == 1);
            let word = master.get("dat");
            master.step();
            if taken || done || failed {
                master.set("stb", 0);
            }
            if done || failed {
                master.set("cyc", 0);
                return Some((word, failed));
            }
        }
        None
    }
}

impl<K: Protocol> Master<K> {
    fn answer(&mut self, write: bool, address: u32, data: u32) -> Result<u32, BusError> {
        match K::request(self, write, address, data) {
            Some((word, false)) => Ok(word),
            Some((_, true)) => Err(BusError::Refused { address, write }),
            None => Err(BusError::Silent { address, waited: format!("{PATIENCE} cycles") }),
        }
    }
}

impl<K: Protocol> Bus for Master<K> {
    fn read32(&mut self, address: u32) -> Result<u32, BusError> {
        self.answer(false, address, 0)
    }

    fn write32(&mut self, address: u32, value: u32) -> Result<(), BusError> {
        self.answer(true, address, value).map(|_| ())
    }

    fn pause(&mut self) -> Result<(), BusError> {
        (0..100).for_each(|_| self.step());
        Ok(())
    }
}

/// Programs, precisions and errors of the suite.
fn suite<K: Protocol>(master: Master<K>) {
    let mut device = BusDevice::new(master);
    networks::says_what_it_is(&mut device);
    networks::precision_changes_between_images(&mut device);
    errors::broken_descriptors_are_named_and_recovered_from(&mut device);
    errors::is_busy_while_it_runs(&mut device);
    errors::reset_stops_a_run(&mut device);
}

#[test]
fn programs_run_over_axi_lite() {
    let module = machine_axi_lite(&backends::config()).unwrap();
    suite(Master::new(&module, AxiLite, 21));
}

#[test]
fn programs_run_over_wishbone() {
    for (mode, seed) in [(WishboneMode::Classic, 22), (WishboneMode::Pipelined, 23)] {
        let module = machine_wishbone(&backends::config(), mode).unwrap();
        suite(Master::new(&module, mode, seed));
    }
}
