//! How fast surface flux is carried: cell updates a second, and how near that is to copying memory.
//!
//! `cargo run --release -p thalweg-field --example surface_flux_times -- [threads] [rows] [columns] [hours]`

#![allow(clippy::print_stdout)] // It is what the program is for.

use std::time::Instant;
use thalweg_core::{Context, Result};
use thalweg_field::sphere::{Advection, Buffers, Diffusion, Flow, SSPRK43, Sphere, SuperTime, Weno3, diffuse, march};
use thalweg_field::surface_flux::{KM2_PER_SECOND, gaussians, soccer_ball};

/// Bytes a second of copying arrays that no cache of one core holds.
fn bandwidth(ctx: &Context, cells: usize) -> f64 {
    use rayon::prelude::*;
    let from = vec![1.0_f64; cells];
    let mut to = vec![0.0_f64; cells];
    let rounds = 40;
    ctx.install(|| {
        let start = Instant::now();
        for _ in 0..rounds {
            to.par_chunks_mut(1 << 14).zip(from.par_chunks(1 << 14)).for_each(|(t, f)| t.copy_from_slice(f));
        }
        (rounds * 16 * cells) as f64 / start.elapsed().as_secs_f64()
    })
}

/// Prints one line: `visits` of every cell, each of which must move at least `bytes`.
fn report(what: &str, seconds: f64, visits: usize, cells: usize, bytes: f64, copy: f64) {
    let updates = (visits * cells) as f64 / seconds;
    println!(
        "{what}: {seconds:.3} s, {:.1} million cell updates/s, {:.0} % of the bandwidth of a copy ({:.1} GB/s)",
        updates / 1e6,
        100.0 * updates * bytes / copy,
        copy / 1e9
    );
}

fn main() -> Result<()> {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    let at = |i: usize, default: usize| arguments.get(i).copied().unwrap_or(default);
    let (ctx, hours) = (Context::new(0, at(0, 1))?, at(3, 24));
    let sphere = Sphere::uniform(at(1, 512), at(2, 1023))?;
    let cells = sphere.cells();
    let copy = bandwidth(&ctx, 4 << 20);
    ctx.install(|| {
        let (mut field, mut buffers) = (gaussians(&sphere, 0.03, 0.0, 0.0), Buffers::default());
        let mut flow = Flow::still(&sphere);
        for (j, row) in flow.eastward.chunks_mut(sphere.columns()).enumerate() {
            row.fill(9.35e-3 * sphere.sine(j));
        }
        let carried = Advection { sphere: &sphere, fluxes: Weno3::new(&sphere, flow) };
        let start = Instant::now();
        (0..hours).for_each(|_| march(&carried, SSPRK43, 0.5, &mut field, &mut buffers));
        // The field, four split velocities and the start of the step are read, one field is written.
        report("advection", start.elapsed().as_secs_f64(), 4 * hours, cells, 56.0, copy);

        let mut field = soccer_ball(&sphere);
        let diffusion = Diffusion::new(&sphere, |_| 500.0 * KM2_PER_SECOND);
        let limit = 0.95 * diffusion.step_limit();
        let stages = thalweg_field::sphere::SuperStep::new(SuperTime::Rkg2, 1.0, limit).stages();
        let start = Instant::now();
        let steps: usize =
            (0..hours).map(|_| diffuse(&diffusion, SuperTime::Rkg2, 1.0, &mut field, &mut buffers)).sum();
        // The last two stages, the start and its rate are read, one field is written.
        report("diffusion", start.elapsed().as_secs_f64(), stages * steps, cells, 40.0, copy);
        println!("{stages} stages a super-step of an hour, {steps} super-steps");
    });
    Ok(())
}
