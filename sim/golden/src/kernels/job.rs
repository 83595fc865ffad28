//! What a matrix-product kernel is asked to do.

/// Outputs that are computed side by side: one panel of weights.
pub(crate) const LANES: usize = 16;
/// Most rows of one job.
pub(crate) const MAX_ROWS: usize = 8;

/// A run of consecutive source elements that enter a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Distance from the row's first element.
    pub(crate) offset: usize,
    /// Length in groups (of the operand kind's group size).
    pub(crate) groups: usize,
}

/// A list of segments that are multiplied without a stop in between.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    segments: Vec<Segment>,
    groups: usize,
    reach: usize,
}

impl Chunk {
    /// `group` is the number of elements per group.
    pub(crate) fn new(segments: Vec<Segment>, group: usize) -> Self {
        let groups = segments.iter().map(|s| s.groups).sum();
        let reach = segments.iter().map(|s| s.offset + s.groups * group).max().unwrap_or(0);
        Self { segments, groups, reach }
    }

    /// The segments in order.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Groups of all segments: what one panel's lane multiplies.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// How many elements from a row's first one are read.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }
}

/// A tile of products: `sums[row][panel][lane] = start + sum of source * weight`.
///
/// A panel's weights are laid out `[group][lane][element of group]`.
pub(crate) struct Job<'a, S, W> {
    /// All source elements.
    pub(crate) source: &'a [S],
    /// Where each row begins.
    pub(crate) rows: &'a [usize],
    /// What of each row is multiplied.
    pub(crate) chunk: &'a Chunk,
    /// Weights, from the first panel's first group on.
    pub(crate) weights: &'a [W],
    /// Distance between panels.
    pub(crate) panel_stride: usize,
    /// One start value per lane and panel.
    pub(crate) start: &'a [[i32; LANES]],
}

impl<S, W> Job<'_, S, W> {
    /// Panics if a kernel would read or write out of bounds; `group` as in [`Chunk::new`].
    pub(crate) fn check(&self, group: usize, sums: &[[i32; LANES]]) {
        let panels = self.start.len();
        assert!(panels > 0 && sums.len() == self.rows.len() * panels, "one sum per row and panel");
        let per_panel = self.chunk.groups() * LANES * group;
        assert!((panels - 1) * self.panel_stride + per_panel <= self.weights.len(), "weights");
        let room = self.source.len().checked_sub(self.chunk.reach());
        assert!(room.is_some_and(|room| self.rows.iter().all(|row| *row <= room)), "source");
    }
}
