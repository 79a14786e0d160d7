//! Functions of each value alone.

use super::names::Elements;
use crate::mutant::planted;
use crate::plan::function::Map;

/// Milliseconds in seconds; times are within ±9e15, which a float holds exactly.
pub(super) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

pub(super) fn map(map: Map, mut vector: Elements, parameters: &[f64]) -> Elements {
    let first = parameters.first().copied();
    let second = parameters.get(1).copied();
    if map == Map::Clamp
        && let (Some(low), Some(high)) = (first, second)
        && high < low
        && !planted("clamp takes bounds in any order")
    {
        return Vec::new();
    }
    for (_, value) in &mut vector {
        *value = of(map, *value, first, second);
    }
    vector
}

fn of(map: Map, value: f64, first: Option<f64>, second: Option<f64>) -> f64 {
    match map {
        Map::Abs if planted("abs does nothing") => value,
        Map::Abs => value.abs(),
        Map::Ceil if planted("ceil is floor") => value.floor(),
        Map::Ceil => value.ceil(),
        Map::Floor if planted("floor cuts off") => value.trunc(),
        Map::Floor => value.floor(),
        Map::Round => {
            let inverse = 1.0 / first.unwrap_or(1.0);
            if planted("round is away from zero") {
                (value * inverse).round() / inverse
            } else {
                (value * inverse + 0.5).floor() / inverse
            }
        }
        Map::Clamp => larger(
            first.unwrap_or(f64::NEG_INFINITY),
            smaller(second.unwrap_or(f64::INFINITY), value),
        ),
        Map::ClampMin if planted("clamp_min is clamp_max") => smaller(first.unwrap_or(f64::INFINITY), value),
        Map::ClampMin => larger(first.unwrap_or(f64::NEG_INFINITY), value),
        Map::ClampMax if planted("clamp_max forgets NaN") => value.min(first.unwrap_or(f64::INFINITY)),
        Map::ClampMax => smaller(first.unwrap_or(f64::INFINITY), value),
        Map::Exp if planted("exp is of two") => value.exp2(),
        Map::Exp => value.exp(),
        Map::Ln if planted("ln is log2") => value.log2(),
        Map::Ln => value.ln(),
        Map::Log2 if planted("log2 is ln") => value.ln(),
        Map::Log2 => log2(value),
        Map::Log10 if planted("log10 is log2") => log2(value),
        Map::Log10 => log2(value) * (std::f64::consts::LN_2 / std::f64::consts::LN_10),
        Map::Sqrt if planted("sqrt is cbrt") => value.cbrt(),
        Map::Sqrt => value.sqrt(),
        Map::Sgn if planted("sgn of zero is one") => value.signum(),
        Map::Sgn if value < 0.0 => -1.0,
        Map::Sgn if value > 0.0 => 1.0,
        Map::Sgn => value,
    }
}

/// As Go has it: infinity is the largest even beside NaN, which otherwise stays; zero is larger than minus zero.
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

/// The mirror of [`larger`].
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    -larger(-a, -b)
}

/// As Go has it: exact for powers of two, otherwise by way of the natural logarithm of the fraction.
fn log2(value: f64) -> f64 {
    if value.is_nan() || value.is_infinite() || value <= 0.0 {
        return value.log2();
    }
    let (fraction, exponent) = parts(value);
    // Of a power of two the fraction is a half, exactly.
    if fraction.to_bits() == 0.5_f64.to_bits() {
        return f64::from(exponent - 1);
    }
    fraction.ln() * (1.0 / std::f64::consts::LN_2) + f64::from(exponent)
}

/// The fraction, of at least a half and less than one, and the exponent of two, of a positive number.
fn parts(value: f64) -> (f64, i32) {
    const MANTISSA: u32 = 52;
    if value < f64::MIN_POSITIVE {
        let (fraction, exponent) = parts(value * f64::from(MANTISSA).exp2());
        return (fraction, exponent - 52);
    }
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> MANTISSA & 0x7ff).unwrap_or_default() - 1022;
    let fraction = f64::from_bits(bits & !(0x7ff << MANTISSA) | 1022 << MANTISSA);
    (fraction, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithm_of_two_is_exact_for_its_powers() {
        for (value, exponent) in [(8.0, 3.0), (0.25, -2.0), (5e-324, -1074.0), (1.0, 0.0)] {
            assert_eq!(log2(value), exponent);
        }
        assert!((log2(10.0) - std::f64::consts::LOG2_10).abs() < 1e-15);
        assert!(log2(-1.0).is_nan());
        assert_eq!(log2(0.0), f64::NEG_INFINITY);
    }
}
