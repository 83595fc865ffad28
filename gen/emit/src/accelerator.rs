//! A machine with its host link.

use std::sync::Arc;

use bitladder_fpga::{Board, Clocks, Expected, Subject};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Design, EmitOptions, Module};

use crate::blocks::Storage;
use crate::board_top::board_top;
use crate::{BuildError, GENERATOR, Host, blocks};

/// A machine with its host link, as Verilog.
#[derive(Debug, Clone, PartialEq)]
pub struct Accelerator {
    /// The machine.
    pub config: MachineConfig,
    /// What is in front of it.
    pub host: Host,
    /// Where its clock comes from, if it is for a board and makes its own.
    pub clocks: Option<Clocks>,
    /// Its Verilog, stamped with the generator's version and the configuration's hash.
    pub subject: Subject,
    /// Blocks that its synthesis must make, exactly.
    pub expected: Expected,
}

impl Accelerator {
    /// Describes the machine and writes its Verilog: the same bytes for the same configuration,
    /// host link and version.
    pub fn new(config: &MachineConfig, host: Host) -> Result<Accelerator, BuildError> {
        let design = elaborated(config, &host.top(config)?)?;
        Accelerator::written(config, host, &design, (None, Storage::of(config.family)))
    }

    /// The same for a board: behind a serial line, with the board's oscillator, a PLL for the
    /// configured clocks, and its pins. Refuses a link or family that the board does not have.
    pub fn on_board(
        config: &MachineConfig,
        host: Host,
        board: &Board,
    ) -> Result<Accelerator, BuildError> {
        check(config, host, board)?;
        if !host.is_serial() {
            return Accelerator::new(config, host);
        }
        let clocks = Clocks::new(board, &config.clock.levels_mhz)?;
        let (baud, slowest) = (config.host.baud, clocks.hz.iter().min().copied().unwrap_or(0));
        if slowest / 4 < baud {
            let (machine, board) = (config.name.clone(), board.name.clone());
            return Err(BuildError::Baud { machine, baud, board, hz: slowest });
        }
        let design = board_design(config, host, board, &clocks)?;
        let storage = Storage::on(config.family, board.fpga.device);
        Accelerator::written(config, host, &design, (Some(clocks), storage))
    }

    /// The frequency of its fastest level, as the board really makes it.
    pub fn mhz(&self) -> f64 {
        let made = self.clocks.as_ref().and_then(|clocks| clocks.hz.first());
        let configured = || self.config.clock.levels_mhz.first().copied().map_or(0.0, f64::from);
        made.map_or_else(configured, |hz| f64::from(*hz) / 1e6)
    }

    fn written(
        config: &MachineConfig,
        host: Host,
        design: &Design,
        (clocks, storage): (Option<Clocks>, Storage),
    ) -> Result<Accelerator, BuildError> {
        let options = EmitOptions {
            generator: GENERATOR.to_owned(),
            configuration: config.hash(),
            ..EmitOptions::default()
        };
        let mut subject = Subject::new(design, &options)
            .map_err(|source| BuildError::Verilog { machine: config.name.clone(), source })?;
        let made = clocks.as_ref().filter(|clocks| clocks.cell.is_some());
        subject.made_mhz = made.and_then(|clocks| clocks.hz.first()).map(|hz| f64::from(*hz) / 1e6);
        let expected = blocks::expected(config, host, storage);
        Ok(Accelerator { config: config.clone(), host, clocks, subject, expected })
    }
}

/// A machine on a board, behind its serial line, with these clocks: for simulation, as
/// [`Accelerator::on_board`] has its Verilog.
pub fn board_design(
    config: &MachineConfig,
    host: Host,
    board: &Board,
    clocks: &Clocks,
) -> Result<Design, BuildError> {
    elaborated(config, &board_top(config, host, board, clocks)?)
}

fn elaborated(config: &MachineConfig, top: &Arc<Module>) -> Result<Design, BuildError> {
    let machine = config.name.clone();
    let of = |source| BuildError::Description { machine, source };
    Design::elaborate(top).map_err(Box::new).map_err(of)
}

/// Refuses what does not go onto a board before anything is described.
fn check(config: &MachineConfig, host: Host, board: &Board) -> Result<(), BuildError> {
    let device = board.fpga.device;
    let family = format!("{:?}", config.family).to_lowercase();
    let needs = device.family.name();
    if family != "generic" && family != needs {
        return Err(BuildError::Family {
            machine: config.name.clone(),
            family,
            board: board.name.clone(),
            device: device.name,
            needs,
        });
    }
    match host.fits_boards() {
        true => Ok(()),
        false => Err(BuildError::Host { host: host.name(), other: Host::Uart.name() }),
    }
}
