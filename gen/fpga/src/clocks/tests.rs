use super::*;

fn board(name: &str) -> Board {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fpga");
    Board::read(format!("{folder}/{name}.toml")).unwrap()
}

fn clocks(name: &str, levels: &[u32]) -> Clocks {
    Clocks::new(&board(name), levels).unwrap()
}

/// The value of a parameter in the Verilog.
fn parameter(clocks: &Clocks, name: &str) -> u64 {
    let text = &clocks.cell.as_ref().unwrap().verilog;
    let found = text.split(&format!(".{name}(")).nth(1).unwrap();
    let value = found.split(')').next().unwrap();
    value.rsplit("'d").next().unwrap().parse().unwrap()
}

#[test]
fn the_oscillator_needs_no_cell() {
    let clocks = clocks("ulx3s-25f", &[25]);
    assert_eq!(clocks, Clocks { hz: vec![25_000_000], how: "the oscillator".into(), cell: None });
}

#[test]
fn ecp5_settings_are_those_of_ecppll() {
    // ecppll -i 25 -o 80 --clkout1 40 --clkout2 20
    let clocks = clocks("ulx3s-85f", &[80, 40, 20]);
    assert_eq!(clocks.hz, [80_000_000, 40_000_000, 20_000_000]);
    assert_eq!(clocks.how, "a PLL: 25 MHz x 16 / 5, over 560 MHz");
    let all = ["CLKI_DIV", "CLKFB_DIV", "CLKOP_DIV", "CLKOS_DIV", "CLKOS2_DIV", "CLKOS2_CPHASE"];
    assert_eq!(all.map(|name| parameter(&clocks, name)), [5, 16, 7, 14, 28, 3]);
}

#[test]
fn ice40_settings_are_those_of_icepll() {
    // icepll -i 12 -o 18, -o 36
    let up5k = clocks("icebreaker", &[18, 9]);
    assert_eq!(up5k.hz, [18_000_000, 9_000_000]);
    let all = ["DIVR", "DIVF", "DIVQ", "FILTER_RANGE"];
    assert_eq!(all.map(|name| parameter(&up5k, name)), [0, 47, 5, 1]);
    assert!(up5k.cell.unwrap().verilog.contains("SB_PLL40_2F_PAD #("));
    let hx8k = clocks("hx8k-breakout", &[36, 18]);
    assert_eq!(all.map(|name| parameter(&hx8k, name)), [0, 47, 4, 1]);
    assert!(hx8k.cell.unwrap().verilog.contains("SB_PLL40_2F_CORE #("));
    // A second frequency that is not half of the first is not there.
    assert_eq!(clocks("icebreaker", &[24, 8]).hz, [24_000_000]);
}

#[test]
fn gowin_settings_stay_below_what_is_asked_for() {
    // gowin_pll -i 27 -o 81 has the same dividers.
    let clocks = |levels: &[u32]| clocks("tang-nano-20k", levels);
    let exact = clocks(&[81, 40]);
    assert_eq!(exact.hz, [81_000_000, 27_000_000 * 3 / 4 / 1000 * 1000]);
    let all = ["IDIV_SEL", "FBDIV_SEL", "ODIV_SEL"];
    assert_eq!(all.map(|name| parameter(&exact, name)), [0, 2, 8]);
    assert_eq!(clocks(&[80]).hz, [78_000_000]);
}

#[test]
fn what_no_pll_makes_is_divided() {
    let low = clocks("icebreaker", &[6]);
    assert_eq!(
        (low.hz.as_slice(), low.how.as_str()),
        (&[6_000_000][..], "the oscillator divided by 2")
    );
    let gw5a = clocks("tang-primer-25k", &[12]);
    assert_eq!((gw5a.hz[0], gw5a.how.as_str()), (10_000_000, "the oscillator divided by 5"));
    assert_eq!(clocks("tang-primer-25k", &[60]).how, "the oscillator");
}

#[test]
fn what_cannot_be_made_is_refused_with_what_can() {
    let board = board("tang-primer-25k");
    let message = Clocks::new(&board, &[80]).unwrap_err().to_string();
    assert_eq!(
        message,
        "GW5A-25A cannot make 80 MHz from the 50 MHz of board `tang-primer-25k`; the nearest below \
         is 50 MHz: change `clock.levels_mhz`"
    );
    assert!(Clocks::new(&board, &[]).unwrap_err().to_string().contains("allowed are 1 to 4"));
}

#[test]
fn no_frequency_is_above_the_one_that_was_asked_for() {
    for name in ["ulx3s-25f", "orangecrab-25f", "versa-ecp5", "tang-nano-9k", "tang-nano-20k"] {
        for wanted in (20..200).step_by(7) {
            let made = clocks(name, &[wanted, wanted / 2]);
            let asked = [wanted * 1_000_000, wanted / 2 * 1_000_000];
            assert!(made.hz.iter().zip(asked).all(|(is, most)| *is <= most), "{name} {made:?}");
            // The fractions of small numbers are never far.
            assert!(f64::from(made.hz[0]) > 0.9 * f64::from(asked[0]), "{name} {made:?}");
        }
    }
}
