//! What a machine costs: time and power at each precision and clock.

mod cascade;
mod error;
mod file;

pub use cascade::CascadeRung;
pub use error::PlatformError;

use file::{RawPlatform, RawPrecision};

/// The paper's machine: a Tesla P40 running ResNet-V2-152, fitted.
pub const TESLA_P40: &str = include_str!("../../models/tesla-p40.toml");

/// A template to copy for a board.
pub const BOARD_TEMPLATE: &str = include_str!("../../models/board-template.toml");

/// An operating point: indices into [`Platform::precisions`] and [`Platform::clocks_mhz`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    /// Precision; 0 is the most accurate one.
    pub precision: usize,
    /// Clock level; 0 is the slowest one.
    pub level: usize,
}

/// One precision a machine can run at.
#[derive(Debug, Clone, PartialEq)]
pub struct Precision {
    /// Its name, such as `INT8`.
    pub name: String,
    /// Top-1 accuracy in percent.
    pub top1: f64,
    /// Top-5 accuracy in percent, where known.
    pub top5: Option<f64>,
    /// Seconds per image at each clock level.
    pub seconds: Vec<f64>,
    /// Watts while running at each clock level.
    pub watts: Vec<f64>,
}

/// A machine: its clocks, its precisions from the most accurate to the cheapest, and their costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Platform {
    name: String,
    clocks_mhz: Vec<f64>,
    idle_watts: f64,
    precisions: Vec<Precision>,
}

impl Platform {
    /// Reads a platform file (TOML); `file` names it in errors.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, PlatformError> {
        let raw: RawPlatform = toml::from_str(text)
            .map_err(|e| PlatformError::Syntax { file: file.into(), message: e.to_string() })?;
        let (RawPlatform { name, clocks_mhz, idle_watts, precision }, mut precisions) =
            (raw, vec![]);
        check_clocks(&clocks_mhz, file)?;
        for RawPrecision { name, top1, top5, cost } in precision {
            let (seconds, watts) = cost.tables(&clocks_mhz);
            precisions.push(Precision { name, top1, top5, seconds, watts });
        }
        let platform = Self::new(file, clocks_mhz, idle_watts, precisions)?;
        Ok(Self { name, ..platform })
    }

    /// A machine whose costs are known already; `name` also stands for the file in errors.
    pub fn new(
        name: &str,
        clocks_mhz: Vec<f64>,
        idle_watts: f64,
        precisions: Vec<Precision>,
    ) -> Result<Self, PlatformError> {
        check_clocks(&clocks_mhz, name)?;
        check_number(idle_watts >= 0.0, "idle_watts", idle_watts, name)?;
        if precisions.is_empty() {
            return Err(PlatformError::NoPrecision { file: name.into() });
        }
        precisions.iter().try_for_each(|precision| precision.check(clocks_mhz.len(), name))?;
        Ok(Self { name: name.into(), clocks_mhz, idle_watts, precisions })
    }

    /// The machine's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Clock levels in MHz, slowest first.
    pub fn clocks_mhz(&self) -> &[f64] {
        &self.clocks_mhz
    }

    /// Watts while no request runs.
    pub fn idle_watts(&self) -> f64 {
        self.idle_watts
    }

    /// Precisions, most accurate first.
    pub fn precisions(&self) -> &[Precision] {
        &self.precisions
    }

    /// The fastest clock level.
    pub fn top_level(&self) -> usize {
        self.clocks_mhz.len() - 1
    }

    /// Seconds per image at an operating point.
    pub fn seconds(&self, point: Point) -> f64 {
        self.precisions[point.precision].seconds[point.level]
    }

    /// Watts at an operating point.
    pub fn watts(&self, point: Point) -> f64 {
        self.precisions[point.precision].watts[point.level]
    }

    /// Joules per image at an operating point.
    pub fn joules(&self, point: Point) -> f64 {
        self.seconds(point) * self.watts(point)
    }

    /// Images out of one that this precision gets wrong and the first one gets right, on average.
    pub fn loss(&self, precision: usize) -> f64 {
        (self.precisions[0].top1 - self.precisions[precision].top1) / 100.0
    }
}

impl Precision {
    /// Whether its numbers can be computed with, for this many clocks.
    fn check(&self, clocks: usize, file: &str) -> Result<(), PlatformError> {
        let Self { name, top1, top5, seconds, watts } = self;
        let percent = |value: f64| (0.0..=100.0).contains(&value);
        check_number(percent(*top1), &format!("top1 of {name}"), *top1, file)?;
        if let Some(top5) = *top5 {
            check_number(percent(top5), &format!("top5 of {name}"), top5, file)?;
        }
        for (what, values) in [("seconds_per_image", seconds), ("watts", watts)] {
            let field = format!("{what} of {name}");
            if values.len() != clocks {
                let (found, wanted) = (values.len(), clocks);
                return Err(PlatformError::Length { file: file.into(), field, found, wanted });
            }
            for value in values {
                check_number(*value > 0.0, &field, *value, file)?;
            }
        }
        Ok(())
    }
}

fn check_clocks(clocks: &[f64], file: &str) -> Result<(), PlatformError> {
    let ascending = clocks.windows(2).all(|pair| pair[0] < pair[1]);
    let positive = clocks.iter().all(|clock| clock.is_finite() && *clock > 0.0);
    if clocks.is_empty() || !ascending || !positive {
        return Err(PlatformError::Clocks { file: file.into(), clocks: clocks.to_vec() });
    }
    Ok(())
}

fn check_number(good: bool, field: &str, value: f64, file: &str) -> Result<(), PlatformError> {
    if good && value.is_finite() {
        return Ok(());
    }
    Err(PlatformError::Number { file: file.into(), field: field.into(), value })
}

#[cfg(test)]
mod tests;
