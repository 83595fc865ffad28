//! Many faults, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use bitladder_rtl::mutate::{Fault, FaultKind, faults};
use bitladder_rtl::{Design, EmitOptions, Module};

use super::{Seen, Suite, SuiteError};

/// Which faults, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Beginnings of the names of modules that are broken; all if there are none.
    pub modules: Vec<String>,
    /// Kinds of faults.
    pub kinds: Vec<FaultKind>,
    /// Most faults.
    pub count: usize,
    /// Which of them: the same seed gives the same faults.
    pub seed: u64,
}

/// What became of one fault.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The fault.
    pub fault: Fault,
    /// How it was seen; `None` if it survived.
    pub seen: Option<Seen>,
}

/// What became of all.
#[derive(Debug, Clone)]
pub struct Survey {
    /// In the order of the plan.
    pub outcomes: Vec<Outcome>,
    /// Faults there are in the chosen modules.
    pub possible: usize,
}

impl Survey {
    /// Faults that nothing showed.
    pub fn survivors(&self) -> impl Iterator<Item = &Fault> {
        self.outcomes.iter().filter(|outcome| outcome.seen.is_none()).map(|outcome| &outcome.fault)
    }

    /// Share of faults that were seen.
    pub fn share(&self) -> f64 {
        let seen = self.outcomes.iter().filter(|outcome| outcome.seen.is_some()).count();
        seen as f64 / self.outcomes.len().max(1) as f64
    }
}

/// A generator with good bits (splitmix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// The faults of a plan: kinds and modules take turns, so that none is left out.
pub fn sample(top: &Arc<Module>, plan: &Plan) -> (Vec<Fault>, usize) {
    let chosen = |fault: &Fault| {
        plan.modules.is_empty() || plan.modules.iter().any(|name| fault.module().starts_with(name))
    };
    let kind = |fault: &Fault| plan.kinds.contains(&fault.kind());
    let all: Vec<Fault> = faults(top).into_iter().filter(chosen).filter(kind).collect();
    let possible = all.len();
    let mut state = plan.seed;
    let mut groups: BTreeMap<(FaultKind, String), Vec<(u64, Fault)>> = BTreeMap::new();
    for fault in all {
        let group = groups.entry((fault.kind(), fault.module().to_owned())).or_default();
        group.push((next(&mut state), fault));
    }
    for group in groups.values_mut() {
        group.sort_by_key(|(order, _)| *order);
    }
    let mut picked = Vec::new();
    while picked.len() < plan.count && groups.values().any(|group| !group.is_empty()) {
        let turn = groups.values_mut().filter_map(Vec::pop).map(|(_, fault)| fault);
        picked.extend(turn);
    }
    picked.truncate(plan.count);
    (picked, possible)
}

/// Breaks the machine as planned and runs the suite each time, on some threads; `done` hears of
/// each outcome.
pub fn hardware(
    suite: &Suite,
    plan: &Plan,
    threads: usize,
    done: &mut dyn FnMut(&Outcome),
) -> Result<Survey, SuiteError> {
    let (picked, possible) = sample(&suite.top, plan);
    let at = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut outcomes = vec![None; picked.len()];
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, picked.len().max(1)) {
            let (sender, at, picked) = (sender.clone(), &at, &picked);
            scope.spawn(move || {
                while let Some((index, fault)) = claim(at, picked) {
                    let seen = one(suite, fault);
                    if sender.send((index, seen)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, seen) in receiver {
            let outcome = Outcome { fault: picked[index].clone(), seen: seen? };
            done(&outcome);
            outcomes[index] = Some(outcome);
        }
        Ok::<(), SuiteError>(())
    })?;
    Ok(Survey { outcomes: outcomes.into_iter().flatten().collect(), possible })
}

fn claim<'a>(at: &AtomicUsize, picked: &'a [Fault]) -> Option<(usize, &'a Fault)> {
    let index = at.fetch_add(1, Ordering::Relaxed);
    picked.get(index).map(|fault| (index, fault))
}

fn one(suite: &Suite, fault: &Fault) -> Result<Option<Seen>, SuiteError> {
    let broken = fault.apply(&suite.top);
    // What cannot be elaborated cannot be tested: the list of faults should not have it.
    if let Err(source) = Design::elaborate(&broken) {
        return Err(SuiteError::Fault { fault: fault.to_string(), source });
    }
    suite.check(&broken)
}

/// The file and line of the emitted Verilog that a fault changes first; `None` if it changes none,
/// as where a sign is cut off again.
pub fn line_of(fault: &Fault, top: &Arc<Module>) -> Option<(String, usize)> {
    let emit = |top: &Arc<Module>| {
        let design = Design::elaborate(top).ok()?;
        design.verilog(&EmitOptions::default()).ok()
    };
    let (sound, broken) = (emit(top)?, emit(&fault.apply(top))?);
    let files = sound.files.iter().zip(&broken.files);
    let (before, after) = files.into_iter().find(|(before, after)| before.text != after.text)?;
    let lines = before.text.lines().zip(after.text.lines());
    let line = lines.take_while(|(before, after)| before == after).count() + 1;
    Some((before.name.clone(), line))
}
