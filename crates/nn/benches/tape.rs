//! How long a training step takes on the tape: batch drawn, loss and gradient, one step of Adam.
//!
//! `cargo bench -p thalweg-nn --bench tape -- [CASE ...] [SECONDS]` prints one line a case with the median and the
//! quartiles of the wall time of a step and its processor time, in milliseconds. `RAYON_NUM_THREADS` sets the
//! threads. Cases: `flow-toy` and `flow-50d` (regression with SELU), `action-toy` and `action-50d` (action
//! matching with SiLU); toys have 2 dimensions, width 64 and batches of 256, the others width 512 and 1024.
#![allow(clippy::print_stdout, reason = "a benchmark reports on the standard output")]

use std::time::Instant;
use thalweg_core::{Error, Result, Stream};
use thalweg_nn::{ActionTerm, Activation, AdamStep, Exec, Loss, NetSpec, TapeExec, adam_step};

const POOL: usize = 8192;

struct Training {
    exec: TapeExec,
    spec: NetSpec,
    dim: usize,
    batch: usize,
    data: Vec<f32>,
    params: Vec<f32>,
    moments: [Vec<f32>; 2],
    grad: Vec<f32>,
    step: u64,
    action: bool,
}

impl Training {
    fn new(case: &str) -> Result<Self> {
        let (dim, width, batch) = if case.ends_with("toy") { (2, 64, 256) } else { (50, 512, 1024) };
        let spec = match case {
            "flow-toy" | "flow-50d" => NetSpec::mlp(dim + 1, &[width; 3], dim, Activation::Selu),
            "action-toy" | "action-50d" => NetSpec::mlp(dim + 1, &[width; 3], 1, Activation::Silu),
            _ => return Err(Error::input(format!("There is no case {case}."))),
        };
        let mut data = vec![0.0; POOL * dim];
        Stream::new(1, "pool", 0).fill_normal_f32(&mut data);
        data.iter_mut().for_each(|v| *v = 1.0 + 0.5 * *v);
        let params = spec.init(0, "bench")?;
        let zeros = vec![0.0; params.len()];
        Ok(Self {
            exec: TapeExec::new(),
            action: case.starts_with("action"),
            moments: [zeros.clone(), zeros.clone()],
            grad: zeros,
            step: 0,
            spec,
            dim,
            batch,
            data,
            params,
        })
    }

    fn run(&mut self) -> Result<f64> {
        let (n, d) = (self.batch, self.dim);
        let first = self.step as usize * n % POOL;
        let ends = &self.data[first * d..(first + n) * d];
        let mut stream = Stream::new(0, "batch", self.step);
        let mut starts = vec![0.0; n * d];
        stream.fill_normal_f32(&mut starts);
        let times: Vec<f32> = (0..n).map(|_| stream.uniform() as f32).collect();
        let between = rows(d, &times, |k, t| (1.0 - t) * starts[k] + t * ends[k]);
        let value = if self.action {
            let mut boundary = rows(d, &vec![0.0; n], |k, _| starts[k]);
            boundary.extend(rows(d, &vec![1.0; n], |k, _| ends[k]));
            let share = 1.0 / n as f32;
            let coefficients: Vec<f32> = (0..2 * n).map(|j| if j < n { share } else { -share }).collect();
            let weights = vec![share; n];
            let (boundary, coefficients, interior, weights) =
                (&boundary[..], &coefficients[..], &between[..], &weights[..]);
            let loss = Loss::Action { boundary, coefficients, interior, weights, term: ActionTerm::Plain };
            self.exec.loss_grad(&self.spec, &self.params, &loss, &mut self.grad)?
        } else {
            let targets: Vec<f32> = ends.iter().zip(&starts).map(|(end, start)| end - start).collect();
            let loss = Loss::Regression { inputs: &between, targets: &targets, weights: None };
            self.exec.loss_grad(&self.spec, &self.params, &loss, &mut self.grad)?
        };
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

/// Rows of `d` numbers `f(flat index, time)`, with the time as the last column.
fn rows(d: usize, times: &[f32], f: impl Fn(usize, f32) -> f32) -> Vec<f32> {
    let mut out = Vec::with_capacity(times.len() * (d + 1));
    for (i, &t) in times.iter().enumerate() {
        out.extend((i * d..(i + 1) * d).map(|k| f(k, t)));
        out.push(t);
    }
    out
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

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let seconds = arguments.iter().find_map(|a| a.parse::<f64>().ok()).unwrap_or(2.0);
    let mut cases: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| a.parse::<f64>().is_err()).collect();
    if cases.is_empty() {
        cases = vec!["flow-toy", "flow-50d", "action-toy", "action-50d"];
    }
    for case in cases {
        let mut training = Training::new(case)?;
        let mut value = 0.0;
        for _ in 0..5 {
            value = training.run()?;
        }
        let (start, busy, mut times) = (Instant::now(), processor_time(), Vec::new());
        while times.len() < 3 || start.elapsed().as_secs_f64() < seconds {
            let step = Instant::now();
            value = training.run()?;
            times.push(step.elapsed().as_secs_f64() * 1e3);
        }
        let busy = (processor_time() - busy) / times.len() as f64;
        times.sort_by(f64::total_cmp);
        let at = |q: usize| times[times.len() * q / 4];
        println!(
            "{case:<10} median {:8.3}  quartiles {:8.3} {:8.3}  best {:8.3}  processor {busy:8.3} ms a step, loss {value:.4} after {} steps",
            at(2),
            at(1),
            at(3),
            times[0],
            training.step
        );
    }
    Ok(())
}
