//! A design of this layer as a block of rust-hdl.

use std::fmt::Write;

use rust_hdl_core::prelude::{Verilog, Wrapper};

use super::{BridgeError, Pin};
use crate::elaborate::Design;
use crate::emit::{EmitOptions, Emitted};
use crate::module::{Direction, Port};
use crate::sim::{Signal, Sim, SimError};

/// The inside of a block that [`rust_hdl_block!`](crate::rust_hdl_block) makes: simulates the
/// design and gives its Verilog. Not used by itself.
pub struct Core {
    sim: Sim,
    ports: Vec<(Port, Signal)>,
    verilog: Wrapper,
    rising: Vec<usize>,
    failure: Option<SimError>,
}

impl Core {
    /// Checks that the pins are exactly the ports of the design's top, in any order.
    pub fn new(
        design: &Design,
        pins: &[(&str, &dyn Pin)],
        options: &EmitOptions,
    ) -> Result<Core, BridgeError> {
        let top = design.top();
        let sim = Sim::new(design)?;
        let mut ports = Vec::new();
        for (name, pin) in pins {
            let same = |port: &&Port| {
                port.name == *name && port.direction == pin.direction() && port.ty == pin.ty()
            };
            let port = top.ports().iter().find(same).ok_or_else(|| BridgeError::NoSuchPort {
                module: top.name().to_owned(),
                port: (*name).to_owned(),
                direction: pin.direction(),
                ty: pin.ty(),
                known: top.ports().iter().map(signal).collect::<Vec<_>>().join(", "),
            })?;
            ports.push((port.clone(), sim.signal(&port.name)?));
        }
        let missing = |port: &&Port| pins.iter().all(|(name, _)| *name != port.name);
        if let Some(port) = top.ports().iter().find(missing) {
            let (module, port) = (top.name().to_owned(), port.name.clone());
            return Err(BridgeError::MissingSignal { module, port });
        }
        let emitted = design.verilog(options)?;
        let code = instance(&emitted.top, &ports);
        let verilog = Wrapper { code, cores: cores(&emitted) };
        Ok(Core { sim, ports, verilog, rising: Vec::new(), failure: None })
    }

    /// The simulation inside, to look at signals that are no ports.
    pub fn sim(&mut self) -> &mut Sim {
        &mut self.sim
    }

    /// What went wrong in an update: rust-hdl's blocks have no way to say so themselves.
    pub fn failure(&self) -> Option<&SimError> {
        self.failure.as_ref()
    }

    /// Takes over the value of an input or the edge of a clock, by its place in the list of pins.
    pub fn sample(&mut self, index: usize, pin: &dyn Pin) {
        match pin.direction() {
            Direction::Input => self.sim.write(self.ports[index].1, pin.word()),
            Direction::ClockInput if pin.rises() => self.rising.push(index),
            _ => {}
        }
    }

    /// Gives the clocks that rose their edge.
    pub fn advance(&mut self) {
        if self.rising.is_empty() {
            return;
        }
        let clocks: Vec<&str> =
            self.rising.iter().map(|index| self.ports[*index].0.name.as_str()).collect();
        if let Err(error) = self.sim.step_all(&clocks) {
            self.failure.get_or_insert(error);
        }
        self.rising.clear();
    }

    /// Puts the value of an output on its signal.
    pub fn drive(&mut self, index: usize, pin: &mut dyn Pin) {
        if pin.direction() == Direction::Output {
            pin.put(self.sim.read(self.ports[index].1));
        }
    }

    /// An instance of the design between the ports of a rust-hdl module.
    pub fn hdl(&self) -> Verilog {
        Verilog::Wrapper(self.verilog.clone())
    }
}

/// A port as the struct must write it.
fn signal(port: &Port) -> String {
    let ty = match (port.direction.is_clock(), port.ty.signed, port.ty.width) {
        (true, _, _) => "Clock".to_owned(),
        (_, true, width) => format!("Signed<{width}>"),
        (_, false, 1) => "Bit or Bits<1>".to_owned(),
        (_, false, width) => format!("Bits<{width}>"),
    };
    let way = if port.direction.is_input() { "In" } else { "Out" };
    format!("{way} {}: {ty}", port.name)
}

fn instance(top: &str, ports: &[(Port, Signal)]) -> String {
    let pin = |(port, _): &(Port, Signal)| format!("    .{0}({0})", port.name);
    let pins: Vec<String> = ports.iter().map(pin).collect();
    format!("{top} core (\n{}\n);", pins.join(",\n"))
}

/// The modules, each guarded: rust-hdl repeats them for every instance of the block.
fn cores(emitted: &Emitted) -> String {
    let mut text = String::new();
    for file in emitted.stubs.iter().chain(&emitted.files) {
        let guard = format!("BITLADDER_{}", file.name.trim_end_matches(".v").to_uppercase());
        // Writing to a string cannot fail.
        let _ = write!(text, "`ifndef {guard}\n`define {guard}\n{}`endif\n", file.text);
    }
    text
}

/// Makes a struct of typed rust-hdl signals around a design of this layer.
///
/// The signals carry the Verilog names of the top's ports and are written as
/// `In name: Type` or `Out name: Type`, with `Clock`, `Bit`, `Bits<N>` or `Signed<N>` as the
/// type. `new` checks them against the design, which is sized at run time: one struct fits the
/// configurations whose ports it lists.
///
/// ```
/// use bitladder_rtl::rust_hdl::rust_hdl_core::prelude::*;
/// use bitladder_rtl::{Design, EmitOptions, ModuleBuilder, uint};
///
/// bitladder_rtl::rust_hdl_block! {
///     /// Counts while it is enabled.
///     pub struct Counter {
///         In clk_i: Clock,
///         In en_i: Bit,
///         Out count_o: Bits<8>,
///     }
/// }
///
/// let m = ModuleBuilder::new("counter");
/// let clk = m.clock("clk", "clock");
/// let count = m.reg("count_q", uint(8), clk).enable(m.input("en", uint(1), "count")).init(0);
/// count.next(count.q + 1);
/// m.drive(m.output("count", uint(8), "value"), count.q);
/// let design = Design::elaborate(&m.build()?)?;
///
/// let mut counter = Counter::new(&design, &EmitOptions::default())?;
/// counter.connect_all();
/// assert!(check_all(&counter).is_ok());
/// assert!(generate_verilog(&counter).contains("counter core ("));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! rust_hdl_block {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($way:ident $port:ident : $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $(
                #[doc = concat!("Port `", stringify!($port), "` of the design.")]
                pub $port: $crate::rust_hdl::rust_hdl_core::prelude::Signal<
                    $crate::rust_hdl::rust_hdl_core::prelude::$way,
                    $ty,
                >,
            )*
            core: $crate::rust_hdl::Core,
        }

        #[allow(dead_code, reason = "part of every block, not used by every program")]
        impl $name {
            /// Wraps a design whose ports are exactly the signals of this struct.
            pub fn new(
                design: &$crate::Design,
                options: &$crate::EmitOptions,
            ) -> Result<$name, $crate::rust_hdl::BridgeError> {
                $(let $port = $crate::rust_hdl::rust_hdl_core::prelude::Signal::default();)*
                let core = $crate::rust_hdl::Core::new(
                    design,
                    &[$((
                        stringify!($port),
                        &$port as &$crate::rust_hdl::rust_hdl_core::prelude::Signal<
                            $crate::rust_hdl::rust_hdl_core::prelude::$way,
                            $ty,
                        >,
                    )),*],
                    options,
                )?;
                Ok($name { $($port,)* core })
            }

            /// The simulation inside.
            pub fn core(&mut self) -> &mut $crate::rust_hdl::Core {
                &mut self.core
            }
        }

        impl $crate::rust_hdl::rust_hdl_core::prelude::Logic for $name {
            fn update(&mut self) {
                let pins: &mut [&mut dyn $crate::rust_hdl::Pin] = &mut [$(&mut self.$port),*];
                for (index, pin) in pins.iter().enumerate() {
                    self.core.sample(index, &**pin);
                }
                self.core.advance();
                for (index, pin) in pins.iter_mut().enumerate() {
                    self.core.drive(index, &mut **pin);
                }
            }

            fn connect(&mut self) {
                $($crate::rust_hdl::Pin::claim(&mut self.$port);)*
            }

            fn hdl(&self) -> $crate::rust_hdl::rust_hdl_core::prelude::Verilog {
                self.core.hdl()
            }
        }

        impl $crate::rust_hdl::rust_hdl_core::prelude::Block for $name {
            fn connect_all(&mut self) {
                $crate::rust_hdl::rust_hdl_core::prelude::Logic::connect(self);
                $(self.$port.connect_all();)*
            }

            fn update_all(&mut self) {
                $crate::rust_hdl::rust_hdl_core::prelude::Logic::update(self);
                $(self.$port.update_all();)*
            }

            fn has_changed(&self) -> bool {
                $(self.$port.has_changed())||*
            }

            fn accept(
                &self,
                name: &str,
                probe: &mut dyn $crate::rust_hdl::rust_hdl_core::prelude::Probe,
            ) {
                probe.visit_start_scope(name, self);
                $(self.$port.accept(stringify!($port), probe);)*
                probe.visit_end_scope(name, self);
            }
        }
    };
}
