//! Explicit Runge-Kutta methods as data.

/// A Butcher tableau, with its embedded error weights and its interpolant where it has them.
#[derive(Debug)]
pub struct Tableau {
    /// Name, kebab-case.
    pub name: &'static str,
    /// Order of the solution that is carried on.
    pub order: usize,
    /// Strictly lower triangle: row `i` holds the `i` coefficients of stage `i`.
    pub a: &'static [&'static [f64]],
    /// Weights of the solution.
    pub b: &'static [f64],
    /// Nodes.
    pub c: &'static [f64],
    /// Weights of the error estimate, `b - b_embedded`, for adaptive methods.
    pub error: Option<&'static [f64]>,
    /// Whether the last stage is the drift at the new state (first same as last).
    pub fsal: bool,
    /// Interpolant: stage `i` has the weight `sum_j dense[i][j] theta^(j+1)` at fraction `theta` of the step.
    /// Methods without one are interpolated by the cubic of Hermite.
    pub dense: Option<&'static [[f64; 4]]>,
}

/// Euler's method.
pub static EULER: Tableau =
    Tableau { name: "euler", order: 1, a: &[&[]], b: &[1.0], c: &[0.0], error: None, fsal: false, dense: None };

/// The explicit midpoint rule.
pub static MIDPOINT: Tableau = Tableau {
    name: "midpoint",
    order: 2,
    a: &[&[], &[0.5]],
    b: &[0.0, 1.0],
    c: &[0.0, 0.5],
    error: None,
    fsal: false,
    dense: None,
};

/// Heun's method: the explicit trapezoidal rule.
pub static HEUN: Tableau = Tableau {
    name: "heun",
    order: 2,
    a: &[&[], &[1.0]],
    b: &[0.5, 0.5],
    c: &[0.0, 1.0],
    error: None,
    fsal: false,
    dense: None,
};

/// The classical method of order 4.
pub static RK4: Tableau = Tableau {
    name: "rk4",
    order: 4,
    a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
    c: &[0.0, 0.5, 0.5, 1.0],
    error: None,
    fsal: false,
    dense: None,
};

/// The pair of orders 5 and 4 of Dormand and Prince, "A family of embedded Runge-Kutta formulae" (J. Comput.
/// Appl. Math. 6, 1980), with the interpolant of order 4 of Shampine, "Some practical Runge-Kutta formulas"
/// (Math. Comput. 46, 1986).
pub static DORMAND_PRINCE: Tableau = Tableau {
    name: "dormand-prince",
    order: 5,
    a: &[
        &[],
        &[1.0 / 5.0],
        &[3.0 / 40.0, 9.0 / 40.0],
        &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
        &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
        &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
        &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
    ],
    b: &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0, 0.0],
    c: &[0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0],
    error: Some(&[71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0]),
    fsal: true,
    dense: Some(&[
        [1.0, -8048581381.0 / 2820520608.0, 8663915743.0 / 2820520608.0, -12715105075.0 / 11282082432.0],
        [0.0; 4],
        [0.0, 131558114200.0 / 32700410799.0, -68118460800.0 / 10900136933.0, 87487479700.0 / 32700410799.0],
        [0.0, -1754552775.0 / 470086768.0, 14199869525.0 / 1410260304.0, -10690763975.0 / 1880347072.0],
        [0.0, 127303824393.0 / 49829197408.0, -318862633887.0 / 49829197408.0, 701980252875.0 / 199316789632.0],
        [0.0, -282668133.0 / 205662961.0, 2019193451.0 / 616988883.0, -1453857185.0 / 822651844.0],
        [0.0, 40617522.0 / 29380423.0, -110615467.0 / 29380423.0, 69997945.0 / 29380423.0],
    ]),
};
