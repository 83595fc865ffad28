//! The streamer.

use bitladder_blocks::Mode;
use bitladder_hdl_machine::fetch::streamer;
use bitladder_rtl::Sim;
use bitladder_spec::SplitMix64;

use super::{plan, set, sim, start};
use crate::conv::Conv;
use crate::data::Bases;
use crate::shapes;

/// What the streamer must hand out: for each part its operands (word of memory and operand in it,
/// or padding), in how many chunks, the rows that take it, and whether it ends its tile.
type Part = (Vec<Option<(usize, usize)>>, usize, u128, bool);

/// Chunks of a stretch: one for each word of memory, and for each word of padding.
fn chunks(mode: Mode, stretch: &[Option<(usize, usize)>]) -> usize {
    match stretch[0] {
        Some(_) => stretch.chunk_by(|a, b| a.map(|a| a.0) == b.map(|b| b.0)).count(),
        None => stretch.len().div_ceil(mode.parts() as usize),
    }
}

fn parts(conv: &Conv, [rows, columns]: [usize; 2], base: usize) -> Vec<Part> {
    let [_, width] = conv.output();
    let (mut parts, mut pixel) = (Vec::new(), 0);
    while pixel < conv.pixels() {
        let row = pixel % rows;
        let n = (width - pixel % width).min(rows - row).min(conv.pixels() - pixel);
        let end = row + n == rows || pixel + n == conv.pixels();
        let mask = ((1 << n) - 1) << row;
        let stretches = conv.runs(pixel, n, columns, base);
        let count = stretches.iter().map(|stretch| chunks(conv.mode, stretch)).sum();
        parts.push((stretches.concat(), count, mask, end));
        pixel += n;
    }
    parts
}

/// Takes chunks, now and then, until so many parts have come.
fn walk(sim: &mut Sim, columns: usize, wanted: usize) -> Vec<Part> {
    let mut noise = SplitMix64::new(4);
    let (mut group, mut found) = (0, Vec::new());
    let (mut operands, mut chunks) = (Vec::new(), 0);
    for _ in 0..20_000 {
        let ready = noise.below(2);
        set(sim, &[("chunk_ready", ready)]);
        let mut get = |name: &str| sim.get(&format!("{name}_o")).unwrap() as usize;
        if get("chunk_valid") == 1 && ready == 1 {
            let word = group * columns + get("chunk_column");
            let (offset, inside) = (get("chunk_offset"), get("chunk_inside") == 1);
            let next = (0..get("chunk_count")).map(|i| inside.then_some((word, offset + i)));
            operands.extend(next);
            chunks += 1;
            if get("chunk_flush") == 1 {
                let part = std::mem::take(&mut operands);
                let (rows, end) = (get("chunk_rows") as u128, get("chunk_tile_end") == 1);
                found.push((part, chunks - 1, rows, end));
                chunks = 0;
            }
        }
        if get("read_enable") == 1 {
            group = get("read_group");
        }
        sim.step("clk").unwrap();
        if found.len() == wanted {
            break;
        }
    }
    found
}

#[test]
fn the_streamer_walks_the_runs_of_every_part() {
    let base = Conv { padding: [1, 2, 1, 0], ..Conv::plain(Mode::Word8, 7, 3, 4, 3) };
    let cases = [
        base.clone(),
        Conv { dense: false, mode: Mode::Word4, offset: 3, ..base.clone() },
        Conv { dense: false, dilation: [2, 2], images: 2, mode: Mode::Word16, ..base.clone() },
        Conv { dilation: [1, 3], stride: [2, 1], mode: Mode::Word4, ..base.clone() },
        Conv { stride: [1, 3], channels: 1, images: 3, ..base.clone() },
        Conv { padding: [1; 4], channels: 1, mode: Mode::Word4, ..base },
    ];
    let plan = plan(&shapes::full());
    let shape = [plan.rows() as usize, plan.columns() as usize];
    let mut sim = sim(&streamer(&plan).unwrap());
    for conv in cases {
        start(&mut sim, &conv.fields(shape, Bases { input: 40, ..Bases::default() }));
        let wanted = parts(&conv, shape, 40);
        assert_eq!(walk(&mut sim, shape[1], wanted.len()), wanted, "{conv:?}");
    }
}
