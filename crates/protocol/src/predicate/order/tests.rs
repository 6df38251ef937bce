use super::*;
use crate::timestamp::{Zone, pack};
use proptest::prelude::*;

/// Orders decimals by their digits, brought to one scale as text.
fn by_digits(a: i128, a_scale: i8, b: i128, b_scale: i8) -> Ordering {
    let scale = a_scale.max(b_scale);
    let magnitude = |value: i128, from: i8| {
        let zeros = usize::from((i16::from(scale) - i16::from(from)).unsigned_abs());
        let digits = format!("{}{}", value.unsigned_abs(), "0".repeat(zeros));
        let digits = digits.trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    let (x, y) = (magnitude(a, a_scale), magnitude(b, b_scale));
    a.signum().cmp(&b.signum()).then_with(|| match a.signum() {
        0 => Ordering::Equal,
        1 => x.cmp(&y),
        _ => y.cmp(&x),
    })
}

/// Numbers of any length, often just beside a power of ten.
fn unscaled() -> impl Strategy<Value = i128> {
    let near = (0..39u32, -2..=2i128, any::<bool>()).prop_map(|(power, off, negative)| {
        let near = 10i128
            .checked_pow(power)
            .unwrap_or(i128::MAX)
            .saturating_add(off);
        if negative { -near } else { near }
    });
    prop_oneof![any::<i128>(), near, -20..20i128, Just(i128::MIN)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn decimals_are_ordered_by_value_at_any_scales(
        a in unscaled(), a_scale: i8, b in unscaled(), by in -40..40i16,
    ) {
        let b_scale = i8::try_from(i16::from(a_scale) + by).unwrap_or(a_scale);
        for (b_scale, b) in [(b_scale, b), (b_scale, a), (!a_scale, b)] {
            prop_assert_eq!(
                decimal_order(a, a_scale, b, b_scale),
                by_digits(a, a_scale, b, b_scale)
            );
        }
    }

    #[test]
    fn a_rounded_decimal_is_the_nearest_and_a_tie_goes_away_from_zero(value in unscaled(), from: i8, dropped in 0..45u8) {
        let to = i8::try_from(i16::from(from) - i16::from(dropped)).unwrap_or(i8::MIN);
        let Some(rounded) = rounded(value, from, to) else {
            prop_assert!(from <= to);
            return Ok(());
        };
        // Half of the last digit kept, as a decimal with one digit more.
        let half = |steps: i128| rounded.checked_mul(10).and_then(|tens| tens.checked_add(5 * steps));
        let away = if value < 0 { -1 } else { 1 };
        if let (Some(inner), Some(outer), Ok(finer)) = (half(-away), half(away), i8::try_from(i16::from(to) + 1)) {
            let (toward, beyond) = (decimal_order(value, from, inner, finer), decimal_order(value, from, outer, finer));
            if value < 0 {
                prop_assert!(toward.is_le() && beyond.is_gt(), "{} {} {}", value, from, to);
            } else {
                prop_assert!(toward.is_ge() && beyond.is_lt(), "{} {} {}", value, from, to);
            }
        }
    }

    #[test]
    fn texts_are_ordered_by_their_utf16_code_units(a in text(), b in text()) {
        prop_assert_eq!(utf16_order(&a, &b), a.encode_utf16().cmp(b.encode_utf16()));
    }

    #[test]
    fn doubles_have_javas_order(a in double(), b in double()) {
        let wanted = match (a.is_nan(), b.is_nan()) {
            (false, false) => a.total_cmp(&b),
            (a, b) => a.cmp(&b),
        };
        prop_assert_eq!(java_order_f64(a, b), wanted);
    }

    #[test]
    fn the_rank_of_packed_timestamps_agrees_with_their_order(a in packed(), b in packed()) {
        match packed_order(a, b) {
            Comparison::Ordered(order) => prop_assert_eq!(packed_rank(a).cmp(&packed_rank(b)), order),
            Comparison::Unequal => prop_assert!(a != b && a >> 12 == b >> 12),
            Comparison::Unknown => prop_assert!(false, "packed timestamps can be compared"),
        }
        prop_assert_eq!(packed_order(b, a).ordering(), packed_order(a, b).ordering().map(Ordering::reverse));
    }
}

fn text() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        Just('a'),
        Just('\u{d7ff}'),
        Just('\u{e000}'),
        Just('\u{ffff}'),
        Just('\u{10000}'),
        Just('\u{10ffff}'),
        any::<char>(),
    ];
    proptest::collection::vec(char, 0..4).prop_map(String::from_iter)
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        Just(0.0),
        Just(-0.0),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-f64::NAN),
        Just(f64::from_bits(0x7ff8_0000_dead_beef)),
    ]
}

fn packed() -> impl Strategy<Value = i64> {
    (-1..=1i64, 0..4096i64).prop_map(|(millis, key)| millis << 12 | key)
}

#[track_caller]
fn check_zones(a: &str, b: &str, order: Option<Ordering>) {
    let at = |id| pack(1_700_000_000_000, Zone::from_id(id).unwrap()).unwrap();
    assert_eq!(packed_order(at(a), at(b)).ordering(), order, "{a} {b}");
}

#[test]
fn one_instant_in_two_zones_is_ordered_by_local_time() {
    check_zones("UTC", "America/New_York", Some(Ordering::Greater));
    check_zones("UTC", "Asia/Kolkata", Some(Ordering::Less));
    check_zones("-03:00", "+05:30", Some(Ordering::Less));
    check_zones("+05:30", "+05:31", Some(Ordering::Less));
    check_zones("America/Los_Angeles", "Asia/Tokyo", Some(Ordering::Less));
}

#[test]
fn zones_whose_local_times_may_meet_are_unequal_and_no_more() {
    check_zones("Europe/Berlin", "Europe/Paris", None);
    check_zones("Europe/Berlin", "+01:00", None);
    check_zones("Asia/Kolkata", "+05:30", None);
    check_zones("US/Pacific-New", "UTC", None);
}
