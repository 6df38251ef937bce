//! What clocks on the wall show in a zone.

use athena_protocol::timestamp::Zone;
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::moment::{Moment, Place};

/// A zone with its rules, past and future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneRules {
    zone: Zone,
    rules: Rules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    /// Always so many minutes ahead of UTC.
    Fixed(i16),
    Named(Tz),
}

impl ZoneRules {
    /// The clock of UTC.
    pub const UTC: Self = Self {
        zone: Zone::UTC,
        rules: Rules::Fixed(0),
    };

    /// The zone of an id as Java takes it: `Europe/Berlin`, `UTC`, `+05:30`. `None` if there is none, or its rules are not known.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::of(Zone::from_id(id.trim())?)
    }

    /// The rules of a zone; `None` if they are not known.
    pub fn of(zone: Zone) -> Option<Self> {
        let rules = match zone.id() {
            "UTC" => Rules::Fixed(0),
            id if id.starts_with(['+', '-']) => {
                let minutes = |part: Option<&str>| part?.parse::<i16>().ok();
                let size = 60 * minutes(id.get(1..3))? + minutes(id.get(4..6))?;
                Rules::Fixed(if id.starts_with('-') { -size } else { size })
            }
            id => Rules::Named(id.parse().ok()?),
        };
        Some(Self { zone, rules })
    }

    /// The zone itself.
    pub fn zone(self) -> Zone {
        self.zone
    }

    /// What the clock shows at an instant, both in milliseconds since 1970-01-01T00:00. `None` beyond the calendar's quarter of a
    /// million years.
    pub fn wall_of(self, epoch_millis: i64) -> Option<i64> {
        let seconds = match self.rules {
            Rules::Fixed(minutes) => i64::from(minutes) * 60,
            Rules::Named(zone) => {
                let at = DateTime::from_timestamp_millis(epoch_millis)?;
                zone.offset_from_utc_datetime(&at.naive_utc())
                    .fix()
                    .local_minus_utc()
                    .into()
            }
        };
        epoch_millis.checked_add(seconds * 1000)
    }

    /// The instant at which the clock shows this. Where it shows that twice the earlier one, and where it is put forward over it,
    /// as much later as it is put forward (`java.time.ZonedDateTime.of`).
    pub fn instant_of(self, wall_millis: i64) -> Option<i64> {
        let seconds: i64 = match self.rules {
            Rules::Fixed(minutes) => i64::from(minutes) * 60,
            Rules::Named(zone) => {
                let wall = DateTime::from_timestamp_millis(wall_millis)?.naive_utc();
                match zone.offset_from_local_datetime(&wall) {
                    MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(offset, _) => {
                        offset.fix().local_minus_utc().into()
                    }
                    MappedLocalTime::None => before_gap(zone, wall)?,
                }
            }
        };
        wall_millis.checked_sub(seconds * 1000)
    }
}

impl ZoneRules {
    /// Instants between which all lie at which the clock shows `first`, `last`, or anything between: a little more than needed
    /// where the clock is changed nearby. `None` for an end that the calendar does not reach.
    pub fn instants_between(self, first: i64, last: i64) -> (Option<i64>, Option<i64>) {
        let (ahead, behind) = (
            self.offsets_around(first).map(|(_, most)| most),
            self.offsets_around(last).map(|(least, _)| least),
        );
        (
            ahead.and_then(|offset| first.checked_sub(offset)),
            behind.and_then(|offset| last.checked_sub(offset)),
        )
    }

    /// The least and the greatest milliseconds ahead of UTC of the clock at all instants at which it may show `wall_millis`.
    fn offsets_around(self, wall_millis: i64) -> Option<(i64, i64)> {
        if let Rules::Fixed(minutes) = self.rules {
            let offset = i64::from(minutes) * 60_000;
            return Some((offset, offset));
        }
        // No offset was ever kept for less than an hour.
        let mut offsets = (-MAX_NAMED_HOURS..=MAX_NAMED_HOURS).map(|hours| {
            let instant = wall_millis.checked_add(hours * HOUR_MILLIS)?;
            Some(self.wall_of(instant)? - instant)
        });
        let first = offsets.next()??;
        offsets.try_fold((first, first), |(least, most), offset| {
            let offset = offset?;
            Some((least.min(offset), most.max(offset)))
        })
    }
}

/// Hours that the clock of a named zone was ever away from UTC, rounded up (Manila until 1844: 15:56).
const MAX_NAMED_HOURS: i64 = 16;

const HOUR_MILLIS: i64 = 3_600_000;

/// Seconds ahead of UTC before the clock is put forward over `wall`.
fn before_gap(zone: Tz, wall: NaiveDateTime) -> Option<i64> {
    // No clock was ever put forward by more than a day (Samoa left out 2011-12-30).
    (1..=96).find_map(|quarters| {
        let earlier = wall.checked_sub_signed(chrono::TimeDelta::minutes(15 * quarters))?;
        let offset = zone.offset_from_local_datetime(&earlier).latest()?;
        Some(offset.fix().local_minus_utc().into())
    })
}

impl Moment {
    /// The instant in milliseconds since 1970-01-01T00:00Z, and the zone that it was spelled in: `default` if in none.
    ///
    /// `None` beyond the range of the calendar, or if the rules of the zone are not known.
    pub fn instant(&self, default: ZoneRules) -> Option<(i64, Zone)> {
        let offset = |minutes: i16| self.wall_millis.checked_sub(i64::from(minutes) * 60_000);
        match self.place {
            None => Some((default.instant_of(self.wall_millis)?, default.zone())),
            Some(Place::Offset(minutes)) => {
                // The protocol's zones end at 14 hours (§7); what is beyond is the same instant, elsewhere.
                let zone = Zone::from_offset(minutes).unwrap_or(Zone::UTC);
                Some((offset(minutes)?, zone))
            }
            Some(Place::Zone(zone, Some(minutes))) => Some((offset(minutes)?, zone)),
            Some(Place::Zone(zone, None)) => {
                Some((ZoneRules::of(zone)?.instant_of(self.wall_millis)?, zone))
            }
        }
    }

    /// What a clock shows in the zone `default` then, in milliseconds since 1970-01-01T00:00.
    pub fn wall(&self, default: ZoneRules) -> Option<i64> {
        match self.place {
            None => Some(self.wall_millis),
            Some(_) => default.wall_of(self.instant(default)?.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> i64 {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
            .unwrap()
            .and_utc()
            .timestamp_millis()
    }

    #[test]
    fn clocks_that_are_changed_are_read_as_java_reads_them() {
        let berlin = ZoneRules::of_id("Europe/Berlin").unwrap();
        for (wall, instant) in [
            ("2020-01-01T12:00", "2020-01-01T11:00"),
            ("2020-07-01T12:00", "2020-07-01T10:00"),
            // Twice: the earlier one.
            ("2020-10-25T02:30", "2020-10-25T00:30"),
            // Never: an hour later.
            ("2020-03-29T02:30", "2020-03-29T01:30"),
        ] {
            assert_eq!(
                berlin.instant_of(millis(wall)),
                Some(millis(instant)),
                "{wall}"
            );
        }
        assert_eq!(
            berlin.wall_of(millis("2020-03-29T01:30")),
            Some(millis("2020-03-29T03:30"))
        );
        let samoa = ZoneRules::of_id("Pacific/Apia").unwrap();
        let lost = samoa.instant_of(millis("2011-12-30T12:00")).unwrap();
        assert_eq!(samoa.wall_of(lost), Some(millis("2011-12-31T12:00")));
    }

    #[test]
    fn offsets_need_no_rules() {
        for (id, minutes) in [
            ("UTC", 0),
            ("Z", 0),
            ("+05:30", 330),
            ("-11:00", -660),
            (" GMT+2 ", 120),
        ] {
            let rules = ZoneRules::of_id(id).unwrap();
            assert_eq!(rules.wall_of(0), Some(minutes * 60_000), "{id}");
            assert_eq!(rules.instant_of(minutes * 60_000), Some(0), "{id}");
        }
        assert_eq!(ZoneRules::of_id("Nowhere/City"), None);
    }

    #[test]
    fn most_zones_of_the_protocol_have_rules() {
        let named: Vec<Zone> = (1681..=2228).filter_map(Zone::from_key).collect();
        let without: Vec<&str> = named
            .iter()
            .filter(|zone| ZoneRules::of(**zone).is_none())
            .map(|zone| zone.id())
            .collect();
        assert!(without.len() < 10, "{without:?}");
    }

    #[test]
    fn an_instant_keeps_the_zone_it_was_spelled_in() {
        let berlin = Zone::from_id("Europe/Berlin").unwrap();
        let at = |place| Moment {
            wall_millis: millis("2020-01-01T12:00"),
            place,
            cut: false,
        };
        let default = ZoneRules::of_id("America/New_York").unwrap();
        for (place, instant, zone, wall) in [
            (None, "2020-01-01T17:00", default.zone(), "2020-01-01T12:00"),
            (
                Some(Place::Offset(0)),
                "2020-01-01T12:00",
                Zone::UTC,
                "2020-01-01T07:00",
            ),
            (
                Some(Place::Offset(1020)),
                "2019-12-31T19:00",
                Zone::UTC,
                "2019-12-31T14:00",
            ),
            (
                Some(Place::Zone(berlin, None)),
                "2020-01-01T11:00",
                berlin,
                "2020-01-01T06:00",
            ),
            (
                Some(Place::Zone(berlin, Some(120))),
                "2020-01-01T10:00",
                berlin,
                "2020-01-01T05:00",
            ),
        ] {
            assert_eq!(
                at(place).instant(default),
                Some((millis(instant), zone)),
                "{place:?}"
            );
            assert_eq!(at(place).wall(default), Some(millis(wall)), "{place:?}");
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for rules in [ZoneRules::UTC, ZoneRules::of_id("Europe/Berlin").unwrap()] {
            for millis in [i64::MIN, i64::MAX, i64::MIN / 1000, i64::MAX / 1000] {
                let _ = (rules.wall_of(millis), rules.instant_of(millis));
                let _ = rules.instants_between(millis, millis);
            }
        }
    }

    #[test]
    fn instants_between_two_readings_of_a_clock_are_exact_where_it_is_not_changed() {
        let berlin = ZoneRules::of_id("Europe/Berlin").unwrap();
        let (first, last) = (millis("2020-01-02T00:00"), millis("2020-01-03T00:00"));
        let hour = 3_600_000;
        assert_eq!(
            berlin.instants_between(first, last),
            (Some(first - hour), Some(last - hour))
        );
        let india = ZoneRules::of_id("+05:30").unwrap();
        let half = 330 * 60_000;
        assert_eq!(
            india.instants_between(first, last),
            (Some(first - half), Some(last - half))
        );
        // Summer begins on 29 March: the clock may still be an hour ahead only, or two already.
        let night = millis("2020-03-29T01:30");
        assert_eq!(
            berlin.instants_between(night, night),
            (Some(night - 2 * hour), Some(night - hour))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_instant_is_left_out_in_any_zone(
            zone in 1681_u16..2229,
            at in -6_000_000_000_000_i64..4_000_000_000_000,
            before in 0_i64..100_000_000,
            behind in 0_i64..100_000_000,
        ) {
            if let Some(rules) = Zone::from_key(zone).and_then(ZoneRules::of) {
                let wall = rules.wall_of(at).unwrap();
                let (first, last) = rules.instants_between(wall - before, wall + behind);
                proptest::prop_assert!(first.unwrap() <= at && at <= last.unwrap(), "{rules:?}");
            }
        }
    }
}
