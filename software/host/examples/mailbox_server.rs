//! Stands behind a card's memory: serves the mailbox in a file that is shared with another program
//! by the machine's Verilog in Verilator.
//!
//!     cargo run --release -p bitladder-host --example mailbox_server -- CONFIG FILE

#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;

use bitladder_device::{MailboxBridge, mailbox_window};
use bitladder_host::PcieWindow;
use bitladder_machine::MachineConfig;
use bitladder_verilated::BuildOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(config), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("give the machine's configuration and the shared file".into());
    };
    let config = MachineConfig::read(config)?;
    let device = mailbox_window(&config, &BuildOptions { trace: false, cache: None })?;
    let mut bridge = MailboxBridge::new(PcieWindow::open_file(file.as_ref())?, device)?;
    println!("serving {} in {file}", config.name);
    loop {
        bridge.step()?;
    }
}
