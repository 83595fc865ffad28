//! What the paper prints.

/// A column group of Table II: the average, minimum, maximum and standard deviation over ten
/// workloads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// SLURM.
    pub slurm: [f64; 4],
    /// SLURM_DVFS.
    pub slurm_dvfs: [f64; 4],
    /// PIT.
    pub pit: [f64; 4],
}

/// Table II, response time in seconds.
pub const RESPONSE: Column = Column {
    slurm: [1356.7, 901.0, 1872.8, 361.5],
    slurm_dvfs: [1762.6, 826.2, 2414.5, 491.2],
    pit: [1751.0, 1358.4, 2194.2, 287.5],
};

/// Table II, top-1 accuracy in percent.
pub const TOP1: Column = Column {
    slurm: [70.65, 70.65, 70.65, 0.0],
    slurm_dvfs: [70.65, 70.65, 70.65, 0.0],
    pit: [70.17, 69.75, 70.52, 0.23],
};

/// Table II, top-5 accuracy in percent.
pub const TOP5: Column = Column {
    slurm: [89.86, 89.86, 89.86, 0.0],
    slurm_dvfs: [89.86, 89.86, 89.86, 0.0],
    pit: [89.66, 89.48, 89.81, 0.10],
};

/// Table II, power in watts.
pub const POWER: Column = Column {
    slurm: [92.12, 91.65, 92.65, 0.30],
    slurm_dvfs: [71.09, 61.21, 81.80, 6.63],
    pit: [62.69, 57.51, 66.24, 2.58],
};

/// Table II, energy in joules.
pub const ENERGY: Column = Column {
    slurm: [68230.8, 67902.8, 68768.6, 250.0],
    slurm_dvfs: [61639.4, 58270.0, 64837.7, 2248.0],
    pit: [54093.1, 48751.3, 58299.8, 2894.6],
};

/// A row of Table III: ten requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensitivity {
    /// Mean of the times between arrivals, in the paper's unit.
    pub mu: f64,
    /// Requests at INT8.
    pub low: u32,
    /// Top-1 accuracy in percent.
    pub top1: f64,
    /// Top-5 accuracy in percent.
    pub top5: f64,
}

const fn row(mu: f64, low: u32, top1: f64, top5: f64) -> Sensitivity {
    Sensitivity { mu, low, top1, top5 }
}

/// Table III, from tight to relaxed arrivals.
pub const TABLE_THREE: [Sensitivity; 8] = [
    row(2000.0, 8, 69.626, 89.429),
    row(2500.0, 7, 69.754, 89.483),
    row(3000.0, 8, 69.626, 89.429),
    row(4000.0, 7, 69.754, 89.483),
    row(4500.0, 3, 70.266, 89.698),
    row(5000.0, 2, 70.394, 89.752),
    row(5500.0, 0, 70.65, 89.86),
    row(6000.0, 0, 70.65, 89.86),
];

/// A row of Table IV. Percentages are for FP32 and INT8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Network {
    /// The network.
    pub name: &'static str,
    /// Top-1 accuracy.
    pub top1: [f64; 2],
    /// Top-5 accuracy.
    pub top5: [f64; 2],
    /// Gap between the powers at top and lowest clock.
    pub power_gap: [f64; 2],
    /// Millions of operations per image.
    pub mflops: f64,
}

const fn network(
    name: &'static str,
    top1: [f64; 2],
    top5: [f64; 2],
    power_gap: [f64; 2],
    mflops: f64,
) -> Network {
    Network { name, top1, top5, power_gap, mflops }
}

/// Table IV.
pub const TABLE_FOUR: [Network; 9] = [
    network("MobNet-V1-025", [38.56, 38.58], [63.14, 63.15], [19.28, 19.52], 0.93),
    network("MobNet-V1-05", [56.51, 56.51], [79.62, 79.63], [20.24, 20.09], 2.64),
    network("MobNet-V1-1", [69.38, 69.37], [88.92, 88.93], [23.44, 23.10], 8.42),
    network("Inception-V1", [68.20, 67.72], [88.49, 88.24], [23.92, 21.45], 13.22),
    network("Inception-V2", [72.64, 72.25], [90.95, 90.79], [26.05, 22.85], 22.34),
    network("Inception-V3", [77.22, 77.22], [93.44, 93.54], [32.40, 24.98], 54.25),
    network("ResNet-V2-50", [67.78, 66.16], [87.97, 87.41], [29.70, 23.46], 51.01),
    network("ResNet-V2-101", [70.08, 69.39], [89.33, 89.06], [33.78, 26.24], 88.89),
    network("ResNet-V2-152", [70.65, 69.37], [89.86, 89.40], [38.21, 27.48], 120.08),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;
    use crate::platform::TESLA_P40;

    #[test]
    fn table_three_follows_from_its_counts_and_the_platform_file() {
        let platform = Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap();
        let [full, low] = platform.precisions() else { panic!("two precisions") };
        for row in TABLE_THREE {
            let share = f64::from(row.low) / 10.0;
            let mix = |full: f64, low: f64| full * (1.0 - share) + low * share;
            assert!((mix(full.top1, low.top1) - row.top1).abs() < 6e-4, "mu {}", row.mu);
            let top5 = mix(full.top5.unwrap(), low.top5.unwrap());
            assert!((top5 - row.top5).abs() < 6e-4, "mu {}: {top5}", row.mu);
        }
    }
}
