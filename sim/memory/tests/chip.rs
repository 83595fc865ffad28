//! Scripts of commands: legal ones pass, and each that breaks a rule is named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use bitladder_memory_models::{ChipSpec, MemoryModel, SdramChip, Violation};

const NOP: u64 = 0b111;
const ACTIVATE: u64 = 0b011;
const READ: u64 = 0b101;
const WRITE: u64 = 0b100;
const PRECHARGE: u64 = 0b010;
const REFRESH: u64 = 0b001;
const MODE: u64 = 0b000;
const ALL: u64 = 1 << 10;

/// A command with bank, address and data, and the cycles until the next one.
type Step = (u64, u64, u64, Option<u64>, u64);

fn give(
    chip: &mut SdramChip,
    (command, bank, address, data, cycles): Step,
) -> Result<(), Violation> {
    for cycle in 0..cycles {
        let command = if cycle == 0 { command } else { NOP };
        let enable = u64::from(cycle == 0 && data.is_some());
        let (ras, cas, we) = (command >> 2, command >> 1 & 1, command & 1);
        chip.edge(&[1, 0, ras, cas, we, bank, address, 0, data.unwrap_or(0), enable])?;
    }
    Ok(())
}

fn start() -> Vec<Step> {
    let mut steps = vec![(NOP, 0, 0, None, 20_000), (PRECHARGE, 0, ALL, None, 2)];
    steps.extend([(REFRESH, 0, 0, None, 6); 8]);
    steps.push((MODE, 0, 2 << 4, None, 2));
    steps
}

/// A chip at 100 MHz after some steps.
fn after(steps: &[Step]) -> (SdramChip, Result<(), Violation>) {
    let mut chip = SdramChip::new(ChipSpec::W9825G6KH_6, 10_000, false);
    let result = steps.iter().try_for_each(|step| give(&mut chip, *step));
    (chip, result)
}

/// What steps after the start break.
fn broken(steps: &[Step]) -> String {
    let (_, result) = after(&[&start(), steps].concat());
    result.unwrap_err().to_string()
}

#[test]
fn legal_commands_pass_and_words_come_after_the_latency() {
    let (mut chip, result) = after(&start());
    result.unwrap();
    chip.words().set((5 << 2 | 1) << 9 | 7, 0xabcd);
    for step in [(ACTIVATE, 1, 5, None, 2), (WRITE, 1, 8, Some(0x1234), 1), (READ, 1, 7, None, 1)] {
        give(&mut chip, step).unwrap();
    }
    let mut pins = [0];
    chip.drive(&[], &mut pins);
    assert_ne!(pins[0], 0xabcd, "an edge too early");
    give(&mut chip, (READ, 1, 8, None, 1)).unwrap();
    chip.drive(&[], &mut pins);
    assert_eq!(pins[0], 0xabcd);
    give(&mut chip, (NOP, 0, 0, None, 1)).unwrap();
    chip.drive(&[], &mut pins);
    assert_eq!(pins[0], 0x1234);
    assert_eq!(chip.counts(), [1, 2, 1, 8]);
}

#[test]
fn every_time_has_its_name() {
    let open = (ACTIVATE, 0, 3, None, 5);
    for (steps, wanted) in [
        (
            vec![(ACTIVATE, 0, 3, None, 1), (READ, 0, 0, None, 1)],
            "tRCD: read after 10000 ps, 15000",
        ),
        (
            vec![(ACTIVATE, 0, 3, None, 4), (PRECHARGE, 0, 0, None, 1)],
            "tRAS: precharge after 40000",
        ),
        (vec![open, (PRECHARGE, 0, 0, None, 1), (ACTIVATE, 0, 3, None, 1)], "tRP: activate after"),
        (vec![open, (PRECHARGE, 0, ALL, None, 1), (REFRESH, 0, 0, None, 1)], "tRP: refresh after"),
        (vec![(ACTIVATE, 0, 3, None, 1), (ACTIVATE, 1, 3, None, 1)], "tRRD: activate after 10000"),
        (vec![open, (WRITE, 0, 0, Some(1), 1), (PRECHARGE, 0, 0, None, 1)], "tWR: precharge after"),
        (vec![(REFRESH, 0, 0, None, 5), (ACTIVATE, 0, 3, None, 1)], "tRFC: activate after 50000"),
        (vec![(MODE, 0, 0x20, None, 1), (ACTIVATE, 0, 3, None, 1)], "tMRD: activate after 10000"),
        (vec![(NOP, 0, 0, None, 790)], "tREFI: no refresh after"),
    ] {
        let text = broken(&steps);
        assert!(text.starts_with(wanted), "{text}, not {wanted}");
    }
    // A longer tRC than tRAS and tRP together.
    let mut spec = ChipSpec::W9825G6KH_6;
    spec.times.row_cycle = 80_000;
    let mut chip = SdramChip::new(spec, 10_000, false);
    let steps = [open, (PRECHARGE, 0, 0, None, 2), (ACTIVATE, 0, 3, None, 1)];
    let result = [&start()[..], &steps].concat().iter().try_for_each(|s| give(&mut chip, *s));
    assert_eq!(result.unwrap_err().to_string(), "tRC: activate after 70000 ps, 80000 are needed");
    spec.times.row_active_most = 1_000_000;
    let mut chip = SdramChip::new(spec, 10_000, false);
    let steps = [(ACTIVATE, 0, 3, None, 200)];
    let result = [&start()[..], &steps].concat().iter().try_for_each(|s| give(&mut chip, *s));
    let wanted = "tRAS: no precharge after 1010000 ps, 1000000 are allowed";
    assert_eq!(result.unwrap_err().to_string(), wanted);
}

#[test]
fn commands_out_of_order_are_named() {
    let open = (ACTIVATE, 2, 3, None, 5);
    for (steps, wanted) in [
        (vec![(READ, 2, 0, None, 1)], "read in bank 2, where no row is open"),
        (vec![open, (WRITE, 1, 0, Some(0), 1)], "write in bank 1, where no row is open"),
        (vec![open, (ACTIVATE, 2, 4, None, 1)], "activate while a row of bank 2 is open"),
        (vec![open, (REFRESH, 0, 0, None, 1)], "refresh while a row of bank 2 is open"),
        (vec![open, (MODE, 0, 0x20, None, 1)], "mode while a row of bank 2 is open"),
        (vec![open, (WRITE, 2, 0, None, 1)], "write without data on the pins"),
        (
            vec![open, (READ, 2, 0, None, 2), (WRITE, 2, 0, Some(0), 1)],
            "data pins are driven by both sides",
        ),
        (
            vec![(0b110, 0, 0, None, 1)],
            "command 110 (ras, cas, we) is not one that this memory takes",
        ),
        (vec![(MODE, 0, 0x40, None, 1)], "mode register 0x0040: the CAS latency is 2 or 3"),
        (
            vec![(MODE, 0, 0x23, None, 1)],
            "mode register 0x0023: only bursts of one word are modelled",
        ),
    ] {
        assert_eq!(broken(&steps), wanted);
    }
}

#[test]
fn a_chip_wants_to_be_woken_up() {
    let text = |steps: &[Step]| after(steps).1.unwrap_err().to_string();
    let early = [(NOP, 0, 0, None, 100), (PRECHARGE, 0, ALL, None, 1)];
    assert_eq!(text(&early), "tPU: precharge after 1000000 ps, 200000000 are needed");
    let mut steps = start();
    steps.remove(1);
    assert_eq!(text(&steps), "refresh before all banks are precharged");
    let mut steps = start();
    steps.remove(2);
    assert_eq!(text(&steps), "mode before eight refreshes");
    let mut steps = start();
    steps.pop();
    steps.push((ACTIVATE, 0, 0, None, 1));
    assert_eq!(text(&steps), "activate before the mode is set");
    let mut chip = SdramChip::new(ChipSpec::W9825G6KH_6, 7_000, false);
    let mut steps = start();
    steps[0].4 = 30_000;
    steps.iter_mut().skip(1).for_each(|step| step.4 = 9);
    let result = steps.iter().try_for_each(|step| give(&mut chip, *step));
    let wanted = "mode register 0x0020: the clock is too fast for this CAS latency";
    assert_eq!(result.unwrap_err().to_string(), wanted);
}
