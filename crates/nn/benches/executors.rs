//! How long training steps and evaluations take, on the executor that suits the network or on the tape.
//!
//! `cargo bench -p thalweg-nn --bench executors -- [CASE ...] [SECONDS]` prints one line of JSON a case: median,
//! quartiles and best of the wall time, and the processor time, in milliseconds a step. With `serve` in place of
//! cases it reads lines `time CASE SECONDS` and keeps each case warm, or `curve CASE STEPS` and trains anew, which
//! `benches/nn.py` uses to take turns with peers. `THREADS` in the environment sets the threads (two).
//!
//! Cases: `a`, `b` flow matching, 2-D toy (width 64, batch 256) and 50-D (width 512, batch 1024), SELU; `c`, `c2`
//! one Euler step of 10,000 points in 50-D and 2-D; `d1a`, `d1b` action matching, sizes as `a` and `b`, SiLU; `vjp`,
//! `jvp`, `vjp2`, `jvp2` a derivative of the velocity along one direction at 10,000 points in 50-D and 2-D.
//! `a/tape` and so on run on the tape. Noise and times are drawn within each step.
#![allow(clippy::print_stdout, reason = "a benchmark reports on the standard output")]

use rayon::prelude::*;
use std::collections::BTreeMap;
use std::f32::consts::FRAC_PI_4;
use std::sync::LazyLock;
use std::time::Instant;
use thalweg_core::{Context, Error, Result, Stream};
use thalweg_nn::{ActionTerm, Activation, AdamStep, Exec, Loss, NetSpec, TapeExec, adam_step, executor_for};

const POOL: usize = 8192;
/// Rows drawn from one random stream.
const SHARE: usize = 128;

/// One step of a case.
type Step = Box<dyn FnMut() -> Result<f64> + Send>;

/// Which executor runs `spec`.
type Choose = fn(&NetSpec) -> &'static dyn Exec;

fn tape(_: &NetSpec) -> &'static dyn Exec {
    static TAPE: LazyLock<TapeExec> = LazyLock::new(TapeExec::new);
    &*TAPE
}

fn case(name: &str) -> Result<Step> {
    let (work, choose) = match name.strip_suffix("/tape") {
        Some(work) => (work, tape as Choose),
        None => (name, executor_for as Choose),
    };
    let toy = |spec: fn(usize, usize) -> NetSpec| Training::new(spec(2, 64), choose, 2, 256);
    let large = |spec: fn(usize, usize) -> NetSpec| Training::new(spec(50, 512), choose, 50, 1024);
    let velocity = |d: usize, width: usize| NetSpec::mlp(d + 1, &[width; 3], d, Activation::Selu);
    let scalar = |d: usize, width: usize| NetSpec::mlp(d + 1, &[width; 3], 1, Activation::Silu);
    let train = |training: Result<Training>| {
        let mut training = training?;
        Ok(Box::new(move || training.run()) as Step)
    };
    match work {
        "a" => train(toy(velocity)),
        "b" => train(large(velocity)),
        "d1a" => train(toy(scalar)),
        "d1b" => train(large(scalar)),
        "c" => sampling(velocity(50, 512), choose, 50),
        "c2" => sampling(velocity(2, 64), choose, 2),
        "vjp" => pulling(velocity(50, 512), choose, 50),
        "vjp2" => pulling(velocity(2, 64), choose, 2),
        "jvp" => pushing(velocity(50, 512), choose, 50),
        "jvp2" => pushing(velocity(2, 64), choose, 2),
        _ => Err(Error::input(format!("There is no case {name}."))),
    }
}

/// Training by flow or action matching from noise to a pool of points.
struct Training {
    spec: NetSpec,
    exec: &'static dyn Exec,
    dim: usize,
    data: Vec<f32>,
    batch: Batch,
    params: Vec<f32>,
    moments: [Vec<f32>; 2],
    grad: Vec<f32>,
    step: u64,
}

/// The arrays of a batch, kept from step to step.
struct Batch {
    starts: Vec<f32>,
    times: Vec<f32>,
    between: Vec<f32>,
    targets: Vec<f32>,
    ends: Vec<f32>,
    coefficients: Vec<f32>,
    weights: Vec<f32>,
}

impl Batch {
    fn new(n: usize, d: usize) -> Self {
        let share = 1.0 / n as f32;
        Self {
            starts: vec![0.0; n * d],
            times: vec![0.0; n],
            between: vec![0.0; n * (d + 1)],
            targets: vec![0.0; n * d],
            ends: vec![0.0; 2 * n * (d + 1)],
            coefficients: (0..2 * n).map(|j| if j < n { share } else { -share }).collect(),
            weights: vec![share; n],
        }
    }

    /// Draws noise and times, and the points between noise and `ends`.
    fn draw(&mut self, step: u64, d: usize, ends: &[f32]) {
        let from = self.starts.par_chunks_mut(SHARE * d).zip(self.times.par_chunks_mut(SHARE));
        let to = self.between.par_chunks_mut(SHARE * (d + 1)).zip(self.targets.par_chunks_mut(SHARE * d));
        from.zip(to).zip(ends.par_chunks(SHARE * d)).enumerate().for_each(|(k, (((x0, t), (between, target)), x1))| {
            let mut stream = Stream::new(0, "batch", step * 64 + k as u64);
            stream.fill_normal_f32(x0);
            t.iter_mut().for_each(|t| *t = stream.uniform() as f32);
            for (i, row) in between.chunks_exact_mut(d + 1).enumerate() {
                for j in 0..d {
                    let (x0, x1) = (x0[i * d + j], x1[i * d + j]);
                    row[j] = (1.0 - t[i]) * x0 + t[i] * x1;
                    target[i * d + j] = x1 - x0;
                }
                row[d] = t[i];
            }
        });
    }

    /// Noise at time zero, then `ends` at time one.
    fn set_ends(&mut self, d: usize, ends: &[f32]) {
        let rows = self.starts.chunks_exact(d).map(|x| (x, 0.0)).chain(ends.chunks_exact(d).map(|x| (x, 1.0)));
        for (to, (x, t)) in self.ends.chunks_exact_mut(d + 1).zip(rows) {
            to[..d].copy_from_slice(x);
            to[d] = t;
        }
    }
}

/// Eight Gaussians on a circle in the plane; elsewhere one Gaussian.
fn pool(dim: usize) -> Vec<f32> {
    let mut data = vec![0.0; POOL * dim];
    Stream::new(1, "pool", 0).fill_normal_f32(&mut data);
    if dim != 2 {
        data.iter_mut().for_each(|v| *v = 1.0 + 0.5 * *v);
        return data;
    }
    for (k, point) in data.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let (sin, cos) = ((k % 8) as f32 * FRAC_PI_4).sin_cos();
        *point = [5.0 * cos + 0.3 * point[0], 5.0 * sin + 0.3 * point[1]];
    }
    data
}

impl Training {
    fn new(spec: NetSpec, choose: Choose, dim: usize, n: usize) -> Result<Self> {
        let data = pool(dim);
        let params = spec.init(0, "bench")?;
        let zeros = vec![0.0; params.len()];
        let (exec, moments) = (choose(&spec), [zeros.clone(), zeros.clone()]);
        Ok(Self { spec, exec, dim, data, batch: Batch::new(n, dim), params, moments, grad: zeros, step: 0 })
    }

    fn run(&mut self) -> Result<f64> {
        let (n, d) = (self.batch.times.len(), self.dim);
        let first = self.step as usize * n % POOL;
        let ends = &self.data[first * d..(first + n) * d];
        self.batch.draw(self.step, d, ends);
        let action = self.spec.outputs()? == 1;
        if action {
            self.batch.set_ends(d, ends);
        }
        let batch = &self.batch;
        let loss = if action {
            Loss::Action {
                boundary: &batch.ends,
                coefficients: &batch.coefficients,
                interior: &batch.between,
                weights: &batch.weights,
                term: ActionTerm::Plain,
            }
        } else {
            Loss::Regression { inputs: &batch.between, targets: &batch.targets, weights: None }
        };
        let value = self.exec.loss_grad(&self.spec, &self.params, &loss, &mut self.grad)?;
        self.step += 1;
        let [m, v] = &mut self.moments;
        let step = AdamStep {
            lr: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            step: self.step,
            grad_scale: 1.0,
            ema: None,
        };
        adam_step(&mut self.params, m, v, &self.grad, step);
        Ok(value)
    }
}

/// One Euler step of 10,000 points.
fn sampling(spec: NetSpec, choose: Choose, d: usize) -> Result<Step> {
    let n = 10_000;
    let (params, exec) = (spec.init(0, "bench")?, choose(&spec));
    let (mut rows, mut velocity, mut step) = (vec![0.0; n * (d + 1)], vec![0.0; n * d], 0_u64);
    Stream::new(0, "points", 0).fill_normal_f32(&mut rows);
    Ok(Box::new(move || {
        let t = 0.01 * (step % 100) as f32;
        rows.chunks_exact_mut(d + 1).for_each(|row| row[d] = t);
        exec.forward(&spec, &params, &rows, &mut velocity)?;
        for (row, v) in rows.chunks_exact_mut(d + 1).zip(velocity.chunks_exact(d)) {
            row.iter_mut().zip(v).for_each(|(x, v)| *x += 0.01 * v);
        }
        step += 1;
        if step % 100 == 0 {
            Stream::new(0, "points", step).fill_normal_f32(&mut rows);
        }
        Ok(f64::from(rows[0]))
    }))
}

/// Normal numbers.
fn normals(count: usize, index: u64) -> Vec<f32> {
    let mut values = vec![0.0; count];
    Stream::new(0, "derivative", index).fill_normal_f32(&mut values);
    values
}

/// Values of 10,000 points, and their cotangents pulled back.
fn pulling(spec: NetSpec, choose: Choose, d: usize) -> Result<Step> {
    let n = 10_000;
    let (params, exec) = (spec.init(0, "bench")?, choose(&spec));
    let (x, cotangent) = (normals(n * (d + 1), 0), normals(n * d, 1));
    let (mut out, mut dx) = (vec![0.0; n * d], vec![0.0; n * (d + 1)]);
    Ok(Box::new(move || {
        exec.vjp(&spec, &params, &x, &cotangent, &mut out, &mut dx)?;
        Ok(f64::from(dx[0]))
    }))
}

/// Values of 10,000 points, and their tangents pushed forward.
fn pushing(spec: NetSpec, choose: Choose, d: usize) -> Result<Step> {
    let n = 10_000;
    let (params, exec) = (spec.init(0, "bench")?, choose(&spec));
    let (x, tangent) = (normals(n * (d + 1), 0), normals(n * (d + 1), 1));
    let (mut out, mut dout) = (vec![0.0; n * d], vec![0.0; n * d]);
    Ok(Box::new(move || {
        exec.jvp(&spec, &params, &x, &tangent, &mut out, &mut dout)?;
        Ok(f64::from(dout[0]))
    }))
}

/// Processor time of all threads so far, in milliseconds, where the system tells.
fn processor_time() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-6
}

/// Runs a case for `seconds` and reports it.
fn measure(name: &str, step: &mut Step, seconds: f64) -> Result<()> {
    let (start, busy, mut times) = (Instant::now(), processor_time(), Vec::new());
    let mut value = 0.0;
    while times.len() < 5 || start.elapsed().as_secs_f64() < seconds {
        let before = Instant::now();
        value = step()?;
        times.push(before.elapsed().as_secs_f64() * 1e3);
    }
    let (busy, n) = ((processor_time() - busy) / times.len() as f64, times.len());
    times.sort_by(f64::total_cmp);
    let at = |q: usize| times[n * q / 4];
    println!(
        "{{\"case\":\"{name}\",\"median\":{:.5},\"lower\":{:.5},\"upper\":{:.5},\"best\":{:.5},\"processor\":{busy:.5},\"steps\":{n},\"value\":{value:.5}}}",
        at(2),
        at(1),
        at(3),
        times[0],
    );
    Ok(())
}

/// Trains anew and reports the mean loss over each tenth of the steps.
fn curve(name: &str, steps: usize) -> Result<()> {
    let mut step = case(name)?;
    let tenth = (steps / 10).max(1);
    let mut mean = || (0..tenth).map(|_| step()).sum::<Result<f64>>().map(|sum| sum / tenth as f64);
    let curve: Vec<f64> = (0..10).map(|_| mean()).collect::<Result<_>>()?;
    println!("{{\"case\":\"{name}\",\"curve\":{curve:?}}}");
    Ok(())
}

fn serve() -> Result<()> {
    println!("{{\"peer\":\"thalweg {}\"}}", env!("CARGO_PKG_VERSION"));
    let mut warm: BTreeMap<String, Step> = BTreeMap::new();
    for line in std::io::stdin().lines() {
        let line = line.map_err(|e| Error::system("The case could not be read", e))?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[verb, name, amount] = &words[..] else {
            return Err(Error::input(format!("`{line}` is not a verb, a case and an amount.")));
        };
        if verb == "curve" {
            curve(name, amount.parse().unwrap_or(1000))?;
            continue;
        }
        if !warm.contains_key(name) {
            let mut step = case(name)?;
            (0..5).try_for_each(|_| step().map(drop))?;
            warm.insert(name.to_owned(), step);
        }
        if let Some(step) = warm.get_mut(name) {
            step()?;
            measure(name, step, amount.parse().unwrap_or(1.0))?;
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let threads = std::env::var("THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    Context::new(0, threads)?.install(run)
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if arguments.iter().any(|a| a == "serve") {
        return serve();
    }
    let seconds = arguments.iter().find_map(|a| a.parse::<f64>().ok()).unwrap_or(2.0);
    let named: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| a.parse::<f64>().is_err()).collect();
    let cases = if named.is_empty() { vec!["a", "b", "c", "c2", "d1a", "d1b"] } else { named };
    for name in cases {
        let mut step = case(name)?;
        (0..5).try_for_each(|_| step().map(drop))?;
        measure(name, &mut step, seconds)?;
    }
    Ok(())
}
