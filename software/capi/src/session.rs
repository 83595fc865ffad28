//! What the functions do, without pointers.

use std::any::Any;
use std::ffi::CString;
use std::path::Path;

use bitladder_device::DeviceError;
use bitladder_host::{DeviceUrl, OpenError, SessionError, UrlError};
use bitladder_machine::{ConfigError, MachineConfig};
use bitladder_package::{Package, PackageError};
use thiserror::Error;

/// How a call ended. The text that belongs to it is what `bitladder_last_error` gives.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All is well.
    Ok = 0,
    /// A pointer is null, a text is no UTF-8, or a number makes no sense here.
    Argument = 1,
    /// The package or the configuration cannot be read.
    File = 2,
    /// The device cannot be opened.
    Open = 3,
    /// The package does not suit the machine, or lacks what was asked for.
    Package = 4,
    /// The device failed in the middle: close the session and open another one.
    Device = 5,
    /// A mistake of this library; the session can only be closed.
    Internal = 6,
}

/// What the machine says about one image.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdict {
    /// How far the best class is ahead of the second, in the machine's integers; all ones if there
    /// is only one class.
    pub margin: u64,
    /// The best class.
    pub class_index: u32,
    /// Which of the package's precisions gave this answer.
    pub profile: u32,
}

/// A call that failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// A pointer that must not be null.
    #[error("argument `{0}` is null")]
    Null(&'static str),
    /// A text that is none.
    #[error("argument `{0}` is no UTF-8")]
    Text(&'static str),
    /// A number out of range.
    #[error("argument `{name}` is {found}, allowed is {allowed}")]
    Number {
        /// The argument.
        name: &'static str,
        /// What it is.
        found: u64,
        /// What it may be.
        allowed: String,
    },
    /// A URL that names no device.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody says which machine it is.
    #[error("argument `config` is null, and the URL has no config=FILE: which machine is it?")]
    NoConfig,
    /// The machine's configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The package's file.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The device, or the package on it.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A panic, now or before.
    #[error("the library failed: {0}; please report this, and close the session")]
    Panic(String),
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a text".into())
}

impl Failure {
    /// Its number in C.
    pub fn status(&self) -> Status {
        match self {
            Failure::Null(_) | Failure::Text(_) | Failure::Number { .. } => Status::Argument,
            Failure::Url(_) | Failure::NoConfig => Status::Argument,
            Failure::Config(_) | Failure::Package(_) => Status::File,
            Failure::Session(error) => status_of(error),
            Failure::Panic(_) => Status::Internal,
        }
    }
}

fn status_of(error: &SessionError) -> Status {
    match error {
        SessionError::Open(OpenError::Config(_)) => Status::File,
        SessionError::Open(_) => Status::Open,
        SessionError::Compile(_)
        | SessionError::Profile { .. }
        | SessionError::Inputs { .. }
        | SessionError::Ladder => Status::Package,
        SessionError::Pixels { .. } | SessionError::Device(DeviceError::Clock { .. }) => {
            Status::Argument
        }
        SessionError::Device(_) => Status::Device,
    }
}

/// A session with texts that C can read.
pub struct Session {
    session: bitladder_host::Session,
    clocks: Vec<u32>,
    profiles: Vec<CString>,
    classes: Vec<CString>,
    image_values: usize,
    class_count: usize,
    /// What went wrong inside, if anything did: the session is not whole any more.
    pub(crate) broken: Option<String>,
}

/// A text for C, up to its first zero byte.
pub(crate) fn c_text(text: &str) -> CString {
    let whole = text.split('\0').next().unwrap_or_default();
    CString::new(whole).unwrap_or_default()
}

impl Session {
    /// Opens a device and puts a package on it. The configuration is a file; without one, the URL
    /// names it.
    pub fn open(
        url: &str,
        config: Option<&str>,
        package: &str,
        batch: u32,
    ) -> Result<Self, Failure> {
        let url: DeviceUrl = url.parse()?;
        let file = config.map(Path::new).or(url.config.as_deref()).ok_or(Failure::NoConfig)?;
        let config = MachineConfig::read(file)?;
        let package = Package::read(package)?;
        if batch == 0 {
            let (name, found, allowed) = ("batch", 0, "1 or more".into());
            return Err(Failure::Number { name, found, allowed });
        }
        let session = bitladder_host::Session::open(&url, &config, package, batch as usize)?;
        Ok(Self::of(session, config.clock.levels_mhz))
    }

    fn of(session: bitladder_host::Session, clocks: Vec<u32>) -> Self {
        let package = session.package();
        let network = package.profiles.first().map(|profile| &profile.network);
        let values = |shape: &[usize]| shape.iter().product::<usize>();
        Self {
            profiles: package.profiles.iter().map(|profile| c_text(&profile.name)).collect(),
            classes: package.classes.iter().map(|name| c_text(name)).collect(),
            image_values: network.and_then(|n| n.inputs.first()).map_or(0, |i| values(&i.shape)),
            class_count: network.map_or(0, |network| values(network.shape(network.output))),
            clocks,
            session,
            broken: None,
        }
    }

    /// Numbers of an image.
    pub fn image_values(&self) -> usize {
        self.image_values
    }

    /// Scores of an image.
    pub fn class_count(&self) -> usize {
        self.class_count
    }

    /// Names of the precisions, best first.
    pub fn profiles(&self) -> &[CString] {
        &self.profiles
    }

    /// Names of the classes; none where the package has none.
    pub fn classes(&self) -> &[CString] {
        &self.classes
    }

    /// Asks for a clock by its frequency.
    pub fn set_clock(&mut self, mhz: u32) -> Result<(), Failure> {
        let level = self.clocks.iter().position(|clock| *clock == mhz);
        let level = level.ok_or_else(|| {
            let allowed = format!("one of the machine's clocks: {:?}", self.clocks);
            Failure::Number { name: "mhz", found: mhz.into(), allowed }
        })?;
        Ok(self.session.set_clock(level as u32)?)
    }

    /// The clock in use, in MHz.
    pub fn clock_mhz(&mut self) -> Result<u32, Failure> {
        Ok(self.session.clock_mhz()?)
    }

    /// Classifies images in one precision, or up the ladder if none is named. `scores` gets those
    /// of each image, one after another, where it has room for them.
    pub fn infer(
        &mut self,
        profile: Option<&str>,
        pixels: &[f32],
        verdicts: &mut [Verdict],
        scores: Option<&mut [f32]>,
    ) -> Result<(), Failure> {
        let found = match profile {
            Some(name) => self.session.infer(name, pixels)?,
            None => self.session.infer_climbing(pixels)?,
        };
        let profiles = &self.session.package().profiles;
        for (place, verdict) in verdicts.iter_mut().zip(&found) {
            let profile = profiles.iter().position(|profile| profile.name == verdict.profile);
            *place = Verdict {
                margin: verdict.margin.unwrap_or(u64::MAX),
                class_index: verdict.class as u32,
                profile: profile.unwrap_or_default() as u32,
            };
        }
        let all = found.iter().flat_map(|verdict| &verdict.scores);
        for (place, score) in scores.unwrap_or_default().iter_mut().zip(all) {
            *place = *score;
        }
        Ok(())
    }
}
