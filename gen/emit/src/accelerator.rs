//! A machine with its host link.

use bitladder_fpga::{Expected, Subject};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Design, EmitOptions};

use crate::{BuildError, GENERATOR, Host, blocks};

/// A machine with its host link, as Verilog.
#[derive(Debug, Clone, PartialEq)]
pub struct Accelerator {
    /// The machine.
    pub config: MachineConfig,
    /// What is in front of it.
    pub host: Host,
    /// Its Verilog, stamped with the generator's version and the configuration's hash.
    pub subject: Subject,
    /// Blocks that its synthesis must make, exactly.
    pub expected: Expected,
}

impl Accelerator {
    /// Describes the machine and writes its Verilog: the same bytes for the same configuration,
    /// host link and version.
    pub fn new(config: &MachineConfig, host: Host) -> Result<Accelerator, BuildError> {
        let machine = || config.name.clone();
        let design = Design::elaborate(&host.top(config)?)
            .map_err(Box::new)
            .map_err(|source| BuildError::Description { machine: machine(), source })?;
        let options = EmitOptions {
            generator: GENERATOR.to_owned(),
            configuration: config.hash(),
            ..EmitOptions::default()
        };
        let subject = Subject::new(&design, &options)
            .map_err(|source| BuildError::Verilog { machine: machine(), source })?;
        let expected = blocks::expected(config);
        Ok(Accelerator { config: config.clone(), host, subject, expected })
    }
}
