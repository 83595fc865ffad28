//! The emitted Verilog against the Rust simulation, cycle by cycle, and the linters' opinion of it.

use std::sync::Arc;

use bitladder_blocks::{BlockError, Mode, Multiplier, WeightKind};
use bitladder_hdl_machine::fetch::{
    FetchConfig, FetchPlan, compute_core, gather, passes, patch_buffer, realigner, row_packer,
    streamer, weight_stream,
};
use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, Module};

use crate::conv::Conv;
use crate::data::Bases;
use crate::shapes;

type Build = fn(&FetchPlan) -> Result<Arc<Module>, BlockError>;

fn plan(config: &FetchConfig) -> FetchPlan {
    FetchPlan::new(config).unwrap()
}

/// Random inputs, but the fields of a layer stand still, and it begins at the start and again
/// halfway.
fn layer(module: &Arc<Module>, shape: &FetchPlan, conv: &Conv, cycles: usize) -> Plan {
    let mut stimuli = Plan::random(cycles, 5);
    let names: Vec<&str> = module.ports().iter().map(|port| port.name.as_str()).collect();
    let shape = [shape.rows() as usize, shape.columns() as usize];
    let fields = conv.fields(shape, Bases { input: 8, weights: 3, scalars: 1 });
    let fields = fields.iter().map(|(name, value)| (format!("layer_{name}_i"), *value));
    for (name, value) in fields.filter(|(name, _)| names.contains(&name.as_str())) {
        stimuli = stimuli.hold(&name, 0..cycles, value as u128);
    }
    if names.contains(&"rst_i") {
        stimuli = stimuli.reset("rst_i", 2);
    }
    for input in ["start_i", "clear_i", "steady_i"].iter().filter(|name| names.contains(name)) {
        stimuli = stimuli.hold(input, 0..cycles, 0);
        if *input != "steady_i" {
            stimuli = stimuli.hold(input, 3..4, 1).hold(input, cycles / 2..cycles / 2 + 1, 1);
        }
    }
    stimuli
}

fn agree(cases: &[(Arc<Module>, Plan)]) {
    let designs: Vec<Design> =
        cases.iter().map(|(module, _)| Design::elaborate(module).unwrap()).collect();
    let batch: Vec<(&Design, &Plan)> =
        designs.iter().zip(cases).map(|(design, (_, plan))| (design, plan)).collect();
    cosim::verilator(&batch).unwrap();
    designs.iter().for_each(|design| cosim::lint(design).unwrap());
}

fn small(rows: u32, modes: &[Mode], kinds: &[WeightKind]) -> FetchConfig {
    let config = shapes::core([rows, 4], modes, kinds, Multiplier::TwoDsp);
    FetchConfig { patch_words: 64, ..config }
}

#[test]
fn units_agree_with_their_verilog() {
    let wide = [Mode::Word16, Mode::Word8, Mode::Word4];
    let kinds = [WeightKind::Fixed, WeightKind::PowerOfTwo, WeightKind::Ternary];
    let builds: [Build; 6] = [realigner, row_packer, passes, patch_buffer, streamer, weight_stream];
    let all = FetchConfig { scalar_entries: Some(64), ..small(2, &wide, &kinds) };
    let mut cases: Vec<(Arc<Module>, Plan)> = Vec::new();
    for config in [all, small(1, &[Mode::Word16], &kinds[..1]), small(3, &Mode::ALL, &kinds[..1])] {
        let plan = plan(&config);
        for module in builds.iter().map(|build| build(&plan).unwrap()) {
            if cases.iter().any(|(known, _)| known.name() == module.name()) {
                continue;
            }
            let conv = Conv { padding: [1; 4], ..Conv::plain(Mode::Word16, 6, 3, 7, 3) };
            let still = layer(&module, &plan, &conv, 1500);
            let resets = module.ports().iter().any(|port| port.name == "rst_i");
            // Without a reset the module is a data path: anything may change at any time.
            let stimuli = if resets { still } else { Plan::random(600, 9) };
            cases.push((module, stimuli));
        }
    }
    agree(&cases);
}

#[test]
fn cores_agree_with_their_verilog() {
    let modes = [Mode::Word16, Mode::Word8, Mode::Word4];
    let kinds = [WeightKind::Fixed, WeightKind::Ternary];
    let narrow = plan(&small(3, &[Mode::Word8, Mode::Word4], &[WeightKind::Fixed]));
    let coded = plan(&FetchConfig { scalar_entries: Some(64), ..small(2, &modes, &kinds) });
    let systolic = plan(&shapes::systolic());
    let dense = Conv { padding: [1; 4], ..Conv::plain(Mode::Word4, 7, 3, 6, 3) };
    let pixels = Conv { dense: false, ..Conv::plain(Mode::Word8, 6, 5, 9, 2) };
    let qsq = Conv { kind: WeightKind::Qsq, ..Conv::plain(Mode::Word16, 5, 4, 5, 2) };
    let mut cases = Vec::new();
    for (shape, conv) in [(&narrow, dense), (&coded, qsq), (&systolic, pixels)] {
        let module = compute_core(shape).unwrap();
        let stimuli = layer(&module, shape, &conv, 2500);
        cases.push((module, stimuli));
    }
    let gatherer = gather(&narrow).unwrap();
    let apart = Conv { dilation: [1, 2], dense: false, ..Conv::plain(Mode::Word4, 6, 3, 4, 2) };
    let stimuli = layer(&gatherer, &narrow, &apart, 1500);
    cases.push((gatherer, stimuli));
    agree(&cases);
}
