//! Why a request gets no answer, and why a server does not start.

use bitladder_control::escalate::LadderError;
use bitladder_control::platform::PlatformError;
use bitladder_machine::CompileError;
use bitladder_machine::isa::DescriptorError;
use thiserror::Error;

/// Why a request gets no answer.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Refusal {
    /// A model this server does not have.
    #[error("no model `{wanted}` here; this server has `{known}`, version 1")]
    UnknownModel {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// A body that is no request.
    #[error("the request cannot be read: {what}")]
    Malformed {
        /// What is wrong with it.
        what: String,
    },
    /// Inputs other than the model's.
    #[error("input `{name}`: {what}")]
    Input {
        /// The input.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// An output the model does not have.
    #[error("no output `{name}`; there are {known}")]
    Output {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// A parameter that cannot be used.
    #[error("parameter `{name}` = {found}: {wanted}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What it was.
        found: String,
        /// What it must be.
        wanted: String,
    },
    /// Wishes that no precision satisfies.
    #[error("no precision satisfies the request: {what}")]
    Impossible {
        /// What is there.
        what: String,
    },
    /// More images than a request may have.
    #[error("{images} images in one request; at most {most}, send them in several")]
    TooMany {
        /// Images of the request.
        images: usize,
        /// The limit.
        most: usize,
    },
    /// The queue is full.
    #[error("{waiting} images wait already, {most} at most; try again later")]
    Full {
        /// Images that wait.
        waiting: usize,
        /// The limit.
        most: usize,
    },
    /// A deadline that cannot be met without breaking others.
    #[error("the deadline cannot be met with what waits already; ask for a later one")]
    NotInTime,
    /// It waited too long.
    #[error("no device answered within {seconds} s: {last}")]
    Expired {
        /// How long it waited.
        seconds: f64,
        /// What the devices said last.
        last: String,
    },
    /// Devices failed on it.
    #[error("{attempts} attempts failed; device {device}: {message}")]
    Device {
        /// How often it was tried.
        attempts: u32,
        /// Where it failed last.
        device: String,
        /// What the device said.
        message: String,
    },
    /// The server shuts down.
    #[error("the server shuts down; ask another one")]
    Draining,
    /// No or a wrong token.
    #[error("send the token of this server as `Authorization: Bearer ...`")]
    Unauthorized,
    /// A body that is too long.
    #[error("the body has more than {most} bytes; send fewer images at a time")]
    TooLong {
        /// The limit.
        most: usize,
    },
    /// A body that came too slowly.
    #[error("the request was not complete and answered within {seconds} s")]
    Slow {
        /// The limit.
        seconds: f64,
    },
    /// A job nobody knows.
    #[error("no job `{id}`; results are kept until they are deleted")]
    UnknownJob {
        /// Its name.
        id: String,
    },
    /// The store of jobs failed.
    #[error("the job store failed: {message}")]
    Store {
        /// What it said.
        message: String,
    },
}

impl Refusal {
    /// A word for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownModel { .. } | Self::UnknownJob { .. } => "unknown",
            Self::Malformed { .. } | Self::Input { .. } | Self::Output { .. } => "malformed",
            Self::Parameter { .. } | Self::Impossible { .. } => "malformed",
            Self::TooMany { .. } | Self::TooLong { .. } => "too-long",
            Self::Full { .. } => "full",
            Self::NotInTime => "not-in-time",
            Self::Expired { .. } | Self::Slow { .. } => "expired",
            Self::Device { .. } | Self::Store { .. } => "failed",
            Self::Draining => "draining",
            Self::Unauthorized => "unauthorized",
        }
    }

    /// The status of an HTTP answer.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::UnknownModel { .. } | Self::UnknownJob { .. } => 404,
            Self::Malformed { .. } | Self::Input { .. } | Self::Output { .. } => 400,
            Self::Parameter { .. } | Self::Impossible { .. } => 400,
            Self::TooMany { .. } | Self::TooLong { .. } => 413,
            Self::Slow { .. } => 408,
            Self::Full { .. } => 429,
            Self::NotInTime | Self::Expired { .. } => 504,
            Self::Device { .. } | Self::Draining => 503,
            Self::Store { .. } => 500,
            Self::Unauthorized => 401,
        }
    }
}

/// Why a server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The package has no precision.
    #[error("package `{name}`: it has no precision; make one with `bitladder quantize`")]
    Empty {
        /// The package.
        name: String,
    },
    /// The network does not take one tensor.
    #[error("package `{name}`: the network has {found} inputs; only networks with one are served")]
    Inputs {
        /// The package.
        name: String,
        /// Its inputs.
        found: usize,
    },
    /// Nobody knows how good a precision is.
    #[error(
        "package `{package}`: nothing says how accurate precision {precision} is; give labelled \
         images with --data, or --accuracy {precision}=PERCENT"
    )]
    Accuracy {
        /// The package.
        package: String,
        /// The precision.
        precision: String,
    },
    /// A ladder that does not fit the package's precisions.
    #[error("the package's ladder cannot be climbed: {0}")]
    Ladder(#[from] LadderError),
    /// The machine is too small, or cannot run the network.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A program the compiler should not have made.
    #[error("the compiled program cannot be read; please report this: {0}")]
    Program(#[from] DescriptorError),
    /// Costs nobody can compute with.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// A platform file for another package.
    #[error("platform `{platform}`: {what}")]
    OtherPlatform {
        /// The platform.
        platform: String,
        /// How it differs.
        what: String,
    },
    /// A thread that could not be started.
    #[error("a thread for device {device} could not be started: {source}")]
    Thread {
        /// The device.
        device: String,
        /// Why not.
        source: std::io::Error,
    },
}
