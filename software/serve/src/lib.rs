//! An inference server over one or more bitladder devices.
//!
//! A [`Pool`] holds the queue; each device has a thread, a [`Policy`](bitladder_control::Policy)
//! that chooses request, precision and clock, and climbs the package's ladder where the choice is
//! [`model::LADDER`]. In front of it stand HTTP and gRPC in the Open Inference Protocol (KServe
//! version 2), so that existing clients work unchanged. `docs/serving.md` is the guide.

pub mod error;
mod grpc;
pub mod history;
mod jobs;
mod listen;
pub mod metrics;
pub mod model;
pub mod pool;
mod protocol;
mod request;
mod server;
pub mod watch;
mod web;

pub use error::{Refusal, StartError};
pub use listen::ListenError;
pub use model::{Model, ModelOptions};
pub use pool::{Limits, Pool, Reply, Unit};
pub use request::{Answer, Inference, Verdict, Wishes};
pub use server::{Server, ServerError, ServerOptions};
