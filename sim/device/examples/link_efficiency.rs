//! How much of a serial line's bit rate is payload, and what the mailbox carries, on bulk transfers
//! at the pins of the simulated machine.
//!
//! `cargo run -p bitladder-device --example link_efficiency`

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use bitladder_device::{BusDevice, Device, Memory, PacketBus, behind_packets, uart_line};
use bitladder_link::Transport;
use bitladder_machine::MachineConfig;
use bitladder_spec::SplitMix64;
use bitladder_verilated::BuildOptions;

/// Words of the transfer, 32 bits each.
const WORDS: usize = 2048;

/// Percent of the bit rate that must be payload, or this fails.
const LEAST: f64 = 90.0;

fn config(baud: u32, packet_bytes: u32, window: u32) -> Result<MachineConfig, Box<dyn Error>> {
    let text = include_str!("../../../gen/configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text)?;
    // A small array: the link is measured, not the machine.
    (config.array.rows, config.array.columns, config.post.lanes) = (2, 2, 2);
    (config.host.baud, config.host.packet_bytes, config.host.window) = (baud, packet_bytes, window);
    Ok(config)
}

/// Writes and reads back; gives the time of each in seconds.
fn transfer<T: Transport>(
    device: &mut BusDevice<PacketBus<T>>,
    words: &[u32],
) -> Result<[f64; 2], Box<dyn Error>> {
    let now =
        |device: &mut BusDevice<PacketBus<T>>| device.bus().link().transport().now().as_secs_f64();
    let begin = now(device);
    device.poke(Memory::Weight, 0, words)?;
    let written = now(device);
    let mut found = vec![0; words.len()];
    device.peek(Memory::Weight, 0, &mut found)?;
    let read = now(device);
    if found != words {
        return Err("the words that came back are not those that were written".into());
    }
    Ok([written - begin, read - written])
}

fn row(name: &str, config: &MachineConfig, words: &[u32]) -> Result<(), Box<dyn Error>> {
    let options = BuildOptions { trace: false, cache: None };
    let mut device = behind_packets(config, uart_line(config, &options, 0.0)?)?;
    let line_time = 10.0 * 4.0 * words.len() as f64 / f64::from(config.host.baud);
    let [write, read] = transfer(&mut device, words)?.map(|time| 100.0 * line_time / time);
    let (baud, bytes, window) = (config.host.baud, config.host.packet_bytes, config.host.window);
    let cycles = f64::from(config.clock.levels_mhz[0]) * 1e6 / f64::from(baud);
    println!("| {name} | {baud} | {cycles:.1} | {bytes} | {window} | {write:.1} % | {read:.1} % |");
    if write.min(read) < LEAST {
        return Err(format!("less than {LEAST} % of the bit rate is payload").into());
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut noise = SplitMix64::new(1);
    let random: Vec<u32> = (0..WORDS).map(|_| noise.next_u64() as u32).collect();
    let full: Vec<u32> = vec![0x0101_0101; WORDS];
    println!("| words | bit/s | cycles per bit | packet bytes | window | writing | reading |");
    println!("|---|---|---|---|---|---|---|");
    for (packet_bytes, window) in [(256, 2), (512, 4)] {
        let config = config(3_000_000, packet_bytes, window)?;
        row("random", &config, &random)?;
        if (packet_bytes, window) == (512, 4) {
            row("no zero byte", &config, &full)?;
            row("all zero", &config, &vec![0; WORDS])?;
        }
    }
    row("random", &config(6_250_000, 512, 4)?, &random)?;
    Ok(())
}
