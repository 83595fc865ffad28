//! Memory outside the machine, in simulations.

use bitladder_machine::{BusMemory, ExternalMemory, MachineConfig, SdramChip as Chip};
use bitladder_memory_models::{
    Axi4Memory, ChipSpec, ChipTimes, MemoryModel, SdramChip, Stalls, WishboneKind, WishboneMemory,
};

use crate::BusError;

/// A memory's model, on its way into a simulation.
pub type OutsideModel = Box<dyn MemoryModel + Send>;

/// What the chip's data sheet says, with what the configuration does not have left open.
fn spec(chip: &Chip) -> ChipSpec {
    let ps = |ns: usize| ns as u64 * 1000;
    ChipSpec {
        row_bits: chip.row_bits as u32,
        column_bits: chip.column_bits as u32,
        data_bits: 16,
        period_2: 1,
        period_3: 1,
        times: ChipTimes {
            activate: ps(chip.activate_ns),
            precharge: ps(chip.precharge_ns),
            row_active: ps(chip.row_active_ns),
            row_active_most: 100_000_000,
            row_cycle: ps(chip.row_cycle_ns),
            row_to_row: ps(chip.row_cycle_ns) / 4,
            refresh: ps(chip.refresh_ns),
            write_recovery: ps(chip.write_recovery_ns),
            mode: ps(chip.mode_ns),
            refresh_interval: chip.refresh_interval_ps(),
            power_up: ps(chip.power_up_us * 1000),
        },
    }
}

/// The memory that a machine's configuration asks for, on its fastest clock; bus slaves stall as
/// told.
pub fn outside_model(config: &MachineConfig, stalls: Stalls) -> Option<OutsideModel> {
    let mhz = config.clock.levels_mhz.first().copied().unwrap_or(1);
    let wishbone = |kind, bus: &BusMemory, stalls| -> OutsideModel {
        Box::new(WishboneMemory::new(kind, bus.words, bus.data_bits as u32, stalls))
    };
    Some(match config.external_memory.as_ref()? {
        ExternalMemory::Sdram(chip) => {
            let period = 1_000_000 / u64::from(mhz);
            Box::new(SdramChip::new(spec(chip), period, chip.inverted_clock))
        }
        ExternalMemory::Axi4(bus) => {
            Box::new(Axi4Memory::new(bus.words, bus.data_bits as u32, stalls))
        }
        ExternalMemory::Wishbone(bus) => wishbone(WishboneKind::Classic, bus, stalls),
        ExternalMemory::WishbonePipelined(bus) => wishbone(WishboneKind::Pipelined, bus, stalls),
    })
}

/// A model and the design's ports that it is joined to.
pub(crate) struct Joined<O, I> {
    model: OutsideModel,
    outputs: Vec<O>,
    inputs: Vec<I>,
    seen: Vec<u64>,
    driven: Vec<u64>,
}

impl<O: Copy, I: Copy> Joined<O, I> {
    /// Finds the model's ports by their names in the Verilog.
    pub(crate) fn new<E>(
        model: OutsideModel,
        mut output: impl FnMut(&str) -> Result<O, E>,
        mut input: impl FnMut(&str) -> Result<I, E>,
    ) -> Result<Self, E> {
        let outputs = model.outputs().iter().map(|name| output(&format!("{name}_o")));
        let outputs = outputs.collect::<Result<Vec<O>, E>>()?;
        let inputs = model.inputs().iter().map(|name| input(&format!("{name}_i")));
        let inputs = inputs.collect::<Result<Vec<I>, E>>()?;
        let (seen, driven) = (vec![0; outputs.len()], vec![0; inputs.len()]);
        Ok(Self { model, outputs, inputs, seen, driven })
    }

    /// The model, to look inside.
    pub(crate) fn model(&mut self) -> &mut OutsideModel {
        &mut self.model
    }

    /// What happens in a cycle before its edge: `get` and `set` reach the design.
    pub(crate) fn cycle<D>(
        &mut self,
        design: &mut D,
        get: impl Fn(&mut D, O) -> u64,
        set: impl Fn(&mut D, I, u64),
    ) -> Result<(), BusError> {
        let look = |design: &mut D, seen: &mut [u64], outputs: &[O]| {
            for (value, port) in seen.iter_mut().zip(outputs) {
                *value = get(design, *port);
            }
        };
        look(design, &mut self.seen, &self.outputs);
        self.model.drive(&self.seen, &mut self.driven);
        for (port, value) in self.inputs.iter().zip(&self.driven) {
            set(design, *port, *value);
        }
        look(design, &mut self.seen, &self.outputs);
        let link = |violation| BusError::Link { source: Box::new(violation) };
        self.model.edge(&self.seen).map_err(link)
    }
}
