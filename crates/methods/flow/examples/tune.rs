use thalweg_core::*;
use thalweg_flow::flow_matching::{Config, learn};
use thalweg_flow::*;
use thalweg_nn::*;
use thalweg_path::*;
use thalweg_solve::*;
fn main() {
    let ctx = Context::new(0, 2).unwrap();
    let n = 50_000;
    let a = Gaussian::standard(2).sample(n, &mut Stream::new(0, "a", 0));
    let b = datasets::checkerboard(n, &mut Stream::new(0, "b", 0));
    let at = |time, points| Snapshot { time, measure: Measure::uniform(points).unwrap() };
    let snaps = Snapshots::new(vec![at(0.0, a), at(1.0, b)], vec!["x".into(), "y".into()]).unwrap();
    let test = datasets::checkerboard(1000, &mut Stream::new(1, "b", 0));
    let start = Gaussian::standard(2).sample(2000, &mut Stream::new(1, "a", 0));
    for (act, lr, width, layers, batch, steps) in [
        (Activation::Gelu, 1e-2, 64, 4, 512, 15000),
        (Activation::Gelu, 1e-2, 64, 6, 512, 10000),
        (Activation::Gelu, 1e-2, 64, 4, 256, 20000),
        (Activation::Tanh, 1e-2, 64, 4, 512, 10000),
    ] {
        let s = std::time::Instant::now();
        let config = Config {
            coupling: Pairing::Independent {},
            batch,
            network: Network { hidden: vec![width; layers], activation: act },
            fit: FitConfig { steps, learning_rate: lr, ..Config::default().fit },
            ..Config::default()
        };
        let l = learn(&snaps, &config, &Workspace::none(), &ctx).unwrap();
        let time = s.elapsed().as_secs_f64();
        let base = |x: &[f64]| -0.5 * x.iter().map(|v| v * v + std::f64::consts::TAU.ln()).sum::<f64>();
        let s = std::time::Instant::now();
        let found = log_likelihood(&l.model, &test, &base, (0.0, 1.0), &Integrate::adaptive(1e-3), &ctx).unwrap();
        let nll = -found.values.iter().sum::<f64>() / 1000.0;
        let t2 = s.elapsed().as_secs_f64();
        let end = integrate(&l.model, &start, None, (0.0, 1.0), &Integrate::adaptive(1e-4), &ctx).unwrap();
        let inside = end.last().unwrap().rows().filter(|x| datasets::on_checkerboard(x)).count() as f64 / 2000.0;
        println!(
            "{act:?} lr {lr} {width}x{layers} b{batch} s{steps}: nll {nll:.4} inside {inside:.4} train {time:.1}s nll {t2:.1}s load {}",
            std::fs::read_to_string("/proc/loadavg").unwrap().trim()
        );
    }
}
