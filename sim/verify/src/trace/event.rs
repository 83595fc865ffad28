//! What happens in a trace.

/// The streams whose transactions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stream {
    /// A layer begins.
    Begin,
    /// A layer is complete.
    End,
    /// The last row of sums of a pass leaves the array.
    Pass,
    /// A row of sums leaves the array.
    Sums,
    /// A row of results is taken by the writer.
    Rows,
    /// A pooled group is taken by the writer.
    Groups,
    /// A word is written to result memory.
    Results,
    /// A word is written to the decision table.
    Decisions,
}

/// Where the values of an event come from; `None` where it has no such place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) layer: u32,
    pub(super) tile: Option<u64>,
    pub(super) row: Option<u64>,
}

/// A transaction: the payload's values in the stream's order, `None` where anything may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) stream: Stream,
    pub(super) values: Vec<Option<u64>>,
}

/// Transactions of the same cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Beat {
    pub(super) place: Place,
    pub(super) events: Vec<Event>,
}
