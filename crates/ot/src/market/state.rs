//! Who has whom.

/// No partner.
pub(crate) const FREE: u32 = u32::MAX;

/// A partial assignment and the row duals.
pub(crate) struct State {
    pub(crate) column_of: Vec<u32>,
    pub(crate) row_of: Vec<u32>,
    /// What each row pays: the value of its column, at most its least value.
    pub(crate) u: Vec<f64>,
}

impl State {
    /// Nothing assigned.
    pub(crate) fn new(n: usize) -> Self {
        Self { column_of: vec![FREE; n], row_of: vec![FREE; n], u: vec![0.0; n] }
    }

    /// Gives `column` to `row`; returns the row that had it.
    pub(crate) fn give(&mut self, row: usize, column: usize) -> u32 {
        self.column_of[row] = column as u32;
        let before = std::mem::replace(&mut self.row_of[column], row as u32);
        if before != FREE {
            self.column_of[before as usize] = FREE;
        }
        before
    }

    /// Frees `row`.
    pub(crate) fn release(&mut self, row: usize) {
        let column = std::mem::replace(&mut self.column_of[row], FREE);
        if column != FREE {
            self.row_of[column as usize] = FREE;
        }
    }
}
