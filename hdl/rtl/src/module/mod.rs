//! Modules: ports, signals, state and instances.

pub(crate) mod blackbox;
pub(crate) mod body;
mod builder;
mod bundle;
mod check;
mod crossing;
mod fold;
mod inst;
pub(crate) mod mem;
mod port;
mod reg;

pub use blackbox::{BlackBox, ClockRule, CombModel, Model, ParamValue};
pub use body::{Direction, Module, Port};
pub use builder::ModuleBuilder;
pub use bundle::{Bundle, BundlePort, Field};
pub use inst::Instance;
pub use mem::{Mem, ReadDuringWrite};
pub use port::Clock;
pub use reg::Reg;
