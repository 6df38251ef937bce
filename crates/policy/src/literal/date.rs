//! Points in time as policies write them: ISO 8601 from the year alone to fractions of a second, or seconds since 1970.

/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

impl Instant {
    /// Reads `2026`, `2026-01`, `2026-01-02`, `2026-01-02T03:04Z`, `2026-01-02T03:04:05.6+07:00` or, with other than four
    /// digits, seconds since 1970. `None` for all else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text.len() != 4 {
            return Some(Self(i128::from(text.parse::<u64>().ok()?) * NANOS));
        }
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
        let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
        if parts.next().is_some()
            || !(1..=12).contains(&month)
            || !(1..=days(year, month)).contains(&day)
        {
            return None;
        }
        let midnight = i128::from(days_since_1970(year, month, day)) * 86_400 * NANOS;
        match time {
            None => Some(Self(midnight)),
            Some(time) if date.len() == 10 => Some(Self(midnight + nanos_of_day(time)?)),
            Some(_) => None,
        }
    }
}

const NANOS: i128 = 1_000_000_000;

/// Nanoseconds after midnight UTC, which an offset may put before that midnight or after the next.
fn nanos_of_day(text: &str) -> Option<i128> {
    let at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at(at);
    let offset_minutes = match zone.as_bytes()[0] {
        b'Z' if zone.len() == 1 => 0,
        b'Z' => return None,
        sign => {
            let (hours, minutes) = zone[1..].split_once(':')?;
            let minutes = number(hours, 2).filter(|hours| *hours < 24)? * 60
                + number(minutes, 2).filter(|minutes| *minutes < 60)?;
            if sign == b'-' { -minutes } else { minutes }
        }
    };
    let (clock, fraction) = clock
        .split_once('.')
        .map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = number(parts.next()?, 2).filter(|minutes| *minutes < 60)?;
    let seconds = match parts.next() {
        Some(part) => number(part, 2).filter(|seconds| *seconds < 60)?,
        None if fraction.is_some() => return None,
        None => 0,
    };
    let nanos = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) => {
            number(digits, digits.len())? * 10_i64.pow(9 - u32::try_from(digits.len()).ok()?)
        }
        Some(_) => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    let minutes = hours * 60 + minutes - offset_minutes;
    Some((i128::from(minutes) * 60 + i128::from(seconds)) * NANOS + i128::from(nanos))
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let valid = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| text.parse().ok())?
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Leap days up to the end of the year before; the constant is the same sum for 1970.
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - 477;
    let months: i64 = (1..month).map(|month| days(year, month)).sum();
    (year - 1970) * 365 + leap_days + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: i128, nanos: i128) {
        assert_eq!(
            Instant::parse(text),
            Some(Instant(seconds * NANOS + nanos)),
            "{text}"
        );
    }

    #[test]
    fn every_form_is_read() {
        check("1970", 0, 0);
        check("1970-02", 31 * 86_400, 0);
        check("1969-12-31", -86_400, 0);
        check("2000-03-01", 951_868_800, 0);
        check("2024-02-29T12:30Z", 1_709_209_800, 0);
        check("2013-06-30T00:00:00Z", 1_372_550_400, 0);
        check("2013-06-30T02:00:00.25+02:00", 1_372_550_400, 250_000_000);
        check("2013-06-29T19:00:00-05:00", 1_372_550_400, 0);
        check("1372550400", 1_372_550_400, 0);
        check("0", 0, 0);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "x",
            "2023-02-29",
            "2023-13",
            "2023-1-1",
            "2023-01-01T00:00",
            "2023-01T00:00Z",
            "2023-01-01T24:00Z",
            "2023-01-01T00:60Z",
            "2023-01-01T00:00:60Z",
            "2023-01-01T00:00Zx",
            "2023-01-01T00:00+1",
            "2023-01-01T00:00.5Z",
            "2023-01-01T00:00:00.Z",
            "2023-01-01-01",
            "2023-01-01T00:00:00:00Z",
            "99999999999999999999999",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
