//! The loss of a task.

use super::exemplars::Labelled;
use super::extractor::Extractor;
use super::head::{Head, cross_entropy, softmax, tangent};
use super::transport::normalised;
use super::{Config, NAME};
use crate::Matrix;
use thalweg_core::{Context, Error, Result, Stream};
use thalweg_nn::Objective;

/// Parameters, taken apart: network, rows (C x e), scale.
pub(super) struct Parts<'a> {
    pub(super) network: &'a [f32],
    pub(super) rows: Matrix,
    pub(super) scale: f64,
}

impl<'a> Parts<'a> {
    /// Of parameters of a network followed by `classes` rows of `features` numbers and a scale.
    pub(super) fn of(params: &'a [f32], classes: usize, features: usize) -> Result<Self> {
        let numbers = classes * features + 1;
        let Some((network, [rows @ .., scale])) = params.split_at_checked(params.len().saturating_sub(numbers)) else {
            return Err(Error::failed(format!("{NAME} lost its parameters.")));
        };
        let rows = Matrix::new(classes, features, rows.iter().map(|v| f64::from(*v)).collect())?;
        Ok(Self { network, rows, scale: f64::from(*scale) })
    }
}

/// What is known of the classes before a task.
pub(super) struct Before {
    /// Number of classes.
    pub(super) classes: usize,
    /// What the classifier said of the data, n x classes.
    pub(super) logits: Matrix,
    /// Rows of the new classes as transported.
    pub(super) prospective: Matrix,
    /// The plan between new and old classes, k x K.
    pub(super) plan: Matrix,
}

/// One task.
pub(super) struct Task<'a> {
    pub(super) ctx: &'a Context,
    pub(super) config: &'a Config,
    pub(super) extractor: &'a Extractor,
    pub(super) data: Labelled,
    pub(super) classes: usize,
    /// Nothing at the first task.
    pub(super) before: Option<Before>,
}

/// Losses so far and their slopes.
struct Sum {
    loss: f64,
    logits: Matrix,
    features: Matrix,
    rows: Matrix,
    scale: f64,
}

impl Objective for Task<'_> {
    /// Which points, and how far the training is: epochs done, of all epochs.
    type Batch = (Vec<usize>, f64, f64);

    fn draw(&self, step: u64) -> Result<Self::Batch> {
        // The classes tell tasks apart.
        let mut stream = Stream::new(self.ctx.seed(), "coil-batch", (self.classes as u64) << 40 | step);
        let n = self.data.labels.len();
        let epochs = |steps: u64| (steps as f64 * self.config.batch as f64 / n as f64).floor();
        let positions = (0..self.config.batch).map(|_| stream.below(n)).collect();
        Ok((positions, epochs(step), epochs(self.config.fit.steps).max(1.0)))
    }

    fn loss_grad(&self, params: &[f32], batch: &Self::Batch, grad: &mut [f32]) -> Result<f64> {
        let (positions, epoch, epochs) = batch;
        let parts = Parts::of(params, self.classes, self.extractor.outputs)?;
        let chosen = self.data.select(positions);
        let features = self.extractor.features(parts.network, &chosen.points)?;
        let head = Head::new(&features, &parts.rows, parts.scale);
        let logits = head.logits();
        let mut sum = Sum {
            loss: 0.0,
            logits: logits.map(|_| 0.0),
            features: features.map(|_| 0.0),
            rows: parts.rows.map(|_| 0.0),
            scale: 0.0,
        };
        let truth = (0..logits.values().len())
            .map(|e| f64::from(u8::from(chosen.labels[e / self.classes] == e % self.classes)));
        let truth = Matrix::new(logits.rows(), logits.cols(), truth.collect())?;
        let new = self.before.as_ref().map_or(1.0, |b| 1.0 - self.share(b));
        sum.add(&logits, 0, &truth, 1.0, new)?;
        if let Some(before) = &self.before {
            self.remember(before, positions, &features, &parts, &logits, (*epoch, *epochs), &mut sum)?;
        }
        let slopes = head.backward(&sum.logits);
        sum.features = sum.features.with(&slopes.features, |a, b| a + b);
        let rows = sum.rows.with(&slopes.rows, |a, b| a + b);
        let (network, [out @ .., scale]) = grad.split_at_mut(parts.network.len()) else {
            return Err(Error::failed(format!("{NAME} lost its parameters.")));
        };
        self.extractor.backward(parts.network, &chosen.points, &sum.features, network)?;
        out.iter_mut().zip(rows.values()).for_each(|(g, v)| *g = *v as f32);
        *scale = (sum.scale + slopes.scale) as f32;
        Ok(sum.loss)
    }
}

impl Task<'_> {
    /// The weight of what is remembered.
    fn share(&self, before: &Before) -> f64 {
        self.config.distillation * before.classes as f64 / self.classes as f64
    }

    /// Distillation from before the task, and the transported losses.
    fn remember(
        &self,
        before: &Before,
        positions: &[usize],
        features: &Matrix,
        parts: &Parts,
        logits: &Matrix,
        (epoch, epochs): (f64, f64),
        sum: &mut Sum,
    ) -> Result<()> {
        let (old, temperature) = (before.classes, self.config.temperature);
        let said = positions.iter().flat_map(|i| before.logits.row(*i)).copied().collect();
        let said = softmax(&Matrix::new(positions.len(), old, said)?, temperature)?;
        sum.add(logits, 0, &said, temperature, self.share(before))?;
        if self.config.transport == 0.0 {
            return Ok(());
        }
        if epoch < 1.0 {
            let transported = Head::new(features, &before.prospective, parts.scale);
            let expected = softmax(&transported.logits(), temperature)?;
            return sum.add(logits, old, &expected, temperature, self.config.transport);
        }
        // Old rows as the mean direction of the new ones under the plan: slopes go back through it.
        let fresh = (old..self.classes).flat_map(|c| parts.rows.row(c)).copied().collect();
        let (directions, lengths) = normalised(&Matrix::new(self.classes - old, features.cols(), fresh)?);
        let head = Head::new(features, &before.plan.transposed().times(&directions), parts.scale);
        let weight = self.config.transport * (epoch / epochs).powi(2);
        let (loss, slopes) = cross_entropy(&head.logits(), &said, temperature)?;
        let slopes = head.backward(&slopes.map(|s| weight * s));
        let fresh = tangent(&before.plan.times(&slopes.rows), &directions, &lengths);
        let offset = old * features.cols();
        let mut rows = sum.rows.values().to_vec();
        rows[offset..].iter_mut().zip(fresh.values()).for_each(|(r, f)| *r += f);
        sum.rows = Matrix::new(self.classes, features.cols(), rows)?;
        sum.features = sum.features.with(&slopes.features, |a, b| a + b);
        sum.scale += slopes.scale;
        sum.loss += weight * loss;
        Ok(())
    }
}

impl Sum {
    /// Adds `weight` times the cross-entropy of the logits of classes `first`, `first + 1`, ... from probabilities.
    fn add(&mut self, logits: &Matrix, first: usize, truth: &Matrix, temperature: f64, weight: f64) -> Result<()> {
        let (n, classes, count) = (logits.rows(), logits.cols(), truth.cols());
        let some = (0..n).flat_map(|i| &logits.row(i)[first..first + count]).copied().collect();
        let (loss, slopes) = cross_entropy(&Matrix::new(n, count, some)?, truth, temperature)?;
        self.loss += weight * loss;
        let mut values = self.logits.values().to_vec();
        for i in 0..n {
            let row = &mut values[i * classes + first..i * classes + first + count];
            row.iter_mut().zip(slopes.row(i)).for_each(|(v, s)| *v += weight * s);
        }
        self.logits = Matrix::new(n, classes, values)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::normal_points;

    /// Through every loss, network and plan, in single precision.
    #[test]
    fn slopes_are_those_of_finite_differences() {
        let ctx = Context::new(0, 2).unwrap();
        let config = Config { transport: 1.0, hidden: vec![6, 5], batch: 12, ..Config::default() };
        let mut stream = Stream::new(0, "coil-slopes", 0);
        let points = normal_points(20, 3, &mut stream);
        let extractor = Extractor::new(3, &config);
        let matrix = |n: usize, m: usize, stream: &mut Stream| Matrix::from(&normal_points(n, m, stream));
        let before = Before {
            classes: 3,
            logits: matrix(20, 3, &mut stream),
            prospective: matrix(2, 5, &mut stream),
            plan: Matrix::new(2, 3, vec![0.3, 0.1, 0.1, 0.05, 0.2, 0.25]).unwrap(),
        };
        let data = Labelled { points, labels: (0..20).map(|i| i % 5).collect() };
        let task = Task { ctx: &ctx, config: &config, extractor: &extractor, data, classes: 5, before: Some(before) };
        let mut params = extractor.init(0).unwrap();
        params.extend((0..25).map(|_| stream.normal() as f32));
        params.push(3.0);
        // The prospective loss takes what is transported as given, so that its slope is tested in the rows alone.
        for (epoch, tested) in [(0.0, params.len() - 26), (3.0, 0)] {
            let batch = (task.draw(0).unwrap().0, epoch, 4.0);
            let mut grad = vec![0.0; params.len()];
            task.loss_grad(&params, &batch, &mut grad).unwrap();
            for k in (tested..params.len() - usize::from(epoch < 1.0)).step_by(3) {
                let moved = |h: f32| {
                    let mut params = params.clone();
                    params[k] += h;
                    let at = f64::from(params[k]);
                    (at, task.loss_grad(&params, &batch, &mut vec![0.0; params.len()]).unwrap())
                };
                let ((up, above), (down, below)) = (moved(5e-3), moved(-5e-3));
                let slope = (above - below) / (up - down);
                assert!((slope - f64::from(grad[k])).abs() < 1e-3 * (1.0 + slope.abs()), "{k}: {slope} {}", grad[k]);
            }
        }
    }
}
