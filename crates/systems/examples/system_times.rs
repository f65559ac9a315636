//! What `benches/systems.py` times: one task a call, its seconds and what they led to.
//!
//! `cargo run --release -p thalweg-systems --example system_times -- TASK THREADS [NAME ...]`

use std::io::Write;
use std::time::Instant;
use thalweg_core::{Context, Error, Points, Result};
use thalweg_systems::{Kind, Lyapunov, March, Record, Sampling, Spacing, System, catalogue};

fn clock<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let began = Instant::now();
    let value = work()?;
    Ok((began.elapsed().as_secs_f64(), value))
}

fn lorenz() -> Result<System> {
    System::named("lorenz63")?.starting_at(&[1.0, 1.0, 1.0])
}

/// Points around (1, 1, 1), the same as the benchmark's.
fn around(n: usize) -> Points {
    let mut points = Points::zeros(n, 3);
    for row in 0..n {
        let k = row as f64;
        points.row_mut(row).copy_from_slice(&[1.0 + 1e-3 * k.sin(), 1.0 + 1e-3 * k.cos(), 1.0]);
    }
    points
}

/// The flows called `names`, or all.
fn wanted(names: &[String]) -> Result<Vec<&'static Record>> {
    let flows = catalogue()?.iter().filter(|record| record.kind == Kind::Flow);
    Ok(flows.filter(|record| names.is_empty() || names.contains(&record.name)).collect())
}

fn run(task: &str, names: &[String], ctx: &Context, out: &mut impl Write) -> Result<()> {
    let mut say = |text: String| writeln!(out, "{text}").map_err(|error| Error::failed(error.to_string()));
    match task {
        "rk4" => {
            let plan = March { step: 0.01, steps: 1_000_000, every: 1 };
            let (seconds, states) = clock(|| lorenz()?.march(None, &plan, ctx))?;
            say(format!("{seconds} {:?}", &states[300..303]))
        }
        "rk4-64" => {
            let plan = March { step: 0.01, steps: 100_000, every: 100_000 };
            let (seconds, states) = clock(|| lorenz()?.march(Some(&around(64)), &plan, ctx))?;
            say(format!("{seconds} {:?}", &states[states.len() - 3..]))
        }
        "adaptive" | "ensemble" => {
            let (starts, end) = if task == "adaptive" { (None, 1000.0) } else { (Some(around(10_000)), 100.0) };
            let sampling = Sampling { points: 1, spacing: Spacing::Time(end), discard: 1, tolerance: 1e-9 };
            let (seconds, path) = clock(|| lorenz()?.trajectory(starts.as_ref(), &sampling, ctx))?;
            say(format!("{seconds} {:?}", path.report))
        }
        "catalogue" => {
            for record in wanted(names)? {
                let (seconds, path) = clock(|| System::new(record)?.trajectory(None, &Sampling::default(), ctx))?;
                let last = path.last().map(|p| p.row(0).to_vec()).unwrap_or_default();
                say(format!("{} {seconds} {} {:?} {last:?}", record.name, path.times.len(), path.report.residuals))?;
            }
            Ok(())
        }
        "spectra" => {
            for record in wanted(names)? {
                let (seconds, found) = clock(|| System::new(record)?.exponents(&Lyapunov::default(), ctx))?;
                say(format!("{} {seconds} {:?}", record.name, found.values))?;
            }
            Ok(())
        }
        "names" => wanted(names)?.into_iter().try_for_each(|record| say(record.name.clone())),
        _ => Err(Error::input(format!("There is no task called {task}."))),
    }
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (Some(task), Some(threads)) = (words.first(), words.get(1).and_then(|t| t.parse().ok())) else {
        return Err(Error::input("A task and a number of threads are needed."));
    };
    run(task, &words[2..], &Context::new(0, threads)?, &mut std::io::stdout())
}
