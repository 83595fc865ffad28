//! The compiled form of a design: instructions on an arena of 64-bit words.
//!
//! Values up to 64 bits take one word, wider ones two (low word first). Instructions are sorted
//! by level (how many operators lie between them and the registers) and, inside a level, by
//! code: whole runs execute in one tight loop.

use crate::expr::node::Op;
use crate::module::CombModel;
use crate::ty::Ty;

/// What an instruction does with words `a`, `b`, `c` and the small constants `x`, `y`.
/// `x` is the width of the result unless stated otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Code {
    Not,
    And,
    Or,
    Xor,
    Add,
    Sub,
    MulUnsigned,
    /// `x`, `y`: widths of the operands.
    MulSigned,
    Eq,
    Ne,
    LessUnsigned,
    LessEqualUnsigned,
    /// `x`: width of the operands.
    LessSigned,
    /// `x`: width of the operands.
    LessEqualSigned,
    /// `y`: shift.
    Shl,
    /// `y`: shift.
    ShrSigned,
    ShlBy,
    ShrByUnsigned,
    ShrBySigned,
    /// `y`: lowest bit.
    Slice,
    /// `y`: width of the low part `b`.
    Join,
    /// `y`: width of the operand.
    SignExtend,
    /// `x`: width of the operand.
    RedAnd,
    RedOr,
    RedXor,
    Mux,
    /// `b`: index of a choice table.
    Case,
    /// `a`: index of a wide operation.
    Wide,
    /// `a`: index of a call.
    Call,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub(super) code: Code,
    pub(super) x: u8,
    pub(super) y: u8,
    pub(super) to: u32,
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) c: u32,
}

pub(super) fn instruction(code: Code, to: u32, [a, b, c]: [u32; 3], x: u8, y: u8) -> Instruction {
    Instruction { code, x, y, to, a, b, c }
}

/// Instructions with one code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) code: Code,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Where the arms of a case on a narrow selector are.
pub(super) struct Choice {
    /// An arm for each value of the selector; empty if that would be too many.
    pub(super) table: Vec<u32>,
    /// Key and arm, if there is no table.
    pub(super) keys: Vec<(u64, u32)>,
    pub(super) default: u32,
}

impl Choice {
    pub(super) fn arm(&self, selector: u64) -> u32 {
        if let Some(arm) = self.table.get(selector as usize) {
            return *arm;
        }
        let hit = self.keys.iter().find(|(key, _)| *key == selector);
        hit.map_or(self.default, |(_, arm)| *arm)
    }
}

/// A place in the arena and the type of the value there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub(super) at: u32,
    pub(super) ty: Ty,
}

/// An operation with a wide operand or result, done by the reference evaluation.
pub(super) struct WideOp {
    pub(super) op: Op,
    pub(super) args: Vec<Slot>,
    pub(super) to: Slot,
}

/// A call of a cell's function.
pub(super) struct Call {
    pub(super) model: CombModel,
    pub(super) inputs: Vec<Slot>,
    pub(super) outputs: Vec<Slot>,
}

#[derive(Clone, Copy)]
pub(super) struct RegisterOp {
    pub(super) q: Slot,
    pub(super) next: Slot,
    pub(super) enable: Option<u32>,
    pub(super) reset: Option<(u32, u128)>,
    pub(super) init: u128,
    /// No reset and no first value: its start is arbitrary.
    pub(super) open: bool,
}

pub(super) struct ReadOp {
    pub(super) clock: usize,
    pub(super) data: Slot,
    pub(super) address: Slot,
    pub(super) enable: Option<u32>,
}

pub(super) struct WriteOp {
    pub(super) clock: usize,
    pub(super) mask: Slot,
    pub(super) lanes: u32,
    pub(super) address: Slot,
    pub(super) data: Slot,
}

/// Instructions in the order of their execution.
#[derive(Default)]
pub(super) struct Schedule {
    pub(super) instructions: Vec<Instruction>,
    pub(super) runs: Vec<Run>,
}

/// Everything that does not change while a simulation runs.
#[derive(Default)]
pub(super) struct Program {
    pub(super) all: Schedule,
    /// The part that depends on inputs of the top, scheduled by itself.
    pub(super) from_inputs: Schedule,
    pub(super) choices: Vec<Choice>,
    pub(super) wide: Vec<WideOp>,
    pub(super) calls: Vec<Call>,
    /// Registers of each clock.
    pub(super) registers: Vec<Vec<RegisterOp>>,
}

/// Reads a value of any width.
pub(super) fn load(words: &[u64], slot: Slot) -> u128 {
    let at = slot.at as usize;
    match slot.ty.width > 64 {
        true => u128::from(words[at]) | u128::from(words[at + 1]) << 64,
        false => u128::from(words[at]),
    }
}

/// Writes a value of any width, masked by the caller.
pub(super) fn store(words: &mut [u64], slot: Slot, bits: u128) {
    let at = slot.at as usize;
    words[at] = bits as u64;
    if slot.ty.width > 64 {
        words[at + 1] = (bits >> 64) as u64;
    }
}
