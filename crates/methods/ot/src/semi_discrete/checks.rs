//! Claims of the semi-discrete entropic map.

use super::{Config, EntropicMap, Fitted, Smoothing, StreamConfig, fit, fit_stream};
use thalweg_core::{Check, Context, Measure, Measured, Points, Result, Stream};
use thalweg_ot::{GroundCost, transport};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "bias-closed-form",
        claim: "From the uniform law on [0, 1] to its ends, half the mass each, the squared error of the map is \
                2 (ln 2 - 1/2) epsilon",
        source: "closed form: the map is a logistic function",
        run: bias,
    },
    Check {
        name: "uneven-sites",
        claim: "With 30 % of the mass at 1 the step of the map lies where its mean says, from a sample and from a stream",
        source: "closed form: root of an integral of the logistic function",
        run: uneven,
    },
    Check {
        name: "rate",
        claim: "The squared error falls like n^-1/2 in 3 and in 10 dimensions (slope between -0.65 and -0.35)",
        source: "theorem of the paper; the true map is a power diagram",
        run: rate,
    },
    Check {
        name: "nearest-neighbour-is-slower",
        claim: "On the same problems in 10 dimensions the exact plan with a nearest-neighbour map falls with a slope above \
                -0.25",
        source: "theory: a rate of the dimension; slope -0.11 from an independent program",
        run: neighbour,
    },
];

/// The midpoints of n equal cells of [0, 1].
fn grid(n: usize) -> Result<Measure> {
    Measure::uniform(Points::new(1, (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect())?)
}

fn ends(weight_at_one: f64) -> Result<Measure> {
    Measure::new(Points::new(1, vec![0.0, 1.0])?, vec![1.0 - weight_at_one, weight_at_one])
}

fn fixed(epsilon: f64) -> Config {
    Config { smoothing: Smoothing::Fixed { epsilon }, tolerance: 1e-9, ..Config::default() }
}

fn bias(ctx: &Context) -> Result<Vec<Measured>> {
    let samples = grid(4000)?;
    [0.05, 0.01, 0.001]
        .into_iter()
        .map(|epsilon| {
            let map = fit(ctx, &samples, &ends(0.5)?, &fixed(epsilon))?.map;
            let images = map.apply(ctx, samples.points())?;
            let error = |(x, t): (&f64, &f64)| (t - f64::from(u8::from(*x > 0.5))).powi(2);
            let squares = samples.points().values().iter().zip(images.values()).map(error);
            let measured = squares.sum::<f64>() / samples.len() as f64;
            let truth = 2.0 * (std::f64::consts::LN_2 - 0.5) * epsilon;
            Ok(Measured::near(format!("squared error at epsilon {epsilon}"), measured, truth, 0.005 * truth))
        })
        .collect()
}

/// Where `T = logistic((x - c) / epsilon)` must have its step so that its mean is `share`.
fn step_at(share: f64, epsilon: f64) -> f64 {
    let softplus = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    let mean = |c: f64| epsilon * (softplus((1.0 - c) / epsilon) - softplus(-c / epsilon));
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if mean(middle) > share { low = middle } else { high = middle }
    }
    low
}

/// The x at which both ends have probability one half.
fn step_of(map: &EntropicMap) -> f64 {
    let bias = |j: usize| map.potential()[j] + map.epsilon() * map.sites().weights()[j].ln();
    0.5 + bias(0) - bias(1)
}

fn uneven(ctx: &Context) -> Result<Vec<Measured>> {
    let (share, epsilon) = (0.3, 0.05);
    let truth = step_at(share, epsilon);
    let Fitted { map, .. } = fit(ctx, &grid(4000)?, &ends(share)?, &fixed(epsilon))?;
    let config = StreamConfig { epsilon, ..StreamConfig::default() };
    let streamed = fit_stream(ctx, &|stream, x| x[0] = stream.uniform(), &ends(share)?, &config)?;
    Ok(vec![
        Measured::near("step of the map from a sample", step_of(&map), truth, 1e-4),
        Measured::near("step of the map from a stream", step_of(&streamed), truth, 0.01),
    ])
}

/// A power diagram in the unit cube: sites and their additive weights.
struct Diagram {
    sites: Points,
    psi: Vec<f64>,
}

impl Diagram {
    fn new(dim: usize, stream: &mut Stream) -> Result<Self> {
        let sites = cube(10, dim, stream)?;
        let psi = (0..10).map(|_| 0.05 * stream.normal()).collect();
        Ok(Self { sites, psi })
    }

    /// The true map: the site that maximises `<x, y> - |y|^2 / 2 + psi`.
    fn apply(&self, x: &Points) -> Points {
        let score = |x: &[f64], j: usize| {
            self.psi[j] + self.sites.row(j).iter().zip(x).map(|(y, x)| y * (x - 0.5 * y)).sum::<f64>()
        };
        let best = |x| (1..self.sites.len()).fold(0, |b, j| if score(x, j) > score(x, b) { j } else { b });
        let chosen: Vec<usize> = x.rows().map(best).collect();
        self.sites.select(&chosen)
    }
}

fn cube(n: usize, dim: usize, stream: &mut Stream) -> Result<Points> {
    Points::new(dim, (0..n * dim).map(|_| stream.uniform()).collect())
}

fn mean_square(a: &Points, b: &Points) -> f64 {
    a.values().iter().zip(b.values()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / a.len() as f64
}

/// Slope of the logarithm of the mean error against that of the sample size; `error` is told the diagram, a sample of
/// its source and a sample of its images.
fn slope(
    ctx: &Context,
    dim: usize,
    instances: u64,
    error: &dyn Fn(&Diagram, Points, Points, &Points) -> Result<f64>,
) -> Result<f64> {
    let sizes = [100_usize, 400, 1600];
    let mut errors = [0.0; 3];
    for instance in 0..instances {
        let mut stream = Stream::new(ctx.seed(), "semi-discrete-diagram", 100 * dim as u64 + instance);
        let diagram = Diagram::new(dim, &mut stream)?;
        let fresh = cube(2000, dim, &mut stream)?;
        for (sum, n) in errors.iter_mut().zip(sizes) {
            let (x, other) = (cube(n, dim, &mut stream)?, cube(n, dim, &mut stream)?);
            *sum += error(&diagram, x, diagram.apply(&other), &fresh)?;
        }
    }
    // Equally spaced logarithms: the least-squares slope is that of the ends.
    Ok((errors[2] / errors[0]).ln() / (sizes[2] as f64 / sizes[0] as f64).ln())
}

fn rate(ctx: &Context) -> Result<Vec<Measured>> {
    let error = |diagram: &Diagram, x: Points, y: Points, fresh: &Points| {
        let fitted = fit(ctx, &Measure::uniform(x)?, &Measure::uniform(y)?, &Config::default())?;
        Ok(mean_square(&fitted.map.apply(ctx, fresh)?, &diagram.apply(fresh)))
    };
    [3, 10]
        .into_iter()
        .map(|dim| {
            let slope = slope(ctx, dim, 8, &error)?;
            Ok(Measured::near(format!("slope in {dim} dimensions"), slope, -0.5, 0.15))
        })
        .collect()
}

fn neighbour(ctx: &Context) -> Result<Vec<Measured>> {
    let error = |diagram: &Diagram, x: Points, y: Points, fresh: &Points| {
        let (source, target) = (Measure::uniform(x)?, super::map::merged(&Measure::uniform(y)?)?);
        let plan = transport(ctx, &source, &target, GroundCost::SquaredEuclidean)?.plan;
        let images = plan.barycentric(target.points())?;
        let cost = GroundCost::SquaredEuclidean.matrix(fresh, source.points())?;
        let nearest = |i: usize| {
            let row = cost.row(i);
            (1..row.len()).fold(0, |b, j| if row[j] < row[b] { j } else { b })
        };
        let chosen: Vec<usize> = (0..fresh.len()).map(nearest).collect();
        Ok(mean_square(&images.select(&chosen), &diagram.apply(fresh)))
    };
    Ok(vec![Measured::at_least("slope in 10 dimensions", slope(ctx, 10, 2, &error)?, -0.25)])
}
