//! Every module in Verilator and the linters, in two batches that run side by side.

use std::collections::HashSet;
use std::sync::Arc;

use bitladder_hdl_machine::Reach;
use bitladder_hdl_machine::back_end::back_end;
use bitladder_hdl_machine::decide::decide;
use bitladder_hdl_machine::element::{WalkConfig, ratio, walk};
use bitladder_hdl_machine::post::{parameter_fetch, post_lane, writer};
use bitladder_machine::isa::{Descriptor, Operation, field};
use bitladder_rtl::cosim::{self, Plan};
use bitladder_rtl::{Design, Module, Sim};

use crate::support::WIDE;
use crate::{decide as decisions, lane, layers, parameters, ratio as ratios, writer as writers};

type Case = (Arc<Module>, Plan);

/// Random inputs after a reset, with these descriptor fields held.
fn case(module: Arc<Module>, cycles: usize, layer: Option<&Descriptor>) -> Case {
    let sim = Sim::new(&Design::elaborate(&module).unwrap()).unwrap();
    let mut plan = Plan::random(cycles, 11).reset("rst_i", 2);
    if sim.input("start_i").is_ok() {
        plan = plan.hold("start_i", 3..cycles, 0).hold("start_i", 2..3, 1);
        plan = plan.hold("start_i", cycles / 2..cycles / 2 + 1, 1);
    }
    if let Some(layer) = layer {
        let words = layer.pack().unwrap();
        for place in field::ALL {
            let port = format!("layer_{}_i", place.name);
            if sim.input(&port).is_ok() {
                let bits = place.extract(&words) as u128 & ((1 << place.width) - 1);
                plan = plan.hold(&port, 2..cycles, bits);
            }
        }
    }
    (module, plan)
}

/// A small layer that each module can do something with.
fn layer(operation: Operation) -> Descriptor {
    let mut d = Descriptor {
        operation,
        passes: 2,
        images: 2,
        classes: 5,
        tiles: 3,
        output_channels: 7,
        output_bits: 9,
        output_signed: true,
        clamp_lo: -300,
        clamp_hi: 255,
        divisor: 3,
        pixel_words: 8,
        row_words: 40,
        image_words: 200,
        ..Descriptor::default()
    };
    (d.input_height, d.input_width, d.output_height, d.output_width) = (5, 5, 3, 3);
    (d.kernel_height, d.kernel_width, d.stride_y, d.stride_x) = (2, 2, 2, 2);
    (d.dilation_y, d.dilation_x, d.pad_top, d.pad_left) = (1, 1, 1, 1);
    (d.row_step, d.tap_row_step, d.pixel_step, d.tap_pixel_step, d.lead) = (80, 40, 16, 8, 48);
    (d.output_step, d.output_pixel_words, d.multiplier, d.second_multiplier) = (4, 8, 1, 1024);
    (d.input_base, d.second_base, d.total_pixels) = (64, 1024, 18);
    d
}

fn agree(cases: &[Case]) {
    let designs: Vec<Design> =
        cases.iter().map(|(module, _)| Design::elaborate(module).unwrap()).collect();
    let batch: Vec<(&Design, &Plan)> =
        designs.iter().zip(cases).map(|(design, (_, plan))| (design, plan)).collect();
    cosim::verilator(&batch).unwrap();
    let mut seen = HashSet::new();
    for (design, (module, _)) in designs.iter().zip(cases) {
        if seen.insert(module.name().to_owned()) {
            cosim::lint(design).unwrap();
        }
    }
}

#[test]
fn parts_agree_with_their_verilog() {
    let conv = layer(Operation::Conv);
    let mut cases: Vec<Case> =
        lane::configs().iter().map(|c| case(post_lane(c).unwrap(), 300, None)).collect();
    cases.extend(
        parameters::configs().iter().map(|c| case(parameter_fetch(c).unwrap(), 300, Some(&conv))),
    );
    cases.extend(ratios::CONFIGS.iter().map(|c| case(ratio(c).unwrap(), 300, None)));
    cases.extend(decisions::configs().iter().map(|c| case(decide(c).unwrap(), 300, Some(&conv))));
    cases.extend(writers::configs().iter().map(|c| case(writer(c).unwrap(), 300, Some(&conv))));
    cases.extend(writers::configs().iter().map(|c| case(writer(c).unwrap(), 200, None)));
    let (modes, reach) = (WIDE.to_vec(), Reach::FULL);
    let config = WalkConfig {
        activation_groups: 1024,
        columns: 4,
        modes,
        reach,
        pools_only: false,
        padding: true,
    };
    for operation in [Operation::MaxPool, Operation::Add] {
        cases.push(case(walk(&config).unwrap(), 300, Some(&layer(operation))));
    }
    agree(&cases);
}

#[test]
fn back_ends_agree_with_their_verilog() {
    let configs = layers::configs();
    let build = |index: usize| back_end(&configs[index]).unwrap();
    let operations = [
        Operation::Conv,
        Operation::MaxPool,
        Operation::AveragePool,
        Operation::Add,
        Operation::Rescale,
    ];
    let mut cases: Vec<Case> =
        operations.iter().map(|operation| case(build(0), 900, Some(&layer(*operation)))).collect();
    cases.push(case(build(1), 400, None));
    cases.push(case(build(2), 900, Some(&layer(Operation::AveragePool))));
    cases.push(case(build(3), 400, Some(&layer(Operation::Rescale))));
    agree(&cases);
}
