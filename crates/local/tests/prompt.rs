//! The shell in a pseudo-terminal, key by key.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

mod terminal;

use athena_testkit::dynamodb::Fault;
use athena_testkit::{LocalAws, Shop};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use terminal::Terminal;

const UP: &str = "\x1b[A";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

/// The shell's environment, which keeps its history below `folder`.
fn environment(folder: &Path, aws: Option<&LocalAws>) -> BTreeMap<String, String> {
    let mut environment = aws.map(LocalAws::function_environment).unwrap_or_default();
    let folder = folder.to_str().unwrap().to_owned();
    environment.insert("XDG_STATE_HOME".to_owned(), folder);
    environment
}

#[test]
fn a_statement_of_several_lines_is_answered_at_its_semicolon_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(folder.path(), None);
    let mut shell = Terminal::start(&environment, &[]);
    shell.expect("athena> ");
    shell.send("select 40 + 2\r");
    shell.send("as answer;\r");
    shell.expect("| answer |");
    shell.expect("| 42     |");
    shell.expect("1 row in");
    shell.expect("athena> ");
    shell.send("\\timing\r");
    shell.expect("timing is off");
    shell.expect("athena> ");
    shell.send("select totl;\r");
    shell.expect("at line 1, column 8");
    shell.expect("^^^^");
    shell.expect("athena> ");
    shell.send(CTRL_D);
    assert!(shell.ends().success());

    let history = std::fs::read_to_string(folder.path().join("athena-local/history")).unwrap();
    assert!(
        history.contains("select 40 + 2") && !history.contains("42"),
        "{history}"
    );
    let mut again = Terminal::start(&environment, &["shell"]);
    again.expect("athena> ");
    again.send(&UP.repeat(3));
    again.expect("as answer;");
    again.send("\r");
    again.expect("| 42     |");
    again.expect("athena> ");
    again.send("\\q\r");
    assert!(again.ends().success());
}

#[test]
fn nothing_is_kept_of_what_is_typed_if_nobody_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Terminal::start(&environment(folder.path(), None), &["--no-history"]);
    shell.expect("athena> ");
    shell.send("select 1;\r");
    shell.expect("1 row in");
    shell.expect("athena> ");
    shell.send(CTRL_D);
    assert!(shell.ends().success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_interrupt_ends_the_statement_and_clears_the_line_but_not_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let mut environment = environment(folder.path(), None);
    for (name, value) in [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    // A connector that never asks for work.
    let mut shell = Terminal::start(&environment, &["--connector", "sleep 1000"]);
    shell.expect("athena> ");
    shell.send("select * from orders;\r");
    shell.press_until(CTRL_C, "cancelled");
    shell.expect("athena> ");
    shell.send("select 'half a line");
    shell.expect("half a line");
    shell.send(CTRL_C);
    shell.expect("athena> ");
    shell.send("select 1 as alive;\r");
    shell.expect("| alive |");
    shell.expect("athena> ");
    shell.send(CTRL_D);
    assert!(shell.ends().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_was_interrupted_keeps_nobody_waiting() {
    let aws = LocalAws::start().await.unwrap();
    let shop = Shop::generate(1, 0.02);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // One call at a time: what still read would hold the next statement back.
    let words = ["--parallel", "1"];
    let mut shell = Terminal::start(&environment(folder.path(), Some(&aws)), &words);
    shell.expect("athena> ");
    shell.send("select count(*) as n from products;\r");
    shell.expect("| n ");
    shell.expect("athena> ");
    let hour = Duration::from_hours(1);
    aws.dynamodb.fail_next("Scan", 8, Fault::Delay(hour));
    shell.send("select count(*) as never from products;\r");
    shell.expect("0 of 1 split");
    shell.send(CTRL_C);
    shell.expect("cancelled");
    shell.expect("athena> ");
    aws.dynamodb.reset();
    shell.send("select count(*) as again from products;\r");
    shell.expect("| again |");
    shell.expect("1 row in");
    shell.expect("athena> ");
    shell.send(CTRL_D);
    assert!(shell.ends().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_completed_and_commands_look_at_tables_and_plans() {
    let aws = LocalAws::start().await.unwrap();
    let shop = Shop::generate(1, 0.02);
    shop.load(&aws.dynamodb.client(), |_, _| {}).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(folder.path(), Some(&aws));
    let mut shell = Terminal::start(&environment, &[]);
    shell.expect("athena> ");
    shell.send("sel\t");
    shell.expect("select");
    // The connector is started by the first name, and nobody waits for it long.
    shell.send(" count(*) as n from cust");
    shell.press_until("\t", "customers");
    shell.send(" where loy");
    shell.press_until("\t", "loyalty");
    shell.send(" is null and customer_id = 'none';\r");
    shell.expect("| n |");
    shell.expect("| 0 |");
    shell.expect("athena> ");
    shell.send("\\dt\r");
    shell.expect("| ddb     | default | customers |");
    shell.expect("athena> ");
    shell.send("\\d orders\r");
    shell.expect("| customer_id");
    shell.expect("athena> ");
    shell.send("\\d ordres\r");
    shell.expect("did you mean `orders`?");
    shell.expect("athena> ");
    shell.send("\\capabilities\r");
    shell.expect("ddb: source `ddb`, speaks version 6");
    shell.expect("supports_limit_pushdown");
    shell.expect("athena> ");
    shell.send("\\splits select sku from products\r");
    shell.expect("products: 1 split");
    shell.expect("athena> ");
    shell.send("\\explain select sku from products where sku = 'x'\r");
    shell.expect("── default.products");
    shell.expect("athena> ");
    let file = folder.path().join("out.csv");
    shell.send(&format!(
        "\\export {} select sku from products;\r",
        file.display()
    ));
    shell.expect("wrote ");
    shell.expect("athena> ");
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 1 + shop.products.len());
    // A statement that fails leaves the file as it was.
    shell.send(&format!(
        "\\export {} select nothing from products;\r",
        file.display()
    ));
    shell.expect("there is no column `nothing`");
    shell.expect("athena> ");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    shell.send(CTRL_D);
    assert!(shell.ends().success());
}

#[test]
fn a_long_table_goes_through_the_pager() {
    let folder = tempfile::tempdir().unwrap();
    let mut environment = environment(folder.path(), None);
    environment.insert("PAGER".to_owned(), "sed s/^/paged/".to_owned());
    let mut shell = Terminal::start(&environment, &["--rows", "30"]);
    shell.expect("athena> ");
    shell.send("select * from (values (1), (2)) as short(s);\r");
    shell.expect("\n| s |");
    shell.expect("athena> ");
    shell.send("select * from unnest(range(0, 50)) as long(l);\r");
    shell.expect("paged| l");
    shell.expect("paged… and 20 more rows");
    shell.expect("50 rows in");
    shell.expect("athena> ");
    shell.send(CTRL_D);
    assert!(shell.ends().success());
}
