//! Timestamps with a time zone in 64 bits: `epoch milliseconds << 12 | zone key` (protocol §7).
//!
//! Cells of type Timestamp(ms, zone) hold these, in batches and in predicates alike; the zone in the schema is a placeholder.

pub use crate::zone::Zone;

/// The earliest instant that can be packed, in milliseconds since 1970-01-01T00:00Z.
pub const MIN_EPOCH_MILLIS: i64 = i64::MIN >> ZONE_BITS;

/// The latest instant that can be packed, in milliseconds since 1970-01-01T00:00Z.
pub const MAX_EPOCH_MILLIS: i64 = i64::MAX >> ZONE_BITS;

/// Packs an instant, in milliseconds since 1970-01-01T00:00Z, and the zone that it is shown in.
///
/// `None` if the instant is outside [`MIN_EPOCH_MILLIS`] to [`MAX_EPOCH_MILLIS`]; Java loses its upper bits.
///
/// ```
/// use athena_protocol::timestamp::{Zone, pack, unpack};
///
/// let berlin = Zone::from_id("Europe/Berlin").unwrap();
/// let packed = pack(1_700_000_000_000, berlin).unwrap();
/// assert_eq!(unpack(packed), (1_700_000_000_000, Some(berlin)));
/// assert_eq!(pack(i64::MAX, berlin), None);
/// ```
pub fn pack(epoch_millis: i64, zone: Zone) -> Option<i64> {
    (MIN_EPOCH_MILLIS..=MAX_EPOCH_MILLIS)
        .contains(&epoch_millis)
        .then(|| epoch_millis << ZONE_BITS | i64::from(zone.key()))
}

/// The instant, in milliseconds since 1970-01-01T00:00Z, and its zone; `None` in place of the zone if no zone has that key.
pub fn unpack(packed: i64) -> (i64, Option<Zone>) {
    let key = u16::try_from(packed & ZONE_MASK).expect("twelve bits fit sixteen");
    (epoch_millis(packed), Zone::from_key(key))
}

/// The instant alone.
pub fn epoch_millis(packed: i64) -> i64 {
    packed >> ZONE_BITS
}

const ZONE_BITS: u32 = 12;
const ZONE_MASK: i64 = (1 << ZONE_BITS) - 1;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_instant_of_more_than_52_bits_is_refused() {
        for (millis, fits) in [
            (MAX_EPOCH_MILLIS, true),
            (MAX_EPOCH_MILLIS + 1, false),
            (MIN_EPOCH_MILLIS, true),
            (MIN_EPOCH_MILLIS - 1, false),
            (i64::MIN, false),
        ] {
            assert_eq!(pack(millis, Zone::UTC).is_some(), fits, "{millis}");
        }
        assert_eq!(MAX_EPOCH_MILLIS, (1 << 51) - 1);
    }

    #[test]
    fn a_key_of_no_zone_is_told_from_the_instant() {
        for key in [2040, 2180, 2229, 4095] {
            assert_eq!(unpack(-4096 + key), (-1, None), "{key}");
        }
    }

    #[test]
    fn other_spellings_of_a_zone_are_found() {
        for (id, wanted) in [
            ("Z", "UTC"),
            ("gmt", "UTC"),
            ("Etc/UTC", "UTC"),
            ("GMT0", "UTC"),
            ("UTC+00:00", "UTC"),
            ("-00:00", "UTC"),
            ("+0", "UTC"),
            ("+5", "+05:00"),
            ("-11", "-11:00"),
            ("UT-03:30", "-03:30"),
            ("utc+14", "+14:00"),
            ("Etc/GMT+5", "-05:00"),
            ("Etc/GMT-14", "+14:00"),
            ("Etc/UTC+5", "+05:00"),
            // Java turns the sign round only where no minutes are given.
            ("Etc/GMT+05:00", "+05:00"),
            ("EUROPE/berlin", "Europe/Berlin"),
            ("us/east-indiana", "US/East-Indiana"),
        ] {
            assert_eq!(Zone::from_id(id).map(Zone::id), Some(wanted), "{id}");
        }
    }

    #[test]
    fn what_is_no_zone_is_not_found() {
        for id in [
            "",
            "Etc/",
            "UT+",
            "+14:01",
            "+05:60",
            "+5:30",
            "5",
            "+٥",
            "Europe/Berli",
            "é/UTC",
            "GMT+Ā",
        ] {
            assert_eq!(Zone::from_id(id), None, "{id}");
        }
    }

    #[test]
    fn every_key_has_one_id_and_back() {
        let known = (0..4096u16).filter_map(Zone::from_key);
        let mut count = 0;
        for zone in known {
            assert_eq!(Zone::from_id(zone.id()), Some(zone), "{}", zone.id());
            assert!(zone.offsets().start() <= zone.offsets().end());
            count += 1;
        }
        assert_eq!(count, 2225);
        assert_eq!(Zone::from_id("+05:30").unwrap().offsets(), 330..=330);
        assert_eq!(Zone::from_id("-14:00").unwrap().offsets(), -840..=-840);
    }

    proptest! {
        #[test]
        fn unpacking_undoes_packing(millis in MIN_EPOCH_MILLIS..=MAX_EPOCH_MILLIS, key in 0..2040u16) {
            let zone = Zone::from_key(key).unwrap();
            prop_assert_eq!(unpack(pack(millis, zone).unwrap()), (millis, Some(zone)));
        }

        #[test]
        fn no_id_makes_the_search_fail(id in "\\PC{0,12}|(?i)(etc/)?(utc|gmt|ut)?[+-]?[0-9:]{0,6}") {
            if let Some(zone) = Zone::from_id(&id) {
                prop_assert_eq!(Zone::from_id(zone.id()), Some(zone));
            }
        }
    }
}
