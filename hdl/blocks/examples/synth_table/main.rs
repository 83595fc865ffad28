//! quick
use bitladder_blocks::*;
use bitladder_rtl::{Design, EmitOptions};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let fam = match args[0].as_str() {
        "ecp5" => Family::Ecp5,
        "ice40" => Family::Ice40,
        "gowin" => Family::Gowin,
        _ => Family::Generic,
    };
    let mul = match args[1].as_str() {
        "fabric" => Multiplier::Fabric,
        "dsp1" => Multiplier::OneDsp,
        "dsp2" => Multiplier::TwoDsp,
        "mac16" => Multiplier::Mac16,
        _ => Multiplier::Shifter,
    };
    let modes: Vec<Mode> = args[2]
        .split(',')
        .map(|m| match m {
            "16" => Mode::Word16,
            "8" => Mode::Word8,
            "4" => Mode::Word4,
            _ => Mode::Binary,
        })
        .collect();
    let weights = if mul == Multiplier::Shifter {
        vec![WeightKind::PowerOfTwo, WeightKind::Ternary]
    } else {
        vec![WeightKind::Fixed]
    };
    let cfg = LaneConfig {
        family: fam,
        multiplier: mul,
        modes,
        weights,
        reduction: 500,
        accumulator_bits: None,
    };
    let plan = LanePlan::new(&cfg).unwrap();
    let drain = if args[3].contains("bus") { Drain::Bus } else { Drain::Chain };
    let (module, name) = if args[3].starts_with("lane") {
        (lane(&plan, drain).unwrap(), "lane")
    } else {
        let rc: Vec<u32> = args[4].split('x').map(|x| x.parse().unwrap()).collect();
        let dataflow =
            if args[3].contains("sys") { Dataflow::Systolic } else { Dataflow::Broadcast };
        (
            array(
                &ArrayPlan::new(&ArrayConfig {
                    lane: cfg,
                    rows: rc[0],
                    columns: rc[1],
                    dataflow,
                    drain,
                })
                .unwrap(),
            )
            .unwrap(),
            "array",
        )
    };
    let d = Design::elaborate(&module).unwrap();
    let e = d.verilog(&EmitOptions::default()).unwrap();
    let _ = name;
    println!("{}", e.single_file());
}
