//! How many of the solves inside a larger work fell short of their tolerance, and by how much.

use std::sync::atomic::{AtomicU64, Ordering};
use thalweg_core::Report;

/// Counts solves as they are made, from any thread.
///
/// One plan in a thousand that is slightly off must not end a training, but must not go unsaid either: the figures
/// belong into the report of the whole.
#[derive(Debug, Default)]
pub struct Tally {
    solved: AtomicU64,
    short: AtomicU64,
    /// Bits of the largest residual, which is not negative, so that bits order as numbers do.
    worst: AtomicU64,
}

impl Tally {
    /// Counts the solve that `report` speaks of. Its first residual is taken for the error.
    pub fn add(&self, report: &Report) {
        self.solved.fetch_add(1, Ordering::Relaxed);
        if report.converged() {
            return;
        }
        let residual = report.residuals.first().map_or(f64::INFINITY, |(_, r)| r.abs());
        self.short.fetch_add(1, Ordering::Relaxed);
        self.worst.fetch_max(if residual.is_nan() { f64::INFINITY } else { residual }.to_bits(), Ordering::Relaxed);
    }

    /// Solves so far.
    pub fn solved(&self) -> u64 {
        self.solved.load(Ordering::Relaxed)
    }

    /// Solves so far that did not converge.
    pub fn short(&self) -> u64 {
        self.short.load(Ordering::Relaxed)
    }

    /// The largest residual of those; zero where there are none.
    pub fn worst(&self) -> f64 {
        f64::from_bits(self.worst.load(Ordering::Relaxed))
    }

    /// `report` with what fell short, and with `advice` after its own; unchanged where everything converged.
    #[must_use]
    pub fn noted(&self, report: Report, advice: &str) -> Report {
        if self.short() == 0 {
            return report;
        }
        let said = format!(
            "{} of {} transport plans stopped before their tolerance, with a marginal error of up to {:.1e}. {advice}",
            self.short(),
            self.solved(),
            self.worst()
        );
        let before = report.advice.as_ref().map(|a| format!("{a} ")).unwrap_or_default();
        report
            .residual("transport plans that fell short", self.short() as f64)
            .residual("worst marginal error of a transport plan", self.worst())
            .advise(format!("{before}{said}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::{Budget, Status};

    #[test]
    fn what_fell_short_is_counted_and_said() {
        let tally = Tally::default();
        let done = || Report::new(Status::Converged, 10).advise("Rest.");
        tally.add(&done());
        assert_eq!(tally.noted(done(), "Hurry."), done());
        for error in [3e-3, 2e-2, 1e-2] {
            let short = Report::new(Status::Exhausted { budget: Budget::Iterations }, 10);
            tally.add(&short.residual("marginal error", error));
        }
        assert_eq!((tally.solved(), tally.short(), tally.worst()), (4, 3, 2e-2));
        let noted = tally.noted(done(), "Hurry.");
        assert_eq!(noted.residuals[0].1, 3.0);
        assert_eq!(noted.residuals[1].1, 2e-2);
        let advice = noted.advice.unwrap();
        assert!(advice.starts_with("Rest. 3 of 4 ") && advice.contains("2.0e-2") && advice.ends_with("Hurry."));
    }
}
