//! Buffers kept between steps, so that a training loop in its steady state does not allocate.

use std::collections::HashMap;

/// Free buffers by length.
pub(super) struct Pool<T> {
    shelves: HashMap<usize, Shelf<T>>,
}

struct Shelf<T> {
    free: Vec<Vec<T>>,
    used: bool,
}

impl<T: Copy + Default> Pool<T> {
    pub(super) fn new() -> Self {
        Self { shelves: HashMap::new() }
    }

    /// A buffer of `len` elements with arbitrary content.
    pub(super) fn take(&mut self, len: usize) -> Vec<T> {
        let shelf = self.shelves.entry(len).or_insert_with(|| Shelf { free: Vec::new(), used: true });
        shelf.used = true;
        shelf.free.pop().unwrap_or_else(|| vec![T::default(); len])
    }

    /// Takes a buffer back.
    pub(super) fn give(&mut self, buffer: Vec<T>) {
        if let Some(shelf) = self.shelves.get_mut(&buffer.len()) {
            shelf.free.push(buffer);
        }
    }

    /// Drops the lengths that nobody asked for since the last call, so that a change of batch size does not
    /// leave the old buffers behind for ever.
    pub(super) fn trim(&mut self) {
        self.shelves.retain(|_, shelf| std::mem::take(&mut shelf.used));
    }
}
