//! Synthesises the modules for three families with Yosys and writes a table of what they take.
//!
//! `cargo run --release -p bitladder-blocks --example synth_blocks > docs/results/hdl-blocks.md`
//!
//! With a word as argument: only modules with that word in their name.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, Mutex};

use bitladder_blocks::arith::{
    AdderTreeConfig, AveragePoolConfig, MaxPoolConfig, OutputConfig, ReluConfig, RequantiserConfig,
    ResidualAddConfig, ScaleConfig, TileConfig, TileWeights, adder_tree, average_pool, max_pool,
    relu, requantiser, residual_add, tile,
};
use bitladder_blocks::csd::{
    CsdMultiplierConfig, CsdRecoderConfig, CsdSerialConfig, Gating, csd_multiplier, csd_recoder,
    csd_serial,
};
use bitladder_blocks::decide::{TopTwoConfig, top_two};
use bitladder_blocks::io::{
    AxiLiteConfig, ClockDivider, PacketFormat, SkidConfig, WishboneConfig, WishboneMode, axi_lite,
    packet_rx, packet_tx, skid_buffer, uart_rx, uart_tx, wishbone,
};
use bitladder_blocks::link::{
    LinkConfig, MailboxConfig, executor, frame_rx, frame_tx, mailbox, packet_engine,
};
use bitladder_blocks::memory::{
    Crc32Config, FifoConfig, MemoryPortConfig, RamConfig, SdramConfig, SdramTimes, axi4_master,
    crc32, fifo, ram, sdram, wishbone_master,
};
use bitladder_blocks::weights::{
    QsqDecoderConfig, QsqVectorConfig, WeightBlockConfig, XnorConfig, binary_block, power_block,
    qsq_decoder, qsq_vector, ternary_block, xnor_popcount,
};
use bitladder_rtl::{Module, ModuleBuilder, sint};
use bitladder_spec::{IntType, Rounding, Saturation};

#[path = "../tests/blocks/yosys.rs"]
mod yosys;
use yosys::{Family, cells};

/// The columns of the table.
const FAMILIES: [Family; 4] = [Family::Ecp5, Family::Ecp5Dsp, Family::Ice40, Family::Gowin];

type Modules = Vec<Arc<Module>>;

fn memories() -> Result<Modules, Box<dyn Error>> {
    let mut modules = vec![
        fifo(&FifoConfig { width: 16, depth: 512 })?,
        fifo(&FifoConfig { width: 8, depth: 16 })?,
        ram(&RamConfig { width: 16, depth: 1024, ..RamConfig::default() })?,
        ram(&RamConfig { width: 16, depth: 256, ..RamConfig::default() })?,
    ];
    for bytes in [1, 4] {
        modules.push(crc32(&Crc32Config { bytes })?);
    }
    Ok(modules)
}

/// Memory ports for 32 MB.
fn memory_ports() -> Result<Modules, Box<dyn Error>> {
    let times = SdramTimes {
        activate: 15_000,
        precharge: 15_000,
        row_active: 42_000,
        row_cycle: 60_000,
        refresh: 60_000,
        write_recovery: 12_000,
        mode: 12_000,
        refresh_interval: 7_812_500,
        power_up: 200_000_000,
    };
    let chip = SdramConfig {
        row_bits: 13,
        column_bits: 9,
        data_bits: 16,
        cas_latency: 2,
        inverted_clock: false,
        times,
        fastest_khz: 80_000,
        slowest_khz: 20_000,
    };
    let port = MemoryPortConfig { data_bits: 32, address_bits: 23 };
    Ok(vec![
        sdram(&chip)?,
        axi4_master(&port)?,
        wishbone_master(&port, WishboneMode::Classic)?,
        wishbone_master(&port, WishboneMode::Pipelined)?,
    ])
}

fn output_stages() -> Result<Modules, Box<dyn Error>> {
    let [i8, i16, u8] = [IntType::new(8, true)?, IntType::new(16, true)?, IntType::new(8, false)?];
    let plain = OutputConfig::plain(i8);
    let every = OutputConfig {
        roundings: Rounding::ALL.to_vec(),
        saturations: vec![Saturation::Saturate, Saturation::Symmetric, Saturation::Wrap],
        types: vec![i16, i8, u8],
        zero_point: true,
        clamp: true,
    };
    let scale = |multiplier_bits, max_shift| ScaleConfig { multiplier_bits, max_shift };
    let requantisers = [
        RequantiserConfig { accumulator_bits: 32, scale: scale(1, 31), output: plain.clone() },
        RequantiserConfig { accumulator_bits: 32, scale: scale(16, 31), output: plain.clone() },
        RequantiserConfig { accumulator_bits: 32, scale: scale(16, 31), output: every },
    ];
    let mut modules: Modules = Vec::new();
    for config in &requantisers {
        modules.push(requantiser(config)?);
    }
    let (input, max_count, scale) = (i8, 49, scale(1, 8));
    let pool =
        AveragePoolConfig { input, input_zero_point: false, max_count, scale, output: plain };
    modules.push(average_pool(&pool)?);
    modules.push(max_pool(&MaxPoolConfig { ty: i8 })?);
    for (zero_points, multiplier_bits) in [(false, 1), (true, 8)] {
        let config = ResidualAddConfig { inputs: [i8, i8], zero_points, multiplier_bits };
        modules.push(residual_add(&config)?);
    }
    modules.push(relu(&ReluConfig { bits: 16, zero_point: false, upper: false })?);
    modules.push(relu(&ReluConfig { bits: 16, zero_point: true, upper: true })?);
    Ok(modules)
}

fn sums() -> Result<Modules, Box<dyn Error>> {
    let tree = AdderTreeConfig { inputs: 16, bits: 16, signed: true, levels_per_stage: 2 };
    let mut modules = vec![adder_tree(&tree)?];
    let kinds = [
        TileWeights::Fixed { bits: 8 },
        TileWeights::PowerOfTwo,
        TileWeights::Ternary,
        TileWeights::Binary,
    ];
    for weights in kinds {
        modules.push(tile(&TileConfig {
            neurons: 1,
            inputs: 16,
            activation_bits: 8,
            weights,
            accumulator_bits: 36,
            levels_per_stage: 2,
            relu: true,
        })?);
    }
    for runner_up in [true, false] {
        modules.push(top_two(&TopTwoConfig { logit_bits: 32, max_classes: 16, runner_up })?);
    }
    Ok(modules)
}

/// A registered multiplier, to compare the signed-digit ones with.
fn ordinary_multiplier(bits: u32) -> Result<Arc<Module>, Box<dyn Error>> {
    let m = ModuleBuilder::new("ordinary_multiplier").param("w", bits);
    let clk = m.clock("clk", "clock");
    let [a, b] = ["a", "b"].map(|name| m.input(name, sint(bits), "factor"));
    let product = m.pipe("a_q", a, clk) * m.pipe("b_q", b, clk);
    m.drive(m.output("product", sint(2 * bits), "product"), m.pipe("product_q", product, clk));
    Ok(m.build()?)
}

fn weight_blocks() -> Result<Modules, Box<dyn Error>> {
    let config = WeightBlockConfig { activation_bits: 8 };
    let vector = QsqVectorConfig { activation_bits: 8, scalar_bits: 8, max_length: 64 };
    let mut modules = vec![
        power_block(&config)?,
        ternary_block(&config)?,
        binary_block(&config)?,
        qsq_decoder(&QsqDecoderConfig { scalar_bits: 8 })?,
        qsq_vector(&vector)?,
        xnor_popcount(&XnorConfig { lanes: 64, masked: false })?,
        xnor_popcount(&XnorConfig { lanes: 64, masked: true })?,
        csd_recoder(&CsdRecoderConfig { weight_bits: 8 })?,
    ];
    for (bits, gating) in
        [8, 16].into_iter().flat_map(|b| [(b, Gating::None), (b, Gating::Enables)])
    {
        let (weight_bits, activation_bits) = (bits, bits);
        modules.push(csd_multiplier(&CsdMultiplierConfig {
            weight_bits,
            activation_bits,
            gating,
        })?);
    }
    for bits in [8, 16] {
        modules.push(ordinary_multiplier(bits)?);
        modules.push(csd_serial(&CsdSerialConfig { weight_bits: bits, activation_bits: bits })?);
    }
    Ok(modules)
}

fn interfaces() -> Result<Modules, Box<dyn Error>> {
    let divider = ClockDivider::from_rates(12_000_000, 115_200)?;
    let format = PacketFormat { start: 0xa5, length_bytes: 2, max_payload: 256, timeout: 65_536 };
    Ok(vec![
        uart_tx(divider)?,
        uart_rx(divider)?,
        packet_tx(format)?,
        packet_rx(format)?,
        skid_buffer(&SkidConfig { width: 32 })?,
        axi_lite(&AxiLiteConfig { address_bits: 12 })?,
        wishbone(&WishboneConfig { address_bits: 10, mode: WishboneMode::Classic })?,
        wishbone(&WishboneConfig { address_bits: 10, mode: WishboneMode::Pipelined })?,
    ])
}

fn links() -> Result<Modules, Box<dyn Error>> {
    let small = LinkConfig {
        packet_bytes: 256,
        window: 2,
        address_bits: 6,
        status: 0x14,
        config_hash: 0xc0f1_9abc,
    };
    let large = LinkConfig { packet_bytes: 512, window: 4, ..small };
    let parts = [frame_rx(&large)?, executor(&large)?, frame_tx(&large)?];
    let rings = mailbox(&MailboxConfig { ring_words: 512, config_hash: 0xc0f1_9abc })?;
    let engines = [packet_engine(&small)?, packet_engine(&large)?, rings];
    Ok([engines, parts].concat())
}

/// LUTs, flip-flops and block RAM of a family's cells. Carry cells count as the LUTs they take.
fn summary(found: &BTreeMap<String, u64>) -> String {
    let weight = |name: &str, weights: &[(&str, u64)]| {
        weights.iter().find(|(start, _)| name.starts_with(start)).map_or(0, |(_, weight)| *weight)
    };
    let total = |weights: &[(&str, u64)]| -> u64 {
        found.iter().map(|(name, count)| count * weight(name, weights)).sum()
    };
    let luts = total(&[
        ("LUT", 1),
        ("CCU2C", 2),
        ("TRELLIS_DPR16X4", 4),
        ("SB_LUT4", 1),
        ("ALU", 1),
        ("RAM16", 4),
    ]);
    let flops = total(&[("TRELLIS_FF", 1), ("SB_DFF", 1), ("DFF", 1)]);
    let blocks = total(&[("DP16KD", 1), ("PDPW16KD", 1), ("SB_RAM40", 1), ("SDP", 1), ("DP", 1)]);
    let blocks = if blocks == 0 { String::new() } else { format!(" / {blocks}") };
    format!("{luts} / {flops}{blocks}")
}

fn row(module: &Arc<Module>) -> Result<String, String> {
    let mut row = format!("| `{}` |", module.name());
    for family in FAMILIES {
        let found = cells(module, family).map_err(|e| format!("{}: {e}", module.name()))?;
        let multipliers = found.get("MULT18X18D").copied().unwrap_or(0);
        row.push_str(&match (family, multipliers) {
            (Family::Ecp5Dsp, 0) => " |".to_owned(),
            (Family::Ecp5Dsp, _) => format!(" {}, {multipliers} DSP |", summary(&found)),
            _ => format!(" {} |", summary(&found)),
        });
    }
    Ok(row)
}

/// All rows, by two workers.
fn rows(modules: &[Arc<Module>]) -> Result<Vec<String>, String> {
    let rows = Mutex::new(vec![Ok(String::new()); modules.len()]);
    std::thread::scope(|scope| {
        for worker in 0..2 {
            let rows = &rows;
            scope.spawn(move || {
                for (index, module) in modules.iter().enumerate().skip(worker).step_by(2) {
                    let row = row(module);
                    if let Ok(mut rows) = rows.lock() {
                        rows[index] = row;
                    }
                }
            });
        }
    });
    rows.into_inner().map_err(|e| e.to_string())?.into_iter().collect()
}

/// The name and number that Yosys gives of itself.
fn version() -> Result<String, Box<dyn Error>> {
    let output = std::process::Command::new("yosys").arg("-V").output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let mut modules = [
        memories()?,
        output_stages()?,
        sums()?,
        weight_blocks()?,
        interfaces()?,
        memory_ports()?,
        links()?,
    ]
    .concat();
    modules.retain(|module| module.name().contains(&wanted));
    println!("# What the modules take\n");
    let tool = version()?;
    println!("LUTs / flip-flops / block RAMs after synthesis by {tool}; carry cells count as the");
    println!("LUTs they occupy. Multipliers are in fabric, except in the column with DSP blocks,");
    println!("which is empty for modules that do not multiply. Not placed or routed.\n");
    println!("    cargo run --release -p bitladder-blocks --example synth_blocks\n");
    println!("| module | ECP5 | ECP5 with DSP | iCE40 | Gowin |\n|---|---|---|---|---|");
    for row in rows(&modules)? {
        println!("{row}");
    }
    Ok(())
}
