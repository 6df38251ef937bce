//! The shell as a program, over the real connector and an embedded DynamoDB: what of a statement arrives there, and that answers do
//! not depend on it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

use athena_testkit::{LocalAws, Shop};
use serde_json::Value;
use tokio::process::Command;

/// An AWS with the sample shop.
async fn shop() -> LocalAws {
    let aws = LocalAws::start().await.unwrap();
    let shop = Shop::generate(1, 0.02);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await.unwrap();
    aws
}

/// Runs the program and gives what it wrote to standard output, or to standard error if it failed.
async fn run(aws: &LocalAws, arguments: &[&str]) -> Result<String, String> {
    let environment = aws.function_environment();
    let output = Command::new(env!("CARGO_BIN_EXE_athena-local"))
        .args(arguments)
        .env_clear()
        .envs(environment)
        .output()
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

/// Rows of an answer, sorted, since a statement without order may give them in any.
async fn rows(aws: &LocalAws, arguments: &[&str]) -> Vec<String> {
    let answer = run(aws, &[&["sql", "--format", "ndjson"], arguments].concat()).await;
    let mut rows: Vec<String> = answer.unwrap().lines().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// The requests with conditions that one statement made. Columns are inferred from others, which have none.
struct Asked(Vec<(String, Value)>);

/// Runs a statement with and without pushdown, and gives the requests for records of the first.
async fn asked(aws: &LocalAws, sql: &str) -> Asked {
    aws.dynamodb.reset();
    let pushed = rows(aws, &[sql]).await;
    let calls = aws.dynamodb.calls();
    let plain = rows(aws, &["--no-pushdown", sql]).await;
    assert_eq!(pushed, plain, "{sql}");
    assert!(!pushed.is_empty(), "no row says nothing: {sql}");
    let reads = calls.iter().map(|call| {
        let request: Value = serde_json::from_slice(&call.request).unwrap();
        (call.operation.clone(), request)
    });
    Asked(
        reads
            .filter(|(operation, request)| {
                let conditions = ["KeyConditionExpression", "FilterExpression"];
                matches!(operation.as_str(), "Query" | "Scan")
                    && conditions.iter().any(|kind| request.get(kind).is_some())
            })
            .collect(),
    )
}

impl Asked {
    /// The conditions of the requests, with the names and values that stand behind the aliases.
    fn conditions(&self, kind: &str) -> Vec<String> {
        let written = self.0.iter().filter_map(|(_, request)| {
            let mut text = request.get(kind)?.as_str()?.to_owned();
            for (which, show) in [
                (
                    "ExpressionAttributeValues",
                    Value::to_string as fn(&Value) -> String,
                ),
                ("ExpressionAttributeNames", |name| {
                    name.as_str().unwrap().to_owned()
                }),
            ] {
                let aliases = request.get(which).and_then(Value::as_object);
                let mut aliases: Vec<_> = aliases.into_iter().flatten().collect();
                // The longest first: `:v1` is the beginning of `:v10`.
                aliases.sort_by_key(|(alias, _)| std::cmp::Reverse(alias.len()));
                for (alias, value) in aliases {
                    text = text.replace(alias.as_str(), &show(value));
                }
            }
            Some(text)
        });
        written.collect()
    }

    #[track_caller]
    fn all(&self, kind: &str, words: &[&str]) {
        let conditions = self.conditions(kind);
        assert!(!conditions.is_empty(), "{kind} in {:?}", self.0);
        for condition in &conditions {
            for word in words {
                assert!(condition.contains(word), "`{word}` in {condition}");
            }
        }
    }
}

#[tokio::test]
async fn what_value_sets_cannot_say_arrives_as_expressions() {
    let aws = shop().await;
    // A disjunction of two columns.
    let either = "select sku, price from products where price > 100 or title = 'none'";
    asked(&aws, either)
        .await
        .all("FilterExpression", &["price", "title", "OR", "99.99"]);
    let like = "select customer_id, name from customers where name like 'A%' or vip";
    asked(&aws, like)
        .await
        .all("FilterExpression", &["begins_with", "name", "vip"]);
    let negated = "select customer_id from customers where not (loyalty > 10 and vip)";
    asked(&aws, negated)
        .await
        .all("FilterExpression", &["loyalty", "vip"]);
    // A conjunction keeps what can be said of it.
    let part = "select sku from products where length(title) > 3 and (price > 5 or sku = 'x')";
    asked(&aws, part)
        .await
        .all("FilterExpression", &["price", "sku"]);
    // A pattern on the range key makes the Query shorter.
    let key = "select order_id from orders where customer_id = 'c00001' and order_id like 'o0%'";
    let asked = asked(&aws, key).await;
    asked.all("KeyConditionExpression", &["begins_with", "c00001"]);
    assert!(asked.0.iter().all(|(operation, _)| operation == "Query"));
}

#[tokio::test]
async fn the_first_rows_of_a_key_are_read_in_its_order() {
    let aws = shop().await;
    let of_one = "select order_id, total from orders where customer_id = 'c00001' order by order_id desc limit 2";
    let asked = asked(&aws, of_one).await;
    let [(operation, request)] = asked.0.as_slice() else {
        panic!("one request: {:?}", asked.0);
    };
    assert_eq!(operation, "Query");
    assert_eq!(request["ScanIndexForward"], false);
    assert_eq!(request["Limit"], 2);
}

#[tokio::test]
async fn a_limit_above_a_condition_ends_the_reading() {
    let aws = shop().await;
    let read = |answer: String| answer.lines().count();
    let limited = "select sku from products where price > 0 limit 3";
    let answer = run(&aws, &["sql", "--format", "ndjson", limited]).await;
    assert_eq!(read(answer.unwrap()), 3);
    let plan = run(
        &aws,
        &["sql", "--format", "csv", &format!("explain {limited}")],
    )
    .await
    .unwrap();
    assert!(plan.contains("limit=3"), "{plan}");
    // Who counts floats or patterns might count other rows than the engine.
    let pattern = "explain select sku from products where title like '%a%' limit 3";
    let plan = run(&aws, &["sql", "--format", "csv", pattern])
        .await
        .unwrap();
    assert!(
        plan.contains("expressions=1") && !plan.contains("limit=3"),
        "{plan}"
    );
}

#[tokio::test]
async fn a_statement_in_the_sources_language_is_handed_on() {
    let aws = shop().await;
    let of_one =
        "SELECT \"order_id\", \"total\" FROM \"orders\" WHERE \"customer_id\" = ''c00001''";
    aws.dynamodb.reset();
    let handed_on = format!(
        "select o.order_id, o.total from table(system.query(query => '{of_one}')) o where o.total > 0"
    );
    let rows_of_statement = rows(&aws, &[&handed_on]).await;
    assert!(aws.dynamodb.count("ExecuteStatement") > 0);
    assert_eq!(aws.dynamodb.count("Query") + aws.dynamodb.count("Scan"), 0);
    let table = "select order_id, total from orders where customer_id = 'c00001' and total > 0";
    assert_eq!(rows_of_statement, rows(&aws, &[table]).await);
    assert!(!rows_of_statement.is_empty());

    // Beside a table, twice, in a subquery, by its whole name.
    let joined = format!(
        "select count(*) as n from (select a.order_id from TABLE(ddb.system.query(QUERY => '{of_one}')) as a \
         join table(system.query(query => '{of_one}')) as b on a.order_id = b.order_id \
         join orders on orders.order_id = a.order_id and orders.customer_id = 'c00001') as x"
    );
    let all = rows(
        &aws,
        &["select count(*) as n from orders where customer_id = 'c00001'"],
    )
    .await;
    assert_eq!(rows(&aws, &[&joined]).await, all);

    for (call, words) in [
        (
            "system.ask(query => 'x')",
            &["no table function `system.ask`", "`system.query`"][..],
        ),
        ("system.query('x')", &["takes texts by name"]),
        (
            "system.query(text => 'x')",
            &["no argument `text`", "QUERY"],
        ),
        (
            "system.query(query => 'DELETE FROM \"orders\"')",
            &["must be a SELECT", "DELETE"],
        ),
    ] {
        let sql = format!("select * from table({call})");
        let error = run(&aws, &["sql", &sql]).await.unwrap_err();
        for word in words {
            assert!(error.contains(word), "`{word}` in {error}");
        }
    }
    let off = ["sql", "--env", "enable_query_passthrough=false", &handed_on];
    let error = run(&aws, &off).await.unwrap_err();
    assert!(
        error.contains("no table function") && error.contains("settings"),
        "{error}"
    );
}

#[tokio::test]
async fn statements_of_a_file_are_answered_one_after_the_other() {
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.sql");
    std::fs::write(&path, "select 1 as a; -- not; here\nselect 2 as b\n").unwrap();
    let path = path.to_str().unwrap();
    let answer = run(&aws, &["sql", "-f", path]).await.unwrap();
    assert!(
        answer.contains("| a |") && answer.contains("| b |"),
        "{answer}"
    );
    let error = run(&aws, &["sql", "-f", path, "--format", "csv"])
        .await
        .unwrap_err();
    assert!(error.contains("expected one statement, got 2"), "{error}");
    let error = run(&aws, &["sql", "-f", "/nowhere.sql"]).await.unwrap_err();
    assert!(
        error.contains("cannot read the statements in `/nowhere.sql`"),
        "{error}"
    );
}

/// The words on one table of an explanation.
fn words_on<'a>(explained: &'a str, table: &str) -> Vec<&'a str> {
    let lines = explained
        .lines()
        .skip_while(|line| *line != format!("── {table}"));
    lines.skip(1).take_while(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn explain_tells_of_each_table_what_is_read_and_what_is_left() {
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.svg");
    let sql = "select c.name, count(*) as orders from customers c join orders o on o.customer_id = c.customer_id \
               where o.status = 'SHIPPED' and length(c.name) > 3 and o.total > 10 \
               group by c.name order by c.name limit 3";
    aws.dynamodb.reset();
    let arguments = ["explain", "--svg", path.to_str().unwrap(), sql];
    let explained = run(&aws, &arguments).await.unwrap();
    let svg = std::fs::read_to_string(&path).unwrap();

    let of_customers = words_on(&explained, "default.customers");
    let of_orders = words_on(&explained, "default.orders");
    let has = |words: &[&str], start: &str, part: &str| {
        words
            .iter()
            .any(|line| line.starts_with(start) && line.contains(part))
    };
    assert!(has(&of_customers, "how", "scan"), "{explained}");
    // What stands on one side of a join is not said of the other.
    assert!(has(&of_customers, "engine", "length"), "{explained}");
    assert!(!has(&of_customers, "engine", "status"), "{explained}");
    assert!(!has(&of_orders, "engine", "length"), "{explained}");
    assert!(has(&of_orders, "columns", "customer_id"), "{explained}");
    assert!(!has(&of_orders, "columns", "lines"), "{explained}");
    // The engine's steps in the order in which it takes them.
    let steps = explained.replace(['│', '\n'], " ");
    let steps: Vec<&str> = steps.split_whitespace().collect();
    let then = steps.iter().position(|word| *word == "then").unwrap();
    assert!(steps[then..].starts_with(&["then", "join,"]), "{explained}");
    for part in ["table customers", "length", "SHIPPED", "then join"] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
}

#[tokio::test]
async fn explain_tells_of_a_table_as_often_as_it_is_read() {
    let aws = shop().await;
    let explain = async |sql: &str| run(&aws, &["explain", sql]).await.unwrap();
    let twice = explain(
        "select sku from products where price > 5 union all select sku from products where sku = 'x'",
    )
    .await;
    assert_eq!(twice.matches("── default.products").count(), 2, "{twice}");
    assert!(explain("select 1").await.starts_with("no table is read"));
    let nothing = explain("select sku from products where sku in ('a', 'b') and sku > 'c'").await;
    assert!(nothing.contains("nothing is read"), "{nothing}");
    let first = explain(
        "select order_id from orders where customer_id = 'c00001' order by order_id limit 2",
    )
    .await;
    assert!(
        first.contains("2 rows") || first.contains("first 2"),
        "{first}"
    );
    let statement =
        "select sku from table(system.query(query => 'SELECT \"sku\" FROM \"products\"'))";
    let handed_on = explain(statement).await;
    assert!(handed_on.contains("system.query"), "{handed_on}");
    let plain = run(
        &aws,
        &[
            "explain",
            "--no-pushdown",
            "select sku from products where sku = 'a'",
        ],
    )
    .await
    .unwrap();
    assert!(plain.contains("how       scan"), "{plain}");
}

#[tokio::test]
async fn an_error_shows_its_place_in_the_statement_and_what_was_meant() {
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.sql");
    let statements = "select 1;\n\nselect order_id,\n  totl\nfrom orders;\n";
    std::fs::write(&path, statements).unwrap();
    let words = |error: &str, words: &[&str]| {
        for word in words {
            assert!(error.contains(word), "`{word}` in {error}");
        }
    };
    let error = run(&aws, &["sql", "-f", path.to_str().unwrap()])
        .await
        .unwrap_err();
    let shown = "at line 4, column 3\n  |   totl\n  |   ^^^^\n";
    words(
        &error,
        &["there is no column `totl`", shown, "did you mean `total`?"],
    );
    let error = run(&aws, &["sql", "select order_id from ordrs"])
        .await
        .unwrap_err();
    let shown =
        "at line 1, column 22\n  | select order_id from ordrs\n  |                      ^^^^^\n";
    words(
        &error,
        &["there is no table `ordrs`", shown, "did you mean `orders`?"],
    );
    let error = run(&aws, &["sql", "select order_id form orders"])
        .await
        .unwrap_err();
    words(&error, &["this is not SQL", "column 22", "^^^^^^"]);
    let error = run(&aws, &["sql", "select lenght('a')"]).await.unwrap_err();
    let words_of_function = [
        "invalid function 'lenght'\n",
        "column 8",
        "hint: did you mean 'length'?",
    ];
    words(&error, &words_of_function);
}

#[tokio::test]
async fn a_reader_that_has_enough_is_not_called_an_error() {
    use tokio::io::AsyncReadExt;
    for format in ["csv", "json", "ndjson", "markdown", "parquet", "arrow"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_athena-local"))
            .args(["sql", "--format", format])
            .arg("select a.n * 1000 + b.n as n from unnest(range(0, 300)) as a(n), unnest(range(0, 1000)) as b(n)")
            .env_clear()
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = program.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 4]).await.unwrap();
        drop(stdout);
        let output = program.wait_with_output().await.unwrap();
        let talk = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{format}: {talk}");
        assert_eq!(talk, "", "{format}");
    }
}
