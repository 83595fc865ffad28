//! What the units of a machine are built for.

use bitladder_blocks::{
    ArrayConfig, BlockError, Dataflow, Drain, Family, LaneConfig, LanePlan, Mode, Multiplier,
    WeightKind,
};
use bitladder_machine::{ArrayGate, MachineConfig};

use crate::back_end::BackEndConfig;
use crate::control::ControlConfig;
use crate::decide::DecideConfig;
use crate::fetch::FetchConfig;

/// The configurations of all units.
pub(super) struct Units {
    pub(super) control: ControlConfig,
    pub(super) fetch: FetchConfig,
    pub(super) back: BackEndConfig,
    pub(super) decide: DecideConfig,
}

impl Units {
    pub(super) fn of(machine: &MachineConfig) -> Result<Units, BlockError> {
        let control = ControlConfig::of(machine);
        Ok(Units {
            fetch: fetch(machine, &control)?,
            back: BackEndConfig::of(machine),
            decide: DecideConfig::of(machine),
            control,
        })
    }
}

fn family(machine: &MachineConfig) -> Family {
    match machine.family {
        bitladder_machine::Family::Generic => Family::Generic,
        bitladder_machine::Family::Ecp5 => Family::Ecp5,
        bitladder_machine::Family::Ice40 => Family::Ice40,
        bitladder_machine::Family::Gowin => Family::Gowin,
    }
}

fn multiplier(machine: &MachineConfig) -> Multiplier {
    match machine.array.multiplier {
        bitladder_machine::Multiplier::Fabric => Multiplier::Fabric,
        bitladder_machine::Multiplier::Dsp1 => Multiplier::OneDsp,
        bitladder_machine::Multiplier::Dsp2 => Multiplier::TwoDsp,
        bitladder_machine::Multiplier::Mac16 => Multiplier::Mac16,
        bitladder_machine::Multiplier::Shifter => Multiplier::Shifter,
    }
}

/// The kinds of weights that lanes multiply: the 3-bit code is decoded before it gets there.
fn weights(control: &ControlConfig) -> Vec<WeightKind> {
    let own = |kind: &WeightKind| control.weight_kinds.contains(&(kind.code() as u32));
    let decoded = |kind: &WeightKind| *kind == WeightKind::Fixed && control.decodes();
    let kinds = WeightKind::ALL.into_iter().filter(|kind| *kind != WeightKind::Qsq);
    kinds.filter(|kind| own(kind) || decoded(kind)).collect()
}

/// A lane whose accumulator is as wide as the machine's, whatever that can hold in the worst
/// case: the compiler proves of each layer that it can.
fn lane(machine: &MachineConfig, control: &ControlConfig) -> Result<LaneConfig, BlockError> {
    let modes = Mode::ALL.into_iter().filter(|m| control.modes.contains(&(m.code() as u32)));
    let config = LaneConfig {
        family: family(machine),
        multiplier: multiplier(machine),
        modes: modes.collect(),
        weights: weights(control),
        reduction: 1,
        accumulator_bits: Some(machine.array.accumulator_bits.into()),
    };
    let longest = control.patch_words * 16;
    let halved = std::iter::successors(Some(longest), |products| Some(products / 2));
    let lengths = halved.take_while(|products| *products > 1);
    let mut fitting = lengths.map(|reduction| LaneConfig { reduction, ..config.clone() });
    let found = fitting.find(|config| LanePlan::new(config).is_ok());
    match found {
        Some(found) => Ok(found),
        None => LanePlan::new(&config).map(|_| config),
    }
}

fn fetch(machine: &MachineConfig, control: &ControlConfig) -> Result<FetchConfig, BlockError> {
    let dataflow = match machine.array.dataflow {
        bitladder_machine::Dataflow::Broadcast => Dataflow::Broadcast,
        bitladder_machine::Dataflow::Systolic => Dataflow::Systolic,
    };
    Ok(FetchConfig {
        array: ArrayConfig {
            lane: lane(machine, control)?,
            rows: control.rows,
            columns: control.columns,
            dataflow,
            drain: if control.direct { Drain::Short } else { Drain::Chain },
        },
        activation_groups: control.activation_groups,
        weight_groups: control.weight_groups,
        patch_words: control.patch_words.next_power_of_two().max(4),
        operand_bits: control.operand_bits,
        extent_bits: control.extent_bits,
        pass_bits: control.reach.channel_bits,
        batches: control.reach.images > 1,
        dense: control.reach.dense,
        counters: control.counters,
        scalar_entries: control.decodes().then_some(control.parameter_entries),
        nested: machine.array.nested,
        quality: machine.array.quality,
        gate: (machine.clock.array_gate == ArrayGate::Cell).then(|| family(machine)),
        pass_cycles: match machine.parameters_in_turns() {
            true => control.rows * machine.row_cycles() as u32,
            // Meanwhile post reads the next pass's parameters.
            false => machine.parameter_cycles() as u32,
        },
    })
}
