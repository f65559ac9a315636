//! The best offers to a row, kept in order.

/// Capacity of a list. A row of 24 offers is asked again two to four times in a whole solution.
pub(crate) const MOST: usize = 24;

/// Which columns a search may name.
#[derive(Clone, Copy)]
pub(crate) enum Filter<'a> {
    /// Every column.
    All,
    /// Columns whose label a path over a row at `distance` would lower: `max(value + offset, distance) < label`.
    Lowering { label: &'a [f64], offset: f64, distance: f64 },
}

impl Filter<'_> {
    #[inline(always)]
    pub(crate) fn lets(&self, column: usize, value: f64) -> bool {
        match self {
            Self::All => true,
            Self::Lowering { label, offset, distance } => (value + offset).max(*distance) < label[column],
        }
    }
}

/// At most `most` offers in order of value (cost plus price).
pub(crate) struct Offers {
    most: usize,
    len: usize,
    values: [f64; MOST],
    costs: [f64; MOST],
    columns: [u32; MOST],
    worst: f64,
}

impl Offers {
    /// No offers yet; none of value `limit` or above will be taken.
    pub(crate) fn new(most: usize, limit: f64) -> Self {
        Self { most: most.min(MOST), len: 0, values: [0.0; MOST], costs: [0.0; MOST], columns: [0; MOST], worst: limit }
    }

    /// No column outside this list has a value below this one.
    #[inline(always)]
    pub(crate) fn worst(&self) -> f64 {
        self.worst
    }

    /// Takes an offer of value below [`Self::worst`]; of equal values the first to come stays.
    #[inline(always)]
    pub(crate) fn take(&mut self, value: f64, cost: f64, column: u32) {
        debug_assert!(value < self.worst, "asked for by the caller");
        let mut k = if self.len < self.most { self.len } else { self.most - 1 };
        while k > 0 && self.values[k - 1] > value {
            self.values[k] = self.values[k - 1];
            self.costs[k] = self.costs[k - 1];
            self.columns[k] = self.columns[k - 1];
            k -= 1;
        }
        self.values[k] = value;
        self.costs[k] = cost;
        self.columns[k] = column;
        if self.len < self.most {
            self.len += 1;
        }
        if self.len == self.most {
            self.worst = self.values[self.most - 1];
        }
    }

    /// The costs in order of value.
    pub(crate) fn costs(&self) -> &[f64] {
        &self.costs[..self.len]
    }

    /// The columns in order of value.
    pub(crate) fn columns(&self) -> &[u32] {
        &self.columns[..self.len]
    }

    /// The values in order.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values[..self.len]
    }
}
