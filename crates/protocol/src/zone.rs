//! Time zones as the numbers of 12 bits that packed timestamps carry (protocol §7).

use std::cmp::Ordering;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// A time zone that packed timestamps know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(u16);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(0);

    /// The zone with this key; `None` if there is none.
    pub fn from_key(key: u16) -> Option<Self> {
        let known = key < FIRST_NAMED || NAMED.entry(key).is_some();
        known.then_some(Self(key))
    }

    /// The zone of a fixed offset; `None` beyond 14 hours either way.
    pub fn from_offset(minutes_east: i16) -> Option<Self> {
        let key = match minutes_east {
            0 => 0,
            MIN_OFFSET..0 => minutes_east - MIN_OFFSET + 1,
            1..=MAX_OFFSET => minutes_east + MAX_OFFSET,
            _ => return None,
        };
        Some(Self(key.unsigned_abs()))
    }

    /// The zone called `id`, whatever its case; `None` if the engine knows no such zone.
    ///
    /// Besides the ids of the table these are taken, as Java does: the names of UTC, offsets in hours (`+5`, `+05`), offsets
    /// behind `UTC`, `GMT` or `UT`, and all of them behind `Etc/`, where `Etc/GMT+5` lies west of Greenwich.
    ///
    /// ```
    /// use athena_protocol::timestamp::Zone;
    ///
    /// assert_eq!(Zone::from_id("zulu"), Some(Zone::UTC));
    /// assert_eq!(Zone::from_id("GMT+05:30").unwrap().id(), "+05:30");
    /// assert_eq!(Zone::from_id("Etc/GMT+5").unwrap().id(), "-05:00");
    /// assert_eq!(Zone::from_id("Atlantis/Poseidonis"), None);
    /// ```
    pub fn from_id(id: &str) -> Option<Self> {
        NAMED.find(id).or_else(|| unnamed(id))
    }

    /// The number, below 4096.
    pub fn key(self) -> u16 {
        self.0
    }

    /// The id, for instance `UTC`, `+05:30` or `Europe/Berlin`.
    pub fn id(self) -> &'static str {
        match self.0 {
            0 => "UTC",
            key if key < FIRST_NAMED => {
                std::str::from_utf8(&OFFSET_IDS[usize::from(key) - 1]).expect("offsets are ASCII")
            }
            key => NAMED.entry(key).map_or("", |entry| entry.id),
        }
    }

    /// Offsets, in minutes east, that the zone's local time never leaves; for a fixed offset this one alone.
    pub(crate) fn offsets(self) -> RangeInclusive<i16> {
        match i16::try_from(self.0) {
            Ok(0) => 0..=0,
            Ok(key @ 1..=MAX_OFFSET) => key - MAX_OFFSET - 1..=key - MAX_OFFSET - 1,
            Ok(key) if self.0 < FIRST_NAMED => key - MAX_OFFSET..=key - MAX_OFFSET,
            _ => NAMED
                .entry(self.0)
                .map_or(ANY_OFFSET, |entry| entry.offsets.clone()),
        }
    }
}

/// The offsets within which all local times of all zones lie, in minutes east.
pub(crate) const ANY_OFFSET: RangeInclusive<i16> = -18 * 60..=18 * 60;

/// A zone that is neither UTC nor an id made of other parts, such as `gmt+5`.
fn unnamed(id: &str) -> Option<Zone> {
    let (etc, rest) = match without_prefix(id, "etc/") {
        Some(rest) => (true, rest),
        None => (false, id),
    };
    if UTC_NAMES.iter().any(|name| name.eq_ignore_ascii_case(rest)) {
        return Some(Zone::UTC);
    }
    let gmt = without_prefix(rest, "gmt");
    let offset = gmt
        .or_else(|| without_prefix(rest, "utc"))
        .or_else(|| without_prefix(rest, "ut"))
        .unwrap_or(rest);
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let (sign, hours, minutes) = match offset.as_bytes() {
        [sign, tens, ones, b':', tenth, minute] => (
            sign,
            10 * digit(tens)? + digit(ones)?,
            10 * digit(tenth).filter(|tenth| *tenth < 6)? + digit(minute)?,
        ),
        [sign, tens, ones] => (sign, 10 * digit(tens)? + digit(ones)?, 0),
        [sign, ones] => (sign, digit(ones)?, 0),
        _ => return None,
    };
    // POSIX counts hours west of Greenwich; Java turns them round only if no minutes are given.
    let west = etc && gmt.is_some() && offset.len() < 6;
    let minutes_east = match (sign, west) {
        (b'+', false) | (b'-', true) => 60 * hours + minutes,
        (b'-', false) | (b'+', true) => -(60 * hours + minutes),
        _ => return None,
    };
    Zone::from_offset(minutes_east)
}

fn without_prefix<'a>(id: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = id.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
}

/// Names that mean UTC, alone or behind `Etc/`.
const UTC_NAMES: [&str; 9] = [
    "utc",
    "z",
    "ut",
    "uct",
    "gmt",
    "gmt0",
    "greenwich",
    "universal",
    "zulu",
];

/// The westernmost fixed offset, in minutes east.
const MIN_OFFSET: i16 = -14 * 60;

/// The easternmost fixed offset, in minutes east; the keys of offsets west of Greenwich go as far as this.
const MAX_OFFSET: i16 = 14 * 60;

/// The ids of keys 1 to 1680, west to east.
static OFFSET_IDS: [[u8; 6]; 1680] = offset_ids();

const fn offset_ids() -> [[u8; 6]; 1680] {
    let mut ids = [*b"+00:00"; 1680];
    let mut key = 1u16;
    while key <= 1680 {
        let (sign, minutes) = if key <= 840 {
            (b'-', 841 - key)
        } else {
            (b'+', key - 840)
        };
        let digits = minutes / 60 * 100 + minutes % 60;
        ids[key as usize - 1] = [
            sign,
            ascii(digits / 1000),
            ascii(digits / 100 % 10),
            b':',
            ascii(digits / 10 % 10),
            ascii(digits % 10),
        ];
        key += 1;
    }
    ids
}

const fn ascii(digit: u16) -> u8 {
    b'0' + digit.to_le_bytes()[0]
}

/// Keys from here on are of named zones.
const FIRST_NAMED: u16 = 1681;

static NAMED: LazyLock<Named> = LazyLock::new(|| Named::read(include_str!("zone_names.txt")));

struct Named {
    /// From key 1681 on; a few keys are of no zone.
    by_key: Vec<Option<Entry>>,
    /// Keys in the order of the ids, without regard to case.
    by_id: Vec<u16>,
}

struct Entry {
    id: &'static str,
    offsets: RangeInclusive<i16>,
}

impl Named {
    /// Reads lines of key, id, and the whole hours east of Greenwich between which the zone's local time stays.
    fn read(table: &'static str) -> Self {
        let mut named = Self {
            by_key: Vec::new(),
            by_id: Vec::new(),
        };
        for line in table.lines() {
            let parts: Vec<_> = line.split(' ').collect();
            let [key, id, west, east] = parts[..] else {
                panic!("the table of zones has four words a line")
            };
            let number = |word: &str| word.parse::<i16>().expect("the table holds numbers");
            let at = usize::from(number(key).unsigned_abs() - FIRST_NAMED);
            named.by_key.resize_with(at + 1, || None);
            named.by_key[at] = Some(Entry {
                id,
                offsets: 60 * number(west)..=60 * number(east),
            });
        }
        let id = |key: &u16| {
            named.by_key[usize::from(key - FIRST_NAMED)]
                .as_ref()
                .map(|entry| entry.id)
        };
        let mut by_id: Vec<u16> = (FIRST_NAMED..)
            .take(named.by_key.len())
            .filter(|key| id(key).is_some())
            .collect();
        by_id.sort_by(|a, b| caseless(id(a).unwrap_or(""), id(b).unwrap_or("")));
        named.by_id = by_id;
        named
    }

    fn entry(&self, key: u16) -> Option<&Entry> {
        let at = key.checked_sub(FIRST_NAMED)?;
        self.by_key.get(usize::from(at))?.as_ref()
    }

    fn find(&self, id: &str) -> Option<Zone> {
        let order = |key: &u16| caseless(self.entry(*key).map_or("", |entry| entry.id), id);
        let at = self.by_id.binary_search_by(order).ok()?;
        Some(Zone(self.by_id[at]))
    }
}

fn caseless(a: &str, b: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    a.bytes().map(lower).cmp(b.bytes().map(lower))
}
