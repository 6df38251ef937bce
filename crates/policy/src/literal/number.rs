//! Decimal numbers of any length, compared exactly.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number without leading and trailing zeros; there is one zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// Reads digits with an optional sign and fraction; `None` for all else, exponents included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        Some(Self {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitude = || {
            let whole = |of: &Self| (of.whole.len(), of.whole.clone());
            whole(self)
                .cmp(&whole(other))
                .then_with(|| self.fraction.cmp(&other.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}.{}", self.whole, self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zeros_and_signs_that_say_nothing_are_left_out() {
        for (left, right) in [("1", "01.0"), ("-0", "0.00"), ("+7", "7"), ("1.50", "1.5")] {
            assert_eq!(
                Decimal::parse(left),
                Decimal::parse(right),
                "{left} {right}"
            );
            assert!(Decimal::parse(left).is_some());
        }
        for refused in ["", "-", "1.", ".5", "1e3", "a", "1.2.3", "٣"] {
            assert_eq!(Decimal::parse(refused), None, "{refused}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_numbers(left in -100_000_i64..100_000, right in -100_000_i64..100_000) {
            let thousandths = |number: i64| {
                let sign = if number < 0 { "-" } else { "" };
                Decimal::parse(&format!("{sign}{}.{:03}", number.abs() / 1000, number.abs() % 1000)).unwrap()
            };
            prop_assert_eq!(thousandths(left).cmp(&thousandths(right)), left.cmp(&right));
        }
    }
}
