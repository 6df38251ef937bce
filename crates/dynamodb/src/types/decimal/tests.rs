//! Number text against tables, and against a model that works on strings of digits.

use proptest::prelude::*;

use super::{Decimal, is_number, parse, parse_integer, write_plain};

#[track_caller]
fn check(text: &str, precision: u8, scale: i8, expected: Decimal) {
    assert_eq!(
        parse(text.as_bytes(), precision, scale),
        expected,
        "{text} at ({precision}, {scale})"
    );
}

fn plain(text: &str) -> String {
    let mut out = Vec::new();
    write_plain(text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_number_is_scaled_to_its_column() {
    check("12.345", 38, 9, Decimal::Exact(12_345_000_000));
    check("-0.5", 5, 1, Decimal::Exact(-5));
    check("1E+3", 10, 2, Decimal::Exact(100_000));
    check("1.5e-7", 38, 9, Decimal::Exact(150));
    check("0", 1, 1, Decimal::Exact(0));
    check("-0", 1, 0, Decimal::Exact(0));
    check("0E+100000", 1, 0, Decimal::Exact(0));
    check(
        "000000000000000000000000000000000000000000007.5",
        2,
        1,
        Decimal::Exact(75),
    );
    check("12300", 3, -2, Decimal::Exact(123));
    check(
        "99999999999999999999999999999999999999",
        38,
        0,
        Decimal::Exact(10_i128.pow(38) - 1),
    );
    check(
        "-9.9999999999999999999999999999999999999",
        38,
        37,
        Decimal::Exact(1 - 10_i128.pow(38)),
    );
    check("1", 38, 37, Decimal::Exact(10_i128.pow(37)));
}

#[test]
fn surplus_digits_are_rounded_half_up_and_away_from_zero() {
    check("0.25", 5, 1, Decimal::Rounded(3));
    check("-0.25", 5, 1, Decimal::Rounded(-3));
    check("0.24999999999999999999999999", 5, 1, Decimal::Rounded(2));
    check("0.05", 5, 1, Decimal::Rounded(1));
    check("0.04", 5, 1, Decimal::Rounded(0));
    check("0.009", 5, 1, Decimal::Rounded(0));
    check("1E-130", 38, 9, Decimal::Rounded(0));
    check("1E-999999999999", 38, 9, Decimal::Rounded(0));
    check("0.20", 5, 1, Decimal::Exact(2));
    check("150", 5, -2, Decimal::Rounded(2));
}

#[test]
fn too_many_digits_overflow_also_after_rounding() {
    check("100", 2, 0, Decimal::Overflow);
    check("99.5", 2, 0, Decimal::Overflow);
    check("99.4", 2, 0, Decimal::Rounded(99));
    check("1E+125", 38, 9, Decimal::Overflow);
    check("1E99999999999999999999", 38, 9, Decimal::Overflow);
    check("1E+29", 38, 9, Decimal::Overflow);
    check("1E+28", 38, 9, Decimal::Exact(10_i128.pow(37)));
    check("999999999999999999", 38, 38, Decimal::Overflow);
}

#[test]
fn what_is_not_a_number_is_invalid() {
    for text in [
        "", "-", "+", ".", "-.", "1e", "1e+", "e5", "1.2.3", " 1", "1 ", "1x", "x", "0x10", "NaN",
        "inf", "--1", "1_0",
    ] {
        check(text, 38, 9, Decimal::Invalid);
        assert!(!is_number(text.as_bytes()), "{text}");
    }
    for text in ["5.", ".5", "+5", "+.5e+0"] {
        assert!(is_number(text.as_bytes()), "{text}");
        assert!(
            !matches!(parse(text.as_bytes(), 38, 9), Decimal::Invalid),
            "{text}"
        );
    }
}

#[test]
fn an_integer_is_whole_whatever_its_spelling() {
    for (text, value) in [
        ("3", 3),
        ("3.0", 3),
        ("3E2", 300),
        ("-30E-1", -3),
        ("1000000000000000000000", 10_i128.pow(21)),
    ] {
        assert_eq!(parse_integer(text.as_bytes()), Some(value), "{text}");
    }
    for text in ["3.5", "1E-1", "1E38", "", "x"] {
        assert_eq!(parse_integer(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn plain_text_has_no_exponent() {
    for (text, expected) in [
        ("1E+3", "1000"),
        ("-1.25E+1", "-12.5"),
        ("1.5e-7", "0.00000015"),
        ("12E-1", "1.2"),
        ("12E-2", "0.12"),
        ("1.50", "1.50"),
        ("0E-3", "0.000"),
        ("-0E3", "0"),
        ("00012E1", "120"),
        ("1E201", "1E201"),
        ("hexe", "hexe"),
    ] {
        assert_eq!(plain(text), expected, "{text}");
    }
    assert_eq!(plain("1E+125"), format!("1{}", "0".repeat(125)));
    assert_eq!(plain("1E-130"), format!("0.{}1", "0".repeat(129)));
}

/// Shifts the point of a digit string, cuts it, and adds one by hand: slow and plain.
fn model(negative: bool, digits: &str, exponent: i32, precision: usize, scale: i32) -> Decimal {
    let shift = exponent + scale;
    let (whole, rest) = if shift >= 0 {
        (
            format!("{digits}{}", "0".repeat(shift.unsigned_abs() as usize)),
            String::new(),
        )
    } else {
        let padded = format!("{}{digits}", "0".repeat(shift.unsigned_abs() as usize));
        let cut = padded.len() - shift.unsigned_abs() as usize;
        (padded[..cut].to_owned(), padded[cut..].to_owned())
    };
    let mut kept: Vec<u8> = whole.bytes().collect();
    if rest.starts_with(['5', '6', '7', '8', '9']) {
        let mut carry = true;
        for digit in kept.iter_mut().rev().take_while(|_| true) {
            if carry {
                carry = *digit == b'9';
                *digit = if carry { b'0' } else { *digit + 1 };
            }
        }
        if carry {
            kept.insert(0, b'1');
        }
    }
    let text = String::from_utf8(kept).unwrap();
    let text = text.trim_start_matches('0');
    if text.len() > precision {
        return Decimal::Overflow;
    }
    let magnitude: i128 = if text.is_empty() {
        0
    } else {
        text.parse().unwrap()
    };
    let value = if negative { -magnitude } else { magnitude };
    if rest.bytes().any(|digit| digit != b'0') {
        Decimal::Rounded(value)
    } else {
        Decimal::Exact(value)
    }
}

/// Spells digits and exponent with a point after `point` digits.
fn spell(negative: bool, digits: &str, exponent: i32, point: usize, force: bool) -> String {
    let point = point % (digits.len() + 1);
    let (whole, fraction) = digits.split_at(point);
    let written = exponent + i32::try_from(fraction.len()).unwrap();
    let sign = if negative { "-" } else { "" };
    let dot = if fraction.is_empty() { "" } else { "." };
    let e = if written == 0 && !force {
        String::new()
    } else {
        format!("E{written:+}")
    };
    format!("{sign}{whole}{dot}{fraction}{e}")
}

proptest! {
    #[test]
    fn parsing_agrees_with_digits_on_paper(
        negative: bool, digits in "[0-9]{1,45}", exponent in -140_i32..130, point: usize,
        precision in 1_u8..=38, scale in -5_i8..=38, force: bool,
    ) {
        let text = spell(negative, &digits, exponent, point, force);
        let expected = model(negative, &digits, exponent, precision.into(), scale.into());
        prop_assert_eq!(parse(text.as_bytes(), precision, scale), expected, "{}", text);
    }

    #[test]
    fn short_numbers_agree_too(
        negative: bool, digits in "[0-9]{1,19}", fraction in 0_i32..19, precision in 1_u8..=38, scale in 0_i8..=38,
    ) {
        let places = fraction.min(i32::try_from(digits.len()).unwrap());
        let point = digits.len() - places.unsigned_abs() as usize;
        let text = spell(negative, &digits, -places, point, false);
        let expected = model(negative, &digits, -places, precision.into(), scale.into());
        prop_assert_eq!(parse(text.as_bytes(), precision, scale), expected, "{}", text);
        let whole = match model(negative, &digits, -places, 38, 0) { Decimal::Exact(value) => Some(value), _ => None };
        prop_assert_eq!(parse_integer(text.as_bytes()), whole, "{}", text);
    }

    #[test]
    fn plain_text_is_worth_the_same(negative: bool, digits in "[0-9]{1,38}", exponent in -140_i32..100, point: usize) {
        let text = spell(negative, &digits, exponent, point, true);
        let written = plain(&text);
        prop_assert!(!written.contains(['e', 'E', '+']), "{}", written);
        for scale in [0, 9, 30] {
            prop_assert_eq!(parse(written.as_bytes(), 38, scale), parse(text.as_bytes(), 38, scale), "{} {}", text, written);
        }
    }

    #[test]
    fn random_text_never_panics(text in prop::collection::vec(any::<u8>(), 0..50), precision in 1_u8..=38, scale: i8) {
        let _ = parse(&text, precision, scale);
        let _ = parse_integer(&text);
        write_plain(&text, &mut Vec::new());
    }
}
