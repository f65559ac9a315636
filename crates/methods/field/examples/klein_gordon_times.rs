//! Times steps of the nonlinear Klein-Gordon equation, for `benches/klein_gordon.py`.
//!
//! `klein_gordon_times quartic|sine-gordon POINTS LENGTH STEP STEPS U V OUT` reads field and rate from files of raw f64, writes
//! the field after the steps to `OUT` and prints seconds. The clock starts with field and plans in memory.
#![allow(clippy::print_stdout, reason = "the script reads what it prints")]

use std::error::Error;
use std::time::Instant;
use thalweg_core::Context;
use thalweg_field::klein_gordon::{Potential, State, Wave};
use thalweg_field::line::{Line, Seam};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [potential, points, length, step, steps, u, v, out] = &args[..] else {
        return Err("usage: klein_gordon_times quartic|sine-gordon POINTS LENGTH STEP STEPS U V OUT".into());
    };
    let potential = match potential.as_str() {
        "quartic" => Potential::Quartic { coupling: 1.0, vacuum: 1.0 },
        "sine-gordon" => Potential::SineGordon {},
        other => return Err(format!("unknown potential {other}").into()),
    };
    let read = |path: &str| -> Result<Vec<f64>, Box<dyn Error>> {
        Ok(std::fs::read(path)?.as_chunks::<8>().0.iter().map(|c| f64::from_le_bytes(*c)).collect())
    };
    let state = State { u: read(u)?, v: read(v)? };
    let mut wave = Wave::new(Line::new(points.parse()?, length.parse()?, Seam::Periodic {})?, potential)?;
    let mut last = state.clone();
    let start = Instant::now();
    wave.follow(&Context::new(0, 1)?, &state, step.parse()?, steps.parse()?, usize::MAX, |_, state| {
        last.u.copy_from_slice(&state.u);
        Ok(true)
    })?;
    println!("{:.6}", start.elapsed().as_secs_f64());
    std::fs::write(out, last.u.iter().flat_map(|u| u.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(())
}
