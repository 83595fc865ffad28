//! Scheduling for machines whose precision and clock change while they run.
//!
//! A [`Controller`] takes requests with deadlines from a [`Machine`] - simulated or a board -
//! keeps them in a [`Queue`], lets a [`Policy`] choose the next one with its precision, and lets a
//! [`Pace`] choose the clock after every block of batches. What a machine costs at each precision
//! and clock stands in a [`Platform`] file; [`Estimates`] start from it and may follow what is
//! measured. Below that, [`escalate`] decides image by image which precision is enough.
//!
//! Nothing here reads a file, a clock or a meter: time and energy come in through traits, so that
//! a simulation and a board run the same code. `docs/scheduling.md` explains the algorithms.
//!
//! | concern | item |
//! |---|---|
//! | what a machine costs | [`platform`], [`Estimates`] |
//! | requests that wait | [`Request`], [`Queue`], [`Admission`] |
//! | which one runs, at which precision | [`Policy`]: [`policy::Pit`], [`TimePrice`], baselines |
//! | at which clock | [`Pace`]: [`pace::CoordinatedDvfs`], [`TimePrice`] |
//! | serving | [`Controller`], [`Machine`], [`Listener`] |
//! | serving in simulated time | [`simulate`] |
//! | the best possible, for a few requests | [`optimum`] |
//! | precision per image | [`escalate`] |
//! | the paper's experiments | [`reproduce`] |
//!
//! ```
//! use bitladder_control::platform::TESLA_P40;
//! use bitladder_control::simulate::{Record, SimulatedMachine};
//! use bitladder_control::{
//!     Blocks, Controller, Estimates, Platform, Request, TimePrice, TimePriceOptions,
//! };
//!
//! let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml")?;
//! // Two requests of 50,000 images: 740 s each at full precision and top clock.
//! let requests = [
//!     Request { id: 0, arrival: 0.0, images: 50_000, expected: 1500.0 },
//!     Request { id: 1, arrival: 100.0, images: 50_000, expected: 1500.0 },
//! ];
//! let mut machine = SimulatedMachine::new(&platform, &requests);
//! let mut estimates = Estimates::learning(&platform, 1.0);
//! let mut policy = TimePrice::new(TimePriceOptions::default());
//! let mut pace = TimePrice::new(TimePriceOptions::default());
//! let mut record = Record::new();
//! Controller::new(&mut policy, &mut pace, &mut estimates, Blocks { batch: 145, batches: 1 })
//!     .serve(&mut machine, &mut record)?;
//! assert_eq!(record.on_time(), 2);
//! // Full precision for both would have been too slow: one gave way.
//! let precisions: Vec<usize> = record.completed.iter().map(|done| done.precision).collect();
//! assert_eq!(precisions, [0, 1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
