//! The engine's ordering of values (protocol §8).

use crate::{timestamp, zone};
use std::cmp::Ordering;

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The values have this order.
    Ordered(Ordering),
    /// They are not equal, but which is the greater cannot be told.
    Unequal,
    /// They cannot be compared at all, such as values of different types.
    Unknown,
}

impl Comparison {
    /// The order, if it is known.
    pub fn ordering(self) -> Option<Ordering> {
        match self {
            Self::Ordered(ordering) => Some(ordering),
            Self::Unequal | Self::Unknown => None,
        }
    }
}

/// Order by UTF-16 code units: supplementary characters come before U+E000 to U+FFFF.
pub fn utf16_order(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    match a.iter().zip(b).find(|(a, b)| a != b) {
        None => a.len().cmp(&b.len()),
        // UTF-8 has the order of the characters, and that of UTF-16 differs in one place. Two bytes that differ are either both
        // the first of a character, which is where it shows, or both within characters that begin alike.
        Some((a, b)) => utf16_rank(*a).cmp(&utf16_rank(*b)),
    }
}

/// Puts the first bytes of U+E000 to U+FFFF behind those of supplementary characters.
fn utf16_rank(byte: u8) -> u8 {
    match byte {
        0xEE | 0xEF => byte + 0x10,
        _ => byte,
    }
}

/// A text in the order of [`utf16_order`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Utf16<'a>(pub(super) &'a str);

impl Ord for Utf16<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        utf16_order(self.0, other.0)
    }
}

impl PartialOrd for Utf16<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Java's total order of doubles: -0.0 before 0.0, NaN last and equal to itself.
pub fn java_order_f64(a: f64, b: f64) -> Ordering {
    double_key(a).cmp(&double_key(b))
}

/// Java's total order of floats.
pub fn java_order_f32(a: f32, b: f32) -> Ordering {
    java_order_f64(a.into(), b.into())
}

/// A number that has among others the place of the double in Java's order.
pub(super) fn double_key(double: f64) -> i64 {
    let double = if double.is_nan() {
        f64::NAN.abs()
    } else {
        double
    };
    let bits = double.to_bits().cast_signed();
    // The bits of negative doubles grow with the magnitude, so all but the sign are turned round.
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

/// Order by numeric value, also across scales.
pub fn decimal_order(a: i128, a_scale: i8, b: i128, b_scale: i8) -> Ordering {
    match a_scale.cmp(&b_scale) {
        // Apart from the rest so that this, which is the rule, is inlined.
        Ordering::Equal => a.cmp(&b),
        Ordering::Greater => finer_order(a, b, a_scale.abs_diff(b_scale)),
        Ordering::Less => finer_order(b, a, a_scale.abs_diff(b_scale)).reverse(),
    }
}

/// Orders a decimal and one with fewer digits after the point.
fn finer_order(fine: i128, coarse: i128, more_digits: u8) -> Ordering {
    // Dividing the finer one never overflows; the remainder tells the rest.
    match 10i128.checked_pow(more_digits.into()) {
        Some(power) => fine
            .div_euclid(power)
            .cmp(&coarse)
            .then(fine.rem_euclid(power).cmp(&0)),
        None => (fine.signum() * i128::from(coarse == 0)).cmp(&coarse.signum()),
    }
}

/// A decimal in the order of [`decimal_order`].
#[derive(Clone, Copy)]
pub(super) struct Numeric {
    pub(super) unscaled: i128,
    pub(super) scale: i8,
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        decimal_order(self.unscaled, self.scale, other.unscaled, other.scale)
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric {}

/// `unscaled * 10^-from` with `to` digits after the point, rounded half up (away from zero) as Java stores it.
///
/// Only ever drops digits: a `to` above `from` leaves the value as it is, with `None`.
pub(super) fn rounded(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let dropped = i32::from(from) - i32::from(to);
    if dropped <= 0 {
        return None;
    }
    // Beyond 38 dropped digits even the greatest 128-bit number is less than half of the last one kept.
    let Some(power) = 10i128.checked_pow(dropped.unsigned_abs()) else {
        return Some(0);
    };
    let (whole, rest) = (unscaled / power, unscaled % power);
    let up = rest.unsigned_abs() >= power.unsigned_abs() - power.unsigned_abs() / 2;
    Some(whole + if up { unscaled.signum() } else { 0 })
}

/// Order of packed timestamps: by instant, then by local time. Java goes on by zone name, so another zone is never equal.
///
/// The local time in a named zone is known only within bounds, so that no tz database is needed, which could differ from the
/// engine's. Where the bounds overlap the order is left open.
pub(super) fn packed_order(a: i64, b: i64) -> Comparison {
    if a == b {
        return Comparison::Ordered(Ordering::Equal);
    }
    let instants = timestamp::epoch_millis(a).cmp(&timestamp::epoch_millis(b));
    if instants.is_ne() {
        return Comparison::Ordered(instants);
    }
    let (a, b) = (offsets(a), offsets(b));
    if a.end() < b.start() {
        Comparison::Ordered(Ordering::Less)
    } else if b.end() < a.start() {
        Comparison::Ordered(Ordering::Greater)
    } else {
        Comparison::Unequal
    }
}

/// A total order of packed timestamps in which those that [`packed_order`] can order have that order.
pub(super) fn packed_rank(packed: i64) -> (i64, i16, i64) {
    (
        timestamp::epoch_millis(packed),
        *offsets(packed).start(),
        packed,
    )
}

fn offsets(packed: i64) -> std::ops::RangeInclusive<i16> {
    timestamp::unpack(packed)
        .1
        .map_or(zone::ANY_OFFSET, zone::Zone::offsets)
}

#[cfg(test)]
mod tests;
