//! `compare`: rows and costs of a statement asked in two ways.

use crate::program::{run, shop};
use serde_json::Value;

#[tokio::test]
async fn pushdown_changes_the_costs_and_not_the_rows() {
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let sql = "select * from orders where customer_id = 'c00001' order by order_id desc";
    let arguments = [
        "compare",
        "--json",
        "--runs",
        "3",
        "--html",
        path.to_str().unwrap(),
        sql,
    ];
    let ended = run(&aws, &arguments).await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(told["same"], true);
    let verdict = told["verdict"].as_str().unwrap();
    assert!(verdict.contains("in the order asked for"), "{verdict}");
    let [pushed, plain] = told["sides"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    for side in [pushed, plain] {
        assert_eq!(side["milliseconds"].as_array().unwrap().len(), 3);
    }
    let figure = |side: &Value, name: &str| side["figures"][name].as_f64().unwrap();
    assert_eq!(pushed["figures"]["rows"], plain["figures"]["rows"]);
    for name in [
        "items read",
        "bytes read",
        "read units",
        "bytes received",
        "rows from the connector",
    ] {
        let (less, more) = (figure(pushed, name), figure(plain, name));
        assert!(0.0 < less && less < more, "{name}: {less} and {more}");
    }
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(
        page.contains("<svg") && page.contains("read units"),
        "{page}"
    );
    assert!(!page.contains("http"), "{page}");
}

#[tokio::test]
async fn rows_that_differ_are_told_by_place_and_column_and_a_status() {
    let aws = shop().await;
    // The other connector shows numbers in another type, and one in another way.
    let sql = "select customer_id, loyalty, vip from customers where loyalty is not null";
    let same = run(&aws, &["compare", "--other-env", "number_type=auto", sql]).await;
    assert_eq!(same.status, Some(0), "{same:?}");
    assert!(same.out.contains("✓ the same"), "{}", same.out);
    assert!(
        same.out.contains("column `loyalty`") && same.out.contains("with the same values"),
        "{}",
        same.out
    );

    let sql = "select customer_id, case when (select count(*) from information_schema.tables where table_name = 'products') > 0 \
               then 1 else 0 end as n from customers order by 1 limit 3";
    let other = run(
        &aws,
        &["compare", "--other-env", "denied_tables=products", sql],
    )
    .await;
    assert_eq!(other.status, Some(1), "{other:?}");
    for words in ["✗ the rows differ: 3 rows", "row 1 (", "differ in `n`"] {
        assert!(other.out.contains(words), "`{words}` in {}", other.out);
    }
    assert!(
        other
            .err
            .contains("the two sides do not give the same rows"),
        "{}",
        other.err
    );
}

#[tokio::test]
async fn a_statement_that_fails_on_a_side_fails_the_comparison() {
    let aws = shop().await;
    let ended = run(&aws, &["compare", "select nothing from orders"]).await;
    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("no column `nothing`"), "{}", ended.err);
}
