//! From the flat design to instructions.

use std::collections::HashMap;

use super::error::SimError;
use super::program::{Call, Choice, Code, Instruction, Program, Run, Slot, WideOp};
use crate::elaborate::{Child, Design, Flat};
use crate::expr::node::{Node, Op};
use crate::module::body::{Binding, NetKind, Target};
use crate::module::{Direction, Model};
use crate::ty::{Ty, uint};

/// No place yet.
const NOWHERE: u32 = u32::MAX;

pub(super) struct Compiler<'a> {
    pub(super) flat: &'a Flat,
    pub(super) program: Program,
    /// First contents of the arena: constants are already in place.
    pub(super) words: Vec<u64>,
    places: Vec<u32>,
    levels: Vec<u32>,
    constants: HashMap<(u128, bool), u32>,
    staged: Vec<(u32, Instruction)>,
    called: HashMap<(usize, usize), (usize, u32)>,
}

pub(super) fn compile(design: &Design) -> Result<Compiler<'_>, SimError> {
    let flat = &design.flat;
    let count = flat.scope_of.len();
    let mut compiler = Compiler {
        flat,
        program: Program::default(),
        words: Vec::new(),
        places: vec![NOWHERE; count],
        levels: vec![0; count],
        constants: HashMap::new(),
        staged: Vec::new(),
        called: HashMap::new(),
    };
    for id in &flat.order {
        compiler.node(*id)?;
    }
    compiler.schedule();
    Ok(compiler)
}

impl Compiler<'_> {
    /// Where a node's value is.
    pub(super) fn slot(&self, id: u32) -> Slot {
        Slot { at: self.places[id as usize], ty: self.flat.node(id).ty }
    }

    pub(super) fn allocate(&mut self, ty: Ty) -> u32 {
        let at = self.words.len() as u32;
        self.words.extend(std::iter::repeat_n(0, if ty.width > 64 { 2 } else { 1 }));
        at
    }

    pub(super) fn constant(&mut self, bits: u128, ty: Ty) -> u32 {
        let key = (bits, ty.width > 64);
        if let Some(at) = self.constants.get(&key) {
            return *at;
        }
        let at = self.allocate(ty);
        super::program::store(&mut self.words, Slot { at, ty }, bits);
        self.constants.insert(key, at);
        at
    }

    fn node(&mut self, id: u32) -> Result<(), SimError> {
        let node = self.flat.node(id);
        match &node.op {
            Op::Net(_) => return self.net(id),
            Op::Const(bits) => self.places[id as usize] = self.constant(*bits, node.ty),
            _ => self.operator(id, node),
        }
        Ok(())
    }

    /// A net is the same word as its driver; only sources get a word of their own.
    fn net(&mut self, id: u32) -> Result<(), SimError> {
        let Some(net) = self.flat.net_of(id) else { return Ok(()) };
        if let NetKind::InstanceOutput { instance, port } = net.kind {
            let scope = self.flat.scope_of[id as usize] as usize;
            if matches!(self.flat.scopes[scope].children[instance], Child::Cell) {
                return self.call(id, scope, instance, port);
            }
        }
        match self.flat.needs(id).first() {
            Some(driver) => self.alias(id, *driver),
            None => self.places[id as usize] = self.allocate(net.ty),
        }
        Ok(())
    }

    fn alias(&mut self, id: u32, of: u32) {
        self.places[id as usize] = self.places[of as usize];
        self.levels[id as usize] = self.levels[of as usize];
    }

    /// The output of a cell with a function: the call is made once for all outputs.
    fn call(
        &mut self,
        id: u32,
        scope: usize,
        instance: usize,
        port: usize,
    ) -> Result<(), SimError> {
        let place = &self.flat.scopes[scope];
        let placed = &place.module.body.instances[instance];
        let Target::Box(cell) = &placed.target else { return Ok(()) };
        let Model::Function(model) = &cell.model else {
            let path = format!("{}.{}", place.path, placed.name);
            return Err(SimError::NoModel { path, cell: cell.name.clone() });
        };
        let (index, level) = match self.called.get(&(scope, instance)) {
            Some(known) => *known,
            None => {
                let inputs = place.inputs(placed);
                let level = self.level_above(&inputs);
                let inputs = inputs.iter().map(|input| self.slot(*input)).collect();
                let outputs = cell.ports.iter().zip(&placed.bindings);
                let mut slots = Vec::new();
                for (info, binding) in outputs {
                    if info.direction == Direction::Output && matches!(binding, Binding::Output(_))
                    {
                        slots.push(Slot { at: self.allocate(info.ty), ty: info.ty });
                    }
                }
                let index = self.program.calls.len();
                let model = std::sync::Arc::clone(model);
                self.program.calls.push(Call { model, inputs, outputs: slots });
                self.stage(level, instruction(Code::Call, 0, [index as u32, 0, 0], 0, 0));
                self.called.insert((scope, instance), (index, level));
                (index, level)
            }
        };
        let before = cell.ports[..port].iter().filter(|info| info.direction == Direction::Output);
        self.places[id as usize] = self.program.calls[index].outputs[before.count()].at;
        self.levels[id as usize] = level;
        Ok(())
    }

    fn level_above(&self, args: &[u32]) -> u32 {
        args.iter().map(|arg| self.levels[*arg as usize]).max().unwrap_or(0) + 1
    }

    fn stage(&mut self, level: u32, instruction: Instruction) {
        self.staged.push((level, instruction));
    }

    fn operator(&mut self, id: u32, node: &Node) {
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
        let level = self.level_above(&args);
        let to = Slot { at: self.allocate(node.ty), ty: node.ty };
        self.places[id as usize] = to.at;
        self.levels[id as usize] = level;
        if all_narrow {
            let last = self.narrow(node, &slots, to.at, level);
            self.levels[id as usize] = last;
            return;
        }
        if let (Op::Slice(low), true) = (&node.op, node.ty.width <= 64)
            && low / 64 == (low + node.ty.width - 1) / 64
        {
            let from = slots[0].at + low / 64;
            let (x, y) = (node.ty.width as u8, (low % 64) as u8);
            return self.stage(level, instruction(Code::Slice, to.at, [from, 0, 0], x, y));
        }
        let index = self.program.wide.len() as u32;
        self.program.wide.push(WideOp { op: node.op.clone(), args: slots, to });
        self.stage(level, instruction(Code::Wide, 0, [index, 0, 0], 0, 0));
    }

    /// Stages the instructions of an operator on single words; gives the level of the last one.
    fn narrow(&mut self, node: &Node, args: &[Slot], to: u32, level: u32) -> u32 {
        match &node.op {
            Op::Concat => self.join(args, to, level),
            Op::Case(keys) => {
                let keys = keys.iter().map(|key| *key as u64).collect();
                let arms = args[1..].iter().map(|arm| arm.at).collect();
                let index = self.program.choices.len() as u32;
                self.program.choices.push(Choice { keys, arms });
                self.stage(level, instruction(Code::Case, to, [args[0].at, index, 0], 0, 0));
                level
            }
            Op::Repeat(times) => {
                let step = args[0].ty.width;
                let pattern = (0..*times).fold(0, |all, copy| all | 1u128 << (copy * step));
                let factor = self.constant(pattern, uint(64));
                let operands = [args[0].at, factor, 0];
                self.stage(level, instruction(Code::MulUnsigned, to, operands, 0, 0));
                level
            }
            op => {
                let (code, x, y) = narrow_code(op, args, node.ty);
                let word = |index: usize| args.get(index).map_or(0, |slot| slot.at);
                self.stage(level, instruction(code, to, [word(0), word(1), word(2)], x, y));
                level
            }
        }
    }

    /// A chain of two-part joins in one word.
    fn join(&mut self, parts: &[Slot], to: u32, level: u32) -> u32 {
        let mut high = parts[0].at;
        let mut at = level;
        for (index, low) in parts[1..].iter().enumerate() {
            at = level + index as u32;
            let y = low.ty.width as u8;
            self.stage(at, instruction(Code::Join, to, [high, low.at, 0], 0, y));
            high = to;
        }
        if parts.len() == 1 {
            let x = parts[0].ty.width as u8;
            self.stage(at, instruction(Code::Slice, to, [high, 0, 0], x, 0));
        }
        at
    }

    /// Sorts the instructions into runs.
    fn schedule(&mut self) {
        self.staged.sort_by_key(|(level, instruction)| (*level, instruction.code));
        let mut runs: Vec<Run> = Vec::new();
        let mut last = 0;
        for (index, (level, instruction)) in self.staged.iter().enumerate() {
            match runs.last_mut() {
                Some(run) if run.code == instruction.code && last == *level => run.end += 1,
                _ => runs.push(Run { code: instruction.code, start: index, end: index + 1 }),
            }
            last = *level;
        }
        self.program.runs = runs;
        self.program.instructions = self.staged.drain(..).map(|(_, staged)| staged).collect();
    }
}

fn instruction(code: Code, to: u32, [a, b, c]: [u32; 3], x: u8, y: u8) -> Instruction {
    Instruction { code, x, y, to, a, b, c }
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
