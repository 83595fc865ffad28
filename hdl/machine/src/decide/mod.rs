//! Decide: scans the logits of each image in result memory and fills the decision table.
//!
//! A logit per cycle, and three more for each image: four words of the table are written, the
//! first of them while the scan goes on. The ranking is [`top_two`](fn@bitladder_blocks::decide::top_two): ties go to the lowest
//! class. Cost: two 32-bit comparators and about 250 registers.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | begin; fields stay until `done` |
//! | `layer_images`, `layer_classes` | fields of the `end` descriptor; both above 0 |
//! | `read_enable`, `read_address`, `result` | read port of result memory; data stay while `read_enable` is clear |
//! | `decision_write_enable`, `_address`, `_data` | write port of the decision table, 32 bits |
//! | `busy` | logits are left |
//! | `done` | every image has been decided on; until the next start |
//! | `outside` | an address beyond one of the memories: nothing was read or written |
//!
//! ```text
//! clk          _/~\_/~\_/~\_/~\_/~\_/~\_/~\_/~\_    one image of two classes
//! start        /~~~\____________________________
//! read_enable  ____/~~~~~~~\____________________
//! result               <l0 ><l1 >
//! write_enable ________________/~~~~~~~~~~~~~~~\   first and second, margin, its top, logit
//! done         ________________________________/
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::Reach;
//! # use bitladder_hdl_machine::decide::{DecideConfig, decide};
//! let reach = Reach::FULL;
//! let config = DecideConfig { result_words: 512, images: 16, logit_bits: 32, reach };
//! assert_eq!(decide(&config)?.name(), "decide_n512_i16");
//! # Ok::<(), bitladder_blocks::BlockError>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_blocks::check::within;
use bitladder_blocks::decide::{TopTwoConfig, top_two};
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{DECISION_WORDS, FieldPlace, decision, field};
use bitladder_rtl::{BIT, Clock, Instance, Module, ModuleBuilder, Sig, Ty, address_width, uint};

use crate::check::beyond;
use crate::fields::Fields;
use crate::reach::Reach;

/// Sizes of the memories around the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecideConfig {
    /// Words of result memory, up to 2^24.
    pub result_words: usize,
    /// Images in the decision table, up to 65,536.
    pub images: usize,
    /// Width of the logits, 8 to 32.
    pub logit_bits: u32,
    /// How far programs go.
    pub reach: Reach,
}

const FIELDS: &[FieldPlace] = &[field::IMAGES, field::CLASSES];
const WORDS_BITS: u32 = DECISION_WORDS.ilog2();

impl DecideConfig {
    /// The unit of a machine.
    pub fn of(machine: &MachineConfig) -> DecideConfig {
        let memory = &machine.memory;
        DecideConfig {
            result_words: memory.result_words,
            images: memory.decision_images,
            logit_bits: machine.post.value_bits.into(),
            reach: Reach::of(machine),
        }
    }

    /// A word of result memory, with room to see that it is too large.
    fn address(self) -> Ty {
        uint(address_width(self.result_words) + 1)
    }

    /// A word of the decision table, likewise.
    fn entry(self) -> Ty {
        uint(address_width(self.images * DECISION_WORDS) + 1)
    }

    fn validate(self) -> Result<(), BlockError> {
        within("decide.result_words", self.result_words as u64, 1..=1 << 24)?;
        within("decide.images", self.images as u64, 1..=1 << 16)?;
        within("decide.logit_bits", self.logit_bits, 8..=32)
    }
}

/// What the parts of the unit share.
struct Decide<'m> {
    m: &'m ModuleBuilder,
    config: DecideConfig,
    clk: Clock<'m>,
    rst: Sig<'m>,
    start: Sig<'m>,
    fields: Fields<'m>,
}

/// A logit on its way to the ranking.
struct Logit<'m> {
    valid: Sig<'m>,
    last: Sig<'m>,
    value: Sig<'m>,
}

impl<'m> Decide<'m> {
    /// A register that counts from 0 to a field's value, and whether it is there.
    fn count(&self, name: &str, moves: Sig<'m>, limit: FieldPlace) -> Sig<'m> {
        let m = self.m;
        let reach = &self.config.reach;
        let count = m.reg(name, reach.ty(limit), self.clk).enable(moves | self.start);
        let last = (count.q + 1).eq(self.fields.short(limit, reach));
        count.next((self.start | last).mux(m.lit(count.q.ty(), 0), count.q + 1));
        last
    }

    /// Reads logit after logit; `takes` is set where the one in the memory's register is taken.
    fn read(&self, takes: Sig<'m>) -> Logit<'m> {
        let (m, clk) = (self.m, self.clk);
        let busy = m.reg("busy_q", BIT, clk).reset(self.rst, 0);
        let shown = m.reg("shown_q", BIT, clk).reset(self.rst | self.start, 0);
        let held = m.reg("held_q", BIT, clk).reset(self.rst | self.start, 0);
        let moves = m.named("moves", !held.q | takes);
        let next = m.named("next", busy.q & (!shown.q | moves));
        let class_last = self.count("class_q", next, field::CLASSES);
        let image_last = match self.config.reach.batches() {
            true => self.count("image_q", next & class_last, field::IMAGES),
            false => m.ones(BIT),
        };
        busy.next(self.start | (busy.q & !(next & class_last & image_last)));
        shown.next(next | (shown.q & !moves));
        held.next(moves.mux(shown.q, held.q));
        let address = m.reg("address_q", self.config.address(), clk).enable(next | self.start);
        address.next(self.start.mux(m.lit(address.q.ty(), 0), address.q + 1));
        let outside = beyond(m, address.q, self.config.result_words);
        m.drive(
            m.output("outside", BIT, "an address beyond a memory"),
            next & (outside | self.full()),
        );
        m.drive(m.output("read_enable", BIT, "read at this edge"), next & !outside);
        let width = address_width(self.config.result_words);
        m.drive(m.output("read_address", uint(width), "the logit"), address.q.resize(width));
        m.drive(m.output("busy", BIT, "logits are left"), busy.q);
        let last = m.reg("last_q", BIT, clk).enable(next);
        last.next(class_last);
        // Held in a register: the ranking compares it with two others, and memory is slow.
        let keep = |name: &str, value: Sig<'m>| {
            let held = m.reg(name, value.ty(), clk).enable(moves);
            held.next(value);
            held.q
        };
        let result = m.input("result", uint(32), "the logit read at the last enabled edge");
        let value = keep("logit_q", result.truncate(self.config.logit_bits).as_signed());
        Logit { valid: held.q, last: keep("held_last_q", last.q), value }
    }

    /// There are more images than the table has entries.
    fn full(&self) -> Sig<'m> {
        let images = self.fields.short(field::IMAGES, &self.config.reach);
        match self.config.images as u128 <= images.ty().mask() {
            true => images.gt(self.config.images),
            false => self.m.lit(BIT, 0),
        }
    }

    /// The words of a decision.
    fn words(&self, ranking: Instance<'m>) -> Vec<Sig<'m>> {
        let m = self.m;
        let get = |name: &str| ranking.out(&format!("out_{name}"));
        let decided = get("decided");
        let class = |name: &str, place: &FieldPlace| get(name).zero_extend(place.width);
        let none = m.ones(uint(decision::SECOND.width));
        let parts = [
            (decision::FIRST, class("first", &decision::FIRST)),
            (decision::SECOND, decided.mux(class("second", &decision::SECOND), none)),
            (decision::MARGIN, decided.mux(get("margin"), m.lit(get("margin").ty(), 0))),
            (decision::FIRST_LOGIT, get("first_logit").sign_extend(32).as_unsigned()),
        ];
        let all = uint(32 * DECISION_WORDS as u32);
        let place = |(place, value): &(FieldPlace, Sig<'m>)| {
            value.zero_extend(all.width).shift_left(place.offset())
        };
        let entry = parts.iter().map(place).fold(m.lit(all, 0), |entry, part| entry | part);
        (0..DECISION_WORDS as u32).map(|word| entry.bits(32 * word, 32)).collect()
    }

    /// Writes the words of each decision; gives the bit that its last word is being written.
    fn write(&self, ranking: Instance<'m>) -> Sig<'m> {
        let (m, clk) = (self.m, self.clk);
        let writes = ranking.out("out_valid");
        let at = m.reg("entry_q", self.config.entry(), clk).enable(writes | self.start);
        at.next(self.start.mux(m.lit(at.q.ty(), 0), at.q + 1));
        let word = at.q.truncate(WORDS_BITS);
        let data = m.select(word, &self.words(ranking));
        let last = m.named("entry_ends", writes & word.reduce_and());
        let size = self.config.images * DECISION_WORDS;
        let inside = !beyond(m, at.q, size);
        m.drive(m.output("decision_write_enable", BIT, "write a word"), writes & inside);
        let width = address_width(size);
        let out = m.output("decision_write_address", uint(width), "its place");
        m.drive(out, at.q.resize(width));
        m.drive(m.output("decision_write_data", uint(32), "the word"), data);
        let done = m.reg("done_q", BIT, clk).reset(self.rst | self.start, 0);
        let image = at.q.slice(at.q.width() - 1, WORDS_BITS) + 1;
        let images = self.fields.short(field::IMAGES, &self.config.reach);
        let width = image.width().max(images.width());
        let all = image.zero_extend(width).eq(images.zero_extend(width));
        done.next(done.q | (last & all));
        m.drive(m.output("done", BIT, "every image has been decided on"), done.q);
        last
    }
}

/// Builds the unit.
pub fn decide(config: &DecideConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let max_classes = config.result_words.min(1 << field::CLASSES.width) as u32;
    let logit_bits = config.logit_bits;
    let ranking = top_two(&TopTwoConfig { logit_bits, max_classes, runner_up: true })?;
    let m = ModuleBuilder::new("decide").param("n", config.result_words).param("i", config.images);
    let m = m.doc("Ranks the logits of each image.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "begin");
    let fields = Fields::place(&m, FIELDS);
    m.ignore(fields.get(field::IMAGES));
    let unit = Decide { m: &m, config: *config, clk, rst, start, fields };
    let placed = m.instance("ranking", &ranking).clock("clk", clk);
    placed.connect("rst", rst | start).ignore("out_second_logit");
    let takes = m.wire("takes", BIT);
    let logit = unit.read(takes);
    m.drive(takes, logit.valid & placed.out("in_ready"));
    placed.connect("in_valid", logit.valid).connect("in_last", logit.last);
    placed.connect("in_logit", logit.value);
    let ends = unit.write(placed);
    placed.connect("out_ready", ends);
    Ok(m.build()?)
}
