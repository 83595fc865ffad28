//! Opens a device by its URL, fills its weight memory, runs a network on it, and compares all that
//! with the interpreter.
//!
//!     cargo run --release -p bitladder-host --example check_device -- CONFIG URL

#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::process::ExitCode;

use bitladder_device::{Device, Golden, Memory, run};
use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_host::DeviceUrl;
use bitladder_machine::{MachineConfig, compile};
use bitladder_spec::SplitMix64;

/// Words written and read back.
const WORDS: usize = 4000;
/// Batches that run.
const BATCHES: u64 = 4;
/// Cycles a batch may take; small networks take thousands.
const CYCLES: u64 = 10_000_000;

fn main() -> ExitCode {
    match check() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(config), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("give the machine's configuration and the device's URL".into());
    };
    let config = MachineConfig::read(config)?;
    let url: DeviceUrl = url.parse()?;
    let mut device = url.open(&config)?;
    let info = device.info()?;
    println!(
        "{url}: {} x {} lanes, configuration {:08x}",
        info.rows, info.columns, info.config_hash
    );
    memory(device.as_mut())?;
    println!("{WORDS} words written to weight memory and read back: equal");
    networks(device.as_mut(), &config)?;
    println!("{BATCHES} batches: results equal to the interpreter's");
    Ok(())
}

fn memory(device: &mut dyn Device) -> Result<(), Box<dyn Error>> {
    let mut noise = SplitMix64::new(1);
    let words: Vec<u32> = (0..WORDS).map(|_| noise.next_u64() as u32).collect();
    let mut found = vec![0; WORDS];
    device.poke(Memory::Weight, 0, &words)?;
    device.peek(Memory::Weight, 0, &mut found)?;
    match found == words {
        true => Ok(()),
        false => Err("weight memory does not hold what was written".into()),
    }
}

fn networks(device: &mut dyn Device, config: &MachineConfig) -> Result<(), Box<dyn Error>> {
    let network = random_network(2, &Limits { widths: vec![8], ..Limits::default() });
    let program = compile(&network, config, 1)?;
    let mut golden = Golden::new(config);
    for seed in 0..BATCHES {
        let inputs = random_inputs(&network, 1, seed)?;
        let found = run(device, &program, &inputs, CYCLES)?;
        if found != run(&mut golden, &program, &inputs, CYCLES)? {
            return Err(format!("the results of batch {seed} differ from the interpreter's").into());
        }
    }
    Ok(())
}
