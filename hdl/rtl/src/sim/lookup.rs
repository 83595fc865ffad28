//! Finding signals, clocks and memories by name.

use super::{Signal, Sim, SimError, state};
use crate::module::{Direction, Port};
use crate::ty::Ty;

impl Sim {
    /// Finds an input of the top for [`write`](Sim::write).
    pub fn input(&self, name: &str) -> Result<Signal, SimError> {
        let inputs = || self.ports.iter().filter(|(port, _)| port.direction == Direction::Input);
        let found = inputs().find(|(port, _)| port.name == name || port.base == name);
        found.map(|(_, signal)| *signal).ok_or_else(|| SimError::NotAnInput {
            path: name.to_owned(),
            inputs: names(inputs().map(|(port, _)| port)),
        })
    }

    /// Finds a signal by its path for [`read`](Sim::read).
    pub fn signal(&self, path: &str) -> Result<Signal, SimError> {
        let full = format!("{}.{path}", self.top);
        if let Some(signal) = self.paths.get(&full).or_else(|| self.paths.get(path)) {
            return Ok(*signal);
        }
        let found = self.ports.iter().rev().find(|(port, _)| port.base == path);
        found.map(|(_, signal)| *signal).ok_or_else(|| self.unknown(path))
    }

    /// The place of a clock of the top among the root clocks.
    pub(super) fn clock(&self, name: &str) -> Result<usize, SimError> {
        let clocks = || self.ports.iter().map(|(port, _)| port).filter(|port| is_clock(port));
        let found = clocks().find(|port| port.name == name || port.base == name);
        found.and_then(|port| self.state.root(&port.name)).ok_or_else(|| SimError::UnknownClock {
            clock: name.to_owned(),
            clocks: names(clocks()),
        })
    }

    pub(super) fn bank(&mut self, path: &str, words: usize) -> Result<&mut state::Bank, SimError> {
        let full = format!("{}.{path}", self.top);
        let fits = |bank: &&mut state::Bank| {
            (bank.path == full || bank.path == path) && words <= bank.words.len()
        };
        let unknown = || SimError::UnknownMemory { path: path.to_owned(), words };
        self.state.banks.iter_mut().find(fits).ok_or_else(unknown)
    }

    fn unknown(&self, path: &str) -> SimError {
        let last = path.rsplit('.').next().unwrap_or(path);
        let mut near: Vec<&str> = self.paths.keys().map(String::as_str).collect();
        near.retain(|known| known.rsplit('.').next().is_some_and(|name| name.starts_with(last)));
        near.sort_unstable();
        near.truncate(5);
        let hint = match near.is_empty() {
            true => "paths look like `lane_0.acc_q`".to_owned(),
            false => format!("similar: {}", near.join(", ")),
        };
        SimError::UnknownPath { top: self.top.clone(), path: path.to_owned(), hint }
    }
}

fn is_clock(port: &Port) -> bool {
    port.direction == Direction::ClockInput
}

fn names<'a>(ports: impl Iterator<Item = &'a Port>) -> String {
    let names: Vec<&str> = ports.map(|port| port.name.as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

pub(super) fn out_of_range(path: &str, value: String, ty: Ty) -> SimError {
    SimError::ValueOutOfRange { path: path.to_owned(), value, ty }
}
