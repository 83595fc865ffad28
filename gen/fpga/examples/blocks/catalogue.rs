//! The building blocks in the configurations that are measured, and the blocks they must become.

use std::error::Error;
use std::sync::Arc;

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
    AxiLiteConfig, ClockDivider, SkidConfig, WishboneConfig, WishboneMode, axi_lite, skid_buffer,
    uart_rx, uart_tx, wishbone,
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

/// The boards that are measured on: names of files in `fpga/`.
pub(crate) const BOARDS: [&str; 4] = ["ulx3s-25f", "hx8k-breakout", "icebreaker", "tang-nano-20k"];

/// Multiplier blocks and block memories on each of the boards. A module that is not listed has
/// neither.
///
/// The HX8K has no multipliers. A short queue is registers or distributed memory except on iCE40,
/// which has none. Gowin's multipliers of 9 x 9 count as half a block. The link keeps the packet that
/// comes in and the answers that may be asked for again, the mailbox its two rings; the ports to
/// memory outside have no memory of their own.
pub(crate) const MAPPED: [(&str, [[u64; 2]; 4]); 15] = [
    ("fifo_w16_d512", [[0, 1], [0, 2], [0, 2], [0, 1]]),
    ("fifo_w8_d16", [[0, 0], [0, 1], [0, 1], [0, 0]]),
    ("ram_w16_d1024", [[0, 1], [0, 4], [0, 4], [0, 1]]),
    ("ram_w16_d256", [[0, 1], [0, 1], [0, 1], [0, 1]]),
    ("requantiser_a32_m16_s31_u_s_i8_c", [[2, 0], [0, 0], [2, 0], [2, 0]]),
    ("requantiser_a32_m16_s31_ueazf_syw_i16i8u8_zc", [[2, 0], [0, 0], [2, 0], [2, 0]]),
    ("residual_add_i8_i8_z_m8", [[2, 0], [0, 0], [2, 0], [1, 0]]),
    ("tile_n1_i16_a8_w8_s36_l2_relu", [[16, 0], [0, 0], [16, 0], [8, 0]]),
    ("qsq_vector_a8_s8_n64", [[1, 0], [0, 0], [1, 0], [1, 0]]),
    ("ordinary_multiplier_w8", [[1, 0], [0, 0], [1, 0], [1, 0]]),
    ("ordinary_multiplier_w16", [[1, 0], [0, 0], [1, 0], [1, 0]]),
    ("packet_engine_p256_w2_a6_14_c0f19abc", [[0, 2], [0, 3], [0, 3], [0, 2]]),
    ("packet_engine_p512_w4_a6_14_c0f19abc", [[0, 2], [0, 8], [0, 8], [0, 2]]),
    ("mailbox_r512_c0f19abc", [[0, 2], [0, 8], [0, 8], [0, 2]]),
    ("frame_tx_p512_w4", [[0, 1], [0, 4], [0, 4], [0, 1]]),
];

/// Multiplier blocks and block memories that a module must become on a board.
pub(crate) fn expected(module: &str, board: usize) -> [u64; 2] {
    let mapped = MAPPED.iter().find(|(name, _)| *name == module);
    mapped.map_or([0, 0], |(_, boards)| boards[board])
}

/// All of them.
pub(crate) fn blocks() -> Result<Modules, Box<dyn Error>> {
    let groups = [
        memories()?,
        memory_ports()?,
        output_stages()?,
        sums()?,
        weight_blocks()?,
        interfaces()?,
        links()?,
    ];
    Ok(groups.concat())
}

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
    Ok(vec![
        uart_tx(divider)?,
        uart_rx(divider)?,
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
