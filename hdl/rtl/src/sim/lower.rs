//! From operators to instructions.

use super::compile::{Compiler, Rank};
use super::program::{Choice, Code, Slot, WideOp, instruction};
use crate::expr::node::{Node, Op};
use crate::ty::{Ty, uint};

/// Selectors up to this width are looked up in a table.
const TABLE_BITS: u32 = 8;

impl Compiler<'_> {
    pub(super) fn operator(&mut self, id: u32, node: &Node) {
        let base = self.flat.scope(id).base;
        let args: Vec<u32> = node.args.iter().map(|arg| base + arg).collect();
        let slots: Vec<Slot> = args.iter().map(|arg| self.slot(*arg)).collect();
        let narrow = |slot: &Slot| slot.ty.width <= 64;
        let all_narrow = node.ty.width <= 64 && slots.iter().all(narrow);
        let same_bits = match node.op {
            Op::Cast => true,
            Op::Slice(0) => node.ty.width == slots[0].ty.width,
            Op::Extend => all_narrow && !node.ty.signed,
            _ => false,
        };
        if same_bits {
            return self.alias(id, args[0]);
        }
        let rank = self.rank_above(&args);
        let to = Slot { at: self.allocate(node.ty), ty: node.ty };
        self.places[id as usize] = to.at;
        self.ranks[id as usize] = rank;
        if all_narrow {
            let level = self.narrow(node, &slots, to.at, rank);
            self.ranks[id as usize] = Rank { level, ..rank };
            return;
        }
        if let (Op::Slice(low), true) = (&node.op, node.ty.width <= 64)
            && low / 64 == (low + node.ty.width - 1) / 64
        {
            let from = slots[0].at + low / 64;
            let (x, y) = (node.ty.width as u8, (low % 64) as u8);
            return self.stage(rank, instruction(Code::Slice, to.at, [from, 0, 0], x, y));
        }
        let index = self.program.wide.len() as u32;
        self.program.wide.push(WideOp { op: node.op.clone(), args: slots, to });
        self.stage(rank, instruction(Code::Wide, 0, [index, 0, 0], 0, 0));
    }

    /// Stages the instructions of an operator on single words; gives the level of the last one.
    fn narrow(&mut self, node: &Node, args: &[Slot], to: u32, rank: Rank) -> u32 {
        match &node.op {
            Op::Concat => self.join(args, to, rank),
            Op::Case(keys) => {
                let index = self.program.choices.len() as u32;
                self.program.choices.push(choice(keys, args));
                self.stage(rank, instruction(Code::Case, to, [args[0].at, index, 0], 0, 0));
                rank.level
            }
            Op::Repeat(times) => {
                let step = args[0].ty.width;
                let pattern = (0..*times).fold(0, |all, copy| all | 1u128 << (copy * step));
                let factor = self.constant(pattern, uint(64));
                let operands = [args[0].at, factor, 0];
                self.stage(rank, instruction(Code::MulUnsigned, to, operands, 0, 0));
                rank.level
            }
            op => {
                let (code, x, y) = narrow_code(op, args, node.ty);
                let word = |index: usize| args.get(index).map_or(0, |slot| slot.at);
                self.stage(rank, instruction(code, to, [word(0), word(1), word(2)], x, y));
                rank.level
            }
        }
    }

    /// A chain of two-part joins in one word.
    fn join(&mut self, parts: &[Slot], to: u32, rank: Rank) -> u32 {
        let mut high = parts[0].at;
        let mut at = rank;
        for (index, low) in parts[1..].iter().enumerate() {
            at.level = rank.level + index as u32;
            let y = low.ty.width as u8;
            self.stage(at, instruction(Code::Join, to, [high, low.at, 0], 0, y));
            high = to;
        }
        if parts.len() == 1 {
            let x = parts[0].ty.width as u8;
            self.stage(at, instruction(Code::Slice, to, [high, 0, 0], x, 0));
        }
        at.level
    }
}

/// The arms of a case, as a table if the selector is small.
fn choice(keys: &[u128], args: &[Slot]) -> Choice {
    let arms: Vec<u32> = args[1..].iter().map(|arm| arm.at).collect();
    let default = arms[keys.len()];
    let width = args[0].ty.width;
    if width > TABLE_BITS {
        let keys = keys.iter().map(|key| *key as u64).zip(arms).collect();
        return Choice { table: Vec::new(), keys, default };
    }
    let mut table = vec![default; 1 << width];
    for (key, arm) in keys.iter().zip(arms) {
        table[*key as usize] = arm;
    }
    Choice { table, keys: Vec::new(), default }
}

/// Code and small constants of an operator whose operands and result are single words.
fn narrow_code(op: &Op, args: &[Slot], ty: Ty) -> (Code, u8, u8) {
    let (width, from) = (ty.width as u8, args[0].ty.width as u8);
    let signed = args[0].ty.signed;
    match op {
        Op::Not => (Code::Not, width, 0),
        Op::And => (Code::And, width, 0),
        Op::Or => (Code::Or, width, 0),
        Op::Xor => (Code::Xor, width, 0),
        Op::Add => (Code::Add, width, 0),
        Op::Sub => (Code::Sub, width, 0),
        Op::Mul if signed => (Code::MulSigned, from, args[1].ty.width as u8),
        Op::Mul => (Code::MulUnsigned, width, 0),
        Op::Eq => (Code::Eq, 1, 0),
        Op::Ne => (Code::Ne, 1, 0),
        Op::Lt if signed => (Code::LessSigned, from, 0),
        Op::Lt => (Code::LessUnsigned, 1, 0),
        Op::Le if signed => (Code::LessEqualSigned, from, 0),
        Op::Le => (Code::LessEqualUnsigned, 1, 0),
        Op::Shl(by) => (Code::Shl, width, *by as u8),
        Op::Shr(by) if signed => (Code::ShrSigned, width, *by as u8),
        Op::Shr(by) => (Code::Slice, width, *by as u8),
        Op::ShlBy => (Code::ShlBy, width, 0),
        Op::ShrBy if signed => (Code::ShrBySigned, width, 0),
        Op::ShrBy => (Code::ShrByUnsigned, width, 0),
        Op::Extend => (Code::SignExtend, width, from),
        Op::RedAnd => (Code::RedAnd, from, 0),
        Op::RedOr => (Code::RedOr, 1, 0),
        Op::RedXor => (Code::RedXor, 1, 0),
        Op::Mux => (Code::Mux, width, 0),
        Op::Slice(low) => (Code::Slice, width, *low as u8),
        // The others have no operands, are aliases, or are lowered before.
        Op::Cast | Op::Concat | Op::Repeat(_) | Op::Case(_) => (Code::Slice, width, 0),
        Op::Const(_) | Op::Net(_) | Op::Poison => (Code::Slice, width, 0),
    }
}
