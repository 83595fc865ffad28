//! The three-stage tile: weight blocks, adder trees, non-linearity.
//!
//! `neurons` sums of `inputs` products each per cycle; a sum may go on over several words of a
//! stream until `last`. With binary and ternary weights the weight blocks are so small that they
//! share a stage with the first adders.
//!
//! Cost of one neuron of 16 inputs of 8 bits on ECP5: 581 LUT4, 99 FF binary or ternary, 1,995 LUT4,
//! 560 FF for powers of two.
//!
//! ```text
//!            weight blocks      adder tree       accumulate, ReLU
//! x_0 w_0 --> [ block ] --|--+
//! x_1 w_1 --> [ block ] --|--(+)--|-- ... --|--> (+) --|--> y
//! ...                                             ^----+
//! ```
//!
//! | port | meaning |
//! |---|---|
//! | `in` | stream: activations `x_0`..., weights `w_<neuron>_<input>` as stored, `last` word of the sums |
//! | `out` | stream: `y_<neuron>`, the sums behind ReLU if configured |
//!
//! ```text
//! clk        _/~\_/~\_/~\_/~\_/~\_/~\_     4 inputs, one level per stage
//! in_valid   ~~~~~\___________________
//! out_valid  _________________/~~~\___
//! ```
//!
//! ```
//! # use bitladder_blocks::arith::{TileConfig, TileWeights, tile};
//! let config = TileConfig {
//!     neurons: 2,
//!     inputs: 4,
//!     activation_bits: 16,
//!     weights: TileWeights::PowerOfTwo,
//!     accumulator_bits: 40,
//!     levels_per_stage: 1,
//!     relu: true,
//! };
//! assert_eq!((config.latency(), tile(&config)?.name()), (4, "tile_n2_i4_a16_pow2_s40_l1_relu"));
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_rtl::{BIT, Module, ModuleBuilder, Sig, Ty, sint, uint};

use super::adder_tree::{AdderTreeConfig, adder_tree};
use crate::BlockError;
use crate::check::within;
use crate::stream::{Pipeline, Stream};
use crate::weights::{binary_product, power_product, ternary_product};

/// The weights a tile is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileWeights {
    /// Two's complement of 2 to 16 bits: multipliers.
    Fixed {
        /// Width of a weight.
        bits: u32,
    },
    /// Six-bit powers of two: shifters.
    PowerOfTwo,
    /// -1, 0, +1: conditional negation.
    Ternary,
    /// -1, +1: conditional negation.
    Binary,
}

impl TileWeights {
    fn ty(self) -> Ty {
        match self {
            TileWeights::Fixed { bits } => sint(bits),
            TileWeights::PowerOfTwo => uint(6),
            TileWeights::Ternary => uint(2),
            TileWeights::Binary => uint(1),
        }
    }

    fn tag(self) -> String {
        match self {
            TileWeights::Fixed { bits } => format!("w{bits}"),
            TileWeights::PowerOfTwo => "pow2".to_owned(),
            TileWeights::Ternary => "ternary".to_owned(),
            TileWeights::Binary => "binary".to_owned(),
        }
    }

    /// Whether the weight blocks get a stage of their own.
    fn own_stage(self) -> bool {
        matches!(self, TileWeights::Fixed { .. } | TileWeights::PowerOfTwo)
    }

    fn product<'m>(self, m: &'m ModuleBuilder, weight: Sig<'m>, activation: Sig<'m>) -> Sig<'m> {
        match self {
            TileWeights::Fixed { .. } => activation * weight,
            TileWeights::PowerOfTwo => power_product(m, weight, activation),
            TileWeights::Ternary => ternary_product(m, weight, activation),
            TileWeights::Binary => binary_product(m, weight, activation),
        }
    }

    fn product_bits(self, activation_bits: u32) -> u32 {
        match self {
            TileWeights::Fixed { bits } => activation_bits + bits,
            TileWeights::PowerOfTwo => activation_bits + 16,
            TileWeights::Ternary | TileWeights::Binary => activation_bits + 1,
        }
    }
}

/// Size of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileConfig {
    /// Sums side by side, 1 to 64.
    pub neurons: u32,
    /// Products per sum and cycle, 2 to 64.
    pub inputs: u32,
    /// Bits of the signed, centred activations, 2 to 16.
    pub activation_bits: u32,
    /// What the weights are.
    pub weights: TileWeights,
    /// Width of the sums, up to 64 bits; must hold the longest sum, which
    /// [`bitladder_spec::accumulator`] bounds.
    pub accumulator_bits: u32,
    /// Levels of adders between registers.
    pub levels_per_stage: u32,
    /// Negative sums leave as 0.
    pub relu: bool,
}

impl TileConfig {
    fn tree(self) -> AdderTreeConfig {
        let bits = self.weights.product_bits(self.activation_bits);
        let (inputs, levels_per_stage) = (self.inputs, self.levels_per_stage);
        AdderTreeConfig { inputs, bits, signed: true, levels_per_stage }
    }

    /// Edges from a sum's last word to the sum.
    pub fn latency(self) -> u32 {
        u32::from(self.weights.own_stage()) + self.tree().latency() + 1
    }

    fn validate(self) -> Result<(), BlockError> {
        within("tile.neurons", self.neurons, 1..=64)?;
        within("tile.inputs", self.inputs, 2..=64)?;
        within("tile.activation_bits", self.activation_bits, 2..=16)?;
        within("tile.weights (bits)", self.weights.ty().width, 1..=16)?;
        self.tree().validate()?;
        within("tile.accumulator_bits", self.accumulator_bits, self.tree().sum_bits()..=64)
    }

    fn named(self) -> ModuleBuilder {
        let m = ModuleBuilder::new("tile").param("n", self.neurons).param("i", self.inputs);
        let m = m.param("a", self.activation_bits).param("", self.weights.tag());
        let m = m.param("s", self.accumulator_bits).param("l", self.levels_per_stage);
        let m = if self.relu { m.param("", "relu") } else { m };
        m.doc("Weight blocks, adder trees and sums with ReLU, in a pipeline.")
    }

    fn fields(self) -> Vec<(String, Ty, &'static str)> {
        let x = sint(self.activation_bits);
        let activations = (0..self.inputs).map(|i| (format!("x_{i}"), x, "centred activation"));
        let pairs = (0..self.neurons).flat_map(|n| (0..self.inputs).map(move |i| (n, i)));
        let weights =
            pairs.map(|(n, i)| (format!("w_{n}_{i}"), self.weights.ty(), "weight as stored"));
        let last = ("last".to_owned(), BIT, "the sums end with this word");
        activations.chain(weights).chain([last]).collect()
    }
}

/// Products and tree of one neuron.
fn neuron(config: &TileConfig) -> Result<Arc<Module>, BlockError> {
    let tree_config = config.tree();
    let tree = adder_tree(&tree_config)?;
    let m =
        ModuleBuilder::new("neuron").param("i", config.inputs).param("a", config.activation_bits);
    let m = m.param("", config.weights.tag()).param("l", config.levels_per_stage);
    let m = m.doc("A row of weight blocks and the tree that sums their products.");
    let clk = m.clock("clk", "clock");
    let advance = m.input("advance", BIT, "the registers move");
    let placed = m.instance("tree", &tree).clock("clk", clk).connect("enable", advance);
    for index in 0..config.inputs {
        let x = m.input(&format!("x_{index}"), sint(config.activation_bits), "activation");
        let weight = m.input(&format!("w_{index}"), config.weights.ty(), "weight");
        let product = config.weights.product(&m, weight, x);
        let product = match config.weights.own_stage() {
            true => {
                let held = m.reg(&format!("product_{index}_q"), product.ty(), clk).enable(advance);
                held.next(product);
                held.q
            }
            false => product,
        };
        placed.connect(&format!("x_{index}"), product);
    }
    m.drive(m.output("sum", sint(tree_config.sum_bits()), "sum of products"), placed.out("sum"));
    Ok(m.build()?)
}

/// Builds the tile.
pub fn tile(config: &TileConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let neuron = neuron(config)?;
    let m = config.named();
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "forgets everything on the way");
    let fields = config.fields();
    let fields: Vec<_> = fields.iter().map(|(name, ty, doc)| (name.as_str(), *ty, *doc)).collect();
    let input = Stream::sink(&m, "in", &fields);
    let sum = sint(config.accumulator_bits);
    let names: Vec<String> = (0..config.neurons).map(|n| format!("y_{n}")).collect();
    let fields: Vec<_> = names.iter().map(|name| (name.as_str(), sum, "a neuron's sum")).collect();
    let out = Stream::source(&m, "out", &fields);

    let mut pipe = Pipeline::behind(&m, clk, rst, &input);
    let mut last = input.get("last");
    for stage in 0..config.latency() - 1 {
        last = pipe.hold(&format!("last_{stage}_q"), last);
        pipe.next_stage();
    }
    let arrives = m.named("arrives", pipe.valid() & pipe.advance());
    let open = m.reg("open_q", BIT, clk).reset(rst, 0).enable(arrives).doc("sums are under way");
    open.next(!last);
    for (n, name) in (0..config.neurons).zip(&names) {
        let placed = m.instance(&format!("neuron_{n}"), &neuron).clock("clk", clk);
        placed.connect("advance", pipe.advance());
        for i in 0..config.inputs {
            let [x, w] = [format!("x_{i}"), format!("w_{n}_{i}")].map(|field| input.get(&field));
            placed.connect(&format!("x_{i}"), x).connect(&format!("w_{i}"), w);
        }
        let acc = m.reg(&format!("sum_{n}_q"), sum, clk).enable(arrives);
        let before = open.q.mux(acc.q, m.lit(sum, 0));
        acc.next(before + placed.out("sum").sign_extend(sum.width));
        let negative = if config.relu { acc.q.msb() } else { m.lit(BIT, 0) };
        m.drive(out.get(name), negative.mux(m.lit(sum, 0), acc.q));
    }
    pipe.next_stage_if(last);
    pipe.finish(&out);
    Ok(m.build()?)
}
