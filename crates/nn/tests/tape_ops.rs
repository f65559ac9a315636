//! Every operation of the tape against central differences in double precision: gradient, gradient of the
//! gradient, and the forward derivative.

use thalweg_core::Stream;
use thalweg_nn::Activation::{Gelu, Relu, Selu, Silu, Softplus, Tanh};
use thalweg_nn::tape::{Side, Tape, Var};

type Build = Box<dyn Fn(&Tape<f64>, &[Var]) -> Var>;

/// An operation on inputs of these shapes, and whether they must be positive.
struct Case {
    name: String,
    shapes: Vec<(usize, usize)>,
    positive: bool,
    build: Build,
}

fn case(name: &str, shapes: &[(usize, usize)], build: impl Fn(&Tape<f64>, &[Var]) -> Var + 'static) -> Case {
    Case { name: name.into(), shapes: shapes.to_vec(), positive: false, build: Box::new(build) }
}

fn positive(case: Case) -> Case {
    Case { positive: true, ..case }
}

fn cases() -> Vec<Case> {
    let mut all = vec![
        case("add", &[(3, 4), (3, 4)], |t, v| t.add(v[0], v[1])),
        case("sub", &[(3, 4), (3, 4)], |t, v| t.sub(v[0], v[1])),
        case("mul", &[(3, 4), (3, 4)], |t, v| t.mul(v[0], v[1])),
        case("mul by itself", &[(3, 4)], |t, v| t.mul(v[0], v[0])),
        case("add to itself", &[(3, 4)], |t, v| t.add(v[0], v[0])),
        case("scale", &[(3, 4)], |t, v| t.scale(v[0], -1.7)),
        case("neg", &[(3, 4)], |t, v| t.neg(v[0])),
        case("shift", &[(3, 4)], |t, v| t.shift(v[0], 0.3)),
        case("exp", &[(3, 4)], |t, v| t.exp(v[0])),
        positive(case("ln", &[(3, 4)], |t, v| t.ln(v[0]))),
        positive(case("sqrt", &[(3, 4)], |t, v| t.sqrt(v[0]))),
        positive(case("recip", &[(3, 4)], |t, v| t.recip(v[0]))),
        case("square", &[(3, 4)], |t, v| t.square(v[0])),
        case("sin", &[(3, 4)], |t, v| t.sin(v[0])),
        case("cos", &[(3, 4)], |t, v| t.cos(v[0])),
        case("tanh", &[(3, 4)], |t, v| t.tanh(v[0])),
        case("matmul", &[(3, 4), (4, 2)], |t, v| t.matmul(v[0], v[1])),
        case("matmul tn", &[(4, 3), (4, 2)], |t, v| t.product(v[0], Side::Transposed, v[1], Side::Plain)),
        case("matmul nt", &[(3, 4), (2, 4)], |t, v| t.product(v[0], Side::Plain, v[1], Side::Transposed)),
        case("matmul tt", &[(4, 3), (2, 4)], |t, v| t.product(v[0], Side::Transposed, v[1], Side::Transposed)),
        case("linear", &[(3, 4), (4, 2), (1, 2)], |t, v| t.linear(v[0], v[1], v[2])),
        case("add row", &[(3, 4), (1, 4)], |t, v| t.add_row(v[0], v[1])),
        case("sum rows", &[(3, 4)], |t, v| t.sum_rows(v[0])),
        case("sum cols", &[(3, 4)], |t, v| t.sum_cols(v[0])),
        case("sum", &[(3, 4)], |t, v| t.sum(v[0])),
        case("mean", &[(3, 4)], |t, v| t.mean(v[0])),
        case("repeat row", &[(1, 4)], |t, v| t.repeat_row(v[0], 3)),
        case("repeat col", &[(3, 1)], |t, v| t.repeat_col(v[0], 4)),
        case("fill", &[(1, 1)], |t, v| t.fill(v[0], 3, 4)),
        case("slice", &[(3, 4)], |t, v| t.slice(v[0], 1, 2)),
        case("pad", &[(3, 2)], |t, v| t.pad(v[0], 1, 4)),
        case("concat", &[(3, 2), (3, 1)], |t, v| t.concat(v[0], v[1])),
        case("transpose", &[(3, 4)], |t, v| t.transpose(v[0])),
        case("reshape", &[(3, 4)], |t, v| t.reshape(v[0], 2, 6)),
        case("softmax", &[(3, 4)], |t, v| t.softmax(v[0])),
    ];
    for f in [Silu, Selu, Tanh, Gelu, Softplus, Relu] {
        for order in 0..=3 {
            let name = format!("{f:?} of order {order}");
            all.push(case(&name, &[(3, 4)], move |t, v| t.act_derivative(f, order, v[0], None)));
            all.push(case(&format!("{name} times"), &[(3, 4), (3, 4)], move |t, v| {
                t.act_derivative(f, order, v[0], Some(v[1]))
            }));
        }
    }
    all
}

/// Normal entries; no closer to zero than 0.1, where SELU and ReLU have their kink.
fn inputs(case: &Case, seed: u64) -> Vec<Vec<f64>> {
    let draw = |(k, &(r, c)): (usize, &(usize, usize))| {
        let mut stream = Stream::new(seed, "tape", k as u64);
        let mut v = vec![0.0; r * c];
        stream.fill_normal(&mut v);
        v.iter_mut().for_each(|x| *x = if case.positive { x.abs() + 0.5 } else { x.signum() * (x.abs() + 0.1) });
        v
    };
    case.shapes.iter().enumerate().map(draw).collect()
}

fn leaves(tape: &Tape<f64>, case: &Case, values: &[Vec<f64>]) -> Vec<Var> {
    case.shapes.iter().zip(values).map(|(&(r, c), v)| tape.leaf(r, c, v)).collect()
}

/// A scalar that depends nonlinearly on every entry of `y`, so that second derivatives of linear operations are
/// not zero: `Σ sin(a_i + y_i)` with fixed `a`.
fn mix(tape: &Tape<f64>, y: Var) -> Var {
    let a: Vec<f64> = (0..y.rows() * y.cols()).map(|i| 0.7 * i as f64 + 0.2).collect();
    tape.sum(tape.sin(tape.add(y, tape.leaf(y.rows(), y.cols(), &a))))
}

fn value(case: &Case, values: &[Vec<f64>]) -> f64 {
    let tape = Tape::new();
    let vars = leaves(&tape, case, values);
    tape.scalar(mix(&tape, (case.build)(&tape, &vars)))
}

/// `Σ_k <∂f/∂x_k, d_k>` by the tape, and optionally its gradient.
fn slope(case: &Case, values: &[Vec<f64>], directions: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
    let tape = Tape::new();
    let vars = leaves(&tape, case, values);
    let along = leaves(&tape, case, directions);
    let y = mix(&tape, (case.build)(&tape, &vars));
    let grads = tape.grad(y, &vars);
    let mut total = tape.constant(1, 1, 0.0);
    for (g, d) in grads.into_iter().zip(along) {
        total = tape.add(total, tape.sum(tape.mul(g, d)));
    }
    let second = tape.grad(total, &vars).into_iter().map(|g| tape.value(g).to_vec()).collect();
    (tape.scalar(total), second)
}

fn forward_slope(case: &Case, values: &[Vec<f64>], directions: &[Vec<f64>]) -> (f64, f64) {
    let tape = Tape::new();
    let vars = leaves(&tape, case, values);
    let pairs: Vec<_> = vars.iter().copied().zip(leaves(&tape, case, directions)).collect();
    let y = mix(&tape, (case.build)(&tape, &vars));
    let first = tape.jvp(&[y], &pairs)[0];
    let second = tape.jvp(&[first], &pairs)[0];
    (tape.scalar(first), tape.scalar(second))
}

fn moved(values: &[Vec<f64>], directions: &[Vec<f64>], h: f64) -> Vec<Vec<f64>> {
    let step = |(v, d): (&Vec<f64>, &Vec<f64>)| v.iter().zip(d).map(|(v, d)| v + h * d).collect();
    values.iter().zip(directions).map(step).collect()
}

fn close(what: &str, got: f64, want: f64) {
    assert!((got - want).abs() <= 2e-7 * (1.0 + want.abs()), "{what}: {got} is not {want}");
}

#[test]
fn gradients_of_both_orders_agree_with_central_differences() {
    let h = 1e-5;
    for case in cases() {
        for seed in 0..3 {
            let x = inputs(&case, seed);
            let d = inputs(&case, seed + 10);
            let e = inputs(&case, seed + 20);
            let what = format!("{}, seed {seed}", case.name);
            let (first, second) = slope(&case, &x, &d);
            let difference = (value(&case, &moved(&x, &d, h)) - value(&case, &moved(&x, &d, -h))) / (2.0 * h);
            close(&format!("gradient of {what}"), first, difference);
            let along: f64 = second.iter().zip(&e).flat_map(|(g, e)| g.iter().zip(e)).map(|(g, e)| g * e).sum();
            let difference =
                (slope(&case, &moved(&x, &e, h), &d).0 - slope(&case, &moved(&x, &e, -h), &d).0) / (2.0 * h);
            close(&format!("second gradient of {what}"), along, difference);
        }
    }
}

#[test]
fn forward_derivatives_of_both_orders_agree_with_central_differences() {
    let h = 1e-5;
    for case in cases() {
        for seed in 0..3 {
            let x = inputs(&case, seed);
            let d = inputs(&case, seed + 10);
            let what = format!("{}, seed {seed}", case.name);
            let (first, second) = forward_slope(&case, &x, &d);
            let difference = (value(&case, &moved(&x, &d, h)) - value(&case, &moved(&x, &d, -h))) / (2.0 * h);
            close(&format!("forward derivative of {what}"), first, difference);
            let slope = |h: f64| forward_slope(&case, &moved(&x, &d, h), &d).0;
            close(&format!("second forward derivative of {what}"), second, (slope(h) - slope(-h)) / (2.0 * h));
        }
    }
}

#[test]
fn the_last_gradient_equals_the_one_that_can_be_differentiated() {
    for case in cases() {
        let x = inputs(&case, 0);
        let tape = Tape::new();
        let vars = leaves(&tape, &case, &x);
        let y = mix(&tape, (case.build)(&tape, &vars));
        let kept: Vec<_> = tape.grad(y, &vars).into_iter().map(|g| tape.value(g)).collect();
        let last = tape.last_grad(y, &vars);
        assert_eq!(kept, last, "{}", case.name);
    }
}

#[test]
fn constants_stop_gradients() {
    let tape = Tape::<f64>::new();
    let x = tape.leaf(1, 2, &[0.5, -1.5]);
    let y = tape.sum(tape.mul(x, tape.stop_gradient(x)));
    assert_eq!(*tape.value(tape.grad(y, &[x])[0]), vec![0.5, -1.5]);
    let unrelated = tape.leaf(2, 1, &[1.0, 2.0]);
    assert_eq!(*tape.value(tape.grad(y, &[unrelated])[0]), vec![0.0, 0.0]);
}

#[test]
fn derivatives_of_activations_nest_beyond_the_kernels() {
    // Fifth derivatives of tanh and log(1 + e^x) at 0 from their series: x - x³/3 + 2x⁵/15 and sigmoid's fourth
    // derivative; the fourth of softplus is the sigmoid's third, -1/8 at zero.
    let derivative = |f, order: usize, at: f64| {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(1, 1, &[at]);
        let mut y = tape.act(f, x);
        for _ in 0..order {
            y = tape.grad(y, &[x])[0];
        }
        tape.scalar(y)
    };
    close("fifth derivative of tanh", derivative(Tanh, 5, 0.0), 16.0);
    close("fourth derivative of softplus", derivative(Softplus, 4, 0.0), -0.125);
    close("fourth derivative of silu", derivative(Silu, 4, 0.0), -0.5);
    close("fourth derivative of gelu", derivative(Gelu, 4, 0.0), -4.0 * 0.398_942_280_401_432_7);
    close("fifth derivative of selu", derivative(Selu, 5, -1.0), 1.758_099_340_847_376_5 * (-1.0_f64).exp());
    for f in [Silu, Tanh, Gelu, Softplus, Selu] {
        for at in [-1.3, 0.4, 2.1] {
            let h = 1e-5;
            for order in 3..6 {
                let difference = (derivative(f, order, at + h) - derivative(f, order, at - h)) / (2.0 * h);
                close(&format!("derivative {} of {f:?} at {at}", order + 1), derivative(f, order + 1, at), difference);
            }
        }
    }
}

#[test]
fn single_precision_activations_agree_with_double() {
    let xs: Vec<f64> = (-400..=400).map(|i| f64::from(i) * 0.05 + 0.001).collect();
    for f in [Silu, Selu, Tanh, Gelu, Softplus, Relu] {
        for order in 0..=3 {
            let wide = Tape::<f64>::new();
            let exact = wide.value(wide.act_derivative(f, order, wide.leaf(1, xs.len(), &xs), None));
            let narrow: Vec<f32> = xs.iter().map(|&x| x as f32).collect();
            let tape = Tape::<f32>::new();
            let got = tape.value(tape.act_derivative(f, order, tape.leaf(1, xs.len(), &narrow), None));
            for ((&x, &want), &got) in xs.iter().zip(exact.iter()).zip(got.iter()) {
                let error = (f64::from(got) - want).abs();
                assert!(error <= 2e-6 * (1.0 + want.abs()), "{f:?} of order {order} at {x}: {got} is not {want}");
            }
        }
    }
}

#[test]
fn selu_has_a_finite_gradient_far_to_the_right() {
    let tape = Tape::<f32>::new();
    let x = tape.leaf(1, 4, &[100.0, 800.0, -100.0, -800.0]);
    let y = tape.sum(tape.act(Selu, x));
    let g = tape.value(tape.grad(y, &[x])[0]);
    assert_eq!(g[..2], [1.050_701, 1.050_701]);
    assert!(g[2..].iter().all(|g| g.abs() < 1e-30), "{g:?}");
}
