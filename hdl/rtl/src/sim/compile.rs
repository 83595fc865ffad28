//! From the flat design to instructions.

use std::collections::HashMap;

use super::error::SimError;
use super::program::{Call, Code, Instruction, Program, Run, Schedule, Slot, instruction};
use crate::elaborate::{Child, Design, Flat};
use crate::expr::node::Op;
use crate::module::body::{Binding, NetKind, Target};
use crate::module::{Direction, Model};
use crate::ty::Ty;

/// No place yet.
const NOWHERE: u32 = u32::MAX;

/// When a value is computed.
#[derive(Clone, Copy, Default)]
pub(super) struct Rank {
    /// Operators between the value and the registers and inputs.
    pub(super) level: u32,
    /// It depends on an input of the top.
    pub(super) from_input: bool,
}

/// An instruction before it has its place.
struct Staged {
    level: u32,
    from_input: bool,
    instruction: Instruction,
}

pub(super) struct Compiler<'a> {
    pub(super) flat: &'a Flat,
    pub(super) program: Program,
    /// First contents of the arena: constants are already in place.
    pub(super) words: Vec<u64>,
    pub(super) places: Vec<u32>,
    pub(super) ranks: Vec<Rank>,
    constants: HashMap<(u128, bool), u32>,
    staged: Vec<Staged>,
    /// Index of the call and rank of its outputs, for each cell instance.
    called: HashMap<(usize, usize), (usize, Rank)>,
}

pub(super) fn compile(design: &Design) -> Result<Compiler<'_>, SimError> {
    let flat = &design.flat;
    let count = flat.scope_of.len();
    let mut compiler = Compiler {
        flat,
        program: Program::default(),
        words: Vec::new(),
        places: vec![NOWHERE; count],
        ranks: vec![Rank::default(); count],
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
            None => {
                self.places[id as usize] = self.allocate(net.ty);
                self.ranks[id as usize].from_input = net.kind == NetKind::Input;
            }
        }
        Ok(())
    }

    pub(super) fn alias(&mut self, id: u32, of: u32) {
        self.places[id as usize] = self.places[of as usize];
        self.ranks[id as usize] = self.ranks[of as usize];
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
        let (index, rank) = match self.called.get(&(scope, instance)) {
            Some(known) => *known,
            None => {
                let inputs = place.inputs(placed);
                let rank = self.rank_above(&inputs);
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
                self.stage(rank, instruction(Code::Call, 0, [index as u32, 0, 0], 0, 0));
                self.called.insert((scope, instance), (index, rank));
                (index, rank)
            }
        };
        let before = cell.ports[..port].iter().filter(|info| info.direction == Direction::Output);
        self.places[id as usize] = self.program.calls[index].outputs[before.count()].at;
        self.ranks[id as usize] = rank;
        Ok(())
    }

    pub(super) fn rank_above(&self, args: &[u32]) -> Rank {
        let ranks = args.iter().map(|arg| self.ranks[*arg as usize]);
        let (level, from_input) = ranks.fold((0, false), |(level, from_input), rank| {
            (rank.level.max(level), rank.from_input || from_input)
        });
        Rank { level: level + 1, from_input }
    }

    pub(super) fn stage(&mut self, rank: Rank, instruction: Instruction) {
        let Rank { level, from_input } = rank;
        self.staged.push(Staged { level, from_input, instruction });
    }

    /// Sorts the instructions into runs, once all of them and once those behind inputs.
    fn schedule(&mut self) {
        self.staged.sort_by_key(|staged| (staged.level, staged.instruction.code));
        self.program.all = schedule(self.staged.iter());
        self.program.from_inputs = schedule(self.staged.iter().filter(|staged| staged.from_input));
        self.staged.clear();
    }
}

/// Neighbours of one level and one code become a run.
fn schedule<'a>(staged: impl Iterator<Item = &'a Staged>) -> Schedule {
    let mut schedule = Schedule::default();
    let mut last = 0;
    for (index, Staged { level, instruction, .. }) in staged.enumerate() {
        match schedule.runs.last_mut() {
            Some(run) if run.code == instruction.code && last == *level => run.end += 1,
            _ => {
                let code = instruction.code;
                schedule.runs.push(Run { code, start: index, end: index + 1 });
            }
        }
        last = *level;
        schedule.instructions.push(*instruction);
    }
    schedule
}
