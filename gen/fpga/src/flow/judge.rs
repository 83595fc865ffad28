//! What place and route reached, against what the board delivers.

use crate::report::ClockResult;

/// Reports round to kilohertz.
const NEAR_MHZ: f64 = 0.001;

/// Clocks against what they will be on the board. A design that makes its own clock of `made` MHz
/// runs at that, whatever place and route was told to aim for; the frequencies that it knows from
/// the PLL are right as they are.
pub(super) fn judged(clocks: Vec<ClockResult>, aimed: f64, made: Option<f64>) -> Vec<ClockResult> {
    let Some(made) = made else { return clocks };
    let judge = |clock: ClockResult| match (clock.target_mhz - aimed).abs() <= NEAR_MHZ {
        true => ClockResult { target_mhz: made, ..clock },
        false => clock,
    };
    clocks.into_iter().map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SeedResult;

    fn clocks() -> Vec<ClockResult> {
        // The first behind the switch, the second behind the PLL.
        [("switch_clk", 88.0, 100.0), ("clocks_CLKO1", 140.0, 40.0)]
            .map(|(clock, mhz, target_mhz)| ClockResult { clock: clock.into(), mhz, target_mhz })
            .into()
    }

    #[test]
    fn a_clock_of_the_designs_own_is_what_has_to_be_reached() {
        let targets = |made| {
            let clocks = judged(clocks(), 100.0, made);
            clocks.iter().map(|clock| clock.target_mhz).collect::<Vec<_>>()
        };
        assert_eq!(targets(Some(80.0)), [80.0, 40.0]);
        assert_eq!(targets(None), [100.0, 40.0]);
        let seed = SeedResult { seed: 1, clocks: judged(clocks(), 100.0, Some(80.0)) };
        assert!((seed.margin() - 1.1).abs() < 1e-9, "{}", seed.margin());
    }
}
