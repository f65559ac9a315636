//! Momentum methods on functions of known curvature (S085), a step a kept time.

use super::super::law::{Law, Outcome, Series, Setting, Settings, Usual};
use thalweg_core::{Context, Error, Report, Result, Status};
use thalweg_dynamics::acceleration::{Config, Curvature, Kinked, Minimised, Objective, Quadratic, Scheme, minimise};

/// The line of the table.
pub const LAW: Law = Law {
    name: "acceleration",
    summary: "Gradient descent, heavy ball, Nesterov and triple momentum on their way down, a step a kept time",
    method: "S085",
    settings: &[
        Setting {
            name: "scheme",
            usual: Usual::Word(&["triple-momentum", "nesterov", "nesterov-convex", "heavy-ball", "gradient-descent"]),
            meaning: "of momentum",
        },
        Setting {
            name: "objective",
            usual: Usual::Word(&["quadratic", "kinked"]),
            meaning: "quadratic, or the function of one variable on which the heavy ball cycles",
        },
        Setting { name: "variables", usual: Usual::Whole(20), meaning: "of the quadratic, at most 100000" },
        Setting { name: "condition", usual: Usual::Number(100.0), meaning: "of the quadratic, at least 1" },
        Setting { name: "start", usual: Usual::Number(3.3), meaning: "value of every variable at first, not 0" },
    ],
    simulate: follow,
};

/// Most variables of the quadratic.
const MOST: usize = 100_000;

fn follow(settings: &Settings, ctx: &Context) -> Result<Outcome> {
    let scheme = match settings.word("scheme")? {
        "nesterov" => Scheme::Nesterov,
        "nesterov-convex" => Scheme::NesterovConvex,
        "heavy-ball" => Scheme::HeavyBall,
        "gradient-descent" => Scheme::GradientDescent,
        _ => Scheme::TripleMomentum,
    };
    let start = settings.number("start")?;
    if start == 0.0 {
        return Err(Error::input("start is 0, the minimum, from which nothing moves.").advise("Give another number."));
    }
    if settings.word("objective")? == "kinked" {
        return descend(ctx, &Kinked, Kinked::CURVATURE, start, scheme, settings.frames);
    }
    let (variables, condition) = (settings.whole("variables")?, settings.number("condition")?);
    if condition < 1.0 || variables > MOST {
        return Err(Error::input(format!(
            "variables is {variables} and condition is {condition}, but they must be at most {MOST} and at least 1."
        )));
    }
    // Curvatures between 1 and the condition, at equal ratios, both ends among them.
    let ratio = |i: usize| i as f64 / (variables.max(2) - 1) as f64;
    let curvatures = (0..variables).map(|i| condition.powf(ratio(i))).collect();
    let curvature = Curvature { least: 1.0, largest: condition };
    descend(ctx, &Quadratic(curvatures), curvature, start, scheme, settings.frames)
}

/// The minimum of either function is at the origin.
fn descend(
    ctx: &Context,
    objective: &dyn Objective,
    curvature: Curvature,
    start: f64,
    scheme: Scheme,
    frames: usize,
) -> Result<Outcome> {
    let config = Config { scheme, steps: frames - 1, tolerance: 0.0 };
    let run = minimise(ctx, objective, &vec![start; objective.dim()], &curvature, &config)?;
    let distances: Vec<f64> = run.path.iter().map(|x| norm(x)).collect();
    let mut facts = vec![("distance from the minimum at the end".into(), distances[distances.len() - 1])];
    if let Ok(rate) = scheme.rate(&curvature) {
        facts.push(("factor a step on quadratics, by theory".into(), rate));
        facts.push(("factor a step, second half".into(), factor(&distances)));
    }
    Ok(Outcome {
        fields: None,
        series: Some(series(objective, &run, distances)),
        facts,
        time_unit: "steps".into(),
        report: ended(run.report),
    })
}

/// That the steps ran out is how it is meant to end.
fn ended(report: Report) -> Report {
    match report.status {
        Status::Exhausted { .. } => Report::new(Status::Converged, report.iterations),
        _ => report,
    }
}

fn series(objective: &dyn Objective, run: &Minimised, distances: Vec<f64>) -> Series {
    let logarithms = distances.iter().map(|d| d.max(f64::MIN_POSITIVE).log10()).collect();
    let mut columns = vec![
        ("log10 of the distance".into(), logarithms),
        ("objective".into(), run.path.iter().map(|x| objective.value(x)).collect()),
        ("distance".into(), distances),
    ];
    // The flattest and the steepest direction, which the momentum has to serve at once.
    let last = objective.dim() - 1;
    columns.push(("x1".into(), run.path.iter().map(|x| x[0]).collect()));
    if last > 0 {
        columns.push((format!("x{}", last + 1), run.path.iter().map(|x| x[last]).collect()));
    }
    Series { times: (0..run.path.len()).map(|k| k as f64).collect(), columns }
}

/// The geometric mean of the factors by which the distance shrinks in the second half.
fn factor(distances: &[f64]) -> f64 {
    let (middle, last) = (distances.len() / 2, distances.len() - 1);
    (distances[last] / distances[middle]).powf(1.0 / (last - middle).max(1) as f64)
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}
