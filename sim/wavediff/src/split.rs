//! Vectors that one trace dumps whole and the other bit by bit, or both in different pieces.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::names::Namer;
use crate::pairs::{Pair, Pairing, Parts, Sides};
use crate::trace::{Header, Kind, bit_of};

/// A contiguous range of bits of a vector.
struct Piece {
    var: u32,
    left: i32,
    right: i32,
}

/// Joins names that were left over because they are pieces of one vector.
pub(crate) fn join(sides: &Sides<'_>, pairing: &mut Pairing) {
    if pairing.golden_left.is_empty() || pairing.dut_left.is_empty() {
        return;
    }
    let golden = pieces(&sides.golden.header, sides.golden_namer, &pairing.golden_left);
    let mut dut = pieces(&sides.dut.header, sides.dut_namer, &pairing.dut_left);
    let mut joined = (HashSet::new(), HashSet::new());
    for (base, golden) in golden {
        let Some(dut) = dut.remove(&base) else { continue };
        let (Some((golden, width)), Some((dut, dut_width))) =
            (assemble(&golden, ascending(&dut)), assemble(&dut, ascending(&golden)))
        else {
            continue;
        };
        if width == dut_width {
            joined.0.extend(golden.vars().iter().copied());
            joined.1.extend(dut.vars().iter().copied());
            pairing.pairs.push(Pair { golden, dut });
        }
    }
    pairing.golden_left.retain(|var| !joined.0.contains(var));
    pairing.dut_left.retain(|var| !joined.1.contains(var));
}

fn pieces(header: &Header, namer: &Namer, left: &[u32]) -> BTreeMap<String, Vec<Piece>> {
    let mut pieces: BTreeMap<String, Vec<Piece>> = BTreeMap::new();
    for &number in left {
        let var = &header.vars[number as usize];
        let info = header.info(var);
        let Some(name) = namer.name(header.path(var)).filter(|_| info.kind == Kind::Bits) else {
            continue;
        };
        let whole = (info.width as i32 - 1, 0);
        let (base, (left, right)) = match (var.range, bit_of(&name)) {
            (Some(range), _) => (name.as_ref(), range),
            (None, Some((base, index))) if info.width == 1 => (base, (index, index)),
            (None, _) => (name.as_ref(), whole),
        };
        pieces.entry(base.to_owned()).or_default().push(Piece { var: number, left, right });
    }
    pieces
}

/// The direction that the pieces show themselves; single bits show none.
fn ascending(pieces: &[Piece]) -> Option<bool> {
    pieces.iter().find(|piece| piece.left != piece.right).map(|piece| piece.left < piece.right)
}

/// Puts the pieces in order, if they cover a range without gap or overlap, and counts the bits.
///
/// Pieces of single bits take the direction of the other trace, and descend if it has none.
fn assemble(pieces: &[Piece], other: Option<bool>) -> Option<(Parts, i64)> {
    let ascending = ascending(pieces).or(other).unwrap_or(false);
    let mut order: HashMap<i32, &Piece> = HashMap::new();
    for piece in pieces {
        let low = piece.left.min(piece.right);
        if order.insert(low, piece).is_some() {
            return None;
        }
    }
    let mut next = order.keys().min().copied()?;
    let first = i64::from(next);
    let mut vars = Vec::with_capacity(pieces.len());
    while let Some(piece) = order.remove(&next) {
        if piece.left != piece.right && (piece.left < piece.right) != ascending {
            return None;
        }
        vars.push(piece.var);
        next = piece.left.max(piece.right).checked_add(1)?;
    }
    if !order.is_empty() {
        return None;
    }
    if !ascending {
        vars.reverse();
    }
    let parts = match vars.as_slice() {
        [var] => Parts::Whole(*var),
        _ => Parts::Split(vars.into()),
    };
    Some((parts, i64::from(next) - first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(var: u32, left: i32, right: i32) -> Piece {
        Piece { var, left, right }
    }

    #[test]
    fn pieces_are_ordered_from_left_to_right() {
        let bits = [piece(7, 0, 0), piece(5, 2, 2), piece(6, 1, 1)];
        let (parts, width) = assemble(&bits, None).unwrap();
        assert_eq!((parts.vars(), width), ([5, 6, 7].as_slice(), 3));
        let (parts, _) = assemble(&bits, Some(true)).unwrap();
        assert_eq!(parts.vars(), [7, 6, 5]);
        let (parts, width) = assemble(&[piece(1, 3, 2), piece(2, 1, 0)], None).unwrap();
        assert_eq!((parts.vars(), width), ([1, 2].as_slice(), 4));
    }

    #[test]
    fn gaps_overlaps_and_mixed_directions_do_not_assemble() {
        assert!(assemble(&[piece(0, 0, 0), piece(1, 2, 2)], None).is_none());
        assert!(assemble(&[piece(0, 3, 0), piece(1, 2, 2)], None).is_none());
        assert!(assemble(&[piece(0, 1, 1), piece(1, 1, 1)], None).is_none());
        assert!(assemble(&[piece(0, 0, 1), piece(1, 3, 2)], None).is_none());
    }
}
