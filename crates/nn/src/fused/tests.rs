//! Against finite differences, in double precision, of a plain evaluation that shares nothing with the executor.

use super::FusedExec;
use crate::{ActionTerm, Activation, Exec, Layer, Loss, NetSpec, Output, TapeExec};
use thalweg_core::{Context, Stream};

const FUNCTIONS: [Activation; 6] =
    [Activation::Silu, Activation::Selu, Activation::Tanh, Activation::Gelu, Activation::Softplus, Activation::Relu];

/// Single precision rounds at 6e-8; a chain of four layers and sums of up to a hundred terms of either sign
/// amplify that by about a hundred, and derivatives of the activations by a few more.
const TOLERANCE: f64 = 2e-5;

fn act(function: Activation, x: f64) -> f64 {
    match function {
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Selu => 1.050_700_987_355_480_5 * if x > 0.0 { x } else { 1.673_263_242_354_377_2 * x.exp_m1() },
        Activation::Tanh => x.tanh(),
        Activation::Gelu => x * gauss(x),
        Activation::Softplus => x.exp().ln_1p(),
        Activation::Relu => x.max(0.0),
    }
}

/// Gaussian distribution function: `½ + n(x) (x + x³/3 + x⁵/15 + ...)`, every term of one sign.
fn gauss(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The network at one row.
fn net(spec: &NetSpec, params: &[f64], x: &[f64]) -> Vec<f64> {
    let (mut y, mut rest) = (x.to_vec(), params);
    for layer in &spec.layers {
        match layer {
            Layer::Linear { inputs, outputs } => {
                let (weight, after) = rest.split_at(inputs * outputs);
                let (bias, after) = after.split_at(*outputs);
                rest = after;
                y = (0..*outputs)
                    .map(|j| bias[j] + (0..*inputs).map(|i| y[i] * weight[i * outputs + j]).sum::<f64>())
                    .collect();
            }
            Layer::Act { function } => y.iter_mut().for_each(|v| *v = act(*function, *v)),
            Layer::TimeFeatures { inputs, frequencies } => {
                let angle = |k: &usize| std::f64::consts::PI * 2.0_f64.powi(*k as i32) * x[inputs - 1];
                y.extend((0..*frequencies).map(|k| angle(&k).sin()));
                y.extend((0..*frequencies).map(|k| angle(&k).cos()));
            }
            other => panic!("not a layer of the fused executor: {other:?}"),
        }
    }
    match spec.output {
        Output::Plain => y,
        Output::HalfSquaredDistance => vec![0.5 * y.iter().zip(x).map(|(y, x)| (x - y).powi(2)).sum::<f64>()],
    }
}

/// First derivative of `f` at zero, fourth order.
fn slope(f: impl Fn(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - f(2.0 * h) + f(-2.0 * h)) / (12.0 * h)
}

/// Second derivative of `f` at zero, fourth order.
fn bend(f: impl Fn(f64) -> f64, h: f64) -> f64 {
    (16.0 * (f(h) + f(-h)) - f(2.0 * h) - f(-2.0 * h) - 30.0 * f(0.0)) / (12.0 * h * h)
}

fn moved(x: &[f64], v: &[f64], h: f64) -> Vec<f64> {
    x.iter().zip(v).map(|(x, v)| x + h * v).collect()
}

fn unit(n: usize, k: usize) -> Vec<f64> {
    (0..n).map(|j| f64::from(j == k)).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

/// The declared loss.
fn plain_loss(spec: &NetSpec, params: &[f64], loss: &Loss<'_>) -> f64 {
    let d = spec.inputs;
    let rows = |x: &[f32]| -> Vec<Vec<f64>> { x.chunks_exact(d).map(wide).collect() };
    match *loss {
        Loss::Regression { inputs, targets, weights } => {
            let rows = rows(inputs);
            let outputs = targets.len() / rows.len();
            let term = |(i, x): (usize, &Vec<f64>)| {
                let w = weights.map_or(1.0, |w| f64::from(w[i]));
                let y = &targets[i * outputs..(i + 1) * outputs];
                w * net(spec, params, x).iter().zip(y).map(|(f, y)| (f - f64::from(*y)).powi(2)).sum::<f64>()
            };
            rows.iter().enumerate().map(term).sum::<f64>() / targets.len() as f64
        }
        Loss::Linear { inputs, cotangents } => {
            let outputs: Vec<f64> = rows(inputs).iter().flat_map(|x| net(spec, params, x)).collect();
            outputs.iter().zip(cotangents).map(|(f, c)| f * f64::from(*c)).sum()
        }
        Loss::Action { boundary, coefficients, interior, weights, term } => {
            let ends = rows(boundary)
                .iter()
                .zip(coefficients)
                .map(|(x, c)| f64::from(*c) * net(spec, params, x)[0])
                .sum::<f64>();
            let interior = rows(interior);
            let inner = interior.iter().enumerate().map(|(i, x)| {
                let s = |v: &[f64], h: f64| net(spec, params, &moved(x, v, h))[0];
                let gradient: Vec<f64> = (0..d).map(|k| slope(|h| s(&unit(d, k), h), 1e-3)).collect();
                let extra = match term {
                    ActionTerm::Plain => 0.0,
                    ActionTerm::Unbalanced => 0.5 * s(&unit(d, 0), 0.0).powi(2),
                    ActionTerm::Entropic { variance, probes } => {
                        let mut probe = wide(&probes[i * (d - 1)..(i + 1) * (d - 1)]);
                        probe.push(0.0);
                        0.5 * f64::from(variance) * bend(|h| s(&probe, h), 1e-2)
                    }
                };
                let square: f64 = gradient[..d - 1].iter().map(|g| g * g).sum();
                f64::from(weights[i]) * (0.5 * square + gradient[d - 1] + extra)
            });
            ends + inner.sum::<f64>()
        }
    }
}

fn normals(seed: u64, purpose: &str, n: usize) -> Vec<f32> {
    let mut v = vec![0.0; n];
    Stream::new(seed, purpose, n as u64).fill_normal_f32(&mut v);
    v
}

fn uniforms(seed: u64, purpose: &str, n: usize) -> Vec<f32> {
    let mut stream = Stream::new(seed, purpose, n as u64);
    (0..n).map(|_| stream.uniform() as f32).collect()
}

/// Networks of every shape the executor knows, `x` of three columns: narrow, and wider than a panel.
fn specs(function: Activation, outputs: usize) -> Vec<NetSpec> {
    let plain = NetSpec::mlp(3, &[5, 6], outputs, function);
    let wide = NetSpec::mlp(3, &[37, 70], outputs, function);
    let mut timed = NetSpec::mlp(7, &[6, 5], outputs, function);
    timed.inputs = 3;
    timed.layers.insert(0, Layer::TimeFeatures { inputs: 3, frequencies: 2 });
    let mut ended = plain.clone();
    ended.layers.push(Layer::Act { function });
    vec![plain, wide, timed, ended]
}

/// The same with a potential of the distance kind.
fn distances(function: Activation) -> Vec<NetSpec> {
    let mut all = specs(function, 2);
    all.iter_mut().for_each(|spec| spec.output = Output::HalfSquaredDistance);
    all
}

/// Input rows whose last column, time, lies in the unit interval.
fn inputs(seed: u64, n: usize) -> Vec<f32> {
    let mut x = normals(seed, "x", 3 * n);
    let t = uniforms(seed, "t", n);
    x.chunks_exact_mut(3).zip(t).for_each(|(x, t)| x[2] = t);
    x
}

fn close(got: f32, expected: f64, scale: f64, what: &str) {
    let error = (f64::from(got) - expected).abs();
    assert!(error <= TOLERANCE * scale.max(1.0), "{what}: {got} where {expected} is expected, scale {scale}");
}

fn largest(v: &[f32]) -> f64 {
    v.iter().fold(0.0, |m, x| m.max(f64::from(x.abs())))
}

#[test]
fn values_input_gradients_and_tangents_are_those_of_the_plain_network() {
    let exec = FusedExec::new();
    for seed in 0..3 {
        for function in FUNCTIONS {
            for spec in specs(function, 2).into_iter().chain(distances(function)) {
                let (n, outputs) = (9, spec.outputs().unwrap());
                let params = spec.init(seed, "test").unwrap();
                let (p64, x) = (wide(&params), inputs(seed, n));
                let (c, v) = (normals(seed, "c", n * outputs), normals(seed, "v", 3 * n));
                let mut out = [vec![0.0; n * outputs], vec![0.0; n * outputs], vec![0.0; n * outputs]];
                let (mut dx, mut dout) = (vec![0.0; 3 * n], vec![0.0; n * outputs]);
                let [one, two, three] = &mut out;
                exec.forward(&spec, &params, &x, one).unwrap();
                exec.vjp(&spec, &params, &x, &c, two, &mut dx).unwrap();
                exec.jvp(&spec, &params, &x, &v, three, &mut dout).unwrap();
                assert!(one == two && two == three, "three ways to the values differ");
                for i in 0..n {
                    let (x, v) = (wide(&x[3 * i..3 * i + 3]), wide(&v[3 * i..3 * i + 3]));
                    let c = wide(&c[i * outputs..(i + 1) * outputs]);
                    let exact = net(&spec, &p64, &x);
                    for j in 0..outputs {
                        let what = format!("{spec:?} row {i}");
                        close(one[i * outputs + j], exact[j], exact[j].abs(), &what);
                        let along = slope(|h| net(&spec, &p64, &moved(&x, &v, h))[j], 1e-5);
                        close(dout[i * outputs + j], along, largest(&dout), &what);
                    }
                    for k in 0..3 {
                        let pulled = |h: f64| {
                            net(&spec, &p64, &moved(&x, &unit(3, k), h)).iter().zip(&c).map(|(f, c)| f * c).sum()
                        };
                        close(dx[3 * i + k], slope(pulled, 1e-5), largest(&dx), &format!("{spec:?} row {i}"));
                    }
                }
            }
        }
    }
}

/// The gradient of every parameter, or along three random directions where there are many.
fn check_gradient(spec: &NetSpec, seed: u64, loss: &Loss<'_>, h: f64) {
    let params = spec.init(seed, "test").unwrap();
    let p64 = wide(&params);
    let mut grad = vec![f32::NAN; params.len()];
    let value = FusedExec::new().loss_grad(spec, &params, loss, &mut grad).unwrap();
    let exact = plain_loss(spec, &p64, loss);
    let what = format!("{spec:?} {}", format!("{loss:?}").chars().take(60).collect::<String>());
    close(value as f32, exact, exact.abs(), &what);
    let n = params.len();
    let directions: Vec<Vec<f64>> = if n < 200 {
        (0..n).map(|k| unit(n, k)).collect()
    } else {
        (0..3).map(|k| wide(&normals(seed, "direction", n + k)[..n])).collect()
    };
    for direction in directions {
        let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
        let direction: Vec<f64> = direction.iter().map(|d| d / length).collect();
        let along = slope(|h| plain_loss(spec, &moved(&p64, &direction, h), loss), h);
        let got: f64 = grad.iter().zip(&direction).map(|(g, d)| f64::from(*g) * d).sum();
        close(got as f32, along, largest(&grad), &what);
    }
}

#[test]
fn first_order_losses_have_the_gradient_of_finite_differences() {
    for seed in 0..3 {
        for function in FUNCTIONS {
            for spec in specs(function, 2).into_iter().chain(distances(function)) {
                let (n, outputs) = (11, spec.outputs().unwrap());
                let (x, y, w) = (inputs(seed, n), normals(seed, "y", n * outputs), uniforms(seed, "w", n));
                for weights in [None, Some(&w[..])] {
                    check_gradient(&spec, seed, &Loss::Regression { inputs: &x, targets: &y, weights }, 1e-5);
                }
                check_gradient(&spec, seed, &Loss::Linear { inputs: &x, cotangents: &y }, 1e-5);
            }
        }
    }
}

#[test]
fn action_matching_has_the_gradient_of_finite_differences() {
    // The loss of activations with a kink has no such derivatives at the kink, and finite differences see it.
    for seed in 0..3 {
        for function in [Activation::Silu, Activation::Tanh, Activation::Gelu, Activation::Softplus] {
            for spec in specs(function, 1).into_iter().chain(distances(function)) {
                let (m, n) = (6, 5);
                let (boundary, interior) = (inputs(seed, m), inputs(seed + 10, n));
                let (coefficients, mut weights) = (normals(seed, "c", m), uniforms(seed, "w", n));
                weights.iter_mut().for_each(|w| *w /= n as f32);
                let probes: Vec<f32> = normals(seed, "p", 2 * n).iter().map(|p| p.signum()).collect();
                for term in
                    [ActionTerm::Plain, ActionTerm::Unbalanced, ActionTerm::Entropic { variance: 0.7, probes: &probes }]
                {
                    let loss = Loss::Action {
                        boundary: &boundary,
                        coefficients: &coefficients,
                        interior: &interior,
                        weights: &weights,
                        term,
                    };
                    check_gradient(&spec, seed, &loss, 1e-3);
                }
            }
        }
    }
}

/// Losses of each kind over enough rows for several tiles, the last of them short.
fn with_losses(seed: u64, outputs: usize, check: impl Fn(&Loss<'_>)) {
    let n = 700;
    let x = inputs(seed, n);
    let (y, w, c) = (normals(seed, "y", n * outputs), uniforms(seed, "w", n), normals(seed, "c", n));
    check(&Loss::Regression { inputs: &x, targets: &y, weights: Some(&w) });
    if outputs > 1 {
        return;
    }
    let probes: Vec<f32> = normals(seed, "p", 2 * n).iter().map(|p| p.signum()).collect();
    for term in [ActionTerm::Plain, ActionTerm::Unbalanced, ActionTerm::Entropic { variance: 0.7, probes: &probes }] {
        check(&Loss::Action { boundary: &x, coefficients: &c, interior: &x, weights: &w, term });
    }
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let run = |threads: usize, spec: &NetSpec, loss: &Loss<'_>| {
        let params = spec.init(0, "test").unwrap();
        let mut grad = vec![0.0; params.len()];
        let context = Context::new(0, threads).unwrap();
        let value = context.install(|| FusedExec::new().loss_grad(spec, &params, loss, &mut grad)).unwrap();
        (value.to_bits(), grad.iter().map(|g| g.to_bits()).collect::<Vec<_>>())
    };
    for seed in 0..3 {
        for outputs in [1, 2] {
            let spec = NetSpec::mlp(3, &[70, 40], outputs, Activation::Silu);
            with_losses(seed, outputs, |loss| assert!(run(1, &spec, loss) == run(2, &spec, loss)));
        }
    }
}

#[test]
fn the_tape_agrees() {
    for seed in 0..3 {
        for outputs in [1, 2] {
            for function in FUNCTIONS {
                let spec = NetSpec::mlp(3, &[70, 40], outputs, function);
                let params = spec.init(seed, "test").unwrap();
                with_losses(seed, outputs, |loss| {
                    let (mut one, mut two) = (vec![0.0; params.len()], vec![0.0; params.len()]);
                    let a = FusedExec::new().loss_grad(&spec, &params, loss, &mut one).unwrap();
                    let b = TapeExec::default().loss_grad(&spec, &params, loss, &mut two).unwrap();
                    close(a as f32, b, b.abs(), "value");
                    let scale = largest(&two);
                    one.iter().zip(&two).for_each(|(a, b)| close(*a, f64::from(*b), scale, &format!("{function:?}")));
                });
            }
        }
    }
}

#[test]
fn work_space_of_one_call_does_not_leak_into_the_next() {
    let exec = FusedExec::new();
    let run = |exec: &FusedExec, spec: &NetSpec, loss: &Loss<'_>| {
        let params = spec.init(1, "test").unwrap();
        let mut grad = vec![0.0; params.len()];
        let value = exec.loss_grad(spec, &params, loss, &mut grad).unwrap();
        (value.to_bits(), grad)
    };
    for widths in [[70, 40], [33, 90], [5, 6]] {
        let spec = NetSpec::mlp(3, &widths, 1, Activation::Gelu);
        with_losses(2, 1, |loss| assert!(run(&exec, &spec, loss) == run(&FusedExec::new(), &spec, loss)));
    }
}

#[test]
fn buffers_that_do_not_fit_are_refused() {
    let (spec, exec) = (NetSpec::mlp(3, &[4], 2, Activation::Silu), FusedExec::new());
    let params = spec.init(0, "test").unwrap();
    let mut out = vec![0.0; 2];
    assert!(exec.forward(&spec, &params[1..], &[0.0; 3], &mut out).is_err());
    assert!(exec.forward(&spec, &params, &[0.0; 4], &mut out).is_err());
    assert!(exec.forward(&spec, &params, &[0.0; 6], &mut out).is_err());
    let action =
        Loss::Action { boundary: &[], coefficients: &[], interior: &[], weights: &[], term: ActionTerm::Plain };
    let error = exec.loss_grad(&spec, &params, &action, &mut vec![0.0; params.len()]).unwrap_err();
    assert!(error.message().contains("2 outputs"));
}
