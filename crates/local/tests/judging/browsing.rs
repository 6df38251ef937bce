//! `explore` in a headless browser, with mouse and keys. `PICTURES` names a folder for what it looked like.

use crate::browser::{Browser, chromium};
use crate::program::{explore, run, shop};
use serde_json::json;

const CTRL: u32 = 2;
const SHIFT: u32 = 8;
const ENTER: u32 = 13;

/// Keeps a picture, if somebody wants to look.
async fn look(browser: &mut Browser, name: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where to"
    )]
    let Some(folder) = std::env::var_os("PICTURES") else {
        return;
    };
    let picture = browser.picture().await;
    std::fs::write(std::path::Path::new(&folder).join(name), picture).unwrap();
}

#[tokio::test]
async fn a_table_is_chosen_asked_and_explained_with_mouse_and_keys() {
    let Some(program) = chromium() else { return };
    let aws = shop().await;
    let serving = explore(&aws).await;
    let mut browser = Browser::open(&program, &serving.url, false).await;
    browser
        .until("document.body && document.body.dataset.ready")
        .await;
    let names = "[...document.querySelectorAll('#tables button')].map(b => b.textContent)";
    assert_eq!(
        browser.value(names).await,
        json!(["customers", "orders", "products"])
    );

    // A click shows the first rows.
    browser.click("#tables button:nth-of-type(2)").await;
    browser
        .until("document.querySelectorAll('#view tbody tr').length === 50")
        .await;
    let head = "[...document.querySelectorAll('#view th')].map(th => th.firstChild ? th.firstChild.textContent : '')";
    let head = browser.value(head).await;
    assert!(
        head.as_array().unwrap().contains(&json!("customer_id")),
        "{head}"
    );
    let figures = browser
        .value("document.querySelector('#status').textContent")
        .await;
    assert!(
        figures.as_str().unwrap().contains("read units"),
        "{figures}"
    );
    look(&mut browser, "rows.png").await;

    browser.click("#describe").await;
    browser
        .until("document.querySelector('#status').textContent.includes('columns')")
        .await;
    look(&mut browser, "columns.png").await;

    // A statement is typed and run by keys; what it gives is text, whatever it looks like.
    browser
        .value("document.querySelector('#sql').select(), document.querySelector('#sql').focus()")
        .await;
    browser.type_text("select '<img src=x onerror=alert(1)>' as a, null as b, customer_id, total from orders where customer_id = 'c00001';").await;
    browser.press("Enter", ENTER, CTRL).await;
    browser.until("document.querySelector('#view td.null') && document.querySelector('#view td:nth-child(2)').textContent.startsWith('<img')").await;
    assert_eq!(
        browser
            .value("document.querySelectorAll('#view img').length")
            .await,
        0
    );
    look(&mut browser, "statement.png").await;

    browser.press("Enter", ENTER, CTRL + SHIFT).await;
    browser.until("document.querySelector('#view pre')").await;
    assert!(
        browser
            .value("document.querySelector('#view img').decode().then(() => document.querySelector('#view img').naturalWidth)")
            .await
            .as_u64()
            .unwrap()
            > 100
    );
    let text = browser
        .value("document.querySelector('#view pre').textContent")
        .await;
    assert!(text.as_str().unwrap().contains("c00001"), "{text}");
    look(&mut browser, "plan.png").await;

    // What goes wrong is said with a hint.
    browser
        .value("document.querySelector('#sql').select(), document.querySelector('#sql').focus()")
        .await;
    browser.type_text("select nothing from orders").await;
    browser.press("Enter", ENTER, CTRL).await;
    browser.until("document.querySelector('.error')").await;
    let error = browser
        .value("document.querySelector('.error').textContent")
        .await;
    assert!(
        error
            .as_str()
            .unwrap()
            .contains("there is no column `nothing`"),
        "{error}"
    );
    look(&mut browser, "error.png").await;

    // The policy let all of this through, and the script had no fault.
    assert_eq!(browser.complaints, [""; 0]);
}

#[tokio::test]
async fn the_page_is_dark_where_that_is_preferred_and_filters_its_tables() {
    let Some(program) = chromium() else { return };
    let aws = shop().await;
    let serving = explore(&aws).await;
    let mut browser = Browser::open(&program, &serving.url, true).await;
    browser
        .until("document.body && document.body.dataset.ready")
        .await;
    let page = browser
        .value("getComputedStyle(document.body).backgroundColor")
        .await;
    assert_eq!(page, "rgb(13, 17, 23)");
    browser.value("document.activeElement.blur()").await;
    browser.press("/", 191, 0).await;
    assert_eq!(browser.value("document.activeElement.id").await, "filter");
    browser.type_text("ord").await;
    let shown = "[...document.querySelectorAll('#tables button')].filter(b => !b.hidden).map(b => b.textContent)";
    assert_eq!(browser.value(shown).await, json!(["orders"]));
    browser.click("#tables button:nth-of-type(2)").await;
    browser
        .until("document.querySelectorAll('#view tbody tr').length === 50")
        .await;
    look(&mut browser, "dark.png").await;
    assert_eq!(browser.complaints, [""; 0]);
}

#[tokio::test]
async fn the_page_of_a_comparison_shows_its_plots() {
    let Some(program) = chromium() else { return };
    let aws = shop().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let sql = "select * from orders where customer_id = 'c00001'";
    let ended = run(
        &aws,
        &[
            "compare",
            "--runs",
            "4",
            "--html",
            path.to_str().unwrap(),
            sql,
        ],
    )
    .await;
    assert_eq!(ended.status, Some(0), "{ended:?}");
    let url = format!("file://{}", path.display());
    let mut browser = Browser::open(&program, &url, false).await;
    browser
        .until("document.querySelectorAll('circle').length === 8")
        .await;
    let wide = browser.value("Math.min(...[...document.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect().height))").await;
    assert!(wide.as_f64().unwrap() > 30.0, "{wide}");
    look(&mut browser, "comparison.png").await;
    assert_eq!(browser.complaints, [""; 0]);
}
