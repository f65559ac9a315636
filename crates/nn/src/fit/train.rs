//! The loop: blocks of batches drawn ahead, steps, and what happens between steps.

use super::optimiser::{advance, norm};
use super::outcome::End;
use super::state::State;
use super::{EarlyStop, Event, Fit, Fitted};
use crate::Objective;
use rayon::prelude::*;
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};
use thalweg_core::{Class, Context, Error, Result};

/// Batches drawn together. A constant, so that memory and results do not depend on the machine.
const BLOCK: u64 = 16;
/// Batches whose losses at the starting point set the yardstick of an explosion.
const YARDSTICK: usize = 8;
/// Exploded losses in a row that count as divergence: one may be an unlucky batch.
const STREAK: u64 = 10;
/// Steps between copies of parameters to which a diverged training returns.
const ANCHOR: u64 = 100;
/// Least time between two calls of the progress.
const BLINK: Duration = Duration::from_millis(50);

/// The moving parts of a loop.
pub(super) struct Loop<'f, 'a, O: Objective> {
    pub(super) fit: &'f mut Fit<'a, O>,
    pub(super) ctx: &'f Context,
    settings: Value,
    pub(super) state: State,
    grad: Vec<f32>,
    /// Of the last step; none before the first.
    pub(super) gradient_norm: Option<f64>,
    /// Step and parameters to which a diverged training returns.
    pub(super) anchor: (u64, Vec<f32>),
    started: Instant,
    seconds_before: f64,
    checkpointed: (u64, Instant),
    blinked: Instant,
}

impl<O: Objective> Fit<'_, O> {
    pub(super) fn train(mut self, ctx: &Context, state: State) -> Result<Fitted> {
        for log in &mut self.logs {
            log.restart(&state.history)?;
        }
        let settings = self.settings(ctx, state.params.len());
        let now = Instant::now();
        let training = Loop {
            ctx,
            settings,
            grad: vec![0.0; state.params.len()],
            gradient_norm: None,
            anchor: (state.counters.step, state.result().to_vec()),
            started: now,
            seconds_before: state.counters.seconds,
            checkpointed: (state.counters.step, now),
            blinked: now,
            state,
            fit: &mut self,
        };
        ctx.install(|| training.run())
    }
}

/// Says at which step something failed.
fn at_step(step: u64) -> impl Fn(Error) -> Error {
    move |e| if e.class() == Class::Failed { e.within(format_args!("Training step {step}")) } else { e }
}

impl<O: Objective> Loop<'_, '_, O> {
    fn run(mut self) -> Result<Fitted> {
        if self.state.counters.finished {
            return Ok(self.hand_over(End::Finished));
        }
        let end = self.blocks()?;
        self.state.counters.seconds = self.seconds();
        match &end {
            End::Finished => {
                self.state.counters.finished = true;
                self.save()?;
            }
            End::OutOfTime => self.save()?,
            End::Interrupted => {
                self.save()?;
                return Err(Error::interrupted());
            }
            // What is on disk is from before the divergence.
            End::Diverged(_) => self.flush()?,
        }
        Ok(self.hand_over(end))
    }

    /// Trains block by block while the next block is drawn.
    fn blocks(&mut self) -> Result<End> {
        let objective = self.fit.objective;
        let (ctx, steps) = (self.ctx, self.fit.config.steps);
        let block = |first: u64| (first, (first + BLOCK).min(steps));
        let mut range = block(self.state.counters.step);
        let mut batches = draw(objective, ctx, range);
        while range.0 < steps {
            let Some(ready) = arrived(batches, range.0)? else { return Ok(End::Interrupted) };
            if range.0 == 0 {
                self.gauge(&ready)?;
            }
            let next = block(range.1);
            let (ended, drawn) = rayon::join(|| self.steps(&ready), || draw(objective, ctx, next));
            if let Some(end) = ended? {
                return Ok(end);
            }
            (range, batches) = (next, drawn);
        }
        Ok(End::Finished)
    }

    /// Sets the yardstick of an explosion before the first step: a rate that is too high explodes within a few.
    fn gauge(&mut self, batches: &[O::Batch]) -> Result<()> {
        for batch in batches.iter().take(YARDSTICK) {
            let loss = self.fit.objective.loss_grad(&self.state.params, batch, &mut self.grad).map_err(at_step(0))?;
            if loss.is_finite() {
                self.state.counters.yardstick = self.state.counters.yardstick.max(loss.abs());
            }
        }
        Ok(())
    }

    fn steps(&mut self, batches: &[O::Batch]) -> Result<Option<End>> {
        for batch in batches {
            if self.ctx.check_stop().is_err() {
                return Ok(Some(End::Interrupted));
            }
            if self.fit.config.max_seconds.is_some_and(|s| self.started.elapsed().as_secs_f64() >= s) {
                return Ok(Some(End::OutOfTime));
            }
            if let Some(end) = self.step(batch)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    fn step(&mut self, batch: &O::Batch) -> Result<Option<End>> {
        let place = at_step(self.state.counters.step);
        let loss = self.fit.objective.loss_grad(&self.state.params, batch, &mut self.grad).map_err(place)?;
        let length = norm(&self.grad);
        self.gradient_norm = Some(length);
        if let Some(what) = self.diverged(loss, length) {
            return Ok(Some(End::Diverged(what)));
        }
        advance(&mut self.state, &self.grad, length, &self.fit.config);
        let window = &mut self.state.counters.window;
        *window = (window.0 + loss, window.1 + 1);
        self.between_steps(loss)
    }

    /// What the loss of this step says against going on, if anything.
    fn diverged(&mut self, loss: f64, length: f64) -> Option<String> {
        if !loss.is_finite() {
            return Some(format!("the loss became {loss}"));
        }
        if !length.is_finite() {
            return Some(format!("the norm of the gradient became {length}"));
        }
        let counters = &mut self.state.counters;
        let factor = self.fit.config.explosion;
        let limit = factor * counters.yardstick;
        // Downward too: an action or a likelihood of finitely many points has no lower bound.
        counters.streak = if loss.abs() > limit && limit > 0.0 { counters.streak + 1 } else { 0 };
        // The square of the factor is no unlucky batch, and a network that died of it may never explode again.
        (counters.streak >= STREAK || (counters.streak > 0 && loss.abs() > factor * limit)).then(|| {
            let verb = if loss > 0.0 { "reached" } else { "fell to" };
            format!("the loss {verb} {loss:.3e}, and its size was at most {:.3e} at first", counters.yardstick)
        })
    }

    /// Validation, events, checkpoints and progress, each where it is due.
    fn between_steps(&mut self, loss: f64) -> Result<Option<End>> {
        let (step, steps) = (self.state.counters.step, self.fit.config.steps);
        let due = |every: u64| every > 0 && (step.is_multiple_of(every) || step == steps);
        let validation = match self.fit.config.early_stop {
            Some(rule) if due(rule.every) => Some(self.validate()?),
            _ => None,
        };
        if due(self.fit.config.log_every) || validation.is_some() {
            self.record(validation)?;
        }
        if self.state.counters.streak == 0 {
            if step.is_multiple_of(ANCHOR) && self.state.result().iter().all(|p| p.is_finite()) {
                self.anchor.0 = step;
                self.anchor.1.copy_from_slice(self.state.result());
            }
            self.save_if_due()?;
        }
        if self.blinked.elapsed() >= BLINK || step == steps {
            self.blinked = Instant::now();
            self.ctx.progress(&self.fit.phase, step, steps, &format!("loss {loss:.4}"));
        }
        let tired = |rule: EarlyStop| self.state.counters.stale >= rule.patience;
        Ok(self.fit.config.early_stop.is_some_and(tired).then_some(End::Finished))
    }

    fn validate(&mut self) -> Result<f64> {
        let state = &mut self.state;
        let value = self.fit.objective.validate(state.current())?.ok_or_else(|| {
            Error::input("Early stopping needs held-out data, and this training has none.")
                .advise("Leave out early stopping or hold out a part of the data.")
        })?;
        if value.is_finite() && state.counters.best.is_none_or(|(best, _)| value < best) {
            state.counters.best = Some((value, state.counters.step));
            state.counters.stale = 0;
            state.best = Some(state.current().to_vec());
        } else {
            state.counters.stale += 1;
        }
        Ok(value)
    }

    fn record(&mut self, validation: Option<f64>) -> Result<()> {
        let counters = &mut self.state.counters;
        let (sum, count) = std::mem::take(&mut counters.window);
        let event = Event {
            step: counters.step,
            loss: sum / count.max(1) as f64,
            learning_rate: self.fit.config.rate(counters.step - 1),
            gradient_norm: self.gradient_norm.unwrap_or(0.0),
            validation,
            seconds: self.seconds_before + self.started.elapsed().as_secs_f64(),
            wall: SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |t| t.as_secs_f64()),
        };
        self.state.history.push(event);
        self.fit.logs.iter_mut().try_for_each(|log| log.record(&event))
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.started.elapsed().as_secs_f64()
    }

    fn save_if_due(&mut self) -> Result<()> {
        let config = &self.fit.config;
        let steps = self.state.counters.step - self.checkpointed.0;
        let by_step = config.checkpoint_every > 0 && steps >= config.checkpoint_every;
        let by_time = config.checkpoint_seconds.is_some_and(|s| self.checkpointed.1.elapsed().as_secs_f64() >= s);
        if by_step || by_time { self.save() } else { Ok(()) }
    }

    /// Writes a checkpoint, after the events that lead up to it.
    fn save(&mut self) -> Result<()> {
        self.flush()?;
        self.state.counters.seconds = self.seconds();
        if let Some(store) = &self.fit.checkpoints {
            store.save(&self.state, &self.settings)?;
        }
        self.checkpointed = (self.state.counters.step, Instant::now());
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.fit.logs.iter_mut().try_for_each(|log| log.flush())
    }
}

/// Draws the batches of a range of steps in parallel; each is a pure function of its step.
fn draw<O: Objective>(objective: &O, ctx: &Context, (first, end): (u64, u64)) -> Vec<Result<O::Batch>> {
    let steps: Vec<u64> = (first..end).collect();
    steps.into_par_iter().map(|step| ctx.check_stop().and_then(|()| objective.draw(step))).collect()
}

/// The batches of a block; none if the drawing was interrupted.
fn arrived<B>(batches: Vec<Result<B>>, first: u64) -> Result<Option<Vec<B>>> {
    let mut ready = Vec::with_capacity(batches.len());
    for (k, batch) in batches.into_iter().enumerate() {
        match batch {
            Ok(batch) => ready.push(batch),
            Err(e) if e.class() == Class::Interrupted => return Ok(None),
            Err(e) => return Err(e.within(format_args!("Drawing the batch of step {}", first + k as u64))),
        }
    }
    Ok(Some(ready))
}
