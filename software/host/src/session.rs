//! Images in, classes with margins out.

use bitladder_device::{Counters, Device, DeviceError, run};
use bitladder_golden::FloatBatch;
use bitladder_machine::{CompileError, MachineConfig, PackageImage, compile_package, cycles};
use bitladder_package::{Package, Profile, Step};
use bitladder_spec::decision::top_two;
use thiserror::Error;

use crate::{DeviceUrl, OpenError};

/// A run that takes this many times the cycles it should is stuck.
const PATIENCE: u64 = 8;

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
    /// No step leads up from a precision.
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

/// A device with a package on it.
pub struct Session {
    device: Box<dyn Device>,
    package: Package,
    image: PackageImage,
    /// Most cycles of each precision.
    limits: Vec<u64>,
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
        let limit = |program| PATIENCE * cycles(program, config).map_or(0, |r| r.cycles) + 100_000;
        let limits = image.programs.iter().map(limit).collect();
        Ok(Self { device, package, image, limits })
    }

    /// The package.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// The device.
    pub fn device(&mut self) -> &mut dyn Device {
        self.device.as_mut()
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
        if self.package.ladder.is_empty() {
            return Err(SessionError::Ladder);
        }
        let mut number = self.package.profiles.len() - 1;
        let images = self.images(number, pixels)?;
        let mut found = self.run(number, &images)?;
        while let Some(step) = self.step(number) {
            let to = step.to.clone();
            let name = self.package.profiles[number].name.as_str();
            let doubtful = |(verdict, climbs): &(Verdict, bool)| verdict.profile == name && *climbs;
            let places: Vec<usize> =
                (0..images.len()).filter(|place| doubtful(&found[*place])).collect();
            number = self.number(&to)?;
            let chosen: Vec<_> = places.iter().map(|place| images[*place].clone()).collect();
            for (place, better) in places.into_iter().zip(self.run(number, &chosen)?) {
                found[place] = better;
            }
        }
        Ok(found.into_iter().map(|(verdict, _)| verdict).collect())
    }

    fn step(&self, number: usize) -> Option<&Step> {
        let name = &self.package.profiles[number].name;
        // Steps lead to better precisions, which come earlier: climbing ends.
        let up = |to: &str| self.package.profiles.iter().position(|p| p.name == to) < Some(number);
        self.package.ladder.iter().find(|step| &step.from == name && up(&step.to))
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

    /// Verdicts in a precision, and whether the ladder would go on from them.
    fn run(
        &mut self,
        number: usize,
        images: &[Vec<f32>],
    ) -> Result<Vec<(Verdict, bool)>, SessionError> {
        let step = self.step(number).cloned();
        let (program, profile) = (&self.image.programs[number], &self.package.profiles[number]);
        let mut verdicts = Vec::with_capacity(images.len());
        for part in images.chunks(program.batch) {
            // A batch that is not full repeats its last image.
            let place = |place: usize| part[place.min(part.len() - 1)].as_slice();
            let values = (0..program.batch).map(place).collect::<Vec<_>>().concat();
            let shape = profile.network.inputs[0].shape.clone();
            let batch = FloatBatch::new(program.batch, shape, values)
                .map_err(bitladder_machine::LoadError::from)
                .map_err(DeviceError::from)?
                .quantized_for(&profile.network);
            let outcome = run(self.device.as_mut(), program, &[batch], self.limits[number])?;
            let verdict = |place| verdict(profile, step.as_ref(), outcome.results.image(place));
            verdicts.extend((0..part.len()).map(verdict));
        }
        Ok(verdicts)
    }
}

fn verdict(profile: &Profile, step: Option<&Step>, logits: &[i32]) -> (Verdict, bool) {
    let unit = profile.network.output_format().scale.step();
    let best = top_two(logits);
    let verdict = Verdict {
        class: best.map_or(0, |best| best.first),
        margin: best.and_then(|best| best.margin()).map(i64::unsigned_abs),
        scores: logits.iter().map(|logit| (f64::from(*logit) * unit) as f32).collect(),
        profile: profile.name.clone(),
    };
    (verdict, step.is_some_and(|step| step.climbs(logits, unit)))
}
