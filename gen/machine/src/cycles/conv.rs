//! Cycles of convolutions.

use super::{ARRAY_LATENCY, FILL_LATENCY, POST_LATENCY, Stalls, Taken, words};
use crate::config::MachineConfig;
use crate::interpret::{Run, parts, runs};
use crate::isa::{Descriptor, Destination, WeightKind};

/// Cycles the streamer takes from the end of a tile to the next one.
const TILE_GAP: u64 = 1;
/// Cycles that a tile's last word takes from the patch buffers through the array's inputs: a half is
/// free that much before the array is done with it.
const READ_AHEAD: u64 = 3;
/// Registers that operands and words stand in besides where words are held on their way to the array,
/// and how many of them a half does not wait for.
const HELD: u64 = 4;
const HELD_AHEAD: u64 = 1;
/// Cycles between short passes that a sink that may pause adds, and those besides where words are held.
const MAY_PAUSE: usize = 7;
const HELD_MAY_PAUSE: usize = 2;

/// The array's time per pass: words, and waiting for results, scalars and parameters. And the way of
/// words: from a read of activation memory to the array's inputs, and from where a half is free.
struct Pass {
    words: u64,
    weights: u64,
    drain: u64,
    fill: u64,
    ahead: u64,
}

impl Pass {
    fn new(d: &Descriptor, config: &MachineConfig) -> Self {
        let (words, columns) = (u64::from(d.patch_words), config.array.columns as u64);
        let weights = with_scalars(d, columns) - words;
        // Meanwhile post reads the parameters of the next pass; the array keeps that pace in layers
        // of one pass, too.
        let turns = config.parameters_in_turns();
        let parameters = if turns { 0 } else { config.parameter_cycles() as u64 };
        let pace = (config.array.interval() as u64).max(parameters).max(shared(d, config));
        let drain = pace.saturating_sub(words + weights);
        let [held, ahead] = if config.array.holds_words() { [HELD, HELD_AHEAD] } else { [0; 2] };
        let (fill, ahead) = (FILL_LATENCY + held, READ_AHEAD + ahead);
        Self { words, weights, drain, fill, ahead }
    }

    fn cycles(&self) -> u64 {
        self.words + self.weights + self.drain
    }
}

/// Cycles of a pass's rows where columns share post lanes: such a sink may pause unless parameters
/// come in turns, and the array then ends no pass before it has room for all of its rows.
fn shared(d: &Descriptor, config: &MachineConfig) -> u64 {
    let steady = config.parameters_in_turns() && d.destination != Destination::Results;
    match config.row_cycles() {
        1 => 0,
        each if steady => (config.array.rows * each) as u64,
        each => {
            let held = if config.array.holds_words() { HELD_MAY_PAUSE } else { 0 };
            (config.array.rows * each).max(config.array.interval() + MAY_PAUSE + held) as u64
        }
    }
}

/// Cycles of a pass's words if each vector waits for the scalars of the next one, and nested weights
/// for whole blocks.
fn with_scalars(d: &Descriptor, columns: u64) -> u64 {
    if d.nested {
        // A block of four operands comes in as many groups as it is words of the mode.
        let words = 4 / d.mode.parts().min(4) as u32;
        return d.patch_words.next_multiple_of(words).into();
    }
    if d.weight_kind != WeightKind::Qsq {
        return d.patch_words.into();
    }
    let (channels, length) = (u64::from(d.channels), u64::from(d.vector_length.max(1)));
    let entries = columns.div_ceil(4);
    let (whole, rest) = (channels / length, channels % length);
    let of_rest = if rest > 0 { rest.max(entries) } else { 0 };
    let tap = whole * length.max(entries) + of_rest;
    tap * u64::from(d.kernel_height * d.kernel_width)
}

/// When a half of the patch buffers is free whose tile the array ends at `done`. Where passes wait
/// for their end, words stand in one register more on their way.
fn free(done: u64, tile_cycles: u64, pass: &Pass) -> u64 {
    let ahead = pass.ahead + u64::from(pass.drain + pass.weights > 0);
    done.saturating_sub(ahead.min(tile_cycles))
}

/// Cycles the streamer takes for a run.
fn run_cycles(d: &Descriptor, run: Run) -> u64 {
    let (channels, width) = (i64::from(d.channels), i64::from(d.input_width));
    let (from, to) = (run.x, run.x + run.pixels as i64);
    let (left, right) = match run.inside {
        true => ((to.min(0) - from).max(0), (to - from.max(width)).max(0)),
        false => (to - from, 0),
    };
    let inside = (to - from - left - right) as u64;
    let [left, right] = [left as u64, right as u64];
    if d.pixel_words > 0 {
        let channels = channels as u64;
        let padding = words(channels, 0, d.mode);
        return (left + right) * padding + inside * words(channels, d.input_offset.into(), d.mode);
    }
    let channels = channels as u64;
    let offset = (from.max(0) as u64 * channels) % d.mode.parts() as u64;
    words(left * channels, 0, d.mode)
        + words(inside * channels, offset, d.mode)
        + words(right * channels, 0, d.mode)
}

/// A tile of pixels on the array.
struct Tile {
    /// Cycles the array waits for its patches.
    waited: u64,
    /// When it takes the first word, from the first read of activation memory on.
    begins: u64,
}

/// The tiles of a layer, one after the other.
fn tiles<'a>(
    d: &'a Descriptor,
    config: &MachineConfig,
    pass: &'a Pass,
) -> impl Iterator<Item = Tile> + 'a {
    let rows = config.array.rows;
    let tile_cycles = u64::from(d.passes) * pass.cycles();
    let mut streamed = 0;
    // When the array was done with the last tile and the one before.
    let mut done = [0; 2];
    (0..d.tiles as usize).map(move |tile| {
        let at_work = if tile + 1 == d.tiles as usize { d.last_rows as usize } else { rows };
        let fill: u64 = parts(d, tile * rows, at_work)
            .into_iter()
            .flat_map(|part| runs(d, part))
            .map(|run| run_cycles(d, run))
            .sum();
        streamed = u64::max(streamed, free(done[0], tile_cycles, pass)) + fill + TILE_GAP;
        let waited = (streamed - TILE_GAP + pass.fill).saturating_sub(done[1]);
        let begins = done[1] + waited;
        done = [done[1], begins + tile_cycles];
        Tile { waited, begins }
    })
}

/// When the array takes a word of a pass over a tile, from the first read of activation memory on.
pub(super) fn word(
    d: &Descriptor,
    config: &MachineConfig,
    [tile, pass, word]: [usize; 3],
) -> Option<u64> {
    let each = Pass::new(d, config);
    let begins = tiles(d, config, &each).nth(tile)?.begins;
    // Waits for scalars are spread over the words.
    let words = word as u64 * (each.words + each.weights) / each.words.max(1);
    Some(begins + pass as u64 * each.cycles() + words)
}

pub(super) fn taken(d: &Descriptor, config: &MachineConfig) -> Taken {
    let pass = Pass::new(d, config);
    let mut stalls = Stalls::default();
    for (number, tile) in tiles(d, config, &pass).enumerate() {
        match number {
            0 => stalls.fill += tile.waited,
            _ => stalls.patches += tile.waited,
        }
    }
    let all_passes = u64::from(d.tiles) * u64::from(d.passes);
    stalls.weights = all_passes * pass.weights;
    stalls.drain = all_passes * pass.drain;
    stalls.tail = ARRAY_LATENCY + config.array.interval() as u64 + POST_LATENCY;
    Taken { work: all_passes * pass.words, stalls }
}

#[cfg(test)]
#[path = "conv_tests.rs"]
mod tests;
