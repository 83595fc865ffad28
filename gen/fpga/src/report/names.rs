//! From the names of a netlist back to those of the description.

use std::collections::BTreeMap;

/// What synthesis appends to the names of signals, each followed by a port or more of the same.
const CELLS: [&str; 17] = [
    "TRELLIS_FF",
    "TRELLIS_DPR16X4",
    "LUT1",
    "LUT2",
    "LUT3",
    "LUT4",
    "CCU2C",
    "PFUMX",
    "L6MUX21",
    "MULT18X18D",
    "DP16KD",
    "SB_",
    "DFF",
    "ALU",
    "MUX2_LUT",
    "MULT18X18",
    "MULT9X9",
];

/// The signal of the description that a net or a cell is made for, such as `u_array.acc_q[3]` of
/// `u_array.acc_q_TRELLIS_FF_Q_12_DI_LUT4_Z[3]`; nothing if it has lost its name.
pub(super) fn signal(name: &str) -> Option<String> {
    // Names behind a dollar are made up by the tools.
    let public = name.split('$').next().unwrap_or_default();
    let cells = CELLS.iter().filter_map(|cell| public.find(&format!("_{cell}")));
    let end = cells.min().unwrap_or(public.len());
    let kept = public[..end].trim_end_matches(['.', '_']);
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// The instance that a signal is in, without the signal: `a.b` of `a.b.c[3]`.
pub(super) fn instance(signal: &str) -> &str {
    signal.rsplit_once('.').map_or("", |(path, _)| path)
}

/// A module's name for people: Yosys' `$paramod\cell\WIDTH=4` is `cell WIDTH=4`.
pub(super) fn module(name: &str) -> String {
    let Some(rest) = name.strip_prefix("$paramod") else { return name.to_owned() };
    let parts: Vec<&str> = rest.split('\\').filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// What to show of a signal: cells that come as foreign Verilog, with parameters, are not looked
/// into; their instance stands for all signals in them.
pub(super) fn shown(signal: &str, instances: &BTreeMap<String, String>) -> String {
    let mut ends = signal.match_indices('.').map(|(end, _)| &signal[..end]);
    let foreign = |path: &&str| instances.get(*path).is_some_and(|name| name.starts_with('$'));
    ends.find(foreign).unwrap_or(signal).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_suffixes_go() {
        let cases = [
            ("u_b.y[3]", Some("u_b.y[3]")),
            ("s_TRELLIS_FF_Q_21", Some("s")),
            ("inner.lane_0_1.acc_q_CCU2C_S0_COUT[2]", Some("inner.lane_0_1.acc_q")),
            ("y_o_SB_LUT4_O_I2_SB_LUT4_O_LC", Some("y_o")),
            ("u_a.y_DFF_Q_D_ALU_SUM_4_I0_LUT3_F", Some("u_a.y")),
            ("clk_i$SB_IO_IN_$glb_clk", Some("clk_i")),
            ("$glbnet$clk_i$TRELLIS_IO_IN", None),
            ("$abc$12$n4", None),
            ("lut_table", Some("lut_table")),
        ];
        for (name, expected) in cases {
            assert_eq!(signal(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn parameters_are_readable() {
        assert_eq!(module("lane_w16"), "lane_w16");
        assert_eq!(module("$paramod\\row_w9\\INIT=16'1010"), "row_w9 INIT=16'1010");
        assert_eq!(module("$paramod$c0ffee\\row_w9"), "$c0ffee row_w9");
    }

    #[test]
    fn foreign_cells_stay_closed() {
        let pairs = [("", "top"), ("u_a", "lane"), ("u_a.sum", "$paramod\\row\\W=4")];
        let instances = pairs.map(|(path, name)| (path.to_owned(), name.to_owned())).into();
        assert_eq!(shown("u_a.sum.bits[2].carry", &instances), "u_a.sum");
        assert_eq!(shown("u_a.acc_q[3]", &instances), "u_a.acc_q[3]");
    }

    #[test]
    fn instances_are_paths() {
        assert_eq!(instance("a.b.c[3]"), "a.b");
        assert_eq!(instance("c"), "");
    }
}
