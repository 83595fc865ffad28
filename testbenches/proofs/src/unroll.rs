//! A fixed number of cycles as one function: registers become what was written to them.

use std::collections::HashMap;

use thiserror::Error;

use crate::aig::Aig;

/// A function that cannot be had.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnrollError {
    /// It depends on what registers hold before reset.
    #[error(
        "the property depends on {count} bits of registers before the first edge; reset them, or \
         look at it later"
    )]
    Undefined {
        /// How many bits.
        count: usize,
    },
    /// The proof has not exactly one output.
    #[error("the proof has {count} outputs, one was expected: `bad_o`")]
    Outputs {
        /// How many.
        count: usize,
    },
}

/// A function of bits. Literals are as in [`Aig`]: node 0 is false, then come the inputs, then the
/// gates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Inputs.
    pub inputs: usize,
    /// Gates: the literals that each joins.
    pub ands: Vec<[u32; 2]>,
    /// The literal of the result.
    pub result: u32,
}

impl Function {
    /// The number of the first gate.
    pub fn first(&self) -> usize {
        self.inputs + 1
    }

    /// Which nodes the result depends on.
    pub fn support(&self) -> Vec<bool> {
        let mut used = vec![false; self.first() + self.ands.len()];
        used[self.result as usize >> 1] = true;
        for (index, pair) in self.ands.iter().enumerate().rev() {
            if used[self.first() + index] {
                pair.iter().for_each(|literal| used[*literal as usize >> 1] = true);
            }
        }
        used
    }
}

/// Builds functions; equal gates are one, and constants go.
struct Builder {
    function: Function,
    known: HashMap<[u32; 2], u32>,
}

impl Builder {
    fn new(inputs: usize) -> Builder {
        Builder { function: Function { inputs, ..Function::default() }, known: HashMap::new() }
    }

    fn and(&mut self, a: u32, b: u32) -> u32 {
        let pair = [a.min(b), a.max(b)];
        match pair {
            [0, _] => 0,
            [1, other] => other,
            [a, b] if a == b => a,
            [a, b] if a ^ 1 == b => 0,
            _ => {
                let function = &mut self.function;
                *self.known.entry(pair).or_insert_with(|| {
                    function.ands.push(pair);
                    2 * (function.inputs + function.ands.len()) as u32
                })
            }
        }
    }
}

/// The output after `cycles` edges, with inputs that keep their values; `clk_i` is none of them.
///
/// What registers without an initial value hold at first must not matter.
pub fn unroll(aig: &Aig, cycles: usize) -> Result<Function, UnrollError> {
    let [output] = aig.outputs[..] else {
        return Err(UnrollError::Outputs { count: aig.outputs.len() });
    };
    let held: Vec<u32> = aig
        .inputs
        .iter()
        .filter(|(_, name)| name != "clk_i")
        .map(|(literal, _)| *literal)
        .collect();
    let undefined = aig.latches.iter().filter(|latch| latch.start.is_none()).count();
    let mut builder = Builder::new(held.len() + undefined);
    let mut nodes = vec![0u32; aig.nodes];
    for (index, literal) in held.iter().enumerate() {
        nodes[*literal as usize >> 1] = 2 * (index as u32 + 1);
    }
    let mut free = held.len() as u32;
    for latch in &aig.latches {
        nodes[latch.state as usize >> 1] = match latch.start {
            Some(value) => u32::from(value),
            None => {
                free += 1;
                2 * free
            }
        };
    }
    for cycle in 0..=cycles {
        let of = |nodes: &[u32], literal: u32| nodes[literal as usize >> 1] ^ literal & 1;
        for [gate, a, b] in &aig.ands {
            nodes[*gate as usize >> 1] = builder.and(of(&nodes, *a), of(&nodes, *b));
        }
        if cycle == cycles {
            builder.function.result = of(&nodes, output);
            break;
        }
        let next: Vec<u32> = aig.latches.iter().map(|latch| of(&nodes, latch.next)).collect();
        for (latch, value) in aig.latches.iter().zip(next) {
            nodes[latch.state as usize >> 1] = value;
        }
    }
    let function = compact(&builder.function);
    let count = function.support()[held.len() + 1..][..undefined].iter().filter(|x| **x).count();
    if count > 0 {
        return Err(UnrollError::Undefined { count });
    }
    Ok(function)
}

/// The same function without the gates that its result does not need.
pub(crate) fn compact(function: &Function) -> Function {
    let (first, used) = (function.first(), function.support());
    let mut place: Vec<u32> = (0..first as u32).map(|node| 2 * node).collect();
    let mut ands = Vec::new();
    for (index, pair) in function.ands.iter().enumerate() {
        place.push(2 * (first + ands.len()) as u32);
        if used[first + index] {
            ands.push(pair.map(|literal| place[literal as usize >> 1] ^ literal & 1));
        }
    }
    let result = place[function.result as usize >> 1] ^ function.result & 1;
    Function { inputs: function.inputs, ands, result }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A register without initial value behind an input, and a gate that joins both.
    const TEXT: &str = "aag 4 2 1 1 1\n2\n4\n6 4 6\n8\n8 6 4\ni0 clk_i\ni1 a_i\n";

    #[test]
    fn registers_become_what_was_written_to_them() {
        let aig = Aig::parse(TEXT).unwrap();
        let function = unroll(&aig, 1).unwrap();
        assert_eq!((function.ands.len(), function.result), (0, 2));
    }

    #[test]
    fn what_registers_hold_before_must_not_matter() {
        let aig = Aig::parse(TEXT).unwrap();
        let text = unroll(&aig, 0).unwrap_err().to_string();
        let wanted = "the property depends on 1 bits of registers before the first edge; reset \
                      them, or look at it later";
        assert_eq!(text, wanted);
        let none = Aig { outputs: vec![], ..aig };
        let text = unroll(&none, 0).unwrap_err().to_string();
        assert_eq!(text, "the proof has 0 outputs, one was expected: `bad_o`");
    }
}
