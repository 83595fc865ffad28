//! Where the state of a trace's wanted signals lies.

use std::sync::Arc;

use crate::error::SetupError;
use crate::pairs::Parts;
use crate::trace::{Header, Kind, UNWANTED};

/// Most bytes of state per trace, one per bit.
const MAX_STATE: u64 = 1 << 30;

/// One side of a comparison: local numbers of its signals, from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Operand {
    Whole(u32),
    Split(Box<[u32]>),
}

impl Operand {
    pub(crate) fn locals(&self) -> &[u32] {
        match self {
            Self::Whole(local) => std::slice::from_ref(local),
            Self::Split(locals) => locals,
        }
    }
}

/// The wanted signals of one trace, numbered from zero in the order of their state.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Local number of each signal of the file.
    pub(crate) wanted: Arc<Vec<u32>>,
    /// Start and length of each local signal's state.
    pub(crate) slots: Vec<(u32, u32)>,
    /// Bytes of the whole state.
    pub(crate) total: u64,
    /// Starts of reals.
    reals: Vec<u32>,
    users: Users,
}

/// For each local signal the comparisons that read it.
#[derive(Debug, Clone, Default)]
struct Users {
    starts: Vec<u32>,
    comparisons: Vec<u32>,
}

impl Layout {
    pub(crate) fn new(header: &Header) -> Self {
        let wanted = Arc::new(vec![UNWANTED; header.signals.len()]);
        Self { wanted, slots: Vec::new(), total: 0, reals: Vec::new(), users: Users::default() }
    }

    /// Local number of a signal, which is wanted from now on.
    pub(crate) fn want(&mut self, header: &Header, signal: u32) -> u32 {
        let local = &mut Arc::make_mut(&mut self.wanted)[signal as usize];
        if *local == UNWANTED {
            let length = header.signals[signal as usize].state_bytes();
            *local = self.slots.len() as u32;
            // Starts beyond the limit are never used, see `check`.
            self.slots.push((self.total as u32, length));
            if header.signals[signal as usize].kind == Kind::Real {
                self.reals.push(self.total as u32);
            }
            self.total += u64::from(length);
        }
        *local
    }

    pub(crate) fn operand(&mut self, header: &Header, parts: &Parts) -> Operand {
        let mut local = |var: &u32| self.want(header, header.vars[*var as usize].signal);
        match parts {
            Parts::Whole(var) => Operand::Whole(local(var)),
            Parts::Split(vars) => Operand::Split(vars.iter().map(local).collect()),
        }
    }

    /// Bytes of an operand's value.
    pub(crate) fn length(&self, operand: &Operand) -> u32 {
        operand.locals().iter().map(|local| self.slots[*local as usize].1).sum()
    }

    /// Fails if the state is larger than supported.
    pub(crate) fn check(&self, file: &str) -> Result<(), SetupError> {
        if self.total <= MAX_STATE {
            return Ok(());
        }
        let file = file.to_owned();
        Err(SetupError::StateTooLarge { file, bits: self.total, limit: MAX_STATE })
    }

    /// The state before the first change: unknown bits, and reals that are no numbers.
    pub(crate) fn initial_state(&self) -> Vec<u8> {
        let mut state = vec![b'x'; self.total as usize];
        for start in &self.reals {
            let start = *start as usize;
            state[start..start + 8].copy_from_slice(&f64::NAN.to_bits().to_le_bytes());
        }
        state
    }

    /// Notes which comparison reads which signals, in the order of the comparisons.
    pub(crate) fn link<'a>(&mut self, operands: impl Iterator<Item = &'a Operand> + Clone) {
        let mut starts = vec![0u32; self.slots.len() + 1];
        for local in operands.clone().flat_map(Operand::locals) {
            starts[*local as usize + 1] += 1;
        }
        for local in 1..starts.len() {
            starts[local] += starts[local - 1];
        }
        let mut next = starts.clone();
        let mut comparisons = vec![0; starts.last().map_or(0, |end| *end as usize)];
        for (comparison, operand) in operands.enumerate() {
            for local in operand.locals() {
                let slot = &mut next[*local as usize];
                comparisons[*slot as usize] = comparison as u32;
                *slot += 1;
            }
        }
        self.users = Users { starts, comparisons };
    }

    /// The comparisons that read a local signal.
    #[inline]
    pub(crate) fn users(&self, local: u32) -> &[u32] {
        let local = local as usize;
        let (from, to) = (self.users.starts[local], self.users.starts[local + 1]);
        &self.users.comparisons[from as usize..to as usize]
    }
}

/// The comparisons to look at again.
pub(crate) struct Dirty {
    flags: Vec<bool>,
    list: Vec<u32>,
}

impl Dirty {
    /// All of them, for the first look.
    pub(crate) fn all(count: usize) -> Self {
        Self { flags: vec![true; count], list: (0..count as u32).collect() }
    }

    #[inline]
    pub(crate) fn mark(&mut self, comparison: u32) {
        let flag = &mut self.flags[comparison as usize];
        if !*flag {
            *flag = true;
            self.list.push(comparison);
        }
    }

    /// Takes the list out; give it back with [`Dirty::restore`].
    pub(crate) fn take(&mut self) -> Vec<u32> {
        for comparison in &self.list {
            self.flags[*comparison as usize] = false;
        }
        std::mem::take(&mut self.list)
    }

    /// Returns the list's memory.
    pub(crate) fn restore(&mut self, mut list: Vec<u32>) {
        list.clear();
        if self.list.is_empty() {
            self.list = list;
        }
    }
}
