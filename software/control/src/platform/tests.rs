use super::*;

fn p40() -> Platform {
    Platform::from_toml(TESLA_P40, "tesla-p40.toml").unwrap()
}

fn edited(from: &str, to: &str) -> String {
    assert!(BOARD_TEMPLATE.contains(from), "the template lost `{from}`");
    let text = BOARD_TEMPLATE.replacen(from, to, 1);
    Platform::from_toml(&text, "board.toml").unwrap_err().to_string()
}

#[test]
fn the_fitted_laws_meet_their_ends() {
    let platform = p40();
    let top = Point { precision: 0, level: platform.top_level() };
    assert!((platform.seconds(top) * 50_000.0 - 740.7).abs() < 1e-9);
    assert!((platform.watts(top) - 92.12).abs() < 1e-9);
    let lowest = Point { precision: 1, level: 0 };
    let slower = 1.0 + 0.193 * (1531.0 / 544.0 - 1.0);
    assert!((platform.seconds(lowest) / (0.014814 * 0.899) - slower).abs() < 1e-9);
    assert!((platform.watts(lowest) - 54.2).abs() < 1e-9);
    assert!((platform.joules(lowest) - platform.seconds(lowest) * 54.2).abs() < 1e-12);
    assert!((platform.loss(1) - 0.0128).abs() < 1e-9);
}

#[test]
fn the_template_is_a_platform() {
    let board = Platform::from_toml(BOARD_TEMPLATE, "board-template.toml").unwrap();
    assert_eq!((board.precisions().len(), board.clocks_mhz().len()), (3, 3));
    assert_eq!(board.seconds(Point { precision: 2, level: 1 }), 0.005);
    assert_eq!(board.idle_watts(), 0.08);
}

#[test]
fn a_single_clock_is_the_top_one() {
    let one = TESLA_P40.replace(
        "clocks_mhz = [544, 632, 734, 835, 949, 1063, 1189, 1303, 1430, 1531]",
        "clocks_mhz = [1531]",
    );
    let platform = Platform::from_toml(&one, "one.toml").unwrap();
    assert_eq!(platform.watts(Point { precision: 0, level: 0 }), 92.12);
}

#[test]
fn errors_name_file_and_field() {
    assert_eq!(
        edited("[12, 24, 48]", "[24, 12, 48]"),
        "board.toml: clocks_mhz is [24.0, 12.0, 48.0]; give at least one positive clock, from \
         slow to fast"
    );
    assert_eq!(
        edited("[0.110, 0.145, 0.215]", "[0.110, 0.145]"),
        "board.toml: watts of 16-bit has 2 value(s), clocks_mhz has 3; give one per clock"
    );
    assert_eq!(
        edited("[0.0200, 0.0100, 0.0050]", "[0.0200, 0.0, 0.0050]"),
        "board.toml: seconds_per_image of 8-bit is 0; times and powers must be positive, shares \
         up to 100 %"
    );
    assert!(edited("top1 = 98.9", "top1 = 198.9").contains("top1 of 16-bit is 198.9"));
    assert!(edited("idle_watts = 0.080", "idle_watts = -1.0").contains("idle_watts is -1"));
    let unknown = edited("idle_watts", "idle_wats");
    assert!(unknown.starts_with("board.toml: ") && unknown.contains("idle_wats"), "{unknown}");
    let none = Platform::from_toml("name = \"x\"\nclocks_mhz = [1]", "x.toml").unwrap_err();
    assert_eq!(
        none.to_string(),
        "x.toml: no [[precision]] table; give at least one, the most accurate first"
    );
}

#[test]
fn a_cascade_costs_what_its_rungs_cost() {
    let rungs =
        [CascadeRung { precision: 1, reached: 1.0 }, CascadeRung { precision: 0, reached: 0.3 }];
    let plain = p40();
    let platform = p40().with_cascade(1, "cascade", 70.5, &rungs).unwrap();
    for level in 0..=platform.top_level() {
        let (wide, narrow) = (Point { precision: 0, level }, Point { precision: 1, level });
        let seconds = plain.seconds(narrow) + 0.3 * plain.seconds(wide);
        let joules = plain.joules(narrow) + 0.3 * plain.joules(wide);
        assert!((platform.seconds(narrow) - seconds).abs() < 1e-12);
        assert!((platform.joules(narrow) - joules).abs() < 1e-12);
        assert_eq!(platform.seconds(Point { precision: 2, level }), plain.seconds(narrow));
    }
}

#[test]
fn impossible_cascades_are_refused() {
    let rung = |precision, reached| CascadeRung { precision, reached };
    let error =
        |rungs: &[CascadeRung]| p40().with_cascade(0, "c", 70.0, rungs).unwrap_err().to_string();
    assert!(error(&[]).starts_with("cascade `c`: rung 0 is missing; list existing precisions"));
    assert!(error(&[rung(7, 1.0)]).contains("rung 0 names a precision that does not exist"));
    assert!(error(&[rung(1, 0.9)]).contains("rung 0 has a share of images that cannot be"));
    assert!(error(&[rung(1, 1.0), rung(0, 1.1)]).contains("rung 1 has a share"));
    let accuracy = p40().with_cascade(0, "c", 101.0, &[rung(1, 1.0)]).unwrap_err().to_string();
    assert!(accuracy.contains("top1 of cascade c is 101"), "{accuracy}");
}
