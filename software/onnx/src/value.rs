//! What a name in the graph stands for while importing.

use std::rc::Rc;

use bitladder_network::ValueId;
use bitladder_spec::IntType;

use crate::constant::Constant;

/// A value of the graph.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Known when importing.
    Constant(Rc<Constant>),
    /// Computed from the network's inputs.
    Live(Live),
}

impl From<Constant> for Value {
    fn from(constant: Constant) -> Self {
        Self::Constant(Rc::new(constant))
    }
}

impl From<Live> for Value {
    fn from(live: Live) -> Self {
        Self::Live(live)
    }
}

/// A value of the network as the graph sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Live {
    pub(crate) id: ValueId,
    /// The integer type, where the graph holds integers; the network always holds real numbers.
    pub(crate) integers: Option<IntType>,
    /// A padding on its way into the next convolution or pool.
    pub(crate) padding: Option<Padding>,
}

impl Live {
    /// Real numbers.
    pub(crate) fn real(id: ValueId) -> Self {
        Self { id, integers: None, padding: None }
    }
}

/// Rows and columns added by a Pad node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Padding {
    /// Top, left, bottom, right.
    pub(crate) amounts: [usize; 4],
    /// What they hold: zero, or minus infinity, which never wins a maximum.
    pub(crate) lowest: bool,
}
