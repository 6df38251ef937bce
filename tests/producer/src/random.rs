//! Random questions: nests of conditions over all columns, columns shown, orders and limits.

use super::question::Question;
use super::table::{CITIES, NAMES};
use fastrand::Rng;

pub(super) fn question(rng: &mut Rng) -> Question {
    let condition = match rng.u8(..8) {
        // What a query of table or index needs.
        0..3 => format!("{} AND {}", key(rng), condition(rng, 1)),
        _ => condition(rng, 3),
    };
    let mut question = Question::of(&condition);
    if rng.bool() {
        question = question.show(pick(rng, SHOWN));
    }
    match rng.u8(..6) {
        0 => question = question.limit(rng.u64(1..10), 0),
        1 => {
            let order = pick(rng, ORDERED);
            let direction = pick(rng, DIRECTIONS);
            let more = [String::new(), format!(", {} DESC", pick(rng, ORDERED))];
            let order = format!("{order}{direction}{}", more[usize::from(rng.u8(..4) == 0)]);
            // What is sorted by has to be there.
            question = question
                .show("*")
                .order(&order)
                .limit(rng.u64(1..8), rng.u64(..3));
        }
        _ => {}
    }
    question
}

fn key(rng: &mut Rng) -> String {
    match rng.u8(..5) {
        0 => format!("pk IN ('p{}', 'p{}', 'none')", rng.u8(..5), rng.u8(..5)),
        1 => format!(
            "pk = 'p{}' AND sk BETWEEN {} AND {}",
            rng.u8(..5),
            rng.u8(..4),
            rng.u8(3..9)
        ),
        2 => format!("pk = 'p{}' AND sk = {}", rng.u8(..5), rng.u8(..9)),
        3 => format!("name = {}", text(rng, NAMES)),
        _ => format!("'p{}' = pk", rng.u8(..5)),
    }
}

fn condition(rng: &mut Rng, depth: u8) -> String {
    if depth == 0 {
        return test(rng);
    }
    let nested = |rng: &mut Rng| condition(rng, depth - 1);
    match rng.u8(..9) {
        0..2 => format!("({} AND {})", nested(rng), nested(rng)),
        2..4 => format!("({} OR {})", nested(rng), nested(rng)),
        4 => format!("NOT ({})", nested(rng)),
        5 => format!("({} AND ({} OR {}))", test(rng), nested(rng), nested(rng)),
        6 => format!(
            "({}) IS {}",
            nested(rng),
            pick(rng, &["TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN"])
        ),
        _ => test(rng),
    }
}

fn test(rng: &mut Rng) -> String {
    let column = &COLUMNS[rng.usize(..COLUMNS.len())];
    let value = |rng: &mut Rng| column.value(rng);
    let name = column.name;
    match rng.u8(..24) {
        0..7 => format!("{name} {} {}", pick(rng, COMPARED), value(rng)),
        7 => format!("{} {} {name}", value(rng), pick(rng, COMPARED)),
        8..10 => {
            let not = pick(rng, &["", "NOT "]);
            let count = [2, 3, 5, 24][rng.usize(..4)];
            let values: Vec<String> = (0..count).map(|_| value(rng)).collect();
            format!("{name} {not}IN ({})", values.join(", "))
        }
        10 => format!(
            "{name} {}IN ({}, NULL)",
            pick(rng, &["", "NOT "]),
            value(rng)
        ),
        11..13 => format!(
            "{name} {}BETWEEN {} AND {}",
            pick(rng, &["", "NOT "]),
            value(rng),
            value(rng)
        ),
        13..15 => format!("{name} IS {}NULL", pick(rng, &["", "NOT "])),
        15 => format!(
            "({name} IS {}DISTINCT FROM {})",
            pick(rng, &["", "NOT "]),
            value(rng)
        ),
        16..19 => format!(
            "{} {}LIKE '{}'",
            pick(rng, &["name", "name", "pk", "place['city']"]),
            pick(rng, &["", "", "NOT "]),
            pick(rng, PATTERNS)
        ),
        19 => pick(
            rng,
            &[
                "flag",
                "NOT flag",
                "flag = true",
                "flag IS NOT FALSE",
                "flag <> false",
            ],
        )
        .to_owned(),
        20 => pick(rng, PAIRS).to_owned(),
        21 => pick(rng, CASTS).to_owned(),
        _ => pick(rng, FOREIGN).to_owned(),
    }
}

struct Column {
    name: &'static str,
    values: Values,
}

enum Values {
    Texts(&'static [&'static str]),
    As(&'static [&'static str]),
}

impl Column {
    fn value(&self, rng: &mut Rng) -> String {
        match self.values {
            Values::Texts(texts) => text(rng, texts),
            Values::As(values) => pick(rng, values).to_owned(),
        }
    }
}

const fn column(name: &'static str, values: &'static [&'static str]) -> Column {
    let values = Values::As(values);
    Column { name, values }
}

const fn text_column(name: &'static str, texts: &'static [&'static str]) -> Column {
    let values = Values::Texts(texts);
    Column { name, values }
}

fn text(rng: &mut Rng, texts: &[&str]) -> String {
    format!("'{}'", pick(rng, texts).replace('\'', "''"))
}

fn pick<'a>(rng: &mut Rng, values: &[&'a str]) -> &'a str {
    values[rng.usize(..values.len())]
}

const COLUMNS: [Column; 17] = [
    text_column("name", NAMES),
    text_column("name", NAMES),
    text_column("pk", &["p0", "p1", "p3", "p", "q"]),
    text_column("id", &["id00", "id07", "id30", "x"]),
    column("sk", &["0", "3", "7", "100", "2.5"]),
    column("tiny", &["-128", "0", "7", "127", "200"]),
    column(
        "n",
        &[
            "-7",
            "0",
            "5",
            "42",
            "2147483647",
            "5.0",
            "5.5",
            "99999999999",
        ],
    ),
    column("big", &["42", "9007199254740993", "9007199254740992", "-1"]),
    column(
        "price",
        &["7.5", "7.50", "9.99", "10", "-5", "7.555", "9999999999.99"],
    ),
    column("amount", &["0", "0.000000001", "7.5", "-3", "42"]),
    column("half", &["0.5", "CAST(3.25 AS REAL)", "0", "-1.5"]),
    column(
        "ratio",
        &[
            "2.5",
            "CAST(0.1 AS DOUBLE)",
            "42",
            "0.1",
            "CAST(1e9 AS DOUBLE)",
        ],
    ),
    column("raw", &["X'0102'", "X''", "X'ff'"]),
    column(
        "day",
        &[
            "DATE '2020-01-01'",
            "DATE '1969-12-31'",
            "DATE '2020-02-29'",
        ],
    ),
    column(
        "moment",
        &[
            "TIMESTAMP '2020-01-01 00:00:00'",
            "TIMESTAMP '2020-01-02 03:04:05.678'",
            "TIMESTAMP '2020-01-02 03:04:05.6785'",
            "DATE '2020-02-29'",
        ],
    ),
    text_column("place['city']", CITIES),
    column("place['zip']", &["10001", "10003", "0"]),
];
const COMPARED: &[&str] = &["=", "=", "<>", "<", "<=", ">", ">="];
const PATTERNS: &[&str] = &[
    "a%", "%b", "%a%", "a_", "_", "%", "", "ab", "a\\%b", "a\\_b", "p_", "B%", "A%", "😀%", "x%",
];
const PAIRS: &[&str] = &[
    "name = pk",
    "n < big",
    "sk <> n",
    "price > amount",
    "name <= place['city']",
    "tiny = n",
    "n = n",
];
const CASTS: &[&str] = &[
    "CAST(n AS BIGINT) = 5",
    "CAST(n AS VARCHAR) = '5'",
    "CAST(sk AS INT) > 3",
    "CAST(price AS INT) = 7",
    "CAST(price AS DOUBLE) < 9.99",
    "CAST(name AS INT) = 7",
    "TRY_CAST(name AS INT) = 7",
    "CAST(ratio AS BIGINT) = 2",
    "CAST(amount AS DECIMAL(20, 2)) = 7.5",
    "CAST(tiny AS SMALLINT) >= 7",
    "CAST(big AS SMALLINT) IS NULL",
    "CAST(moment AS DATE) = DATE '2020-01-02'",
    "CAST(day AS TIMESTAMP) < TIMESTAMP '2020-01-01 00:00:00'",
    "CAST(flag AS INT) = 1",
    "CAST(half AS DOUBLE) = 3.25",
];
const FOREIGN: &[&str] = &[
    "upper(name) = 'A'",
    "lower(name) LIKE 'a%'",
    "length(name) > 2",
    "n + 1 = 6",
    "n % 2 = 0",
    "-n > 0",
    "price * 2 >= 15",
    "ratio / 2 < 1",
    "abs(n) = 7",
    "coalesce(n, 0) = 0",
    "nullif(name, 'a') IS NULL",
    "concat(pk, name) = 'p1a'",
    "pk || name = 'p1a'",
    "substr(name, 1, 1) = 'a'",
    "starts_with(name, 'a')",
    "strpos(name, 'b') = 2",
    "name ~ '^a.*b'",
    "name ILIKE 'A%'",
    "name LIKE 'a!%b' ESCAPE '!'",
    "CASE WHEN n > 0 THEN name = 'a' ELSE flag END",
    "CASE n WHEN 5 THEN true WHEN 42 THEN false END",
    "array_length(tags) = 2",
    "array_has(tags, 'Bern')",
    "tags[1] = 'Oslo'",
    "date_part('year', moment) = 2020",
    "date_trunc('month', moment) = TIMESTAMP '2020-02-01 00:00:00'",
    "round(price) = 10",
    "greatest(n, sk) = 42",
    "n & 1 = 1",
    "octet_length(raw) = 2",
    "n IN (sk, 5)",
    "n BETWEEN sk AND 300",
    "1 = 1",
    "1 = 0",
    "NULL",
    "name = NULL",
];
const SHOWN: &[&str] = &[
    "id",
    "id, name",
    "id, place",
    "id, place['city'] AS city",
    "id, n + 1 AS more, price",
    "name, id, pk, sk",
    "id, upper(name) AS loud, tags",
    "id, CAST(n AS BIGINT) AS wide, ratio, raw",
    "id AS key, moment AS at, day",
    "id, place['zip'] AS zip, place['city'] AS city, amount",
];
const ORDERED: &[&str] = &[
    "id",
    "sk",
    "sk",
    "name",
    "n",
    "price",
    "ratio",
    "day",
    "moment",
    "flag",
    "upper(name)",
    "place['zip']",
];
const DIRECTIONS: &[&str] = &[
    "",
    " DESC",
    " NULLS FIRST",
    " DESC NULLS LAST",
    " ASC NULLS LAST",
    " DESC NULLS FIRST",
];
