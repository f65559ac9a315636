//! Symplectic splitting methods as data.

/// A symmetric composition of drifts (positions move) and kicks (momenta move), which begins and ends with a drift.
#[derive(Debug)]
pub struct Splitting {
    /// Name, kebab-case.
    pub name: &'static str,
    /// Order.
    pub order: usize,
    /// Lengths of the drifts as fractions of the step, one more than kicks.
    pub drifts: &'static [f64],
    /// Lengths of the kicks.
    pub kicks: &'static [f64],
}

/// The drifts between the kicks `w` of a composition of Störmer-Verlet steps of the lengths `w`.
const fn between<const N: usize, const M: usize>(w: [f64; N]) -> [f64; M] {
    let mut drifts = [0.0; M];
    let mut i = 0;
    while i < N {
        drifts[i] += 0.5 * w[i];
        drifts[i + 1] += 0.5 * w[i];
        i += 1;
    }
    drifts
}

/// The whole of a symmetric list from its first half and its middle.
const fn mirrored<const N: usize, const M: usize>(half: [f64; N]) -> [f64; M] {
    let mut all = [0.0; M];
    let mut i = 0;
    while i < N {
        all[i] = half[i];
        all[M - 1 - i] = half[i];
        i += 1;
    }
    all
}

/// Störmer-Verlet (leapfrog), order 2, one force a step.
pub static VERLET: Splitting = Splitting { name: "verlet", order: 2, drifts: &[0.5, 0.5], kicks: &[1.0] };

const YOSHIDA4_W: [f64; 3] = mirrored([1.3512071919596578, -1.7024143839193153]);

/// The triple jump of order 4, three forces a step (Yoshida, "Construction of higher order symplectic integrators",
/// Phys. Lett. A 150, 1990).
pub static YOSHIDA4: Splitting =
    Splitting { name: "yoshida4", order: 4, drifts: &between::<3, 4>(YOSHIDA4_W), kicks: &YOSHIDA4_W };

/// The method S6 of order 4 of Blanes and Moan, six forces a step and an error about a hundredth of the triple jump's at
/// equal cost ("Practical symplectic partitioned Runge-Kutta and Runge-Kutta-Nyström methods", J. Comput. Appl. Math.
/// 142, 2002, table 2).
pub static BLANES_MOAN4: Splitting = Splitting {
    name: "blanes-moan4",
    order: 4,
    drifts: &mirrored::<4, 7>([
        0.0792036964311957,
        0.353172906049774,
        -0.0420650803577195,
        1.0 - 2.0 * (0.0792036964311957 + 0.353172906049774 - 0.0420650803577195),
    ]),
    kicks: &mirrored::<3, 6>([0.209515106613362, -0.143851773179818, 0.5 - (0.209515106613362 - 0.143851773179818)]),
};

/// The method S10 of order 6 of Blanes and Moan (as [`BLANES_MOAN4`]), ten forces a step.
pub static BLANES_MOAN6: Splitting = Splitting {
    name: "blanes-moan6",
    order: 6,
    drifts: &mirrored::<6, 11>([
        0.0502627644003922,
        0.413514300428344,
        0.0450798897943977,
        -0.188054853819569,
        0.54196067845078,
        1.0 - 2.0
            * (0.0502627644003922 + 0.413514300428344 + 0.0450798897943977 - 0.188054853819569 + 0.54196067845078),
    ]),
    kicks: &mirrored::<5, 10>([
        0.148816447901042,
        -0.132385865767784,
        0.067307604692185,
        0.432666402578175,
        0.5 - (0.148816447901042 - 0.132385865767784 + 0.067307604692185 + 0.432666402578175),
    ]),
};

const KAHAN_LI6_W: [f64; 9] =
    mirrored([0.3921614440073141, 0.33259913678935943, -0.7062461725576393, 0.0822135962935508, 0.79854399093483]);

/// The composition of order 6 of Kahan and Li with nine forces a step ("Composition constants for raising the orders of
/// unconventional schemes for ordinary differential equations", Math. Comput. 66, 1997, s9odr6a).
pub static KAHAN_LI6: Splitting =
    Splitting { name: "kahan-li6", order: 6, drifts: &between::<9, 10>(KAHAN_LI6_W), kicks: &KAHAN_LI6_W };

const KAHAN_LI8_W: [f64; 17] = mirrored([
    0.13020248308889007,
    0.5611629817751084,
    -0.38947496264484727,
    0.1588419065551556,
    -0.39590389413323757,
    0.1845396409783157,
    0.25837438768632204,
    0.2950117236093103,
    -0.6055085338300346,
]);

/// The composition of order 8 of Kahan and Li (as [`KAHAN_LI6`], s17odr8a), seventeen forces a step.
pub static KAHAN_LI8: Splitting =
    Splitting { name: "kahan-li8", order: 8, drifts: &between::<17, 18>(KAHAN_LI8_W), kicks: &KAHAN_LI8_W };
