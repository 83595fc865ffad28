//! draft
mod admission;
mod controller;
mod estimate;
mod menu;
pub mod pace;
pub mod platform;
pub mod policy;
mod queue;
mod request;
mod robust;
pub mod simulate;

pub use admission::Admission;
pub use controller::{Block, Blocks, Controller, Cost, Listener, Machine, ServeError};
pub use estimate::Estimates;
pub use pace::{BlockTime, Pace, Progress};
pub use platform::{Platform, Point};
pub use policy::{Decision, Policy, View};
pub use queue::Queue;
pub use request::Request;
