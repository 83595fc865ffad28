//! The inner loops.

use super::program::{Code, Instruction, Program, Slot, WideOp, load, store};
use crate::expr::eval::{Value, eval};
use crate::expr::node::Op;

fn mask(width: u8) -> u64 {
    u64::MAX >> (64 - u32::from(width))
}

fn sign(word: u64, width: u8) -> i64 {
    let spare = 64 - u32::from(width);
    ((word << spare) as i64) >> spare
}

/// Computes every combinational value from inputs and registers.
pub(super) fn settle(program: &Program, words: &mut [u64]) {
    for run in &program.all.runs {
        execute(program, words, &program.all.instructions[run.start..run.end], run.code);
    }
}

/// Computes the values that depend on inputs of the top.
pub(super) fn settle_inputs(program: &Program, words: &mut [u64]) {
    let schedule = &program.from_inputs;
    for run in &schedule.runs {
        execute(program, words, &schedule.instructions[run.start..run.end], run.code);
    }
}

macro_rules! each {
    ($words:ident, $list:expr, |$i:ident, $a:ident| $value:expr) => {
        for $i in $list {
            let $a = $words[$i.a as usize];
            $words[$i.to as usize] = $value;
        }
    };
    ($words:ident, $list:expr, |$i:ident, $a:ident, $b:ident| $value:expr) => {
        for $i in $list {
            let ($a, $b) = ($words[$i.a as usize], $words[$i.b as usize]);
            $words[$i.to as usize] = $value;
        }
    };
}

fn execute(program: &Program, words: &mut [u64], list: &[Instruction], code: Code) {
    match code {
        Code::Not => each!(words, list, |i, a| !a & mask(i.x)),
        Code::And => each!(words, list, |_i, a, b| a & b),
        Code::Or => each!(words, list, |_i, a, b| a | b),
        Code::Xor => each!(words, list, |_i, a, b| a ^ b),
        Code::Add => each!(words, list, |i, a, b| a.wrapping_add(b) & mask(i.x)),
        Code::Sub => each!(words, list, |i, a, b| a.wrapping_sub(b) & mask(i.x)),
        Code::MulUnsigned => each!(words, list, |_i, a, b| a.wrapping_mul(b)),
        Code::MulSigned => each!(words, list, |i, a, b| {
            sign(a, i.x).wrapping_mul(sign(b, i.y)) as u64 & mask(i.x + i.y)
        }),
        Code::Eq => each!(words, list, |_i, a, b| u64::from(a == b)),
        Code::Ne => each!(words, list, |_i, a, b| u64::from(a != b)),
        Code::LessUnsigned => each!(words, list, |_i, a, b| u64::from(a < b)),
        Code::LessEqualUnsigned => each!(words, list, |_i, a, b| u64::from(a <= b)),
        Code::LessSigned => each!(words, list, |i, a, b| u64::from(sign(a, i.x) < sign(b, i.x))),
        Code::LessEqualSigned => {
            each!(words, list, |i, a, b| u64::from(sign(a, i.x) <= sign(b, i.x)));
        }
        Code::RedAnd => each!(words, list, |i, a| u64::from(a == mask(i.x))),
        Code::RedOr => each!(words, list, |_i, a| u64::from(a != 0)),
        Code::RedXor => each!(words, list, |_i, a| u64::from(a.count_ones() & 1)),
        Code::Mux => {
            for i in list {
                let from = if words[i.a as usize] != 0 { i.b } else { i.c };
                words[i.to as usize] = words[from as usize];
            }
        }
        _ => move_bits(program, words, code, list),
    }
}

fn move_bits(program: &Program, words: &mut [u64], code: Code, list: &[Instruction]) {
    match code {
        Code::Shl => each!(words, list, |i, a| (a << i.y) & mask(i.x)),
        Code::ShrSigned => each!(words, list, |i, a| (sign(a, i.x) >> i.y) as u64 & mask(i.x)),
        Code::ShlBy => each!(words, list, |i, a, by| {
            u32::try_from(by).ok().and_then(|by| a.checked_shl(by)).unwrap_or(0) & mask(i.x)
        }),
        Code::ShrByUnsigned => each!(words, list, |_i, a, by| {
            u32::try_from(by).ok().and_then(|by| a.checked_shr(by)).unwrap_or(0)
        }),
        Code::ShrBySigned => {
            each!(words, list, |i, a, by| (sign(a, i.x) >> by.min(63)) as u64 & mask(i.x))
        }
        Code::Slice => each!(words, list, |i, a| (a >> i.y) & mask(i.x)),
        Code::Join => each!(words, list, |i, a, b| a << i.y | b),
        Code::SignExtend => each!(words, list, |i, a| sign(a, i.y) as u64 & mask(i.x)),
        Code::Case => {
            for i in list {
                let arm = program.choices[i.b as usize].arm(words[i.a as usize]);
                words[i.to as usize] = words[arm as usize];
            }
        }
        Code::Wide => list.iter().for_each(|i| wide(program, words, i.a as usize)),
        _ => list.iter().for_each(|i| call(program, words, i.a as usize)),
    }
}

/// Nothing is allocated here: the operators that may have many operands only look at the one
/// they choose, or put them together one by one.
fn wide(program: &Program, words: &mut [u64], index: usize) {
    let WideOp { op, args, to } = &program.wide[index];
    let bits = match op {
        Op::Mux => {
            let arm = if words[args[0].at as usize] != 0 { args[1] } else { args[2] };
            Some(load(words, arm))
        }
        Op::Case(keys) => {
            let selector = load(words, args[0]);
            let hit = keys.iter().position(|key| *key == selector).unwrap_or(keys.len());
            Some(load(words, args[hit + 1]))
        }
        Op::Concat => {
            let join = |high: u128, low: &Slot| {
                high.checked_shl(low.ty.width).unwrap_or(0) | load(words, *low)
            };
            Some(args.iter().fold(0, join))
        }
        _ => {
            let value = |slot: Slot| Value { bits: load(words, slot), ty: slot.ty };
            let operands = [value(args[0]), value(args[args.len() - 1])];
            eval(op, &operands[..args.len().min(2)], to.ty)
        }
    };
    if let Some(bits) = bits {
        store(words, *to, bits);
    }
}

fn call(program: &Program, words: &mut [u64], index: usize) {
    let call = &program.calls[index];
    let inputs: Vec<u128> = call.inputs.iter().map(|slot| load(words, *slot)).collect();
    let mut outputs = vec![0; call.outputs.len()];
    (call.model)(&inputs, &mut outputs);
    for (slot, bits) in call.outputs.iter().zip(outputs) {
        store(words, *slot, bits & slot.ty.mask());
    }
}
