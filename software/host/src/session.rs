//! Images in, classes with margins out.

use bitladder_device::{Counters, Device, DeviceError, cycle_limit, run};
use bitladder_golden::FloatBatch;
use bitladder_machine::{CompileError, MachineConfig, PackageImage, compile_package, cycles};
use bitladder_package::{Package, Profile, climb};
use bitladder_spec::decision::top_two;
use thiserror::Error;

use crate::{DeviceUrl, OpenError};

/// A session that cannot be opened, or an inference that failed.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The device.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The package does not suit the machine.
    #[error("the package cannot run on this machine: {0}")]
    Compile(#[from] Box<CompileError>),
    /// The device, in the middle.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A precision nobody knows.
    #[error("the package has no precision `{wanted}`; it has {known}")]
    Profile {
        /// What was asked for.
        wanted: String,
        /// Those there are.
        known: String,
    },
    /// Pixels that are not so many images.
    #[error("{found} pixels are no whole number of images: an image has {pixels}")]
    Pixels {
        /// Pixels given.
        found: usize,
        /// Pixels of an image.
        pixels: usize,
    },
    /// A network that is no classifier of images.
    #[error("the network has {found} inputs; a session takes networks with one")]
    Inputs {
        /// Inputs it has.
        found: usize,
    },
    /// No precision leads to a better one.
    #[error("the package has no margins to climb by: quantise with two precisions and --calib")]
    Ladder,
}

/// What the machine says about an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The best class.
    pub class: usize,
    /// How far its score is ahead of the second's, in the integers of the machine; `None` if there
    /// is only one class.
    pub margin: Option<u64>,
    /// All scores, as real numbers.
    pub scores: Vec<f32>,
    /// The precision that gave this answer.
    pub profile: String,
}

/// What a session has run so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Work {
    /// Batches, in all precisions together.
    pub batches: u64,
    /// Cycles of all batches: as counted, or as predicted where no cycles pass.
    pub cycles: u64,
    /// How long these took at the clock that was in use after each batch.
    pub seconds: f64,
}

/// A device with a package on it.
pub struct Session {
    device: Box<dyn Device>,
    package: Package,
    image: PackageImage,
    config: MachineConfig,
    /// Cycles that a batch should take in each precision.
    predicted: Vec<u64>,
    work: Work,
}

impl Session {
    /// Opens a device and compiles a package for it. `batch` images run together.
    pub fn open(
        url: &DeviceUrl,
        config: &MachineConfig,
        package: Package,
        batch: usize,
    ) -> Result<Self, SessionError> {
        let config = url.machine(config)?;
        let device = url.open(&config)?;
        Self::on(device, &config, package, batch)
    }

    /// A session on a device that is open.
    pub fn on(
        device: Box<dyn Device>,
        config: &MachineConfig,
        package: Package,
        batch: usize,
    ) -> Result<Self, SessionError> {
        let image = compile_package(&package, config, batch).map_err(Box::new)?;
        let predicted = |program| cycles(program, config).map_or(0, |report| report.cycles);
        let predicted = image.programs.iter().map(predicted).collect();
        let (config, work) = (config.clone(), Work::default());
        Ok(Self { device, package, image, config, predicted, work })
    }

    /// The package.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// Images that run together.
    pub fn batch(&self) -> usize {
        self.image.programs.first().map_or(1, |program| program.batch)
    }

    /// The device.
    pub fn device(&mut self) -> &mut dyn Device {
        self.device.as_mut()
    }

    /// Asks for one of the machine's clocks: a place in `clock.levels_mhz` of its configuration, 0
    /// the fastest. It counts from the next batch on.
    pub fn set_clock(&mut self, level: u32) -> Result<(), SessionError> {
        let levels = self.config.clock.levels_mhz.len();
        if level as usize >= levels {
            return Err(DeviceError::Clock { level, levels }.into());
        }
        Ok(self.device.set_clock(level)?)
    }

    /// The clock in use, in MHz.
    pub fn clock_mhz(&mut self) -> Result<u32, SessionError> {
        let (level, levels) = (self.device.clock()?, &self.config.clock.levels_mhz);
        let wrong = DeviceError::Clock { level, levels: levels.len() };
        Ok(*levels.get(level as usize).ok_or(wrong)?)
    }

    /// What was run so far.
    pub fn work(&self) -> Work {
        self.work
    }

    /// Cycles of the last batch, by what they were good for.
    pub fn counters(&mut self) -> Result<Counters, SessionError> {
        Ok(self.device.counters()?)
    }

    /// Classifies images in one precision. Pixels are numbers from 0 to 1, image after image, each
    /// with its channels one after another; the package's preprocessing is done here.
    pub fn infer(&mut self, profile: &str, pixels: &[f32]) -> Result<Vec<Verdict>, SessionError> {
        let number = self.number(profile)?;
        let images = self.images(number, pixels)?;
        Ok(self.run(number, &images)?.into_iter().map(|(verdict, _)| verdict).collect())
    }

    /// Classifies images in the cheapest precision, and those whose lead is too small in the
    /// next better one, and so on, as the package's ladder says.
    pub fn infer_climbing(&mut self, pixels: &[f32]) -> Result<Vec<Verdict>, SessionError> {
        let rungs = self.package.rungs();
        let cheapest = rungs.first().ok_or(SessionError::Ladder)?.profile;
        let images = self.images(cheapest, pixels)?;
        let classify = |profile: usize, chosen: &[usize]| {
            let chosen: Vec<_> = chosen.iter().map(|image| images[*image].clone()).collect();
            self.run(profile, &chosen)
        };
        let found = climb(&rungs, images.len(), classify, |(_, lead)| *lead)?;
        Ok(found.into_iter().map(|(verdict, _)| verdict).collect())
    }

    fn number(&self, wanted: &str) -> Result<usize, SessionError> {
        let profiles = &self.package.profiles;
        profiles.iter().position(|profile| profile.name == wanted).ok_or_else(|| {
            let known: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
            SessionError::Profile { wanted: wanted.into(), known: known.join(", ") }
        })
    }

    /// Images as the network takes them.
    fn images(&self, number: usize, pixels: &[f32]) -> Result<Vec<Vec<f32>>, SessionError> {
        let inputs = &self.package.profiles[number].network.inputs;
        let [input] = inputs.as_slice() else {
            return Err(SessionError::Inputs { found: inputs.len() });
        };
        let size = input.shape.iter().product::<usize>().max(1);
        if !pixels.len().is_multiple_of(size) {
            return Err(SessionError::Pixels { found: pixels.len(), pixels: size });
        }
        // A vector of numbers has one channel.
        let channels = if input.shape.len() == 3 { input.shape[0] } else { 1 };
        let prepared = |image: &[f32]| {
            let mut image = image.to_vec();
            self.package.preprocess.apply(&mut image, channels);
            image
        };
        Ok(pixels.chunks(size).map(prepared).collect())
    }

    /// Verdicts in a precision, and how far the ladder sees each ahead.
    fn run(
        &mut self,
        number: usize,
        images: &[Vec<f32>],
    ) -> Result<Vec<(Verdict, f64)>, SessionError> {
        let (program, profile) = (&self.image.programs[number], &self.package.profiles[number]);
        let lead = self.package.leads(number);
        let mut verdicts = Vec::with_capacity(images.len());
        for part in images.chunks(program.batch) {
            let image = |place: usize| part[place].as_slice();
            let values = program.places(part.len()).map(image).collect::<Vec<_>>().concat();
            let shape = profile.network.inputs[0].shape.clone();
            let batch = FloatBatch::new(program.batch, shape, values)
                .map_err(bitladder_machine::LoadError::from)
                .map_err(DeviceError::from)?
                .quantized_for(&profile.network);
            let limit = cycle_limit(self.predicted[number]);
            let outcome = run(self.device.as_mut(), program, &[batch], limit)?;
            let verdict = |place| {
                let logits = outcome.results.image(place);
                (verdict(profile, logits), lead(logits))
            };
            verdicts.extend((0..part.len()).map(verdict));
            let counted = self.device.cycles()?;
            let cycles = if counted == 0 { self.predicted[number] } else { counted };
            let level = self.device.clock()? as usize;
            let mhz = self.config.clock.levels_mhz.get(level).copied().unwrap_or(1);
            self.work.batches += 1;
            self.work.cycles += cycles;
            self.work.seconds += cycles as f64 / (f64::from(mhz) * 1e6);
        }
        Ok(verdicts)
    }
}

fn verdict(profile: &Profile, logits: &[i32]) -> Verdict {
    let unit = profile.network.output_format().scale.step();
    let best = top_two(logits);
    Verdict {
        class: best.map_or(0, |best| best.first),
        margin: best.and_then(|best| best.margin()).map(i64::unsigned_abs),
        scores: logits.iter().map(|logit| (f64::from(*logit) * unit) as f32).collect(),
        profile: profile.name.clone(),
    }
}
