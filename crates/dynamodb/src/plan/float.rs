//! Numbers that a column of floats may show as a value.
//!
//! A stored number is shown as the nearest float, so it lies within half a step of it. The bounds here lie two steps off, written
//! with 20 digits, which errs by far less than a step.

use athena_protocol::predicate::Scalar;

use super::interval::{End, Interval};
use super::value::Value;

/// The numbers that may be shown as `low`, `high` or something between; `None` if these are no floats, or have no order.
pub(super) fn around(low: &Scalar, high: &Scalar) -> Option<Interval> {
    between(Some(low), Some(high))
}

/// As [`around`], with `None` for no limit.
pub(super) fn between(low: Option<&Scalar>, high: Option<&Scalar>) -> Option<Interval> {
    let end = |bound: Option<&Scalar>, up: bool| match bound {
        None => Some(None),
        Some(value) => Some(off(value, up)?.map(End::included)),
    };
    Some(Interval {
        low: end(low, false)?,
        high: end(high, true)?,
    })
}

/// A number two steps above or below a float; `Some(None)` if it is beyond all numbers, `None` if the float is none.
#[expect(
    clippy::option_option,
    reason = "no float, a float beyond all numbers, a number"
)]
fn off(value: &Scalar, up: bool) -> Option<Option<Value>> {
    let stepped = match *value {
        Scalar::Float64(float) if !float.is_nan() => {
            let step = |float: f64| {
                if up {
                    float.next_up()
                } else {
                    float.next_down()
                }
            };
            // No number but zero is so small that it is shown as zero.
            if float == 0.0 { 0.0 } else { step(step(float)) }
        }
        Scalar::Float32(float) if !float.is_nan() => {
            let step = |float: f32| {
                if up {
                    float.next_up()
                } else {
                    float.next_down()
                }
            };
            f64::from(step(step(float)))
        }
        _ => return None,
    };
    Some(number(stepped))
}

/// The float with 20 digits; `None` where `DynamoDB` has no such number.
fn number(float: f64) -> Option<Value> {
    if float == 0.0 {
        return Value::number(0, 0);
    }
    let text = format!("{float:.19e}");
    let (digits, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let digits: i128 = digits.replace('.', "").parse().ok()?;
    let least = exponent < -100;
    // Nearer to zero than bounds can be written: a round number farther off will do.
    if least {
        return None;
    }
    Value::number(digits, 19 - exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds(value: &Scalar) -> (f64, f64) {
        let interval = around(value, value).unwrap();
        let of = |end: Option<End>, other: f64| match end.map(|end| end.value) {
            Some(Value::N(text)) => text.parse().unwrap(),
            _ => other,
        };
        (
            of(interval.low, f64::NEG_INFINITY),
            of(interval.high, f64::INFINITY),
        )
    }

    proptest! {
        #[test]
        fn numbers_that_are_shown_as_a_float_lie_within_its_bounds(digits in any::<i64>(), places in -60_i32..60) {
            let Some(Value::N(text)) = Value::number(digits.into(), places) else {
                return Ok(());
            };
            let double: f64 = text.parse().unwrap();
            let (low, high) = bounds(&Scalar::Float64(double));
            prop_assert!(low <= double && double <= high);
            prop_assert!(double == 0.0 || (low < double && double < high), "{low} {double} {high}");
            let single: f32 = text.parse().unwrap();
            if single.is_finite() {
                let (low, high) = bounds(&Scalar::Float32(single));
                prop_assert!(low <= double && double <= high, "{low} {double} {high}");
            }
        }
    }

    #[test]
    fn what_is_no_float_has_no_bounds_and_the_greatest_have_no_limit() {
        assert_eq!(
            around(&Scalar::Float64(f64::NAN), &Scalar::Float64(1.0)),
            None
        );
        assert_eq!(around(&Scalar::Int(1), &Scalar::Int(1)), None);
        let (low, high) = bounds(&Scalar::Float64(f64::INFINITY));
        assert!(low.is_infinite() || low > 1e300 || high.is_infinite());
        assert_eq!(bounds(&Scalar::Float64(0.0)), (0.0, 0.0));
        assert_eq!(bounds(&Scalar::Float64(-0.0)), (0.0, 0.0));
    }
}
