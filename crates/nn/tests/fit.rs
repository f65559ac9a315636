//! The training loop against known minimisers, recorded trajectories of a peer, and itself after a kill.

use std::fs;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;
use thalweg_core::{Budget, Class, Context, Error, Result, Status, Stream};
use thalweg_nn::{Checkpoints, EarlyStop, Fit, FitConfig, Fitted, JsonLines, Objective, Optimiser, Schedule};

/// `½ Σ a_i (p_i - c_i)²` plus noise in the gradient that is a pure function of seed and step.
struct Bowl {
    curvature: Vec<f32>,
    centre: Vec<f32>,
    seed: u64,
    noise: f32,
}

impl Bowl {
    fn exact() -> Self {
        Self { curvature: vec![1.0, 10.0, 0.1], centre: vec![1.0, -2.0, 3.0], seed: 0, noise: 0.0 }
    }

    fn noisy(seed: u64, n: usize) -> Self {
        let mut stream = Stream::new(seed, "bowl", 0);
        let curvature = (0..n).map(|_| 0.5 + stream.uniform() as f32).collect();
        let mut centre = vec![0.0; n];
        stream.fill_normal_f32(&mut centre);
        Self { curvature, centre, seed, noise: 0.5 }
    }
}

impl Objective for Bowl {
    type Batch = Vec<f32>;

    fn draw(&self, step: u64) -> Result<Vec<f32>> {
        let mut noise = vec![0.0; self.centre.len()];
        Stream::new(self.seed, "gradient noise", step).fill_normal_f32(&mut noise);
        noise.iter_mut().for_each(|v| *v *= self.noise);
        Ok(noise)
    }

    fn loss_grad(&self, params: &[f32], batch: &Vec<f32>, grad: &mut [f32]) -> Result<f64> {
        let mut loss = 0.0;
        for i in 0..params.len() {
            let away = params[i] - self.centre[i];
            grad[i] = self.curvature[i] * away + batch[i];
            loss += 0.5 * f64::from(self.curvature[i] * away * away);
        }
        Ok(loss)
    }

    fn validate(&self, params: &[f32]) -> Result<Option<f64>> {
        let mut unused = vec![0.0; params.len()];
        self.loss_grad(params, &vec![0.0; params.len()], &mut unused).map(Some)
    }
}

fn ctx(threads: usize) -> Context {
    Context::new(0, threads).unwrap()
}

fn near(found: &[f32], expected: &[f64], tolerance: f64) {
    for (a, b) in found.iter().zip(expected) {
        assert!((f64::from(*a) - b).abs() <= tolerance, "{found:?} is not {expected:?}");
    }
}

fn bits(params: &[f32]) -> Vec<u32> {
    params.iter().map(|p| p.to_bits()).collect()
}

#[test]
fn finds_the_minimiser() {
    for optimiser in [Optimiser::Adam, Optimiser::AdamW { weight_decay: 0.0 }] {
        let schedule = Schedule::Cosine { warmup: 50, floor: 0.0 };
        let config = FitConfig { steps: 3000, learning_rate: 0.1, schedule, optimiser, ..FitConfig::default() };
        let fitted = Fit::new(&Bowl::exact(), &config).unwrap().run(&ctx(1), vec![0.0; 3]).unwrap();
        near(&fitted.params, &[1.0, -2.0, 3.0], 1e-5);
        assert!(fitted.report.converged());
        assert_eq!(fitted.report.iterations, 3000);
        assert_eq!(fitted.report.seed, Some(0));
    }
}

/// Parameters after 1, 5 and 30 steps from the origin on [`Bowl::exact`], in double precision, recorded from
/// `torch.optim` of PyTorch 2.15: Adam and AdamW(weight_decay=0.2) with lr=0.1, and Adam with
/// `CosineAnnealingLR(T_max=30)` and `clip_grad_norm_(0.5)`.
#[test]
fn follows_recorded_trajectories() {
    let adam = FitConfig { learning_rate: 0.1, ..FitConfig::default() };
    let adamw = FitConfig { optimiser: Optimiser::AdamW { weight_decay: 0.2 }, ..adam.clone() };
    let schedule = Schedule::Cosine { warmup: 0, floor: 0.0 };
    let clipped = FitConfig { clip: Some(0.5), schedule, ..adam.clone() };
    let recorded = [
        (
            adam,
            [
                [0.099999999, -0.09999999995, 0.099999996667],
                [0.492036338073, -0.497044219743, 0.498220527521],
                [1.033967526967, -2.20538085605, 2.580222891951],
            ],
        ),
        (
            adamw,
            [
                [0.099999999, -0.09999999995, 0.099999996667],
                [0.472820147358, -0.477569184733, 0.478690957062],
                [0.951156047909, -1.776006388526, 2.004891933095],
            ],
        ),
        (
            clipped,
            [
                [0.099999959946, -0.099999997997, 0.099999866485],
                [0.488295186565, -0.49186894942, 0.492597976911],
                [1.110908254156, -1.550107095475, 1.591810119636],
            ],
        ),
    ];
    for (config, values) in recorded {
        for (stop, expected) in [1, 5, 30].into_iter().zip(values) {
            // The schedule spans 30 steps, so a shorter training is cut off rather than planned shorter.
            let objective = Cut { inner: Bowl::exact(), stop, seen: Mutex::new(Vec::new()), stopping: None };
            let config = FitConfig { steps: 30, ..config.clone() };
            let fitted = Fit::new(&objective, &config).unwrap().run(&ctx(1), vec![0.0; 3]).unwrap();
            let seen = objective.seen.lock().unwrap();
            // Single precision: thirty steps, each rounded a few times at 1e-7 of numbers near 2.
            near(if stop == 30 { &fitted.params } else { &seen[stop as usize] }, &expected, 1e-5);
        }
    }
}

/// Remembers the parameters of each step and raises a flag at one of them.
struct Cut {
    inner: Bowl,
    stop: u64,
    seen: Mutex<Vec<Vec<f32>>>,
    stopping: Option<Arc<AtomicBool>>,
}

impl Objective for Cut {
    type Batch = Vec<f32>;

    fn draw(&self, step: u64) -> Result<Vec<f32>> {
        self.inner.draw(step)
    }

    fn loss_grad(&self, params: &[f32], batch: &Vec<f32>, grad: &mut [f32]) -> Result<f64> {
        let mut seen = self.seen.lock().unwrap();
        // The losses that set the yardstick of an explosion are taken where the first step starts.
        if seen.last().is_none_or(|last| last != params) {
            seen.push(params.to_vec());
        }
        if let (Some(stopping), true) = (&self.stopping, seen.len() as u64 == self.stop) {
            stopping.store(true, Ordering::Relaxed);
        }
        self.inner.loss_grad(params, batch, grad)
    }

    fn validate(&self, params: &[f32]) -> Result<Option<f64>> {
        self.inner.validate(params)
    }
}

#[test]
fn the_average_is_the_recurrence_by_hand() {
    for seed in 0..3 {
        let objective = Cut { inner: Bowl::noisy(seed, 4), stop: 0, seen: Mutex::default(), stopping: None };
        let config = FitConfig { steps: 40, learning_rate: 0.1, ema: Some(0.8), ..FitConfig::default() };
        let fitted = Fit::new(&objective, &config).unwrap().run(&ctx(1), vec![0.0; 4]).unwrap();
        let plain = FitConfig { ema: None, ..config };
        let last = Fit::new(&objective.inner, &plain).unwrap().run(&ctx(1), vec![0.0; 4]).unwrap().params;
        let mut path = objective.seen.into_inner().unwrap();
        path.push(last);
        let mut average = vec![0.0_f64; 4];
        for (t, params) in path.iter().enumerate().skip(1) {
            let keep = f64::min(0.8, (1.0 + t as f64) / (10.0 + t as f64));
            average.iter_mut().zip(params).for_each(|(a, p)| *a = keep * *a + (1.0 - keep) * f64::from(*p));
        }
        near(&fitted.params, &average, 1e-6);
    }
}

/// Everything on: averaging, clipping, early stopping, a schedule.
fn full(steps: u64) -> FitConfig {
    FitConfig {
        steps,
        learning_rate: 0.05,
        optimiser: Optimiser::AdamW { weight_decay: 0.01 },
        schedule: Schedule::Cosine { warmup: 10, floor: 0.1 },
        clip: Some(2.0),
        ema: Some(0.95),
        early_stop: Some(EarlyStop { patience: 50, every: 7 }),
        log_every: 5,
        checkpoint_every: 13,
        checkpoint_seconds: None,
        ..FitConfig::default()
    }
}

fn same(a: &Fitted, b: &Fitted) {
    assert_eq!(bits(&a.params), bits(&b.params));
    assert_eq!(a.report.residuals, b.report.residuals);
    assert_eq!(a.report.iterations, b.report.iterations);
    let figures =
        |f: &Fitted| f.history.iter().map(|e| (e.step, e.loss, e.gradient_norm, e.validation)).collect::<Vec<_>>();
    assert_eq!(figures(a), figures(b));
}

#[test]
fn threads_do_not_change_a_bit() {
    for seed in 0..3 {
        let train = |threads| {
            Fit::new(&Bowl::noisy(seed, 100_000), &full(60)).unwrap().run(&ctx(threads), vec![0.0; 100_000]).unwrap()
        };
        let one = train(1);
        same(&one, &train(2));
        same(&one, &train(3));
    }
}

#[test]
fn resumed_at_any_step_gives_the_same_bytes() {
    for seed in 0..3 {
        let whole = Fit::new(&Bowl::noisy(seed, 17), &full(150)).unwrap().run(&ctx(1), vec![0.0; 17]).unwrap();
        let mut stream = Stream::new(seed, "cuts", 0);
        for _ in 0..8 {
            let folder = TempDir::new().unwrap();
            let train = |stop| {
                let stopping = Arc::new(AtomicBool::new(false));
                let objective = Cut {
                    inner: Bowl::noisy(seed, 17),
                    stop,
                    seen: Mutex::default(),
                    stopping: Some(stopping.clone()),
                };
                let fit = Fit::new(&objective, &full(150)).unwrap().checkpoints(Checkpoints::new(folder.path(), "fit"));
                fit.log(JsonLines::new(folder.path().join("log.jsonl")))
                    .resume(&ctx(2).with_stop(stopping), vec![0.0; 17])
            };
            let cuts = [1 + stream.below(80) as u64, 1 + stream.below(60) as u64];
            for cut in cuts {
                assert_eq!(train(cut).unwrap_err().class(), Class::Interrupted);
            }
            same(&whole, &train(0).unwrap());
            let log = fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
            let steps: Vec<u64> = log
                .lines()
                .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["step"].as_u64().unwrap())
                .collect();
            assert_eq!(steps, whole.history.iter().map(|e| e.step).collect::<Vec<_>>());
            // Done is done: nothing is trained again.
            same(&whole, &train(1).unwrap());
        }
    }
}

/// Every file of a folder with its content.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// A folder as a killed training leaves it after about `steps` steps of 150.
fn killed(seed: u64, steps: u64) -> TempDir {
    let folder = TempDir::new().unwrap();
    let stopping = Arc::new(AtomicBool::new(false));
    let objective =
        Cut { inner: Bowl::noisy(seed, 17), stop: steps, seen: Mutex::default(), stopping: Some(stopping.clone()) };
    let fit = Fit::new(&objective, &full(150)).unwrap().checkpoints(Checkpoints::new(folder.path(), "fit"));
    fit.run(&ctx(1).with_stop(stopping), vec![0.0; 17]).unwrap_err();
    folder
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before() {
    for seed in 0..3 {
        let objective = Bowl::noisy(seed, 17);
        let whole = Fit::new(&objective, &full(150)).unwrap().run(&ctx(1), vec![0.0; 17]).unwrap();
        let source = killed(seed, 60);
        let mut stream = Stream::new(seed, "damage", 0);
        for trial in 0..24 {
            let folder = TempDir::new().unwrap();
            copy(source.path(), folder.path());
            let store = Checkpoints::new(folder.path(), "fit");
            let files = store.files().unwrap();
            assert_eq!(files.len(), 2);
            let mut bytes = fs::read(&files[0]).unwrap();
            let at = stream.below(bytes.len());
            if trial % 2 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << stream.below(8);
            }
            fs::write(&files[0], &bytes).unwrap();
            // What a kill in the middle of a write leaves.
            fs::write(folder.path().join(".fit-0000000099.safetensors.partial"), &bytes).unwrap();
            assert_eq!(store.latest().unwrap(), Some(52), "trial {trial}, byte {at}");
            let fit = Fit::new(&objective, &full(150)).unwrap().checkpoints(store.clone());
            same(&whole, &fit.resume(&ctx(1), vec![0.0; 17]).unwrap());
            assert!(!folder.path().join(".fit-0000000099.safetensors.partial").exists());
            // Both damaged: a sentence, not a panic and not a silent start from nothing.
            for file in store.files().unwrap() {
                let bytes = fs::read(&file).unwrap();
                fs::write(&file, &bytes[..stream.below(bytes.len())]).unwrap();
            }
            let fit = Fit::new(&objective, &full(150)).unwrap().checkpoints(store);
            let refused = fit.resume(&ctx(1), vec![0.0; 17]).unwrap_err().to_string();
            assert!(refused.contains("damaged") && refused.contains("start over"), "{refused}");
        }
    }
}

#[test]
fn other_settings_do_not_continue_a_checkpoint() {
    let folder = killed(0, 30);
    let objective = Bowl::noisy(0, 17);
    let store = || Checkpoints::new(folder.path(), "fit");
    let refused = |config: &FitConfig, seed: u64, n: usize| {
        let fit = Fit::new(&objective, config).unwrap().checkpoints(store());
        fit.resume(&ctx(1).with_seed(seed), vec![0.0; n]).unwrap_err().to_string()
    };
    let other = FitConfig { learning_rate: 0.25, ..full(150) };
    assert!(refused(&other, 0, 17).contains("fit.learning_rate = 0.05, but now it is 0.25"));
    assert!(refused(&full(150), 9, 17).contains("seed = 0, but now it is 9"));
    assert!(refused(&full(150), 0, 18).contains("parameters = 17, but now it is 18"));
    // How often something is written decides nothing.
    let free = FitConfig { log_every: 1, checkpoint_every: 3, max_seconds: Some(1e4), ..full(150) };
    let fit = Fit::new(&objective, &free).unwrap().checkpoints(store());
    assert!(fit.resume(&ctx(1), vec![0.0; 17]).unwrap().report.converged());
}

#[test]
fn early_stopping_returns_the_best() {
    // Noise at a large learning rate: held-out losses soon stop falling.
    let objective = Bowl { curvature: vec![1.0; 2], centre: vec![0.0; 2], seed: 1, noise: 4.0 };
    let early_stop = Some(EarlyStop { patience: 3, every: 10 });
    let config = FitConfig { steps: 5000, learning_rate: 0.5, early_stop, ..FitConfig::default() };
    let fitted = Fit::new(&objective, &config).unwrap().run(&ctx(2), vec![0.0; 2]).unwrap();
    let values: Vec<f64> = fitted.history.iter().filter_map(|e| e.validation).collect();
    let best = values.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(fitted.report.converged() && fitted.report.iterations < 5000);
    assert_eq!(objective.validate(&fitted.params).unwrap(), Some(best));
    assert_eq!(values.iter().position(|v| *v == best), Some(values.len() - 4));
}

/// A parameter that goes up by the learning rate a step, and a loss of it.
struct Uphill {
    loss: fn(f64) -> f64,
}

impl Objective for Uphill {
    type Batch = ();

    fn draw(&self, _step: u64) -> Result<()> {
        Ok(())
    }

    fn loss_grad(&self, params: &[f32], _batch: &(), grad: &mut [f32]) -> Result<f64> {
        grad[0] = -1.0;
        Ok((self.loss)(f64::from(params[0])))
    }
}

#[test]
fn divergence_is_reported_with_step_and_advice() {
    let config = FitConfig { steps: 2000, learning_rate: 0.1, checkpoint_every: 50, ..FitConfig::default() };
    // The parameter is 0.1 step. exp(p - 10) passes 1000 at step 170, ten in a row at 179; exp(p) passes 1000 times
    // 19,999 at step 169, ten in a row at 178.
    let explosion = 177..=180;
    type Curve = fn(f64) -> f64;
    let cases: [(Curve, _, u64, &str); 4] = [
        (|p| if p < 24.95 { 1.0 } else { f64::NAN }, 250..=250, 250, "became NaN"),
        (|p| (p - 10.0).max(0.0).exp(), explosion.clone(), 150, "reached 2.697e3"),
        (|p| -(p - 10.0).max(0.0).exp(), explosion.clone(), 150, "fell to -2.697e3"),
        // From a positive loss downward, as the action of a potential that is fitted to finitely many points.
        (|p| 20_000.0 - p.exp(), explosion, 150, "fell to -5"),
    ];
    for (loss, steps, checkpoint, said) in cases {
        let folder = TempDir::new().unwrap();
        let objective = Uphill { loss };
        let store = Checkpoints::new(folder.path(), "fit");
        let fit = Fit::new(&objective, &config).unwrap().checkpoints(store.clone());
        let fitted = fit.run(&ctx(2), vec![0.0]).unwrap();
        assert_eq!(fitted.report.status, Status::Diverged, "{said}");
        assert!(steps.contains(&fitted.report.iterations), "{said}: {}", fitted.report.iterations);
        let advice = fitted.report.advice.unwrap();
        assert!(advice.contains(&format!("at step {}", fitted.report.iterations)), "{advice}");
        assert!(advice.contains(said) && advice.contains("1e-3 instead of 0.1"), "{advice}");
        assert_eq!(store.latest().unwrap(), Some(checkpoint), "{said}");
        // What is kept is from before the explosion.
        let kept = fitted.report.iterations / 100 * 100;
        assert!(advice.contains(&format!("step {kept} are kept")), "{advice}");
    }
}

/// A rate far too high: the second step is an explosion, and what is left of the network has a loss like any other.
#[test]
fn a_network_that_died_in_its_first_steps_has_diverged() {
    let config = FitConfig { steps: 1000, learning_rate: 0.1, ..FitConfig::default() };
    let objective = Uphill {
        loss: |p| {
            if p == 0.0 {
                1.0
            } else if p < 0.25 {
                1e9
            } else {
                0.2
            }
        },
    };
    let fitted = Fit::new(&objective, &config).unwrap().run(&ctx(1), vec![0.0]).unwrap();
    assert_eq!((fitted.report.status, fitted.report.iterations), (Status::Diverged, 1));
    assert_eq!(fitted.params, [0.0]);
}

#[test]
fn a_loss_that_only_falls_far_is_no_divergence() {
    // From 1 to -500, as a log-likelihood may.
    let config = FitConfig { steps: 2000, learning_rate: 0.1, ..FitConfig::default() };
    let objective = Uphill { loss: |p| 1.0 - 501.0 * (p / 200.0) };
    let fitted = Fit::new(&objective, &config).unwrap().run(&ctx(1), vec![0.0]).unwrap();
    assert!(fitted.report.converged());
}

#[test]
fn a_spent_time_budget_is_reported_and_can_be_continued() {
    let folder = TempDir::new().unwrap();
    let objective = Bowl::noisy(0, 17);
    let fit = |max_seconds| {
        let config = FitConfig { max_seconds, ..full(150) };
        Fit::new(&objective, &config).unwrap().checkpoints(Checkpoints::new(folder.path(), "fit"))
    };
    let cut = fit(Some(1e-9)).run(&ctx(1), vec![0.0; 17]).unwrap();
    assert_eq!(cut.report.status, Status::Exhausted { budget: Budget::Time });
    assert!(cut.report.advice.unwrap().contains("of 150 steps"));
    let whole = Fit::new(&objective, &full(150)).unwrap().run(&ctx(1), vec![0.0; 17]).unwrap();
    same(&whole, &fit(None).resume(&ctx(1), vec![0.0; 17]).unwrap());
}

struct Broken;

impl Objective for Broken {
    type Batch = ();

    fn draw(&self, step: u64) -> Result<()> {
        if step < 20 { Ok(()) } else { Err(Error::failed("The coupling did not converge.")) }
    }

    fn loss_grad(&self, _params: &[f32], _batch: &(), grad: &mut [f32]) -> Result<f64> {
        grad.fill(0.0);
        Ok(0.0)
    }
}

#[test]
fn errors_say_where() {
    let fit = || Fit::new(&Broken, &FitConfig::default()).unwrap();
    assert_eq!(
        fit().run(&ctx(2), vec![0.0]).unwrap_err().message(),
        "Drawing the batch of step 20: The coupling did not converge."
    );
    let early_stop = Some(EarlyStop { patience: 1, every: 1 });
    let config = FitConfig { early_stop, ..FitConfig::default() };
    let refused = Fit::new(&Broken, &config).unwrap().run(&ctx(1), vec![0.0]).unwrap_err();
    assert!(refused.to_string().contains("held-out"));
    // A folder that cannot be made: its parent is a file.
    let file = tempfile::NamedTempFile::new().unwrap();
    let store = Checkpoints::new(file.path().join("sub"), "fit");
    let config = FitConfig { steps: 3, ..FitConfig::default() };
    let refused = Fit::new(&Broken, &config).unwrap().checkpoints(store).run(&ctx(1), vec![0.0]).unwrap_err();
    assert_eq!(refused.class(), Class::System);
}
