//! Walks the windows of a layer: one tap per cycle, with its address and whether it lies inside.
//!
//! Six loops: passes, images, rows, pixels, and the rows and columns of the window. A sum has its
//! two inputs for columns of the window, a rescale a window of one. No products: each loop keeps
//! the address it began its round with, and one adder serves them all. Taps outside the image
//! take a cycle like the others.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins |
//! | `layer_...` | fields of the descriptor |
//! | `advance` | go on to the next tap |
//! | `valid` | there is a tap |
//! | `address` | its word |
//! | `inside` | it lies inside the image |
//! | `first`, `last` | tap of its window |
//! | `pass_end` | the pass ends with this window |
//!
//! ```text
//! clk      _/~\_/~\_/~\_/~\_/~\_/~\_     two pixels, a window of two taps
//! start    /~~~\____________________
//! valid    ____/~~~~~~~~~~~~~~~\____
//! address      <a0 ><a1 ><b0 ><b1 >
//! first    ____/~~~\___/~~~\________
//! last     ________/~~~\___/~~~\____
//! pass_end ____________/~~~~~~~\____
//! ```
//!
//! ```
//! # use bitladder_blocks::Mode;
//! # use bitladder_hdl_machine::Reach;
//! # use bitladder_hdl_machine::element::{WalkConfig, walk};
//! let modes = vec![Mode::Word16, Mode::Word8];
//! let (activation_groups, reach) = (1024, Reach::FULL);
//! let (pools_only, padding) = (false, true);
//! let config = WalkConfig { columns: 8, modes, activation_groups, reach, pools_only, padding };
//! assert_eq!(walk(&config)?.name(), "walk_c8_o01_a1024");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

mod places;
mod rounds;

use std::sync::Arc;

use bitladder_blocks::check::distinct;
use bitladder_blocks::{BlockError, Mode};
use bitladder_machine::isa::{FieldPlace, Operation, field};
use bitladder_rtl::{BIT, Clock, Module, ModuleBuilder, Sig, Ty, address_width, uint};

use crate::check::power_of_two;
use crate::fields::Fields;
use crate::post::ADDRESS;
use crate::reach::Reach;
use rounds::Rounds;

/// The descriptor fields it reads.
pub(crate) const FIELDS: &[FieldPlace] = &[
    field::OPERATION,
    field::MODE,
    field::INPUT_BASE,
    field::SECOND_BASE,
    field::PIXEL_WORDS,
    field::ROW_WORDS,
    field::IMAGE_WORDS,
    field::ROW_STEP,
    field::TAP_ROW_STEP,
    field::PIXEL_STEP,
    field::TAP_PIXEL_STEP,
    field::LEAD,
    field::INPUT_HEIGHT,
    field::INPUT_WIDTH,
    field::KERNEL_HEIGHT,
    field::KERNEL_WIDTH,
    field::STRIDE_Y,
    field::STRIDE_X,
    field::DILATION_Y,
    field::DILATION_X,
    field::PAD_TOP,
    field::PAD_LEFT,
    field::OUTPUT_HEIGHT,
    field::OUTPUT_WIDTH,
    field::IMAGES,
    field::PASSES,
];

/// What the walk is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalkConfig {
    /// Words of a group: a power of two up to 128.
    pub columns: u32,
    /// The modes that exist: they say how far the chunks of two passes lie apart.
    pub modes: Vec<Mode>,
    /// Groups of activation memory: what they can hold decides the width of addresses and counts.
    pub activation_groups: usize,
    /// How far programs go.
    pub reach: Reach,
    /// Whether all layers are max pools.
    pub pools_only: bool,
    /// Whether windows can reach beyond their image.
    pub padding: bool,
}

/// Bits of an address in activation memory, and one more to see that it is too large.
pub(crate) fn address_bits(columns: u32, groups: usize) -> u32 {
    (address_width(groups * columns as usize) + 1).min(ADDRESS.width)
}

/// Bits of counts of what a tensor has: each pixel takes a word at least, and there is room for
/// padding.
pub(crate) fn count_bits(columns: u32, groups: usize) -> u32 {
    (address_bits(columns, groups) + 1).min(field::INPUT_HEIGHT.width)
}

impl WalkConfig {
    /// The address of a word.
    fn address(&self) -> Ty {
        uint(address_bits(self.columns, self.activation_groups))
    }

    /// A count of a loop, of rounds that a field says.
    fn count(&self, place: FieldPlace) -> Ty {
        let counted = count_bits(self.columns, self.activation_groups);
        uint(self.reach.bits(place).min(counted))
    }

    /// A row or column of an image. What lies above or left of it wraps to large numbers.
    fn place(&self) -> Ty {
        uint(self.count(field::INPUT_HEIGHT).width + 2)
    }
}

/// The loops, from the inside.
const LOOPS: usize = 6;
const PIXEL: usize = 2;
const ROW: usize = 3;
const IMAGE: usize = 4;

/// What the parts of the walk share.
struct Walk<'a, 'm> {
    m: &'m ModuleBuilder,
    config: &'a WalkConfig,
    clk: Clock<'m>,
    start: Sig<'m>,
    /// There is a tap, and the walk goes on to the next one.
    valid: Sig<'m>,
    advance: Sig<'m>,
    fields: Fields<'m>,
    /// The layer has windows; it is a max pool; a sum.
    windows: Sig<'m>,
    pools: Sig<'m>,
    adds: Sig<'m>,
}

impl<'m> Walk<'_, 'm> {
    /// The layer starts, or a loop that `goes_on` with the next tap does so. `advance` comes late:
    /// nothing but this gate is behind it.
    fn moves(&self, goes_on: Sig<'m>) -> Sig<'m> {
        self.start | (self.advance & (self.valid & goes_on))
    }

    fn wide(&self, place: FieldPlace, ty: Ty) -> Sig<'m> {
        self.fields.get(place).resize(ty.width)
    }

    /// Whether the tap lies inside its image: always where there are no windows or no padding.
    fn within(&self, rounds: &Rounds<'m>) -> Sig<'m> {
        let [height, width] = [field::INPUT_HEIGHT, field::INPUT_WIDTH];
        let y = [height, field::STRIDE_Y, field::DILATION_Y, field::PAD_TOP];
        let x = [width, field::STRIDE_X, field::DILATION_X, field::PAD_LEFT];
        if !self.config.padding {
            let all = y.iter().chain(&x).chain([&field::LEAD]);
            all.for_each(|place| self.m.ignore(self.fields.get(*place)));
            return self.m.ones(BIT);
        }
        let y = self.inside(("y", 1, ROW), rounds, y);
        !self.windows | (y & self.inside(("x", 0, PIXEL), rounds, x))
    }
}

/// Builds the walk.
pub fn walk(config: &WalkConfig) -> Result<Arc<Module>, BlockError> {
    power_of_two("walk.columns", config.columns, 1..=128)?;
    distinct("walk.modes", &config.modes)?;
    let modes: String = config.modes.iter().map(|mode| mode.code().to_string()).collect();
    let m = ModuleBuilder::new("walk").param("c", config.columns).param("o", modes);
    let m = m.param("a", config.activation_groups).doc("Walks the windows of a layer, tap by tap.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let advance = m.input("advance", BIT, "on to the next tap");
    let fields = Fields::place(&m, FIELDS);
    m.ignore(fields.get(field::IMAGES));
    m.ignore(fields.get(field::IMAGE_WORDS));
    let is = |operation: Operation| fields.get(field::OPERATION).eq(operation.code());
    let (pools, adds) = (is(Operation::MaxPool), is(Operation::Add));
    let windows = match config.pools_only {
        true => m.ones(BIT),
        false => m.named("windows", pools | is(Operation::AveragePool)),
    };
    let pools = if config.pools_only { windows } else { pools };
    let valid = m.reg("valid_q", BIT, clk).reset(rst, 0);
    let walk =
        Walk { m: &m, config, clk, start, valid: valid.q, advance, fields, windows, pools, adds };
    let rounds = walk.rounds();
    valid.next(start | (valid.q & !(advance & rounds.reached[LOOPS])));

    let address = walk.address(&rounds);
    let within = walk.within(&rounds);
    let pass_end = rounds.last[PIXEL] & rounds.last[ROW] & rounds.last[IMAGE];
    m.outputs(&[
        ("valid", valid.q, "there is a tap"),
        ("address", address, "its word"),
        ("inside", within, "it lies inside the image"),
        ("first", rounds.first, "the window's first tap"),
        ("last", rounds.reached[PIXEL], "the window's last tap"),
        ("pass_end", pass_end, "the pass ends with this window"),
    ]);
    Ok(m.build()?)
}
