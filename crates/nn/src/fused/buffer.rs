//! Aligned buffers that are kept between calls.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Numbers that start on a cache line. Growing forgets them; shrinking keeps the memory.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    memory: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    const LINE: usize = 64;

    /// Makes room for `len` numbers of no particular value.
    pub(super) fn resize(&mut self, len: usize) {
        self.len = len;
        let padded = len + Self::LINE / size_of::<f32>();
        if self.memory.len() < padded {
            self.memory.clear();
            self.memory.resize(padded, 0.0);
            self.start = self.memory.as_ptr().align_offset(Self::LINE).min(padded - len);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.start..self.start + self.len]
    }
}

/// Things that are costly to make and are lent to one task at a time.
#[derive(Debug)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs `work` with one of them.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let mut item = self.idle().pop().unwrap_or_default();
        let result = work(&mut item);
        self.idle().push(item);
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
