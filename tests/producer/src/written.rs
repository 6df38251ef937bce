//! Questions that chance would not find: what counts rows, looks at several, or stands in an unusual place of the plan.
//!
//! Where a statement is worded by itself, its parts say what it needs of the table.

use super::question::Question;

pub(super) fn questions() -> Vec<Question> {
    let of = Question::of;
    let all = Question::all;
    let mut questions = vec![
        all(),
        all().show("id"),
        all().limit(5, 0),
        all().limit(5, 3),
        all().show("id, sk").order("sk").limit(4, 0),
        of("pk = 'p1'").order("sk").limit(3, 0),
        of("pk = 'p1'").order("sk DESC").limit(3, 0),
        of("pk = 'p1'").order("sk DESC NULLS LAST").limit(3, 1),
        of("pk = 'p1' AND sk > 2").order("sk").limit(3, 0),
        of("pk = 'p1' AND n > 0").order("sk").limit(2, 0),
        of("pk = 'p1' AND upper(name) = 'A'")
            .order("sk")
            .limit(1, 0),
        of("pk IN ('p1', 'p2')").order("sk").limit(3, 0),
        of("pk = 'p1'").order("sk, name").limit(3, 0),
        of("pk = 'p1'").order("-sk").limit(3, 0),
        of("n > 0").limit(3, 0),
        of("upper(name) = 'A'").limit(1, 0),
        of("pk = 'p1' AND 1 = 0"),
        of("pk = 'p1' AND NULL"),
        of("n > 5 AND n < 3"),
        of("name LIKE 'a%' AND name LIKE '%b'"),
        of("NOT (pk = 'p1' AND sk = 3)"),
        of("NOT (pk <> 'p1' OR sk <> 3)"),
        of("(pk = 'p1' AND sk = 3) OR (pk = 'p2' AND sk = 4)"),
        of("pk = 'p1' OR upper(name) = 'A'"),
        of("(n = 5) = flag"),
        of("(n = 5) IS NOT TRUE"),
        of("(place['city'] = 'Bern') IS NULL"),
        of("place IS NULL"),
        of("place['city'] IS NULL AND place['zip'] IS NOT NULL"),
        of("tags IS NULL"),
        of("tags = ['Bern']"),
        of("(pk, sk) IN (('p1', 3), ('p2', 4))"),
        of("(pk, sk) = ('p1', 3)"),
        of("name SIMILAR TO 'a(b|c)*'"),
        of("name > 'a' AND name < 'b'"),
        of("raw > X'01'"),
        of(
            "moment >= TIMESTAMP '2020-01-01 00:00:00' AND moment < TIMESTAMP '2020-02-01 00:00:00'",
        ),
        of("moment > DATE '2019-12-31'"),
        of("moment + INTERVAL '1' DAY > TIMESTAMP '2020-01-02 00:00:00'"),
        of("day = CAST('2020-01-01' AS DATE)"),
        of("day > '2020-01-01'"),
        of("n = '5'"),
        of("name = 7"),
        of("flag = 'true'"),
        of("price = '7.50'"),
        of("ratio = 'NaN'"),
        of("big = 9007199254740993.0"),
        of("CAST(big AS DOUBLE) = 9007199254740992"),
    ];
    let text = (0..300).map(|number| format!("'id{number:02}'"));
    let text: Vec<String> = text.collect();
    questions.push(of(&format!("id IN ({})", text.join(", "))).show("id"));
    questions.push(of(&format!("id NOT IN ({})", text[..40].join(", "))).show("id"));

    // Rows are put together: all that pass the condition are needed, whatever is above.
    let worded = |question: Question, sql: &str| question.worded(sql);
    questions.extend([
        worded(of("n > 0"), "SELECT count(*) FROM produced WHERE n > 0"),
        worded(all(), "SELECT count(*) FROM produced"),
        worded(of("pk = 'p1'"), "SELECT max(sk), min(name) FROM produced WHERE pk = 'p1'"),
        worded(of("n > 0"), "SELECT pk, count(*) FROM produced WHERE n > 0 GROUP BY pk HAVING count(*) > 2 ORDER BY pk LIMIT 2"),
        worded(of("n > 0"), "SELECT DISTINCT pk FROM produced WHERE n > 0 LIMIT 2"),
        worded(of("n > 0"), "SELECT DISTINCT ON (pk) pk, id FROM produced WHERE n > 0 ORDER BY pk, sk"),
        worded(all(), "SELECT id, row_number() OVER (PARTITION BY pk ORDER BY sk) AS r FROM produced"),
        // What the window parts rows by may be asked below it, and nothing else.
        worded(
            of("n > 0 AND pk = 'p1'"),
            "SELECT id, r FROM (SELECT id, pk, row_number() OVER (PARTITION BY pk ORDER BY sk) AS r FROM produced WHERE n > 0) AS w WHERE r = 1 AND pk = 'p1'",
        ),
        worded(
            of("n > 0"),
            "SELECT id, r FROM (SELECT id, big, row_number() OVER (PARTITION BY pk ORDER BY sk) AS r FROM produced WHERE n > 0) AS w WHERE r = 1 AND big > 0",
        ),
        worded(all(), "SELECT id, lag(n) OVER (ORDER BY id) AS before FROM produced ORDER BY id LIMIT 3"),
        worded(all(), "SELECT pk, unnest(tags) AS tag FROM produced LIMIT 3"),
        worded(all(), "SELECT id FROM produced WHERE n > (SELECT avg(n) FROM produced)"),
        worded(all(), "SELECT id FROM produced WHERE pk IN (SELECT pk FROM produced WHERE n > 5)"),
        worded(all(), "SELECT id FROM produced AS p WHERE EXISTS (SELECT 1 FROM produced AS q WHERE q.sk > p.sk AND q.pk = 'p1')"),
        worded(all(), "SELECT a.id FROM produced AS a JOIN produced AS b ON a.sk = b.n WHERE a.pk = 'p1'"),
        worded(all(), "SELECT id FROM produced WHERE pk = 'p1' UNION ALL SELECT id FROM produced WHERE n > 0"),
        worded(all(), "SELECT id FROM produced WHERE pk = 'p1' EXCEPT SELECT id FROM produced WHERE n > 0"),
        worded(// So may what it groups by.
            of("sk > 3"),
            "SELECT sum(sk) FROM (SELECT sk FROM produced GROUP BY sk) AS g WHERE sk > 3"),
    ]);

    // Rows are counted in one place and judged in another.
    questions.extend([
        worded(
            all().order("id").limit(5, 0),
            "SELECT * FROM (SELECT * FROM produced ORDER BY id LIMIT 5) AS f WHERE n > 0",
        ),
        worded(
            all().order("sk DESC, id").limit(4, 0),
            "SELECT id FROM (SELECT * FROM produced ORDER BY sk DESC, id LIMIT 4) AS f WHERE pk = 'p1' LIMIT 1",
        ),
        worded(
            of("pk = 'p1'").order("sk").limit(6, 0),
            "SELECT * FROM (SELECT * FROM produced WHERE pk = 'p1' ORDER BY sk LIMIT 6) AS f ORDER BY n LIMIT 2",
        ),
        worded(
            of("pk = 'p1'").order("sk").limit(5, 0),
            "SELECT * FROM (SELECT * FROM produced WHERE pk = 'p1' ORDER BY sk LIMIT 6) AS f LIMIT 2 OFFSET 3",
        ),
        worded(
            of("pk = 'p1' AND n > 0"),
            "SELECT id, k FROM (SELECT id, pk AS k, n AS m FROM produced) AS r WHERE k = 'p1' AND m > 0",
        ),
        worded(
            of("sk > 2 AND n + 1 > 0"),
            "SELECT * FROM (SELECT id, n + 1 AS sk, sk AS n FROM produced) AS r WHERE n > 2 AND sk > 0",
        ),
        worded(
            of("sk = 3").order("name").limit(3, 0),
            "SELECT pk FROM (SELECT name AS pk, pk AS name, sk FROM produced) AS r WHERE sk = 3 ORDER BY pk LIMIT 3",
        ),
        worded(
            of("place['city'] = 'Bern'"),
            "SELECT city FROM (SELECT place['city'] AS city, id FROM produced) AS r WHERE city = 'Bern'",
        ),
        worded(
            of("pk = 'p1' AND n > 0 AND name IS NOT NULL"),
            "WITH a AS (SELECT * FROM produced WHERE pk = 'p1'), b AS (SELECT * FROM a WHERE n > 0) SELECT id FROM b WHERE name IS NOT NULL",
        ),
        worded(of("pk = 'p1'"), "SELECT * FROM produced AS \"p\" WHERE \"p\".pk = 'p1'"),
        worded(of("pk = 'p1'").limit(0, 0), "SELECT * FROM produced WHERE pk = 'p1' LIMIT 0"),
    ]);
    questions
}
