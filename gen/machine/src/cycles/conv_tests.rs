use bitladder_golden::generate::{Limits, random_network};

use super::*;
use crate::interpret::Machine;
use crate::isa::Operation;
use crate::{CompileError, Program, compile};

fn config() -> MachineConfig {
    let text = include_str!("../../../configs/sim-4x4.toml");
    let mut config = MachineConfig::parse("sim-4x4.toml", text).unwrap();
    config.array.accumulator_bits = 48;
    config.memory.activation_groups = 1 << 16;
    config.memory.weight_groups = 1 << 16;
    config.memory.parameter_entries = 1 << 16;
    config.memory.patch_words = 1 << 13;
    config
}

/// Convolutions of random networks, and a machine that holds them.
fn convolutions(mut look: impl FnMut(&Machine, &Descriptor)) {
    let widths = vec![16, 8, 4, 1];
    let limits = Limits { layers: 4, channels: 20, side: 9, widths, ..Limits::default() };
    let mut convolutions = 0;
    for seed in 0..150 {
        let program: Result<Program, CompileError> =
            compile(&random_network(seed, &limits), &config(), 2);
        let Ok(program) = program else { continue };
        let machine = Machine::new(&program.config, program.memories.clone());
        for d in program.descriptors().unwrap() {
            if d.operation == Operation::Conv {
                look(&machine, &d);
                convolutions += 1;
            }
        }
    }
    assert!(convolutions >= 100, "only {convolutions} convolutions");
}

#[test]
fn runs_take_a_cycle_per_word_of_the_stream() {
    convolutions(|machine, d| {
        for tile in 0..d.tiles as usize {
            let rows = if tile + 1 == d.tiles as usize { d.last_rows as usize } else { 4 };
            for part in parts(d, tile * 4, rows) {
                for run in runs(d, part) {
                    let mut words = 0;
                    machine.stream(d, part, run, &mut |_, _| words += 1).unwrap();
                    assert_eq!(run_cycles(d, run), words, "{run:?} of {d:?}");
                }
            }
        }
    });
}

/// Streamer and array, cycle by cycle: when the array is done with the last tile.
fn step_by_step(fills: &[u64], compute: u64, pass: &Pass) -> u64 {
    let (mut there, mut done) = (Vec::new(), Vec::<u64>::new());
    let (mut filling, mut pause, mut now) = (0, false, 0);
    while done.len() < fills.len() {
        if done.last().is_none_or(|done| *done <= now)
            && there.get(done.len()).is_some_and(|there| *there <= now)
        {
            done.push(now + compute);
        }
        let next: usize = there.len();
        let half = match next {
            0 | 1 => true,
            _ => done.get(next - 2).is_some_and(|done| free(*done, compute, pass) <= now),
        };
        now += 1;
        if pause {
            pause = false;
        } else if next < fills.len() && half {
            filling += 1;
            if filling == fills[next] {
                there.push(now + pass.fill);
                (filling, pause) = (0, true);
            }
        }
    }
    done.last().copied().unwrap_or_default()
}

#[test]
fn halves_overlap_as_a_simulation_says() {
    convolutions(|_, d| {
        let config = config();
        let fills: Vec<u64> = (0..d.tiles as usize)
            .map(|tile| {
                let rows = if tile + 1 == d.tiles as usize { d.last_rows as usize } else { 4 };
                let of_part = |part| runs(d, part).map(|run| run_cycles(d, run)).sum::<u64>();
                parts(d, tile * 4, rows).into_iter().map(of_part).sum::<u64>()
            })
            .collect();
        let pass = Pass::new(d, &config);
        let compute = u64::from(d.passes) * pass.cycles();
        let taken = taken(d, &config);
        let modelled = taken.cycles() - taken.stalls.tail;
        assert_eq!(modelled, step_by_step(&fills, compute, &pass), "{d:?}");
    });
}

#[test]
fn passes_wait_for_results_parameters_and_scalars() {
    let pass = |d: Descriptor, rows, columns| {
        let mut config = config();
        (config.array.rows, config.array.columns) = (rows, columns);
        config.post.lanes = columns;
        let Pass { words, weights, drain, .. } = Pass::new(&d, &config);
        [words, weights, drain]
    };
    let d = |patch_words, passes| Descriptor { patch_words, passes, ..Descriptor::default() };
    assert_eq!(pass(d(20, 3), 8, 8), [20, 0, 0]);
    assert_eq!(pass(d(3, 1), 8, 4), [3, 0, 5], "eight rows leave");
    assert_eq!(pass(d(3, 2), 2, 8), [3, 0, 7], "eight entries are fetched");
    // Two taps of ten channels in vectors of four, four and two; a set is 16 columns in 4 entries.
    let coded = Descriptor {
        weight_kind: WeightKind::Qsq,
        kernel_height: 1,
        kernel_width: 2,
        channels: 10,
        vector_length: 4,
        ..d(20, 1)
    };
    assert_eq!(pass(coded, 4, 16), [20, 4, 0], "short vectors wait");
}

#[test]
fn words_lie_where_the_layers_cycles_put_them() {
    convolutions(|_, d| {
        let config = config();
        let pass = Pass::new(d, &config);
        let [tiles, passes, words] = [d.tiles, d.passes, d.patch_words].map(|count| count as usize);
        let first = word(d, &config, [0, 0, 0]).unwrap();
        let last = word(d, &config, [tiles - 1, passes - 1, words - 1]).unwrap();
        let taken = taken(d, &config);
        assert_eq!(first, taken.stalls.fill, "{d:?}");
        // Behind the last word come its wait for scalars, the pass's for results, and the tail.
        let behind = taken.cycles() - taken.stalls.tail - last;
        assert!((1 + pass.drain..=1 + pass.drain + pass.weights).contains(&behind), "{d:?}");
        assert_eq!(word(d, &config, [tiles, 0, 0]), None);
    });
}
