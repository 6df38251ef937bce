//! The number text of `DynamoDB`, without going through a binary float.
//!
//! `DynamoDB` keeps 38 significant digits with exponents from -130 to 125 and sends them as `12`, `-0.5` or `1E+100` (AWS:
//! "Naming rules and data types"). Accepted here is what Java's `BigDecimal` accepts, since users' text may hold that: a sign,
//! digits with at most one point, an exponent; nothing else, and no white space. Rounding is half up, away from zero, as the
//! engine's own connectors round into a column (protocol §7).

/// What became of a number at a column's precision and scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decimal {
    /// The number itself, times ten to the power of the scale.
    Exact(i128),
    /// The same after fraction digits beyond the scale were rounded away.
    Rounded(i128),
    /// The number has more digits than the precision permits.
    Overflow,
    /// The text is not a number.
    Invalid,
}

/// Number text in parts: what it is worth is `digits` (with the point left out) times ten to the power of `exponent`.
#[derive(Debug, Clone, Copy)]
struct Parts<'a> {
    negative: bool,
    /// Digits before the point.
    whole: &'a [u8],
    /// Digits after the point.
    fraction: &'a [u8],
    /// What is written after the `E`.
    exponent: i64,
}

/// The number that `text` spells, as an integer of at most `precision` digits in units of ten to the power of `-scale`.
#[inline]
pub fn parse(text: &[u8], precision: u8, scale: i8) -> Decimal {
    if let Some((negative, digits, fraction)) = short(text) {
        // At most 18 digits, so no intermediate value can pass an i128 as long as the shift is at most 20.
        let shift = i32::from(scale) - fraction;
        if (0..=20).contains(&shift) {
            let value = i128::from(digits) * power_of_ten(shift.unsigned_abs());
            return if value < power_of_ten(u32::from(precision.min(38))) {
                Decimal::Exact(if negative { -value } else { value })
            } else {
                Decimal::Overflow
            };
        }
    }
    match Parts::of(text) {
        Some(parts) => parts.scaled(precision.min(38), scale),
        None => Decimal::Invalid,
    }
}

/// The integer that `text` spells, if it is one that an `i128` of 38 digits can hold: `3`, `3.0` and `3E2` are.
#[inline]
pub fn parse_integer(text: &[u8]) -> Option<i128> {
    if let Some((negative, digits, 0)) = short(text) {
        let value = i128::from(digits);
        return Some(if negative { -value } else { value });
    }
    match parse(text, 38, 0) {
        Decimal::Exact(value) => Some(value),
        _ => None,
    }
}

/// Whether `text` as a whole spells a number.
pub fn is_number(text: &[u8]) -> bool {
    Parts::of(text).is_some()
}

/// Digits of the number that `text` spells, without zeros at either end; `None` if it is none.
pub fn significant_digits(text: &[u8]) -> Option<usize> {
    let digits = (1..).zip(Parts::of(text)?.significant());
    Some(
        digits
            .filter(|(_, digit)| *digit != 0)
            .last()
            .map_or(0, |(place, _)| place),
    )
}

/// Appends the number that `text` spells without an exponent: `1E+3` becomes `1000`, `1.50` stays. Text that is not a number, or
/// whose exponent `DynamoDB` could not have sent, is appended as it is.
#[inline]
pub fn write_plain(text: &[u8], out: &mut Vec<u8>) {
    if text.iter().any(|byte| byte | 0x20 == b'e')
        && let Some(parts) = Parts::of(text).filter(|parts| parts.exponent.abs() <= MAX_EXPONENT)
    {
        return parts.write_plain(out);
    }
    out.extend_from_slice(text);
}

impl<'a> Parts<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let (negative, rest) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (whole, rest) = split_digits(rest);
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest),
            _ => (&[][..], rest),
        };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', rest @ ..] => {
                let (sign, rest) = match rest {
                    [b'-', rest @ ..] => (-1, rest),
                    [b'+', rest @ ..] => (1, rest),
                    _ => (1, rest),
                };
                let (digits, rest) = split_digits(rest);
                if digits.is_empty() || !rest.is_empty() {
                    return None;
                }
                // Anything beyond the cap is as good as infinite for every scale.
                let value = digits.iter().fold(0, |value: i64, digit| {
                    (value * 10 + i64::from(digit - b'0')).min(1_000_000_000)
                });
                sign * value
            }
            _ => return None,
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        Some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// The digits before and after the point, as numbers from 0 to 9, without leading zeros.
    fn significant(&self) -> impl Iterator<Item = u8> + use<'a> {
        let digits = self.whole.iter().chain(self.fraction);
        digits
            .map(|digit| digit - b'0')
            .skip_while(|digit| *digit == 0)
    }

    fn scaled(&self, precision: u8, scale: i8) -> Decimal {
        let significant = length(self.significant().count());
        if significant == 0 {
            return Decimal::Exact(0);
        }
        // Of the significant digits the first `kept` stand before the column's last place; zeros follow if there are fewer.
        let kept = significant - length(self.fraction.len()) + self.exponent + i64::from(scale);
        if kept > i64::from(precision) {
            return Decimal::Overflow;
        }
        let (mut value, mut round_up, mut inexact) = (0_i128, false, false);
        for (place, digit) in (0_i64..).zip(self.significant()) {
            if place < kept {
                value = value * 10 + i128::from(digit);
            } else {
                round_up |= place == kept && digit >= 5;
                inexact |= digit != 0;
            }
        }
        for _ in significant..kept {
            value *= 10;
        }
        value += i128::from(round_up);
        if value >= power_of_ten(u32::from(precision)) {
            return Decimal::Overflow;
        }
        let value = if self.negative { -value } else { value };
        if inexact {
            Decimal::Rounded(value)
        } else {
            Decimal::Exact(value)
        }
    }

    fn write_plain(&self, out: &mut Vec<u8>) {
        let significant = length(self.significant().count());
        let fraction = length(self.fraction.len()) - self.exponent;
        if self.negative && significant > 0 {
            out.push(b'-');
        }
        let digits = self.significant().map(|digit| digit + b'0');
        if fraction <= 0 {
            if significant == 0 {
                out.push(b'0');
            } else {
                out.extend(digits);
                out.extend((fraction..0).map(|_| b'0'));
            }
            return;
        }
        if significant <= fraction {
            out.extend_from_slice(b"0.");
            out.extend((significant..fraction).map(|_| b'0'));
            out.extend(digits);
            return;
        }
        for (place, digit) in (0..).zip(digits) {
            if place == significant - fraction {
                out.push(b'.');
            }
            out.push(digit);
        }
    }
}

/// Reads the usual number, at most 18 digits without an exponent: sign, digits, count of those after the point. `None` leaves
/// everything else, numbers or not, to [`Parts`].
#[inline]
fn short(text: &[u8]) -> Option<(bool, u64, i32)> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0;
    for (place, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return fraction(&digits[place..], value)
                .map(|(value, places)| (negative, value, places));
        }
        value = value * 10 + u64::from(digit);
    }
    Some((negative, value, 0))
}

/// Goes on where the digits before the point end.
#[inline]
fn fraction(rest: &[u8], mut value: u64) -> Option<(u64, i32)> {
    let [b'.', digits @ ..] = rest else {
        return None;
    };
    // A point without digits around it is for the slow path to refuse.
    let places = i32::try_from(digits.len())
        .ok()
        .filter(|places| *places > 0)?;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some((value, places))
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

fn length(digits: usize) -> i64 {
    i64::try_from(digits).expect("a text in memory is shorter than 2^63 bytes")
}

#[inline]
fn power_of_ten(exponent: u32) -> i128 {
    POWERS[exponent as usize]
}

/// Ten to the power of 0 to 38.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Beyond the largest exponent that 38 digits can need, and small enough for the plain text of any cell.
const MAX_EXPONENT: i64 = 200;

#[cfg(test)]
mod tests;
