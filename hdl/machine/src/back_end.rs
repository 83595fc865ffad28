//! The back end: element unit and post together, between the array and the memories.
//!
//! | port | meaning |
//! |---|---|
//! | `start` | a layer begins; its fields stay from the cycle before until `done` |
//! | `layer_...` | fields of the descriptor |
//! | `array` | stream: rows of sums, see [`post`](fn@crate::post::post) |
//! | `read_enable`, `read_address`, `activation_<word>` | read port of activation memory for layers without weights; data stay while `read_enable` is clear |
//! | `parameter_read_...` | read port of parameter memory |
//! | `activation_write_...`, `result_write_...` | write ports |
//! | `done` | the layer is complete in memory |
//! | `element_busy`, `starved` | for counters: taps are left; a row waits for parameters |
//! | `outside` | an address beyond a memory |
//! | `refused` | only without multipliers for sums: see [`element_unit`](fn@crate::element::element_unit) |
//!
//! ```text
//!   array ------------------------------+
//!   activation memory -- element_unit --+-- post -- activation memory, result memory
//!   parameter memory -------------------+
//! ```
//!
//! ```text
//! clk     _/~\_/~\_ ... _/~\_
//! start   ~~~~\______________
//! done    ____________ /~~~~~    with the last write
//! ```
//!
//! ```
//! # use bitladder_hdl_machine::back_end::{BackEndConfig, back_end};
//! # use bitladder_machine::MachineConfig;
//! let text = include_str!("../../../gen/configs/sim-4x4.toml");
//! let config = BackEndConfig::of(&MachineConfig::parse("sim-4x4.toml", text)?);
//! assert!(back_end(&config)?.name().starts_with("back_end_c4_"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::Arc;

use bitladder_blocks::BlockError;
use bitladder_machine::MachineConfig;
use bitladder_machine::isa::{FieldPlace, Operation, field};
use bitladder_rtl::{BIT, Direction, Instance, Module, ModuleBuilder};

use crate::element::{self, ElementConfig, element_unit};
use crate::fields::Fields;
use crate::post::{self, PostConfig, array_bundle, post};

/// What the back end is built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackEndConfig {
    /// Parameters, lanes and writer.
    pub post: PostConfig,
    /// Layers without weights.
    pub element: ElementConfig,
}

impl BackEndConfig {
    /// The back end of a machine.
    pub fn of(machine: &MachineConfig) -> BackEndConfig {
        BackEndConfig { post: PostConfig::of(machine), element: ElementConfig::of(machine) }
    }

    fn validate(&self) -> Result<(), BlockError> {
        let sizes = [
            ("element.columns", self.element.columns, "post.columns", self.post.columns),
            (
                "element.multiplier_bits",
                self.element.multiplier_bits,
                "post.multiplier_bits",
                self.post.multiplier_bits,
            ),
        ];
        match sizes.into_iter().find(|(_, element, _, post)| element != post) {
            Some((key, value, other, other_value)) => Err(BlockError::Conflict {
                key,
                value: value.to_string(),
                other,
                other_value: other_value.to_string(),
                remedy: "both units work on the same groups and parameters: give both the same",
            }),
            None => Ok(()),
        }
    }
}

/// The descriptor fields the back end reads.
fn fields() -> Vec<FieldPlace> {
    let mut all = post::fields();
    let missing: Vec<_> = element::fields().into_iter().filter(|f| !all.contains(f)).collect();
    all.extend(missing);
    all
}

/// Makes ports of this module from those of an instance that have no partner in it.
fn expose<'m>(
    m: &'m ModuleBuilder,
    (module, placed): (&Module, Instance<'m>),
    wanted: impl Fn(&str) -> bool,
) {
    for port in module.ports().iter().filter(|port| wanted(&port.base)) {
        match port.direction {
            Direction::Input => {
                placed.connect(&port.base, m.input(&port.base, port.ty, &port.doc));
            }
            Direction::Output => {
                m.drive(m.output(&port.base, port.ty, &port.doc), placed.out(&port.base));
            }
            Direction::ClockInput | Direction::ClockOutput => {}
        }
    }
}

/// Builds the back end.
pub fn back_end(config: &BackEndConfig) -> Result<Arc<Module>, BlockError> {
    config.validate()?;
    let [inner, outer] = [element_unit(&config.element)?, post(&config.post)?];
    let m = ModuleBuilder::new("back_end").param("c", config.post.columns);
    let m = m.param("", config.element.tag()).param("", config.post.tag());
    let m = m.doc("Element unit and post.");
    let clk = m.clock("clk", "clock");
    let rst = m.input("rst", BIT, "synchronous reset");
    let start = m.input("start", BIT, "a layer begins");
    let fields = Fields::place(&m, &fields());
    let array = m.sink("array", &array_bundle(&config.post));
    let post = m.instance("post", &outer).clock("clk", clk);
    let element = m.instance("element", &inner).clock("clk", clk);
    post.connect("rst", rst).connect("start", start).pass_on("array", &array);
    let conv = m.pipe("conv_q", fields.get(field::OPERATION).eq(Operation::Conv.code()), clk);
    element.connect("rst", rst).connect("start", start & !conv);
    fields.connect(post, &post::fields());
    fields.connect(element, &element::fields());

    join(&m, config, element, post);
    let post_ports = |base: &str| {
        let memory = base.starts_with("parameter_read_") || base.contains("_write_");
        memory || base == "done" || base == "starved"
    };
    expose(&m, (&outer, post), post_ports);
    let element_ports = |base: &str| {
        base.starts_with("read_") || base.starts_with("activation_") || base == "refused"
    };
    expose(&m, (&inner, element), element_ports);
    m.drive(m.output("element_busy", BIT, "taps are left"), element.out("busy"));
    let outside = element.out("outside") | post.out("outside");
    m.drive(m.output("outside", BIT, "an address beyond a memory"), outside);
    Ok(m.build()?)
}

/// Connects the units with each other.
fn join<'m>(
    m: &'m ModuleBuilder,
    config: &BackEndConfig,
    element: Instance<'m>,
    post: Instance<'m>,
) {
    let (columns, zero) = (config.post.columns, m.lit(BIT, 0));
    if config.element.has(Operation::MaxPool) {
        m.link(element, "group", post, "group");
    } else {
        post.connect("group_valid", zero).connect("group_last", zero).ignore("group_ready");
        for c in 0..columns {
            let none = m.lit(bitladder_rtl::uint(16), 0);
            post.connect(&format!("group_word_{c}"), none);
        }
    }
    if config.element.sums() {
        m.link(element, "chunk", post, "chunk");
    } else {
        post.connect("chunk_valid", zero).connect("chunk_last", zero).ignore("chunk_ready");
        post.connect("chunk_divided", zero);
        for c in 0..columns {
            let none = m.lit(bitladder_rtl::sint(post::ELEMENT_SUM_BITS), 0);
            post.connect(&format!("chunk_sum_{c}"), none);
        }
    }
    let divides = config.element.divides();
    match divides {
        true => drop(element.connect("parameters_ready", post.out("ready"))),
        false => drop(post.ignore("ready")),
    }
    for c in (0..columns).filter(|_| config.post.multiplier_bits > 1) {
        let name = format!("factor_{c}");
        match divides {
            true => drop(element.connect(&name, post.out(&name))),
            false => drop(post.ignore(&name)),
        }
    }
}
