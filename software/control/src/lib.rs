//! draft
mod admission;
mod controller;
pub mod escalate;
mod estimate;
mod optimum;
pub mod pace;
pub mod platform;
pub mod policy;
mod queue;
pub mod reproduce;
mod request;
mod robust;
pub mod simulate;
mod time_price;

pub use admission::Admission;
pub use controller::{Block, Blocks, Controller, Cost, Listener, Machine, ServeError};
pub use estimate::Estimates;
pub use optimum::{MOST_REQUESTS, Optimum, OptimumError, Planned, optimum};
pub use pace::{BlockTime, Pace, Progress};
pub use platform::{Platform, Point};
pub use policy::{Decision, Policy, View};
pub use queue::Queue;
pub use request::Request;
pub use time_price::{TimePrice, TimePriceOptions, lost_image_price};
