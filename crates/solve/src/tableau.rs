//! Explicit Runge-Kutta methods as data.

mod dop853;

pub use dop853::DOP853;

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
    /// How the error of a step is estimated.
    pub error: Estimate,
    /// Whether the last stage is the drift at the new state (first same as last).
    pub fsal: bool,
    /// How the solution is found within a step.
    pub dense: Dense,
}

/// How the error of a step is estimated.
#[derive(Debug)]
pub enum Estimate {
    /// Not at all: the method has a fixed step.
    None,
    /// By the weights `b - b_embedded`.
    One(&'static [f64]),
    /// By two sets of weights, those of the higher order first: `e5^2 / sqrt(e5^2 + e3^2 / 100)`.
    Two(&'static [f64], &'static [f64]),
}

/// How the solution is found within a step.
#[derive(Debug)]
pub enum Dense {
    /// By the cubic of Hermite through both ends.
    Hermite,
    /// Stage `i` has the weight `sum_j p[i][j] theta^(j+1)` at fraction `theta` of the step.
    Powers(&'static [[f64; 4]]),
    /// As that of DOP853: stages beyond the step with coefficients `a` and nodes `c`, and a polynomial in
    /// `theta (1 - theta) theta ...` whose first three coefficients are the ends and their drifts, and the others the
    /// weights `d`.
    Nested {
        /// Row `i` holds the coefficients of the stage `i` after the last of the step.
        a: &'static [&'static [f64]],
        /// Their nodes.
        c: &'static [f64],
        /// Four rows of weights over all stages.
        d: &'static [&'static [f64]],
    },
}

/// Euler's method.
pub static EULER: Tableau = Tableau {
    name: "euler",
    order: 1,
    a: &[&[]],
    b: &[1.0],
    c: &[0.0],
    error: Estimate::None,
    fsal: false,
    dense: Dense::Hermite,
};

/// The explicit midpoint rule.
pub static MIDPOINT: Tableau = Tableau {
    name: "midpoint",
    order: 2,
    a: &[&[], &[0.5]],
    b: &[0.0, 1.0],
    c: &[0.0, 0.5],
    error: Estimate::None,
    fsal: false,
    dense: Dense::Hermite,
};

/// Heun's method: the explicit trapezoidal rule.
pub static HEUN: Tableau = Tableau {
    name: "heun",
    order: 2,
    a: &[&[], &[1.0]],
    b: &[0.5, 0.5],
    c: &[0.0, 1.0],
    error: Estimate::None,
    fsal: false,
    dense: Dense::Hermite,
};

/// The classical method of order 4.
pub static RK4: Tableau = Tableau {
    name: "rk4",
    order: 4,
    a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0]],
    b: &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0],
    c: &[0.0, 0.5, 0.5, 1.0],
    error: Estimate::None,
    fsal: false,
    dense: Dense::Hermite,
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
    error: Estimate::One(&[
        71.0 / 57600.0,
        0.0,
        -71.0 / 16695.0,
        71.0 / 1920.0,
        -17253.0 / 339200.0,
        22.0 / 525.0,
        -1.0 / 40.0,
    ]),
    fsal: true,
    dense: Dense::Powers(&[
        [1.0, -8048581381.0 / 2820520608.0, 8663915743.0 / 2820520608.0, -12715105075.0 / 11282082432.0],
        [0.0; 4],
        [0.0, 131558114200.0 / 32700410799.0, -68118460800.0 / 10900136933.0, 87487479700.0 / 32700410799.0],
        [0.0, -1754552775.0 / 470086768.0, 14199869525.0 / 1410260304.0, -10690763975.0 / 1880347072.0],
        [0.0, 127303824393.0 / 49829197408.0, -318862633887.0 / 49829197408.0, 701980252875.0 / 199316789632.0],
        [0.0, -282668133.0 / 205662961.0, 2019193451.0 / 616988883.0, -1453857185.0 / 822651844.0],
        [0.0, 40617522.0 / 29380423.0, -110615467.0 / 29380423.0, 69997945.0 / 29380423.0],
    ]),
};

/// The pair of orders 5 and 4 of Tsitouras, "Runge-Kutta pairs of order 5(4) satisfying only the first column
/// simplifying assumption" (Comput. Math. Appl. 62, 2011), with his interpolant of order 4.
pub static TSIT5: Tableau = Tableau {
    name: "tsit5",
    order: 5,
    a: &[
        &[],
        &[0.161],
        &[-0.008480655492356989, 0.335480655492357],
        &[2.8971530571054935, -6.359448489975075, 4.3622954328695815],
        &[5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
        &[5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
        &[0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
    ],
    b: &[0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0.0],
    c: &[0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0],
    error: Estimate::One(&[
        0.0017800110522257714,
        0.0008164344596567469,
        -0.007880878010261995,
        0.1447110071732629,
        -0.5823571654525552,
        0.45808210592918697,
        -0.015151515151515152,
    ]),
    fsal: true,
    dense: Dense::Powers(&[
        [0.9999999999999999, -2.763706197274826, 2.9132554618219126, -1.0530884977290216],
        [0.0, 0.13169999999999998, -0.2234, 0.1017],
        [0.0, 3.930296236894751, -5.941033872131505, 2.490627285651253],
        [-0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902],
        [0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928],
        [-0.0, -27.896526289197286, 65.09189467479368, -34.87065786149661],
        [0.0, 1.5, -4.0, 2.5],
    ]),
};
