//! Multiplier blocks with all their registers in use: three clock edges from operands to product
//! on every family.
//!
//! | family | cell | registers used |
//! |---|---|---|
//! | ECP5 | `MULT18X18D` | input, pipeline and output |
//! | Gowin | `MULT18X18` | input, pipeline and output |
//! | iCE40 UltraPlus | `SB_MAC16` | input, after the multipliers, output |
//! | generic | `*` | behind it, for tools to move |
//!
//! The registers inside stop with the lane, except on Gowin, where neighbouring blocks share their
//! clock enables: there they go on, and rest as far as the operands in front of them do.

use std::sync::Arc;

use bitladder_rtl::{
    BIT, BlackBox, Clock, Errors, Instance, Model, Module, ModuleBuilder, ParamValue, Sig, uint,
};

use crate::Family;

/// Places blocks in a module.
pub(super) struct Dsp<'m> {
    pub(super) m: &'m ModuleBuilder,
    pub(super) family: Family,
    pub(super) clk: Clock<'m>,
    pub(super) enable: Sig<'m>,
}

impl<'m> Dsp<'m> {
    /// The full product.
    pub(super) fn product(&self, name: &str, a: Sig<'m>, b: Sig<'m>) -> Result<Sig<'m>, Errors> {
        let placed = match self.family {
            Family::Ice40 => return self.mac16(name, a, b, false),
            Family::Ecp5 => self.m.black_box(name, &mult18x18d()?).clock("CLK0", self.clk),
            Family::Gowin => self.m.black_box(name, &gowin_mult()?).clock("CLK", self.clk),
            Family::Generic => return Ok(self.registered(name, a * b)),
        };
        let (one, zero) = (self.m.lit(BIT, 1), self.m.lit(BIT, 0));
        placed.connect("A", a.as_unsigned()).connect("B", b.as_unsigned());
        if self.family == Family::Ecp5 {
            placed.connect("SIGNEDA", one).connect("SIGNEDB", one).connect("CE0", self.enable);
            tie(placed, &["SOURCEA", "SOURCEB", "RST0"], zero);
            return Ok(placed.out("P").as_signed());
        }
        // Always enabled: a device whose multipliers have more than a few enables is not placed.
        placed.connect("ASIGN", one).connect("BSIGN", one).connect("CE", one);
        tie(placed, &["ASEL", "BSEL", "RESET"], zero);
        tie(placed, &["SIA", "SIB"], self.m.lit(uint(18), 0));
        Ok(placed.out("DOUT").as_signed())
    }

    /// The products of the high and of the low bytes, side by side.
    pub(super) fn bytes(&self, name: &str, a: Sig<'m>, b: Sig<'m>) -> Result<Sig<'m>, Errors> {
        if self.family == Family::Ice40 {
            return self.mac16(name, a, b, true);
        }
        Ok(self.registered(name, halves_product(a, b)))
    }

    /// The generic block: three registers behind the expression keep the same latency, and tools
    /// that pack registers into blocks move them where they belong.
    fn registered(&self, name: &str, product: Sig<'m>) -> Sig<'m> {
        let stage = |suffix: &str, value: Sig<'m>| {
            let reg = self.m.reg(&format!("{name}_{suffix}"), value.ty(), self.clk);
            reg.enable(self.enable).next(value);
            reg.q
        };
        stage("product_q", stage("middle_q", stage("early_q", product)))
    }

    fn mac16(&self, name: &str, a: Sig<'m>, b: Sig<'m>, bytes: bool) -> Result<Sig<'m>, Errors> {
        let placed = self.m.black_box(name, &sb_mac16(bytes)?).clock("CLK", self.clk);
        placed.connect("A", a.as_unsigned()).connect("B", b.as_unsigned());
        placed.connect("CE", self.enable);
        let zero = self.m.lit(uint(16), 0);
        placed.connect("C", zero).connect("D", zero);
        tie(placed, &MAC16_UNUSED, self.m.lit(BIT, 0));
        Ok(placed.out("O").as_signed())
    }
}

/// The products of the high and of the low bytes of two words, side by side.
fn halves_product<'m>(a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
    let half = |word: Sig<'m>, low| word.bits(low, 8).as_signed();
    let [high, low] = [8, 0].map(|at| half(a, at) * half(b, at));
    high.cat(low).as_signed()
}

fn tie<'m>(placed: Instance<'m>, ports: &[&str], value: Sig<'m>) {
    for port in ports {
        placed.connect(port, value);
    }
}

/// What the cells have in common: two operands, a product, a clock and a clock enable.
struct Cell<'a> {
    name: &'a str,
    doc: &'a str,
    /// Operand, operand, product, clock, clock enable.
    ports: [&'a str; 5],
    /// Inputs that stay at a constant.
    idle: Vec<(&'a str, u32)>,
    width: u32,
    /// One scalar port per bit.
    per_bit: bool,
    /// Two products of bytes instead of one of words.
    bytes: bool,
    params: Vec<(String, ParamValue)>,
}

impl Cell<'_> {
    fn build(self) -> Result<Arc<BlackBox>, Errors> {
        let model = self.model()?;
        let [a, b, product, clk, enable] = self.ports;
        let bit_wise = |cell: BlackBox| if self.per_bit { cell.per_bit() } else { cell };
        let mut cell = BlackBox::new(self.name, self.doc).clock(clk).input(enable, BIT);
        for port in [a, b] {
            cell = bit_wise(cell.input(port, uint(self.width)));
        }
        for (port, width) in &self.idle {
            cell = cell.input(port, uint(*width));
        }
        for (name, value) in &self.params {
            cell = cell.param(name, value.clone());
        }
        let cell = bit_wise(cell.output(product, uint(2 * self.width)));
        Ok(Arc::new(cell.model(Model::Module(model))))
    }

    fn model(&self) -> Result<Arc<Module>, Errors> {
        let kind = if self.bytes { "bytes" } else { "word" };
        let m = ModuleBuilder::new(&format!("{}_{kind}_model", self.name.to_lowercase()))
            .raw_port_names()
            .doc("A multiplier with registers at its operands and at its product.");
        let [a, b, product, clk, enable] = self.ports;
        let (clk, enable) = (m.clock(clk, "clock"), m.input(enable, BIT, "clock enable"));
        let stage = |name: &str, value: Sig<'_>| {
            let reg = m.reg(name, value.ty(), clk).enable(enable);
            reg.next(value);
            reg.q.as_signed()
        };
        let operand = |port: &str| m.input(port, uint(self.width), "operand");
        let (a, b) = (stage("a_q", operand(a)), stage("b_q", operand(b)));
        let whole = if self.bytes { halves_product(a, b) } else { a * b };
        for (port, width) in &self.idle {
            m.ignore(m.input(port, uint(*width), "constant"));
        }
        let port = m.output(product, uint(2 * self.width), "product");
        m.drive(port, stage("product_q", stage("middle_q", whole)).as_unsigned());
        m.build()
    }
}

fn text(value: &str) -> ParamValue {
    ParamValue::Text(value.into())
}

fn bit(value: u128) -> ParamValue {
    ParamValue::Bits { width: 1, value }
}

fn mult18x18d() -> Result<Arc<BlackBox>, Errors> {
    let register = |name: &str| {
        ["CLK", "CE", "RST"].map(|pin| (format!("REG_{name}_{pin}"), text(&format!("{pin}0"))))
    };
    let mut params: Vec<_> =
        ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"].into_iter().flat_map(register).collect();
    params.push(("GSR".into(), text("DISABLED")));
    params.push(("RESETMODE".into(), text("SYNC")));
    let idle = ["SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB", "RST0"].map(|port| (port, 1)).into();
    let ports = ["A", "B", "P", "CLK0", "CE0"];
    let doc = "18 x 18 multiplier of ECP5.";
    let (name, width) = ("MULT18X18D", 18);
    Cell { name, doc, ports, idle, width, per_bit: true, bytes: false, params }.build()
}

fn gowin_mult() -> Result<Arc<BlackBox>, Errors> {
    let flags = [("AREG", 1), ("BREG", 1), ("OUT_REG", 1), ("PIPE_REG", 1)];
    let mut params: Vec<_> = flags.map(|(name, value)| (name.to_owned(), bit(value))).into();
    params.push(("MULT_RESET_MODE".into(), text("SYNC")));
    let idle = ["ASIGN", "BSIGN", "ASEL", "BSEL", "RESET"].map(|port| (port, 1)).into_iter();
    let idle = idle.chain([("SIA", 18), ("SIB", 18)]).collect();
    let ports = ["A", "B", "DOUT", "CLK", "CE"];
    let doc = "18 x 18 multiplier of Gowin.";
    let (name, width) = ("MULT18X18", 18);
    Cell { name, doc, ports, idle, width, per_bit: false, bytes: false, params }.build()
}

const MAC16_UNUSED: [&str; 17] = [
    "AHOLD",
    "BHOLD",
    "CHOLD",
    "DHOLD",
    "IRSTTOP",
    "IRSTBOT",
    "ORSTTOP",
    "ORSTBOT",
    "OLOADTOP",
    "OLOADBOT",
    "ADDSUBTOP",
    "ADDSUBBOT",
    "OHOLDTOP",
    "OHOLDBOT",
    "CI",
    "ACCUMCI",
    "SIGNEXTIN",
];

/// As two 8 x 8 multipliers the products pass the adders (plus C and D, which are zero) to the
/// output registers (selection 1). As one 16 x 16 multiplier the adder of the four quadrants has
/// a register of its own behind it (selection 3).
fn sb_mac16(bytes: bool) -> Result<Arc<BlackBox>, Errors> {
    let halves = u128::from(bytes);
    let flags = [
        ("A_REG", 1),
        ("B_REG", 1),
        ("TOP_8x8_MULT_REG", 1),
        ("BOT_8x8_MULT_REG", 1),
        ("PIPELINE_16x16_MULT_REG1", 1 - halves),
        ("PIPELINE_16x16_MULT_REG2", 1 - halves),
        ("TOPADDSUB_UPPERINPUT", halves),
        ("BOTADDSUB_UPPERINPUT", halves),
        ("MODE_8x8", halves),
        ("A_SIGNED", 1),
        ("B_SIGNED", 1),
    ];
    let mut params: Vec<_> = flags.map(|(name, value)| (name.to_owned(), bit(value))).into();
    for side in ["TOP", "BOT"] {
        let two = |value| ParamValue::Bits { width: 2, value };
        params.push((format!("{side}OUTPUT_SELECT"), two(3 - 2 * halves)));
        params.push((format!("{side}ADDSUB_LOWERINPUT"), two(halves)));
    }
    let idle = MAC16_UNUSED.map(|port| (port, 1)).into_iter();
    let idle = idle.chain([("C", 16), ("D", 16)]).collect();
    let ports = ["A", "B", "O", "CLK", "CE"];
    let doc = "Multiplier of iCE40 UltraPlus.";
    let (name, width) = ("SB_MAC16", 16);
    Cell { name, doc, ports, idle, width, per_bit: false, bytes, params }.build()
}
