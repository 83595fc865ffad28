//! What is written down about one call.

use std::sync::Arc;

use bitladder_device::{Counters, Fault, Info, Memory, Status};
use bitladder_machine::{Dims, LayerInfo, MachineConfig, Memories, Program, ResultLayout};
use bitladder_spec::{IntType, TensorFormat};
use serde::{Deserialize, Serialize};

/// Words as hexadecimal digits: eight each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Words(pub(super) Vec<u32>);

impl Serialize for Words {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.iter().map(|word| format!("{word:08x}")).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let wrong = || serde::de::Error::custom("words are eight hexadecimal digits each");
        if !text.len().is_multiple_of(8) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let word = |start| u32::from_str_radix(&text[start..start + 8], 16).map_err(|_| wrong());
        (0..text.len()).step_by(8).map(word).collect::<Result<_, _>>().map(Words)
    }
}

/// A program, as far as a device needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) batch: usize,
    pub(super) layers: Vec<String>,
    /// Contents of program, weight, parameter and external memory; `None`: as before.
    pub(super) memories: Option<[Words; 4]>,
}

impl Loaded {
    /// The program; with its memories unless they were written down before.
    pub(super) fn of(program: &Program, with_memories: bool) -> Self {
        let memories = &program.memories;
        let halves = |word: &u64| [*word as u32, (*word >> 32) as u32];
        let wide = |words: &[u16]| Words(words.iter().map(|word| u32::from(*word)).collect());
        let contents = || {
            [
                Words(memories.program.clone()),
                wide(&memories.weights),
                Words(memories.parameters.iter().flat_map(halves).collect()),
                wide(&memories.external),
            ]
        };
        Self {
            name: program.name.clone(),
            start: program.start,
            batch: program.batch,
            layers: program.layers.iter().map(|layer| layer.name.clone()).collect(),
            memories: with_memories.then(contents),
        }
    }

    /// The memories that were written down.
    pub(super) fn contents(&self) -> Option<Arc<Memories>> {
        let [program, weights, parameters, external] = self.memories.as_ref()?;
        let entry =
            |halves: &[u32]| u64::from(halves[0]) | u64::from(*halves.get(1).unwrap_or(&0)) << 32;
        let narrow = |words: &Words| words.0.iter().map(|word| *word as u16).collect();
        Some(Arc::new(Memories {
            program: program.0.clone(),
            weights: narrow(weights),
            parameters: parameters.0.chunks(2).map(entry).collect(),
            external: narrow(external),
        }))
    }

    /// A program that does the same. Inputs and results were written down as memory accesses, so
    /// it does not say where they lie.
    pub(super) fn program(&self, config: &MachineConfig, memories: Arc<Memories>) -> Program {
        let layer =
            |(index, name): (usize, &String)| LayerInfo { index, name: name.clone(), macs: 0 };
        Program {
            name: self.name.clone(),
            config: config.clone(),
            batch: self.batch,
            start: self.start,
            layers: self.layers.iter().enumerate().map(layer).collect(),
            inputs: Vec::new(),
            result: ResultLayout {
                shape: Vec::new(),
                dims: Dims { channels: 0, height: 0, width: 0 },
                format: TensorFormat::fixed(IntType::ACCUMULATOR, 0),
                decided: false,
            },
            activation_groups: 0,
            memories,
        }
    }
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Call {
    Info,
    Load(Loaded),
    Start,
    StartLayer { address: u32 },
    Status,
    Settle { cycles: u64 },
    Reset,
    Check { memory: u32, transfers: usize, crc: u32 },
    Counters,
    SetClock { level: u32 },
    Clock,
    Peek { memory: u32, first: usize, count: usize },
    Poke { memory: u32, first: usize, words: Words },
}

impl Call {
    /// Its name in messages.
    pub(super) fn name(&self) -> String {
        let memory = |code: u32| Memory::from_code(code).map_or("unknown", Memory::name);
        match self {
            Call::Info => "info".into(),
            Call::Load(loaded) => format!("load of `{}`", loaded.name),
            Call::Start => "start".into(),
            Call::StartLayer { address } => format!("start of the layer at {address}"),
            Call::Status => "status".into(),
            Call::Settle { .. } => "wait".into(),
            Call::Reset => "reset".into(),
            Call::Check { memory: code, .. } => format!("check of {} memory", memory(*code)),
            Call::Counters => "counters".into(),
            Call::SetClock { level } => format!("change to clock {level}"),
            Call::Clock => "clock".into(),
            Call::Peek { memory: code, first, count } => {
                format!("read of {count} words from {first} of {} memory", memory(*code))
            }
            Call::Poke { memory: code, first, words } => {
                let count = words.0.len();
                format!("write of {count} words from {first} of {} memory", memory(*code))
            }
        }
    }
}

/// What a call came to: numbers, or a failure's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Words(Words),
    Failed(String),
}

/// A call with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) call: Call,
    pub(super) answer: Answer,
}

/// What a machine is, but for whether cycles pass.
pub(super) fn info_words(info: &Info) -> Vec<u32> {
    let set = |codes: &mut dyn Iterator<Item = u32>| codes.fold(0, |set, code| set | 1 << code);
    let modes = set(&mut info.modes.iter().map(|mode| mode.code()));
    let kinds = set(&mut info.weight_kinds.iter().map(|kind| kind.code()));
    let abilities = u32::from(info.checks) | u32::from(info.external) << 1;
    let (width, hash) = (info.accumulator_bits, info.config_hash);
    vec![info.rows, info.columns, modes, kinds, width, hash, abilities]
}

/// How a run stands: a bit for busy, one for done, the error code, and the layer.
pub(super) fn status_words(status: &Status) -> Vec<u32> {
    let code = |fault| (1..=u8::MAX).find(|code| Fault::from_code(*code) == Some(fault));
    let code = status.fault.and_then(code).unwrap_or(0);
    vec![u32::from(status.busy), u32::from(status.done), code.into(), status.layer]
}

/// Counters in the order of their struct.
pub(super) fn counter_words(counters: &Counters) -> Vec<u32> {
    let Counters { cycles, array, stall_fill, stall_patches, stall_drain, .. } = *counters;
    let Counters { stall_weights, element, decide, row_words, .. } = *counters;
    let Counters { weight_reads, activation_reads, activation_writes, stall_memory, .. } =
        *counters;
    let cycles = [cycles as u32, (cycles >> 32) as u32];
    let first = [array, stall_fill, stall_patches, stall_drain, stall_weights, element, decide];
    let last = [row_words, weight_reads, activation_reads, activation_writes, stall_memory];
    [cycles.as_slice(), &first, &last].concat()
}
