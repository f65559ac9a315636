//! What a training says when it ends.

use super::Fitted;
use super::train::Loop;
use crate::Objective;
use thalweg_core::{Budget, Report, Status};

/// A learning rate at which trainings of standardised data rarely diverge: a rate far above it is not worth approaching
/// in tenths.
const COMMON_RATE: f64 = 1e-3;

/// Why the loop ended.
pub(super) enum End {
    Finished,
    OutOfTime,
    Interrupted,
    Diverged(String),
}

impl<O: Objective> Loop<'_, '_, O> {
    /// Result and report.
    pub(super) fn hand_over(self, end: End) -> Fitted {
        let counters = &self.state.counters;
        let last = self.state.history.last();
        let loss = match counters.window {
            (_, 0) => last.map(|e| e.loss),
            (sum, count) => Some(sum / count as f64),
        };
        let status = match &end {
            End::Diverged(_) => Status::Diverged,
            End::OutOfTime => Status::Exhausted { budget: Budget::Time },
            End::Interrupted => Status::Interrupted,
            End::Finished => Status::Converged,
        };
        let norm = self.gradient_norm.or(last.map(|e| e.gradient_norm));
        let residuals =
            [("loss", loss), ("gradient norm", norm), ("validation", counters.best.map(|(value, _)| value))];
        let known = residuals.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut report = Report::new(status, counters.step as usize);
        report.residuals = known.filter(|(_, value)| value.is_finite()).collect();
        report.seconds = counters.seconds;
        report.seed = Some(self.ctx.seed());
        report.advice = self.advice(&end);
        let params = match end {
            End::Diverged(_) => self.anchor.1,
            _ => self.state.best.or(self.state.average).unwrap_or(self.state.params),
        };
        Fitted { params, report, history: self.state.history }
    }

    fn advice(&self, end: &End) -> Option<String> {
        let (step, config) = (self.state.counters.step, &self.fit.config);
        match end {
            End::Diverged(what) => Some(format!(
                "Training diverged at step {step}: {what}. The parameters of step {} are kept. Try a learning rate of \
                 {:.0e} instead of {}{}.",
                self.anchor.0,
                (config.learning_rate / 10.0).min(COMMON_RATE),
                config.learning_rate,
                if config.clip.is_none() { ", or clip the gradient at 1" } else { "" }
            )),
            End::OutOfTime => Some(format!(
                "{step} of {} steps were done within the time budget; continue from the checkpoint or allow about {:.0} s.",
                config.steps,
                (self.state.counters.seconds * config.steps as f64 / step.max(1) as f64).ceil()
            )),
            End::Finished | End::Interrupted => None,
        }
    }
}
