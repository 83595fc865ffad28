//! The network a server answers with: its precisions, their costs, and its ladder.

use bitladder_control::escalate::{Ladder, Rung};
use bitladder_control::platform::{CascadeRung, Precision};
use bitladder_control::{Platform, Point};
use bitladder_machine::{MachineConfig, Program, compile_package, cycles};
use bitladder_package::{Package, Profile};

use crate::StartError;

/// Name of the precision that climbs the package's ladder.
pub const LADDER: &str = "ladder";

/// Energy of one bit of one multiplication in an FPGA, in joules: an assumption, good to a factor
/// of a few. Only ratios between precisions matter to a scheduler; a platform file replaces it.
const JOULES_PER_BIT: f64 = 2e-12;

/// Watts of a board that does nothing: an assumption as well.
const IDLE_WATTS: f64 = 0.15;

/// What a precision of the platform stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One profile of the package for all images.
    Profile(usize),
    /// Up the ladder, image by image.
    Ladder,
}

/// A package, compiled for a machine, with its costs.
#[derive(Debug)]
pub struct Model {
    package: Package,
    programs: Vec<Program>,
    predicted: Vec<u64>,
    platform: Platform,
    /// The machine's clock level for each level of the platform.
    clocks: Vec<u32>,
    choices: Vec<Choice>,
    ladder: Option<Ladder>,
}

/// What makes a model besides package and machine.
#[derive(Debug, Clone)]
pub struct ModelOptions {
    /// Images the machine runs together.
    pub batch: usize,
    /// Accuracies in percent by the names of profiles; `ladder` names the ladder. What is missing
    /// follows from the package's ladder.
    pub accuracy: Vec<(String, f64)>,
    /// Measured costs: its precisions are the package's profiles, in their order.
    pub platform: Option<Platform>,
}

impl Model {
    /// Compiles a package for a machine.
    pub fn new(
        package: Package,
        config: &MachineConfig,
        options: &ModelOptions,
    ) -> Result<Self, StartError> {
        let best = package.profiles.first();
        let best = best.ok_or_else(|| StartError::Empty { name: package.name.clone() })?;
        if best.network.inputs.len() != 1 {
            let (name, found) = (package.name.clone(), best.network.inputs.len());
            return Err(StartError::Inputs { name, found });
        }
        let programs = compile_package(&package, config, options.batch)?.programs;
        let reports = programs.iter().map(|program| cycles(program, config));
        let reports = reports.collect::<Result<Vec<_>, _>>()?;
        let plain = match &options.platform {
            Some(platform) => measured(platform, &package)?,
            None => assumed(&package, config, &reports, &options.accuracy)?,
        };
        let mut choices: Vec<Choice> = (0..package.profiles.len()).map(Choice::Profile).collect();
        let ladder = ladder(&package);
        let platform = match &ladder {
            None => plain,
            Some(_) => {
                // After the best: it is as good as that one, but for the doubts it does not see.
                choices.insert(1, Choice::Ladder);
                with_ladder(plain, &package, &options.accuracy)?
            }
        };
        let predicted = reports.iter().map(|report| report.cycles).collect();
        // Precisions of the ladder are counted with the ladder's own place among them.
        let ladder = ladder.map(|(rungs, widest)| Ladder::new(rungs, widest)).transpose()?;
        let clocks = clock_levels(&platform, config)?;
        Ok(Self { package, programs, predicted, platform, clocks, choices, ladder })
    }

    /// The package.
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// The program of each profile.
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Cycles a batch should take in each profile.
    pub fn predicted_cycles(&self) -> &[u64] {
        &self.predicted
    }

    /// Costs of each precision and clock.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What a precision of the platform stands for.
    pub fn choice(&self, precision: usize) -> Choice {
        self.choices[precision]
    }

    /// The ladder, over the platform's precisions.
    pub fn ladder(&self) -> Option<&Ladder> {
        self.ladder.as_ref()
    }

    /// The machine's number of a clock level: machines count from the fastest, schedulers from the
    /// slowest.
    pub fn machine_level(&self, level: usize) -> u32 {
        self.clocks[level]
    }

    /// The level that is the machine's number of a clock; `None` if no choice leads to it.
    pub fn level_of(&self, machine: u32) -> Option<usize> {
        self.clocks.iter().position(|clock| *clock == machine)
    }

    /// Its clock at a level, in MHz.
    pub fn clock_mhz(&self, level: usize) -> f64 {
        self.platform.clocks_mhz()[level]
    }

    /// Name of a precision.
    pub fn precision_name(&self, precision: usize) -> &str {
        &self.platform.precisions()[precision].name
    }

    /// Which precisions a wish for accuracy (percent) and energy (joules per image) leaves.
    pub fn allowed(&self, floor: Option<f64>, joules: Option<f64>) -> Vec<bool> {
        let top = self.platform.top_level();
        let precisions = self.platform.precisions().iter().enumerate();
        let good = precisions.map(|(precision, of)| {
            let cost = self.platform.joules(Point { precision, level: top });
            floor.is_none_or(|floor| of.top1 >= floor) && joules.is_none_or(|most| cost <= most)
        });
        good.collect()
    }
}

/// Costs from the cycle model and the assumptions above.
fn assumed(
    package: &Package,
    config: &MachineConfig,
    reports: &[bitladder_machine::CycleReport],
    accuracy: &[(String, f64)],
) -> Result<Platform, StartError> {
    let mut clocks: Vec<f64> = config.clock.levels_mhz.iter().map(|mhz| f64::from(*mhz)).collect();
    clocks.sort_by(f64::total_cmp);
    clocks.dedup();
    let mut precisions = Vec::new();
    for (profile, report) in package.profiles.iter().zip(reports) {
        let bits = |layer: &bitladder_machine::LayerCycles| {
            layer.macs as f64 * f64::from(layer.mode.bits())
        };
        let images = report.batch as f64;
        let joules = JOULES_PER_BIT * report.layers.iter().map(bits).sum::<f64>() / images;
        let seconds: Vec<f64> =
            clocks.iter().map(|mhz| report.cycles as f64 / images / (mhz * 1e6)).collect();
        precisions.push(Precision {
            name: profile.name.clone(),
            top1: known_accuracy(package, profile, accuracy)?,
            top5: None,
            watts: seconds.iter().map(|seconds| IDLE_WATTS + joules / seconds).collect(),
            seconds,
        });
    }
    Ok(Platform::new(&config.name, clocks, IDLE_WATTS, precisions)?)
}

/// Accuracy of a profile: as given, or as the ladder proves it against the best profile.
fn known_accuracy(
    package: &Package,
    profile: &Profile,
    given: &[(String, f64)],
) -> Result<f64, StartError> {
    if let Some((_, percent)) = given.iter().find(|(name, _)| *name == profile.name) {
        return Ok(*percent);
    }
    if profile.name == package.profiles[0].name {
        return Ok(100.0);
    }
    let step = package.ladder.iter().find(|step| step.from == profile.name);
    let missing =
        || StartError::Accuracy { package: package.name.clone(), precision: profile.name.clone() };
    let step = step.ok_or_else(missing)?;
    let better = package.profile(&step.to).ok_or_else(missing)?;
    // At worst every image that climbs would have been wrong.
    let share = (step.agreement - step.climbing).max(0.0);
    Ok(known_accuracy(package, better, given)? * share)
}

/// Which of the machine's clocks each level of a platform is.
fn clock_levels(platform: &Platform, config: &MachineConfig) -> Result<Vec<u32>, StartError> {
    let levels = &config.clock.levels_mhz;
    let level = |mhz: &f64| {
        let found = levels.iter().position(|level| (f64::from(*level) - mhz).abs() < 1e-6);
        found.map(|level| level as u32).ok_or_else(|| {
            let what = format!("it has a clock of {mhz} MHz, the machine's are {levels:?}");
            StartError::OtherPlatform { platform: platform.name().into(), what }
        })
    };
    platform.clocks_mhz().iter().map(level).collect()
}

/// A platform file's costs, if it is about this package.
fn measured(platform: &Platform, package: &Package) -> Result<Platform, StartError> {
    let found: Vec<&str> = platform.precisions().iter().map(|p| p.name.as_str()).collect();
    let wanted: Vec<&str> = package.profiles.iter().map(|p| p.name.as_str()).collect();
    if found == wanted {
        return Ok(platform.clone());
    }
    let what = format!(
        "its precisions are {}, the package's {}; name them alike, in the same order",
        found.join(", "),
        wanted.join(", ")
    );
    Err(StartError::OtherPlatform { platform: platform.name().into(), what })
}

/// The package's ladder by places among the platform's precisions, once the ladder is one of them.
fn ladder(package: &Package) -> Option<(Vec<Rung>, usize)> {
    let place = |profile: usize| if profile == 0 { 0 } else { profile + 1 };
    let rungs = package.rungs();
    let (last, below) = rungs.split_last()?;
    let rung = |rung: &bitladder_package::Rung| Rung {
        precision: place(rung.profile),
        threshold: rung.threshold,
    };
    Some((below.iter().map(rung).collect(), place(last.profile)))
}

/// The platform with the ladder as one more precision, with the costs the package expects.
fn with_ladder(
    platform: Platform,
    package: &Package,
    given: &[(String, f64)],
) -> Result<Platform, StartError> {
    let place = |name: &str| package.profiles.iter().position(|profile| profile.name == name);
    let (mut rungs, mut reached, mut agreement) = (Vec::new(), 1.0, 1.0);
    let steps = package.steps_up();
    for step in &steps {
        rungs.extend(place(&step.from).map(|precision| CascadeRung { precision, reached }));
        reached *= step.going_on();
        agreement = f64::min(agreement, step.agreement);
    }
    let last = steps.last().and_then(|step| place(&step.to)).unwrap_or(0);
    rungs.push(CascadeRung { precision: last, reached });
    let known = given.iter().find(|(name, _)| name == LADDER).map(|(_, percent)| *percent);
    let top1 = known.unwrap_or(platform.precisions()[last].top1 * agreement);
    Ok(platform.with_cascade(1, LADDER, top1, &rungs)?)
}
