//! Packed timestamps and the table of zone keys.
//!
//! The named zones stand in `crates/protocol/src/zone_names.txt`. With `BLESS=1`, as `cargo xtask bless` sets it, the file is
//! written instead of compared.

use super::{fixtures, json};
use athena_protocol::timestamp::{Zone, pack, unpack};
use chrono::{NaiveDate, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use std::fmt::Write;
use std::path::Path;

#[test]
fn timestamps_are_packed_as_java_does() {
    let timestamps = json(&fixtures().join("timestamps.json"));
    let packed = timestamps["packed"].as_array().unwrap();
    for entry in packed {
        let zone = Zone::from_id(entry["zone"].as_str().unwrap()).unwrap();
        let millis = entry["epochMillis"].as_i64().unwrap();
        let wanted = entry["packed"].as_i64().unwrap();
        assert_eq!(pack(millis, zone), Some(wanted), "{entry}");
        assert_eq!(unpack(wanted), (millis, Some(zone)), "{entry}");
    }
    println!("{} packed timestamps", packed.len());
    assert_eq!(packed.len(), 77);
}

#[test]
fn zones_have_the_keys_that_java_gives_them() {
    let timestamps = json(&fixtures().join("timestamps.json"));
    let keys = timestamps["zoneKeys"].as_object().unwrap();
    for (id, key) in keys {
        let key = u16::try_from(key.as_u64().unwrap()).unwrap();
        assert_eq!(Zone::from_id(id).map(Zone::key), Some(key), "{id}");
        assert_eq!(
            Zone::from_key(key).map(Zone::id),
            Some(id.as_str()),
            "{key}"
        );
    }
    let known = (0..=u16::MAX).filter(|key| Zone::from_key(*key).is_some());
    assert_eq!(known.count(), keys.len(), "no other key is of a zone");
    println!("{} zone keys", keys.len());
    assert_eq!(keys.len(), 2225);
}

#[test]
fn the_table_of_named_zones_is_up_to_date() {
    let timestamps = json(&fixtures().join("timestamps.json"));
    let keys = timestamps["zoneKeys"].as_object().unwrap();
    let mut named: Vec<_> = keys
        .iter()
        .map(|(id, key)| (key.as_u64().unwrap(), id))
        .filter(|(key, _)| *key > 1680)
        .collect();
    named.sort();
    let mut table = String::new();
    for (key, id) in named {
        let (west, east) = offsets(id);
        writeln!(table, "{key} {id} {west} {east}").unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/protocol/src/zone_names.txt");
    #[expect(
        clippy::disallowed_methods,
        reason = "it is for the one who runs the tests to say that the file is to be written"
    )]
    let bless = std::env::var_os("BLESS").is_some();
    if bless {
        std::fs::write(&path, &table).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == table,
        "zone_names.txt differs from the fixture or the tz database; `cargo xtask bless` writes it again"
    );
}

/// The whole hours east of Greenwich between which a zone's local time surely lies, at any time.
///
/// The engine's tz database may differ, since editions differ in the time before 1970 and laws change: hence the margin. A
/// zone that the tz database has given up may lie anywhere.
fn offsets(id: &str) -> (i32, i32) {
    const MARGIN_SECONDS: i32 = 2 * 3600;
    let Ok(zone) = id.parse::<Tz>() else {
        return (-18, 18);
    };
    // The first change of any zone was in 1844, and what was before it was always so.
    let start = NaiveDate::from_ymd_opt(1840, 1, 1).unwrap();
    let seconds = (0..260 * 365 / DAYS_BETWEEN_PROBES)
        .map(|probe| start + TimeDelta::days(probe * DAYS_BETWEEN_PROBES))
        .filter_map(|day| day.and_hms_opt(12, 0, 0))
        .map(|time| zone.offset_from_utc_datetime(&time).fix().local_minus_utc());
    let (west, east) = seconds.fold((i32::MAX, i32::MIN), |(west, east), offset| {
        (west.min(offset), east.max(offset))
    });
    (
        (west - MARGIN_SECONDS).div_euclid(3600),
        (east + MARGIN_SECONDS + 3599).div_euclid(3600),
    )
}

/// Less than any time that clocks were set forward for, so that none is missed.
const DAYS_BETWEEN_PROBES: i64 = 10;
