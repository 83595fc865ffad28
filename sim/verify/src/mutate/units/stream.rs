//! The weight stream alone: weights that lose digits, and 3-bit codes whose scalars come late.

use std::sync::Arc;

use bitladder_blocks::{Mode, WeightKind};
use bitladder_machine::MachineConfig;
use bitladder_rtl::{Module, Sim};
use bitladder_spec::weight_code::qsq_decode;
use bitladder_spec::{SplitMix64, csd};

use super::{text, unit};

/// The stream with what stands around it.
struct Stream {
    sim: Sim,
    noise: SplitMix64,
    columns: usize,
    /// Words wait behind the memory, where requests come from registers, and go on through one.
    holds: bool,
}

impl Stream {
    fn set(&mut self, values: &[(&str, u128)]) -> Result<(), String> {
        values.iter().try_for_each(|(name, value)| self.sim.set(name, *value).map_err(text))
    }

    fn step(&mut self) -> Result<(), String> {
        self.sim.step("clk").map_err(text)
    }

    fn begin(&mut self, mode: Mode, kind: WeightKind) -> Result<(), String> {
        self.set(&[("layer_mode", mode.code()), ("layer_weight_kind", kind.code())])?;
        self.set(&[("issue", 0), ("take", 0), ("last", 0), ("tile_end", 0), ("start", 1)])?;
        self.step()?;
        self.set(&[("start", 0)])
    }

    /// Asks for a word; where a group is read for it, there is a new one, which is given.
    fn ask(&mut self) -> Result<Option<Vec<u16>>, String> {
        self.set(&[("issue", 1), ("take", 0)])?;
        if self.holds {
            self.step()?;
            self.set(&[("issue", 0)])?;
        }
        let reads = self.sim.get("read_enable_o").map_err(text)? == 1;
        self.step()?;
        self.set(&[("issue", 0)])?;
        let group =
            reads.then(|| (0..self.columns).map(|_| self.noise.next_u64() as u16).collect());
        for (column, word) in group.iter().flat_map(|group: &Vec<u16>| group.iter().enumerate()) {
            self.sim.set(&format!("weight_{column}"), (*word).into()).map_err(text)?;
        }
        if self.holds {
            self.step()?;
        }
        Ok(group)
    }

    /// Moves the word on; gives it.
    fn take(&mut self) -> Result<Vec<u16>, String> {
        self.set(&[("take", 1)])?;
        self.step()?;
        self.set(&[("take", 0)])?;
        if self.holds {
            self.step()?;
        }
        let word = |column| self.sim.get(&format!("word_{column}_o"));
        (0..self.columns).map(word).map(|word| Ok(word.map_err(text)? as u16)).collect()
    }
}

/// Runs everything that the machine has.
pub(super) fn all(top: &Arc<Module>, config: &MachineConfig) -> Result<(), String> {
    let Some(sim) = unit(top, "weight_stream_")? else { return Ok(()) };
    let (columns, holds) = (config.array.columns, config.array.holds_words());
    let mut stream = Stream { sim, noise: SplitMix64::new(8), columns, holds };
    stream.set(&[("rst", 1)])?;
    stream.step()?;
    stream.set(&[("rst", 0)])?;
    if config.array.quality {
        quality(&mut stream, config)?;
    }
    let kinds = &config.array.weight_kinds;
    if kinds.iter().any(|kind| u128::from(kind.code()) == WeightKind::Qsq.code()) {
        decoded(&mut stream)?;
    }
    Ok(())
}

/// A word whose operands keep some digits.
fn kept(word: u16, mode: Mode, digits: u8) -> u16 {
    let bits = mode.bits();
    let operand = |part: u32| {
        let code = i32::from(word) << (32 - (part + 1) * bits) >> (32 - bits);
        let kept = csd::truncate(code, bits as u8, digits) as u32 & (u32::MAX >> (32 - bits));
        kept << (part * bits)
    };
    (0..mode.parts()).fold(0, |word, part| word | operand(part)) as u16
}

fn quality(stream: &mut Stream, config: &MachineConfig) -> Result<(), String> {
    let codes: Vec<u128> = config.array.modes.iter().map(|m| u128::from(m.code())).collect();
    let modes = Mode::ALL.into_iter().filter(|mode| codes.contains(&mode.code()));
    for mode in modes.filter(|mode| *mode != Mode::Binary) {
        for digits in 0..=mode.bits() as u8 / 2 {
            stream.set(&[("layer_quality", digits.into())])?;
            stream.begin(mode, WeightKind::Fixed)?;
            for _ in 0..24 {
                let group = stream.ask()?.ok_or("a fixed weight is not read")?;
                let found = stream.take()?;
                let of = |word: &u16| if digits == 0 { *word } else { kept(*word, mode, digits) };
                let wanted: Vec<u16> = group.iter().map(of).collect();
                if found != wanted {
                    return Err(format!("{digits} digits of {group:x?} are {found:x?}"));
                }
            }
        }
    }
    stream.set(&[("layer_quality", 0)])
}

/// Words of a vector, entries of parameter memory apart.
const VECTOR: u128 = 10;
/// Cycles in which scalars must have come.
const PATIENCE: usize = 40;

fn scalar(entry: u64, place: u64) -> u64 {
    (entry * 1103 + place * 377 + 1) & 0x1fff
}

fn decoded(stream: &mut Stream) -> Result<(), String> {
    stream.set(&[("layer_vector_length", VECTOR), ("layer_channels", 1 << 12)])?;
    stream.set(&[("layer_scalar_base", 5), ("scalar_grant", 0)])?;
    stream.begin(Mode::Word16, WeightKind::Qsq)?;
    let (mut group, mut position) = (Vec::new(), 0);
    let entries = stream.columns.div_ceil(4) as u64;
    for index in 0..4 * VECTOR as u64 {
        if let Some(next) = stream.ask()? {
            (group, position) = (next, 0);
        }
        if index == 0 {
            for _ in 0..5 {
                if stream.sim.get("there_o").map_err(text)? == 1 {
                    return Err("a code does not wait for its scalar".into());
                }
                stream.step()?;
            }
        }
        serve(stream)?;
        let vector = index / VECTOR as u64;
        let wanted: Vec<u16> = (0..stream.columns)
            .map(|column| {
                let (entry, place) = (column as u64 / 4, column as u64 % 4);
                let scalar = scalar(5 + vector * entries + entry, place) as i32;
                let code = group[column] >> (4 * position) & 7;
                (qsq_decode(code).unwrap_or(0) * scalar) as u16
            })
            .collect();
        let found = stream.take()?;
        if found != wanted {
            return Err(format!("codes of word {index} give {found:x?}, not {wanted:x?}"));
        }
        position += 1;
    }
    Ok(())
}

/// Gives the entries that are asked for until the word's scalars are there.
fn serve(stream: &mut Stream) -> Result<(), String> {
    for _ in 0..PATIENCE {
        if stream.sim.get("there_o").map_err(text)? == 1 {
            return Ok(());
        }
        let asks = stream.sim.get("scalar_request_o").map_err(text)?;
        let entry = stream.sim.get("scalar_entry_o").map_err(text)? as u64;
        stream.set(&[("scalar_grant", asks)])?;
        stream.step()?;
        if asks == 1 {
            let data = (0..4).fold(0, |data, place| data | scalar(entry, place) << (16 * place));
            stream.set(&[("scalar_grant", 0), ("scalar_data", data.into())])?;
        }
    }
    Err("scalars do not come".into())
}
