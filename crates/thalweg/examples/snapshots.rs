//! From rows with a time to a law, and from the law to where new points go.
//!
//! `cargo run --release -p thalweg --example snapshots`

#![allow(clippy::print_stdout, reason = "an example speaks on the standard output")]

use thalweg::{Context, Points, Result, Snapshots, Stream, VectorField, run};

fn main() -> Result<()> {
    let ctx = Context::new(0, 0)?;
    // Any rows in any order: coordinates, times, names. This population turns a quarter and doubles in number.
    let (mut rows, mut times) = (Vec::new(), Vec::new());
    let mut stream = Stream::new(ctx.seed(), "example", 0);
    for (k, count) in [200, 252, 317, 400].into_iter().enumerate() {
        let (sine, cosine) = (k as f64 / 3.0 * std::f64::consts::FRAC_PI_2).sin_cos();
        for _ in 0..count {
            rows.extend([4.0 * cosine + 0.3 * stream.normal(), 4.0 * sine + 0.3 * stream.normal()]);
            times.push(k as f64);
        }
    }
    let snapshots = Snapshots::from_rows(&Points::new(2, rows)?, &times, None, vec!["x".into(), "y".into()])?;

    // Masses differ, so growth is learned too. Day 2 is kept back to judge the result. A real run takes the default
    // number of steps; these are few, to be quick.
    let mut config = run::Config { hold_out: vec![2.0], ..run::Config::default() };
    config.set("fit.steps=400")?;
    config.set("fit.schedule.warmup=50")?;
    config.set("fine_tune=null")?;
    let finished = run::learn(&snapshots, &config, &run::Origin::default(), None, &ctx)?;
    println!("{}: {}", finished.record.method, finished.record.id);
    print!("{}", run::text(&finished.metrics));

    // The law itself: velocity and growth anywhere, in the units of the data.
    let mut velocity = [0.0; 2];
    finished.model.velocity(0.0, &[4.0, 0.0], &mut velocity);
    println!("velocity at (4, 0) on day 0: ({:.2}, {:.2})", velocity[0], velocity[1]);

    let (moved, weights) = run::push(&finished.model, &Points::new(2, vec![4.0, 0.0])?, (0.0, 3.0), None, &ctx)?;
    let mass = weights.map_or(1.0, |w| w[0]);
    println!("(4, 0) is at ({:.2}, {:.2}) on day 3, {mass:.2} times as many", moved.row(0)[0], moved.row(0)[1]);
    Ok(())
}
