//! The nodes of a module's expression graph.

use crate::ty::Ty;

/// Index of a node in its module.
pub(crate) type NodeId = u32;
/// Index of a named net in its module.
pub(crate) type NetId = u32;

/// What a node computes. Operand types are checked before a node is made, so that every
/// reader (evaluation, emission, compilation) can rely on them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// A constant, already masked to its width.
    Const(u128),
    /// The value of a named net.
    Net(NetId),
    /// Stands for the result of a rejected operator; never leaves the builder.
    Poison,
    /// Bitwise complement.
    Not,
    /// Bitwise operators on two operands of the node's type.
    And,
    /// See `And`.
    Or,
    /// See `And`.
    Xor,
    /// Modular sum of two operands of the node's type.
    Add,
    /// Modular difference of two operands of the node's type.
    Sub,
    /// Full product: the node is as wide as both operands together.
    Mul,
    /// Comparisons of two operands of one type.
    Eq,
    /// See `Eq`.
    Ne,
    /// See `Eq`; by the operands' sign.
    Lt,
    /// See `Lt`.
    Le,
    /// Shift by a constant smaller than the width.
    Shl(u32),
    /// Shift by a constant smaller than the width, arithmetic if signed.
    Shr(u32),
    /// Shift by an unsigned signal.
    ShlBy,
    /// Shift by an unsigned signal, arithmetic if signed.
    ShrBy,
    /// As many bits as the node is wide, from this one up.
    Slice(u32),
    /// Operands side by side, the first one on top.
    Concat,
    /// The operand this many times.
    Repeat(u32),
    /// A wider node of the operand's sign.
    Extend,
    /// The same bits with the other sign.
    Cast,
    /// Reductions to one bit.
    RedAnd,
    /// See `RedAnd`.
    RedOr,
    /// See `RedAnd`.
    RedXor,
    /// Condition, value if set, value if clear.
    Mux,
    /// Selector, one arm per key, default.
    Case(Box<[u128]>),
}

/// One node: an operator, its operands and its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) args: Box<[NodeId]>,
    pub(crate) ty: Ty,
}
