//! The cycle of the heavy ball, rates on quadratics and beyond, and the law of motion beside its method.

use super::{Config, Curvature, Kinked, Minimised, MomentumFlow, Objective, Quadratic, Scheme};
use thalweg_core::{Check, Context, Measured, Points, Result, Stream};
use thalweg_solve::{Integrate, SaveAt, integrate};

/// A descent to its end.
fn minimise(
    ctx: &Context,
    objective: &dyn Objective,
    start: &[f64],
    curvature: &Curvature,
    config: &Config,
) -> Result<Minimised> {
    let found = super::minimise(ctx, objective, start, curvature, config)?;
    crate::whole(&found.report)?;
    Ok(found)
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "heavy-ball-cycles",
        claim: "On a convex function of one variable the best heavy ball of quadratics runs in a cycle of three; Nesterov's method is there in two steps.",
        source: "published: Lessard, Recht and Packard, 2016; cycle recomputed for the card",
        run: cycle,
    },
    Check {
        name: "rates",
        claim: "On quadratics of condition 100 the methods shrink errors by the factors that theory names.",
        source: "closed form: 9/11, 9/10, 99/101",
        run: rates,
    },
    Check {
        name: "triple-momentum",
        claim: "Triple momentum keeps its rate on functions that are no quadratics, the one that defeats the heavy ball among them.",
        source: "theorem: Van Scoy, Freeman and Lynch, 2018: 1 - sqrt(m / L) a step",
        run: triple,
    },
    Check {
        name: "law-of-motion",
        claim: "The law of motion on a quadratic is a damped oscillator, its Lyapunov value falls as proven, and Nesterov's method follows it the closer the smaller its steps.",
        source: "closed form of the oscillator; theorem: Shi, Du, Jordan and Su, 2021",
        run: law,
    },
];

/// Sums of `ln(2 cosh)` along random directions, and a quadratic.
struct Smooth {
    directions: Vec<Vec<f64>>,
    least: f64,
}

impl Objective for Smooth {
    fn dim(&self) -> usize {
        self.directions[0].len()
    }

    fn value(&self, x: &[f64]) -> f64 {
        let along = |d: &Vec<f64>| d.iter().zip(x).map(|(d, x)| d * x).sum::<f64>() - 1.0;
        // ln(2 cosh u) without overflow.
        let soft = |u: f64| u.abs() + (-2.0 * u.abs()).exp().ln_1p();
        self.directions.iter().map(|d| soft(along(d))).sum::<f64>()
            + 0.5 * self.least * x.iter().map(|x| x * x).sum::<f64>()
    }

    fn gradient(&self, x: &[f64], out: &mut [f64]) {
        out.iter_mut().zip(x).for_each(|(o, x)| *o = self.least * x);
        for d in &self.directions {
            let along: f64 = d.iter().zip(x).map(|(d, x)| d * x).sum::<f64>() - 1.0;
            out.iter_mut().zip(d).for_each(|(o, d)| *o += along.tanh() * d);
        }
    }
}

fn path(
    ctx: &Context,
    f: &dyn Objective,
    start: &[f64],
    class: &Curvature,
    scheme: Scheme,
    steps: usize,
) -> Result<Vec<Vec<f64>>> {
    Ok(minimise(ctx, f, start, class, &Config { scheme, steps, tolerance: 0.0 })?.path)
}

fn cycle(ctx: &Context) -> Result<Vec<Measured>> {
    let heavy = path(ctx, &Kinked, &[3.3], &Kinked::CURVATURE, Scheme::HeavyBall, 302)?;
    let mut last: Vec<f64> = heavy[heavy.len() - 3..].iter().map(|x| x[0]).collect();
    last.sort_by(f64::total_cmp);
    let truth = [-1.802_449, 0.646_531, 2.115_918];
    let mut figures: Vec<_> = last
        .iter()
        .zip(truth)
        .map(|(x, truth)| Measured::near("a point of the cycle after 300 steps", *x, truth, 1e-6))
        .collect();
    let nesterov =
        minimise(ctx, &Kinked, &[3.3], &Kinked::CURVATURE, &Config { scheme: Scheme::Nesterov, ..Config::default() })?;
    figures.push(Measured::near("steps of Nesterov's method", nesterov.report.iterations as f64, 2.0, 0.0));
    figures.push(Measured::near("where it ends", nesterov.x[0], 0.0, 1e-12));
    Ok(figures)
}

/// The factor a step over the second half of a path of distances from the minimiser.
fn factor(path: &[Vec<f64>], best: &[f64]) -> f64 {
    let far = |x: &Vec<f64>| x.iter().zip(best).map(|(x, b)| (x - b).powi(2)).sum::<f64>().sqrt();
    let (middle, last) = (path.len() / 2, path.len() - 1);
    (far(&path[last]) / far(&path[middle])).powf(1.0 / (last - middle) as f64)
}

fn rates(ctx: &Context) -> Result<Vec<Measured>> {
    let class = Curvature { least: 1.0, largest: 100.0 };
    let mut stream = Stream::new(ctx.seed(), "acceleration quadratic", 0);
    let curvatures: Vec<f64> =
        (0..20).map(|i| if i < 2 { [1.0, 100.0][i] } else { 1.0 + 99.0 * stream.uniform() }).collect();
    let start: Vec<f64> = (0..20).map(|_| 1.0 + stream.uniform()).collect();
    let f = Quadratic(curvatures);
    let mut figures = Vec::new();
    let cases = [(Scheme::HeavyBall, 9.0 / 11.0), (Scheme::Nesterov, 0.9), (Scheme::GradientDescent, 99.0 / 101.0)];
    for (scheme, truth) in cases {
        figures.push(Measured::near(format!("rate, {scheme:?}"), scheme.rate(&class)?, truth, 1e-7));
        // Double roots add a factor of the number of steps, which long paths forget.
        let seen = factor(&path(ctx, &f, &start, &class, scheme, 300)?, &[0.0; 20]);
        figures.push(Measured::near(format!("factor a step, {scheme:?}"), seen, truth, 0.006));
    }
    let triple = Scheme::TripleMomentum.coefficients(&class, 0)?;
    let worst = (0..=1000).map(|i| triple.contraction(1.0 + 0.099 * f64::from(i))).fold(0.0, f64::max);
    figures.push(Measured::at_most("largest factor of triple momentum over all curvatures", worst, 0.9 + 1e-7));
    Ok(figures)
}

fn triple(ctx: &Context) -> Result<Vec<Measured>> {
    let kinked = factor(&path(ctx, &Kinked, &[3.3], &Kinked::CURVATURE, Scheme::TripleMomentum, 60)?, &[0.0]);
    let mut stream = Stream::new(ctx.seed(), "acceleration smooth", 0);
    let directions: Vec<Vec<f64>> = (0..12).map(|_| (0..6).map(|_| 2.0 * stream.normal()).collect()).collect();
    let square: f64 = directions.iter().flatten().map(|d| d * d).sum();
    let (f, class) = (Smooth { directions, least: 1.0 }, Curvature { least: 1.0, largest: 1.0 + square });
    let start = vec![3.0; 6];
    let best = minimise(ctx, &f, &start, &class, &Config { tolerance: 1e-13, steps: 5000, ..Config::default() })?;
    let rate = Scheme::TripleMomentum.rate(&class)?;
    let walked = path(ctx, &f, &start, &class, Scheme::TripleMomentum, 150)?;
    let far = |x: &[f64]| x.iter().zip(&best.x).map(|(x, b)| (x - b).powi(2)).sum::<f64>().sqrt();
    let over = (far(&walked[150]) / far(&walked[0])).powf(1.0 / 150.0);
    Ok(vec![
        Measured::at_most("factor a step on the kinked function", kinked, 0.8 + 1e-9),
        Measured::at_most("factor a step on a smooth function, over the rate", over / rate, 1.0),
        Measured::at_most("gradient norm at its minimiser", best.report.residuals[0].1, 1e-10),
    ])
}

/// A damped oscillator `x'' + g x' + w x = 0` from rest at 1.
fn oscillator(g: f64, w: f64, t: f64) -> f64 {
    let half = 0.5 * g;
    let square = w - half * half;
    let root = square.abs().sqrt();
    let (c, s) =
        if square > 0.0 { ((root * t).cos(), (root * t).sin()) } else { ((root * t).cosh(), (root * t).sinh()) };
    (-half * t).exp() * (c + half / root * s)
}

fn law(ctx: &Context) -> Result<Vec<Measured>> {
    let mut stream = Stream::new(ctx.seed(), "acceleration law", 0);
    let (m, l) = (0.5, 40.0);
    let curvatures: Vec<f64> = [m, l].into_iter().chain((0..4).map(|_| m + (l - m) * stream.uniform())).collect();
    let (f, class) = (Quadratic(curvatures.clone()), Curvature { least: m, largest: l });
    let flow = MomentumFlow::nesterov(&f, &class)?;
    let start = Points::new(12, [[1.0; 6], [0.0; 6]].concat())?;
    let options = Integrate::adaptive(1e-10).saving(SaveAt::Even(41));
    let moved = integrate(&flow, &start, None, (0.0, 8.0), &options, ctx)?;
    let s = 1.0_f64 / l;
    let (mut apart, mut rise) = (0.0_f64, f64::NEG_INFINITY);
    let first = flow.lyapunov(start.row(0), &[0.0; 6]);
    for (t, state) in moved.times.iter().zip(&moved.states) {
        for (i, curvature) in curvatures.iter().enumerate() {
            let truth = oscillator(2.0 * m.sqrt() + s.sqrt() * curvature, (1.0 + (m * s).sqrt()) * curvature, *t);
            apart = apart.max((state.row(0)[i] - truth).abs());
        }
        rise = rise.max(flow.lyapunov(state.row(0), &[0.0; 6]) - first * (-0.25 * m.sqrt() * t).exp());
    }
    let mut figures = vec![
        Measured::at_most("largest distance from the oscillators", apart, 1e-7),
        Measured::at_most("most that the Lyapunov value exceeds its bound", rise, 0.0),
    ];
    // Bounds of the curvature that are ten times too large make ten times smaller steps of the same law.
    let distance = |largest: f64| -> Result<f64> {
        let (one, class) = (Quadratic(vec![1.0, 4.0]), Curvature { least: 1.0, largest });
        let steps = (3.0 * largest.sqrt()).round() as usize;
        let walked = path(ctx, &one, &[1.0, 1.0], &class, Scheme::Nesterov, steps)?;
        let far = |k: usize, i: usize| {
            let (curvature, s) = ([1.0, 4.0][i], 1.0 / largest);
            let (g, w) = (2.0 + s.sqrt() * curvature, (1.0 + s.sqrt()) * curvature);
            (walked[k][i] - oscillator(g, w, k as f64 * s.sqrt())).abs()
        };
        Ok((0..walked.len()).flat_map(|k| [far(k, 0), far(k, 1)]).fold(0.0, f64::max))
    };
    let (coarse, fine) = (distance(400.0)?, distance(40_000.0)?);
    figures.push(Measured::at_most("distance of the method from the law at steps of 1/200", fine, 0.02));
    figures.push(Measured::at_least("distance at ten times the step over that", coarse / fine, 5.0));
    Ok(figures)
}
