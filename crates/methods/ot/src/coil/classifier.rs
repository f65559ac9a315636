//! The classifier, task after task.

use super::exemplars::{Labelled, herd, mean};
use super::extractor::{Extractor, single};
use super::head::Head;
use super::objective::{Before, Parts, Task};
use super::transport::{plan, transport_rows};
use super::{Config, NAME, Rows};
use crate::{Matrix, check_points};
use thalweg_core::{Context, Error, Points, Report, Result, Stream};
use thalweg_nn::Fit;

/// The first scale of the cosines.
const SCALE: f32 = 10.0;

/// A cosine classifier that learns classes task by task.
#[derive(Clone, Debug)]
pub struct Classifier {
    config: Config,
    extractor: Extractor,
    /// Network, rows, scale.
    params: Vec<f32>,
    classes: usize,
    kept: Labelled,
}

impl Classifier {
    /// A classifier of points of `dim` coordinates that knows no classes.
    ///
    /// # Errors
    /// A setting out of range, or no coordinates.
    pub fn new(ctx: &Context, dim: usize, config: &Config) -> Result<Self> {
        config.check()?;
        let kept = Labelled { points: Points::new(dim, Vec::new())?, labels: Vec::new() };
        let extractor = Extractor::new(dim, config);
        let mut params = extractor.init(ctx.seed())?;
        params.push(SCALE);
        Ok(Self { config: config.clone(), extractor, params, classes: 0, kept })
    }

    /// Number of classes known.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The exemplars kept, with their classes.
    pub fn exemplars(&self) -> (&Points, &[usize]) {
        (&self.kept.points, &self.kept.labels)
    }

    /// The logit of each class for each point, n x classes.
    ///
    /// # Errors
    /// No classes yet; points of another dimension, not finite or too large.
    pub fn scores(&self, ctx: &Context, points: &Points) -> Result<Matrix> {
        check_points(points, self.extractor.inputs)?;
        let parts = self.parts()?;
        ctx.install(|| Ok(Head::new(&self.features(points)?, &parts.rows, parts.scale).logits()))
    }

    /// The class of each point.
    ///
    /// # Errors
    /// As [`Classifier::scores`].
    pub fn predict(&self, ctx: &Context, points: &Points) -> Result<Vec<usize>> {
        let scores = self.scores(ctx, points)?;
        let best = |row: &[f64]| (1..row.len()).fold(0, |b, c| if row[c] > row[b] { c } else { b });
        Ok((0..scores.rows()).map(|i| best(scores.row(i))).collect())
    }

    /// Adds the classes of new data, labelled `classes()`, `classes() + 1`, ..., without training: rows transported from the
    /// old classes, or random ones where there are none or `rows` says so.
    ///
    /// # Errors
    /// As [`Classifier::learn`].
    pub fn grow(&mut self, ctx: &Context, points: &Points, labels: &[usize]) -> Result<()> {
        let new = self.newcomers(points, labels)?;
        let rows = match self.config.rows {
            Rows::Transported if self.classes > 0 => single(self.prospective(ctx, &new)?.values()),
            _ => self.random(ctx, new.labels.iter().max().map_or(0, |l| l + 1 - self.classes)),
        };
        let at = self.params.len() - 1;
        self.classes += rows.len() / self.extractor.outputs;
        self.params.splice(at..at, rows);
        Ok(())
    }

    /// Learns new classes from points (n x d) labelled `classes()`, `classes() + 1`, ..., beside the exemplars of the old ones, and
    /// keeps exemplars of the new.
    ///
    /// # Errors
    /// Labels that leave out a class or name an old one; points of another dimension, not finite or too large; interruption.
    pub fn learn(&mut self, ctx: &Context, points: &Points, labels: &[usize]) -> Result<Report> {
        let new = self.newcomers(points, labels)?;
        let before = (self.classes > 0).then(|| self.before(ctx, &new)).transpose()?;
        let mut grown = self.clone();
        grown.grow(ctx, points, labels)?;
        let task = Task {
            ctx,
            config: &self.config,
            extractor: &self.extractor,
            data: new.and(&self.kept)?,
            classes: grown.classes,
            before,
        };
        let phase = format!("{NAME}, classes {} to {}", self.classes, grown.classes - 1);
        let fitted = Fit::new(&task, &self.config.fit)?.named(phase).run(ctx, std::mem::take(&mut grown.params))?;
        grown.params = fitted.params;
        grown.keep(ctx, &new)?;
        *self = grown;
        Ok(fitted.report)
    }

    fn parts(&self) -> Result<Parts<'_>> {
        if self.classes == 0 {
            return Err(Error::input(format!("{NAME} knows no classes yet.")).advise("Let it learn a task first."));
        }
        Parts::of(&self.params, self.classes, self.extractor.outputs)
    }

    /// On the threads of the calling pool.
    fn features(&self, points: &Points) -> Result<Matrix> {
        let network = self.params.len() - 1 - self.classes * self.extractor.outputs;
        self.extractor.features(&self.params[..network], points)
    }

    fn newcomers(&self, points: &Points, labels: &[usize]) -> Result<Labelled> {
        check_points(points, self.extractor.inputs)?;
        if labels.len() != points.len() || labels.is_empty() {
            return Err(Error::input(format!("{} labels came for {} points.", labels.len(), points.len())));
        }
        let mut found = labels.to_vec();
        found.sort_unstable();
        found.dedup();
        if found.iter().enumerate().any(|(k, label)| *label != self.classes + k) {
            return Err(Error::input(format!(
                "The labels of a task must be {}, {}, ... without a gap, and are {found:?}.",
                self.classes,
                self.classes + 1
            ))
            .advise("Number the classes in the order of their tasks; old ones are remembered by their exemplars."));
        }
        Ok(Labelled { points: points.clone(), labels: labels.to_vec() })
    }

    /// The mean direction of each class from `first` among some points, one a row.
    fn means(&self, data: &Labelled, first: usize) -> Result<Points> {
        let features = self.features(&data.points)?;
        let last = data.labels.iter().max().map_or(first, |l| l + 1);
        Points::new(self.extractor.outputs, (first..last).flat_map(|c| mean(&features, &data.of(c))).collect())
    }

    /// Those of the old classes, by their exemplars, and of the new ones.
    fn all_means(&self, ctx: &Context, new: &Labelled) -> Result<(Points, Points)> {
        ctx.install(|| Ok((self.means(&self.kept, 0)?, self.means(new, self.classes)?)))
    }

    fn prospective(&self, ctx: &Context, new: &Labelled) -> Result<Points> {
        let rows = Points::new(self.extractor.outputs, self.parts()?.rows.values().to_vec())?;
        let (old, new) = self.all_means(ctx, new)?;
        transport_rows(ctx, &rows, &old, &new, &self.config)
    }

    fn before(&self, ctx: &Context, new: &Labelled) -> Result<Before> {
        let (old, fresh) = self.all_means(ctx, new)?;
        Ok(Before {
            classes: self.classes,
            logits: self.scores(ctx, &new.and(&self.kept)?.points)?,
            prospective: (&self.prospective(ctx, new)?).into(),
            plan: plan(ctx, &(&fresh).into(), &(&old).into(), &self.config)?,
        })
    }

    fn random(&self, ctx: &Context, count: usize) -> Vec<f32> {
        let mut stream = Stream::new(ctx.seed(), "coil-rows", self.classes as u64);
        let spread = 1.0 / (self.extractor.outputs as f64).sqrt();
        (0..count * self.extractor.outputs).map(|_| (spread * stream.normal()) as f32).collect()
    }

    /// Keeps exemplars of the classes of `new`, under the features as they are now.
    fn keep(&mut self, ctx: &Context, new: &Labelled) -> Result<()> {
        let features = ctx.install(|| self.features(&new.points))?;
        let first = self.kept.labels.iter().max().map_or(0, |l| l + 1);
        let chosen = (first..self.classes).flat_map(|c| herd(&features, &new.of(c), self.config.exemplars));
        self.kept = self.kept.and(&new.select(&chosen.collect::<Vec<_>>()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_points_that_do_not_fit_are_refused() {
        let ctx = Context::new(0, 1).unwrap();
        let fit = thalweg_nn::FitConfig { steps: 1, ..Config::default().fit };
        let mut classifier = Classifier::new(&ctx, 2, &Config { fit, ..Config::default() }).unwrap();
        let points = Points::new(2, vec![1.0, 0.0, 0.0, 1.0]).unwrap();
        assert!(classifier.scores(&ctx, &points).unwrap_err().to_string().contains("no classes"));
        assert!(classifier.learn(&ctx, &points, &[0, 2]).unwrap_err().to_string().contains("0, 1, ..."));
        assert!(classifier.learn(&ctx, &points, &[0]).unwrap_err().to_string().contains("1 labels"));
        classifier.learn(&ctx, &points, &[1, 0]).unwrap();
        assert_eq!((classifier.classes(), classifier.exemplars().1), (2, &[0, 1][..]));
        assert!(classifier.learn(&ctx, &points, &[1, 2]).is_err() && classifier.classes() == 2);
        assert!(classifier.predict(&ctx, &Points::zeros(1, 3)).is_err());
        assert!(Classifier::new(&ctx, 2, &Config { norm: 0.5, ..Config::default() }).is_err());
    }
}
