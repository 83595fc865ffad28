//! Evaluation order, and the search for combinational loops.

use super::flatten::Flat;
use crate::error::{Errors, RtlError};

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Every node after the nodes it needs.
pub(super) fn sort(flat: &Flat) -> Result<Vec<u32>, Errors> {
    let count = flat.scope_of.len();
    let mut marks = vec![Mark::New; count];
    let mut order = Vec::with_capacity(count);
    let mut stack: Vec<(u32, Vec<u32>)> = Vec::new();
    for start in 0..count as u32 {
        if marks[start as usize] != Mark::New {
            continue;
        }
        marks[start as usize] = Mark::Open;
        stack.push((start, flat.needs(start)));
        while let Some((id, pending)) = stack.last_mut() {
            let id = *id;
            let Some(next) = pending.pop() else {
                marks[id as usize] = Mark::Done;
                order.push(id);
                stack.pop();
                continue;
            };
            match marks[next as usize] {
                Mark::Done => {}
                Mark::New => {
                    marks[next as usize] = Mark::Open;
                    stack.push((next, flat.needs(next)));
                }
                Mark::Open => {
                    let open: Vec<u32> = stack.iter().map(|(id, _)| *id).collect();
                    return Err(loop_error(flat, &open, next).into());
                }
            }
        }
    }
    Ok(order)
}

/// The named signals from `first` to the top of the stack, in the direction of the data.
fn loop_error(flat: &Flat, open: &[u32], first: u32) -> RtlError {
    let from = open.iter().position(|id| *id == first).unwrap_or(0);
    let mut path: Vec<String> = open[from..]
        .iter()
        .rev()
        .filter_map(|id| Some(flat.scope(*id).net_path(flat.net_of(*id)?)))
        .collect();
    path.extend(path.first().cloned());
    RtlError::CombinationalLoop { path }
}
