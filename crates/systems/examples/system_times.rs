//! What `benches/systems.py` times: one task a call, its seconds and what they led to.
//!
//! `cargo run --release -p thalweg-systems --example system_times -- TASK THREADS [NAME ...]`

use std::io::Write;
use std::time::Instant;
use thalweg_core::{Context, Error, Points, Result};
use thalweg_systems::{Kind, Lyapunov, March, NoisyScheme, Paths, Record, Sampling, Spacing, System, catalogue, read};

fn clock<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let began = Instant::now();
    let value = work()?;
    Ok((began.elapsed().as_secs_f64(), value))
}

/// The last of four calls, as that of the peers, whose processes stay: the memory of calls before is there again.
fn settled<T>(mut work: impl FnMut() -> Result<T>) -> Result<(f64, T)> {
    for _ in 0..3 {
        drop(work()?);
    }
    clock(work)
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

/// Ten independent Ornstein-Uhlenbeck processes of the rates 0.5, 0.7, ..., 2.3, and their noise.
fn relaxing() -> Result<(System, System)> {
    let one = |name: &str, term: fn(usize) -> String| -> Result<System> {
        let states: Vec<String> = (0..10).map(|k| format!("x{k}")).collect();
        let terms: Vec<String> = (0..10).map(term).collect();
        System::new(
            &read(&format!("flow {name} | {} | | {} | {} | 1", states.join(" "), terms.join("; "), "1 ".repeat(10)))?
                [0],
        )
    };
    Ok((one("relax", |k| format!("-{}*x{k}", 0.5 + 0.2 * k as f64))?, one("size", |_| "0.7".into())?))
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
            let (seconds, states) = settled(|| lorenz()?.march(None, &plan, ctx))?;
            say(format!("{seconds} {:?}", &states[300..303]))
        }
        "rk4-64" => {
            let plan = March { step: 0.01, steps: 100_000, every: 100_000 };
            let (seconds, states) = settled(|| lorenz()?.march(Some(&around(64)), &plan, ctx))?;
            say(format!("{seconds} {:?}", &states[states.len() - 3..]))
        }
        "adaptive" | "ensemble" => {
            let (starts, end) = if task == "adaptive" { (None, 1000.0) } else { (Some(around(10_000)), 100.0) };
            let sampling = Sampling { points: 1, spacing: Spacing::Time(end), discard: 1, tolerance: 1e-9 };
            let (seconds, path) = clock(|| lorenz()?.trajectory(starts.as_ref(), &sampling, ctx))?;
            say(format!("{seconds} {:?}", path.report))
        }
        "paths" => {
            let starts = Points::new(10, vec![1.0; 1_000_000])?;
            let plan = Paths { times: vec![1.0], step: 1e-3, scheme: NoisyScheme::EulerMaruyama };
            let (seconds, path) = clock(|| relaxing().and_then(|(flow, size)| flow.paths(&size, &starts, &plan, ctx)))?;
            let end = path.last().map(|p| p.values().to_vec()).unwrap_or_default();
            let n = end.len() as f64 / 10.0;
            let mean = |k: usize| end.iter().skip(k).step_by(10).sum::<f64>() / n;
            let figures = (0..10).map(|k| {
                let mean = mean(k);
                let variance = end.iter().skip(k).step_by(10).map(|x| (x - mean).powi(2)).sum::<f64>() / n;
                format!(" {mean} {variance}")
            });
            say(format!("{seconds}{}", figures.collect::<String>()))
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
