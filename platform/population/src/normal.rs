//! The standard normal distribution, both ways.

/// The share of the standard normal at or below `z`.
///
/// Error below 7.5e-8 (Abramowitz and Stegun 26.2.17), far below the step of
/// any quantile table that it is looked up in.
#[must_use]
pub fn cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let upper = density(z) * poly;
    if z < 0.0 { upper } else { 1.0 - upper }
}

/// The density of the standard normal at `z`.
#[must_use]
pub fn density(z: f64) -> f64 {
    // 1 / sqrt(2 pi)
    0.398_942_280_401_432_7 * (-0.5 * z * z).exp()
}

/// The point below which the share `p` of the standard normal lies.
///
/// Acklam's rational approximation, relative error below 1.2e-9. `p` outside
/// (0, 1) is moved just inside, so that the answer is always finite.
#[must_use]
pub fn quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    let p = p.clamp(1e-300, 1.0 - f64::EPSILON);
    if p < 0.024_25 {
        return tail((-2.0 * p.ln()).sqrt());
    }
    if p > 0.975_75 {
        return -tail((-2.0 * (1.0 - p).ln()).sqrt());
    }
    let q = p - 0.5;
    let r = q * q;
    let above = ((((A[0] * r + A[1]) * r + A[2]) * r + A[3]) * r + A[4]) * r + A[5];
    let below = ((((B[0] * r + B[1]) * r + B[2]) * r + B[3]) * r + B[4]) * r + 1.0;
    above * q / below
}

/// The lower tail of [`quantile`], as a function of sqrt(-2 ln p).
fn tail(q: f64) -> f64 {
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let above = ((((C[0] * q + C[1]) * q + C[2]) * q + C[3]) * q + C[4]) * q + C[5];
    let below = (((D[0] * q + D[1]) * q + D[2]) * q + D[3]) * q + 1.0;
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_points_come_out() {
        for (z, p) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746),
            (-1.959_963_985, 0.025),
            (3.090_232_306, 0.999),
        ] {
            assert!((cdf(z) - p).abs() < 1e-7, "cdf({z}) = {}", cdf(z));
            assert!((quantile(p) - z).abs() < 1e-6, "quantile({p}) = {}", quantile(p));
        }
    }

    #[test]
    fn the_two_are_inverse_and_never_infinite() {
        for step in 1..1_000 {
            let p = f64::from(step) / 1_000.0;
            assert!((cdf(quantile(p)) - p).abs() < 2e-7);
        }
        assert!(quantile(0.0).is_finite() && quantile(1.0).is_finite());
    }
}
