//! The proleptic Gregorian calendar in whole numbers.

/// Days from 1970-01-01 to a date; `None` if the calendar has no such date.
pub(super) fn days(year: i64, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > month_length(year, month) {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let (month, day) = (i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// Days in a month of a year.
fn month_length(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Whether a year has a 29th of February.
fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Milliseconds of a day.
pub const DAY_MILLIS: i64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn every_day_of_eight_centuries_is_where_chrono_has_it() {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let mut date = NaiveDate::from_ymd_opt(1590, 1, 1).unwrap();
        while date.year() < 2410 {
            let expected = date.signed_duration_since(epoch).num_days();
            let got = days(date.year().into(), date.month(), date.day());
            assert_eq!(got, Some(expected), "{date}");
            date = date.succ_opt().unwrap();
        }
    }

    #[test]
    fn days_that_no_month_has_are_refused() {
        for (year, month, day) in [
            (2020, 2, 30),
            (2021, 2, 29),
            (1900, 2, 29),
            (2020, 4, 31),
            (2020, 0, 1),
            (2020, 13, 1),
            (2020, 1, 0),
            (2020, 1, 32),
        ] {
            assert_eq!(days(year, month, day), None, "{year}-{month}-{day}");
        }
        assert!(days(2000, 2, 29).is_some());
        assert_eq!(days(0, 3, 1), Some(-719_468));
        assert_eq!(days(-1, 12, 31), Some(-719_529));
    }
}
