//! Networks that ask for everything a machine can do.

use std::collections::BTreeSet;
use std::sync::Arc;

use bitladder_device::rust_sim_of;
use bitladder_golden::generate::{Limits, random_inputs, random_network};
use bitladder_hdl_machine::top::machine;
use bitladder_machine::{MachineConfig, compile};
use bitladder_rtl::Module;

use super::case::Case;
use super::{Dut, Seen, SuiteError, host};

/// Seeds of the networks that are looked through.
const SEEDS: u64 = 300;
/// A case of more cycles is too slow to be run on every mutant.
const LONG: u64 = 30_000;

/// What a machine must do, and how long it takes.
#[derive(Debug)]
pub struct Suite {
    pub(crate) config: MachineConfig,
    pub(crate) top: Arc<Module>,
    pub(crate) cases: Vec<Case>,
}

/// A network of a seed, if the machine can run it.
fn candidate(seed: u64, config: &MachineConfig) -> Option<Case> {
    let widths = vec![16, 8, 8, 8, 4, 4, 2, 1, 1, 3, 12];
    let accumulator_bits = config.array.accumulator_bits;
    let limits = Limits { layers: 3, channels: 10, side: 5, widths, accumulator_bits };
    let network = random_network(seed, &limits);
    let images = 1 + seed as usize % 2;
    let program = compile(&network, config, images).ok()?;
    let inputs = random_inputs(&network, images, seed).ok()?;
    Case::new(&network, program, inputs)
}

impl Suite {
    /// The suite of a machine. Its networks are the same each time: each asks for something that
    /// those before it did not.
    pub fn new(config: &MachineConfig) -> Result<Suite, SuiteError> {
        let top = machine(config)?;
        let mut device = rust_sim_of(&top)?;
        let (mut seen, mut cases) = (BTreeSet::new(), Vec::new());
        for mut case in (0..SEEDS).filter_map(|seed| candidate(seed, config)) {
            let features = case.features();
            if features.iter().all(|feature| seen.contains(feature)) {
                continue;
            }
            let unsound = |Seen { by, what }| SuiteError::Unsound { by, what };
            case.counters = case.run(&mut device, false).map_err(unsound)?;
            if case.counters.cycles <= LONG {
                seen.extend(features);
                cases.push(case);
            }
        }
        if cases.is_empty() {
            return Err(SuiteError::Empty { machine: config.name.clone() });
        }
        let suite = Suite { config: config.clone(), top, cases };
        match suite.check(&suite.top)? {
            None => Ok(suite),
            Some(Seen { by, what }) => Err(SuiteError::Unsound { by, what }),
        }
    }

    /// Networks in the suite.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none; never so.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// Cycles of a whole run of the networks.
    pub fn cycles(&self) -> u64 {
        self.cases.iter().map(|case| case.counters.cycles).sum()
    }

    /// Runs the suite on a machine; gives the first thing that is wrong.
    pub fn check(&self, top: &Arc<Module>) -> Result<Option<Seen>, SuiteError> {
        let Ok(mut device) = rust_sim_of(top) else {
            let what = "the first requests are not answered".into();
            return Ok(Some(Seen { by: "reset".into(), what }));
        };
        Ok(self.run(&mut device).err())
    }

    fn run(&self, device: &mut Dut) -> Result<(), Seen> {
        for case in &self.cases {
            case.run(device, true)?;
        }
        host::all(device, &self.config, &self.cases)?;
        // Once more after everything that went wrong.
        self.cases[0].run(device, true).map(drop)
    }
}
