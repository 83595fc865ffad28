//! All values of a function's inputs, 1,024 cases at a time.
//!
//! The upper inputs are set one combination after the other, and the function is simplified for
//! each; the lower 16 then run through all their values as bits of words.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::unroll::{Function, compact};

/// Inputs that run as bits of words: six in a word, four over the words of a block, six over blocks.
const INNER: usize = 16;
const WORDS: usize = 16;
const BLOCKS: u64 = 64;

/// Neighbouring looks are at combinations far apart.
const SPREAD: u64 = 0x9e37_79b1;

type Block = [u64; WORDS];

/// The bits of input `n` of a word's 64 cases.
const IN_WORD: [u64; 6] = [
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0xf0f0_f0f0_f0f0_f0f0,
    0xff00_ff00_ff00_ff00,
    0xffff_0000_ffff_0000,
    0xffff_ffff_0000_0000,
];

/// The values of the inputs, lowest first, for which a function is true; `None` if there are none.
///
/// Inputs that the function does not look at are not counted; `None` is given after all 2^n cases
/// of the others, or after `most` of them, which are spread over all.
pub fn satisfy(function: &Function, workers: usize, most: u64) -> Option<u64> {
    let used = function.support();
    let seen: Vec<usize> = (0..function.inputs).filter(|input| used[input + 1]).collect();
    let (inner, outer) = seen.split_at(seen.len().min(INNER));
    let combinations = 1_u64 << outer.len();
    let looks = combinations.min((most >> INNER).max(1));
    let (next, done) = (AtomicU64::new(0), AtomicBool::new(false));
    let found = Mutex::new(None);
    let work = || {
        while !done.load(Ordering::Relaxed) {
            let look = next.fetch_add(1, Ordering::Relaxed);
            if look >= looks {
                return;
            }
            // An odd factor leads to each combination once.
            let upper = look.wrapping_mul(SPREAD) % combinations;
            if let Some(lower) = inner_case(&cofactor(function, inner, outer, upper)) {
                let mut case = 0;
                for (values, inputs) in [(lower, inner), (upper, outer)] {
                    for (bit, input) in inputs.iter().enumerate() {
                        case |= (values >> bit & 1) << input;
                    }
                }
                *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(case);
                done.store(true, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| (0..workers.max(1)).for_each(|_| drop(scope.spawn(work))));
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The function of the inner inputs that is left when the outer ones are set.
fn cofactor(function: &Function, inner: &[usize], outer: &[usize], upper: u64) -> Function {
    let mut nodes = vec![0u32; function.first()];
    for (index, input) in inner.iter().enumerate() {
        nodes[input + 1] = 2 * (index as u32 + 1);
    }
    for (bit, input) in outer.iter().enumerate() {
        nodes[input + 1] = (upper >> bit & 1) as u32;
    }
    let mut left = Function { inputs: inner.len(), ..Function::default() };
    for [a, b] in &function.ands {
        let of = |literal: &u32| nodes[*literal as usize >> 1] ^ literal & 1;
        let (a, b) = (of(a), of(b));
        let gate = match (a.min(b), a.max(b)) {
            (0, _) => 0,
            (1, other) => other,
            (a, b) if a == b => a,
            (a, b) if a ^ 1 == b => 0,
            (a, b) => {
                left.ands.push([a, b]);
                2 * (left.inputs + left.ands.len()) as u32
            }
        };
        nodes.push(gate);
    }
    left.result = nodes[function.result as usize >> 1] ^ function.result & 1;
    compact(&left)
}

/// A case for which a function of at most 16 inputs is true.
fn inner_case(function: &Function) -> Option<u64> {
    if function.result < 2 {
        return (function.result == 1).then_some(0);
    }
    let mut values: Vec<Block> = vec![[0; WORDS]; function.first() + function.ands.len()];
    for (input, value) in values.iter_mut().skip(1).take(function.inputs.min(6)).enumerate() {
        *value = [IN_WORD[input]; WORDS];
    }
    for input in 6..function.inputs.min(10) {
        values[input + 1] =
            std::array::from_fn(|word| if word >> (input - 6) & 1 == 1 { u64::MAX } else { 0 });
    }
    // Gates that see no input that changes from block to block are evaluated once.
    let changing = changing(function);
    let once: Vec<usize> = (0..function.ands.len()).filter(|gate| !changing[*gate]).collect();
    let each: Vec<usize> = (0..function.ands.len()).filter(|gate| changing[*gate]).collect();
    evaluate(function, &once, &mut values);
    let blocks = BLOCKS.min(1 << function.inputs.saturating_sub(10));
    (0..blocks).find_map(|block| {
        for input in 10..function.inputs {
            let bit = if block >> (input - 10) & 1 == 1 { u64::MAX } else { 0 };
            values[input + 1] = [bit; WORDS];
        }
        evaluate(function, &each, &mut values);
        let (node, flip) = split(function.result);
        let result = values[node].map(|word| word ^ flip);
        let word = result.iter().position(|word| *word != 0)?;
        let bit = u64::from(result[word].trailing_zeros());
        Some(block << 10 | (word as u64) << 6 | bit)
    })
}

/// The gates that depend on inputs from the tenth on.
fn changing(function: &Function) -> Vec<bool> {
    let first = function.first();
    let mut gates: Vec<bool> = Vec::with_capacity(function.ands.len());
    for pair in &function.ands {
        let changes = |literal: &u32| match *literal as usize >> 1 {
            node if node >= first => gates[node - first],
            node => node > 10,
        };
        let gate = pair.iter().any(changes);
        gates.push(gate);
    }
    gates
}

/// A literal's node, and what its bits are turned over with.
fn split(literal: u32) -> (usize, u64) {
    (literal as usize >> 1, 0u64.wrapping_sub(u64::from(literal & 1)))
}

/// Evaluates some gates for a block of cases.
fn evaluate(function: &Function, gates: &[usize], values: &mut [Block]) {
    for gate in gates {
        let [(a, flip_a), (b, flip_b)] = function.ands[*gate].map(split);
        let (before, rest) = values.split_at_mut(function.first() + gate);
        let (a, b) = (&before[a], &before[b]);
        for ((out, a), b) in rest[0].iter_mut().zip(a).zip(b) {
            *out = (a ^ flip_a) & (b ^ flip_b);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a function gives for one case, gate by gate.
    fn plain(function: &Function, case: u64) -> bool {
        let mut nodes = vec![false];
        nodes.extend((0..function.inputs).map(|input| case >> input & 1 == 1));
        for [a, b] in &function.ands {
            let of = |literal: u32| nodes[literal as usize >> 1] ^ (literal & 1 == 1);
            nodes.push(of(*a) & of(*b));
        }
        nodes[function.result as usize >> 1] ^ (function.result & 1 == 1)
    }

    /// Random gates over some inputs.
    fn functions(inputs: usize) -> impl Strategy<Value = Function> {
        prop::collection::vec((any::<u32>(), any::<u32>()), 1..60).prop_map(move |gates| {
            let mut function = Function { inputs, ..Function::default() };
            for (a, b) in gates {
                let literals = 2 * (function.first() + function.ands.len()) as u32;
                function.ands.push([a % literals, b % literals]);
            }
            function.result = 2 * (function.first() + function.ands.len() - 1) as u32;
            function
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn the_answer_is_that_of_all_cases(function in functions(12)) {
            let wanted = (0..1 << 12).any(|case| plain(&function, case));
            let found = satisfy(&function, 2, u64::MAX);
            prop_assert_eq!(found.is_some(), wanted);
            prop_assert!(found.is_none_or(|case| plain(&function, case)));
        }
    }

    /// A conjunction of all inputs, some of them inverted: one case of 2^20.
    #[test]
    fn a_single_case_is_found() {
        let wanted = 0x9_c3a5_u64;
        let mut function = Function { inputs: 20, ..Function::default() };
        let literal = |input: u32| 2 * (input + 1) + u32::from(wanted >> input & 1 == 0);
        let mut all = literal(0);
        for input in 1..20 {
            function.ands.push([all, literal(input)]);
            all = 2 * (20 + function.ands.len()) as u32;
        }
        function.result = all;
        assert_eq!(satisfy(&function, 2, u64::MAX), Some(wanted));
        // One look is at zeros in the upper inputs.
        assert_eq!(satisfy(&function, 2, 1 << 16), None);
        // With a contradiction there is none.
        function.ands.push([all, literal(7) ^ 1]);
        function.result = all + 2;
        assert_eq!(satisfy(&function, 2, u64::MAX), None);
    }
}
