//! How much a reader may allocate.
//!
//! A file of a hundred bytes can claim a terabyte. Every reader therefore asks here before it allocates
//! anything whose size a file states, and the answer compares the claim with two limits: the memory the caller
//! granted, and what a file of this length can hold at the densest compression of its format.

use thalweg_core::{Error, Result};

/// Memory granted where the caller named none.
const DEFAULT_LIMIT: u64 = 8 << 30;

/// Deflate cannot shrink more than this many times (RFC 1951: 258 bytes in two bits).
pub(crate) const DENSEST: u64 = 1032;

/// Allocations granted so far, and the limit.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: u64,
    file_bytes: u64,
}

impl Budget {
    /// A budget of `memory` bytes for reading a file of `file_bytes`.
    pub(crate) fn new(memory: Option<u64>, file_bytes: u64) -> Self {
        Self { limit: memory.unwrap_or(DEFAULT_LIMIT), used: 0, file_bytes }
    }

    /// Length of the file that is read.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// What is left of the memory.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    /// Grants `count` elements of `size` bytes for `what`, to be kept.
    pub(crate) fn grant(&mut self, count: u64, size: u64, what: &str) -> Result<()> {
        self.check(count, size, what)?;
        self.used += count * size;
        Ok(())
    }

    /// Gives back what was granted for something that is dropped.
    #[cfg(feature = "parquet")]
    pub(crate) fn release(&mut self, count: u64, size: u64) {
        self.used = self.used.saturating_sub(count.saturating_mul(size));
    }

    /// Whether `count` elements of `size` bytes would still fit.
    pub(crate) fn check(&self, count: u64, size: u64, what: &str) -> Result<()> {
        match count.checked_mul(size).and_then(|b| b.checked_add(self.used)) {
            Some(bytes) if bytes <= self.limit => Ok(()),
            needed => Err(Error::input(format!(
                "Reading {what} needs {} of memory, but the budget is {}.",
                needed.map_or_else(|| "more than 16 EiB".to_owned(), human),
                human(self.limit)
            ))
            .advise("Raise the budget with --memory, or select fewer columns with --features.")),
        }
    }

    /// Refuses a claim of `bytes` that `stored` deflated bytes cannot hold.
    pub(crate) fn plausible(&self, bytes: u64, stored: u64, what: &str) -> Result<()> {
        dense_enough(bytes, stored, DENSEST, what)
    }
}

/// Refuses a claim of `bytes` that `stored` bytes cannot hold where a byte unpacks to at most `densest`.
pub(crate) fn dense_enough(bytes: u64, stored: u64, densest: u64, what: &str) -> Result<()> {
    if bytes <= stored.saturating_mul(densest).saturating_add(64) {
        return Ok(());
    }
    Err(corrupt(format!("{what} claims {}, but only {} are stored for it", human(bytes), human(stored))))
}

/// The error for a file whose content contradicts its format; `why` is the end of a sentence.
pub(crate) fn corrupt(why: impl std::fmt::Display) -> Error {
    Error::input(format!("The file is truncated or corrupt: {why}."))
        .advise("Write or download it again, and check that the extension names its format.")
}

/// Bytes with a binary unit, two decimals at most.
pub(crate) fn human(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_refused_with_the_figure() {
        let mut budget = Budget::new(Some(1 << 20), 100);
        budget.grant(1000, 8, "a").unwrap();
        let refused = budget.grant(1 << 40, 8, "column `x`").unwrap_err().to_string();
        assert!(refused.contains("column `x` needs 8.0 TiB") && refused.contains("1.0 MiB"), "{refused}");
        assert!(budget.grant(u64::MAX, 8, "y").is_err());
        assert!(budget.plausible(1 << 40, 100, "z").is_err());
        assert_eq!(budget.left(), (1 << 20) - 8000);
    }
}
