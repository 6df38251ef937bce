//! `explore` over HTTP: what the page asks is answered, and nobody else is.

use crate::http::{Address, call, send};
use crate::program::{explore, shop};
use serde_json::{Value, json};

#[tokio::test]
async fn the_page_finds_tables_rows_plans_and_words_for_errors() {
    let aws = shop().await;
    let serving = explore(&aws).await;
    let address = Address::of(&serving.url);

    let tables = call(&address, "tables", &json!({})).await;
    let catalog = &tables["catalogs"][0];
    assert_eq!(
        (&catalog["name"], &catalog["source"]),
        (&json!("ddb"), &json!("ddb"))
    );
    assert_eq!(
        catalog["schemas"][0],
        json!({"name": "default", "tables": ["customers", "orders", "products"]})
    );

    let columns = call(
        &address,
        "columns",
        &json!({"text": "ddb.default.products"}),
    )
    .await;
    let price = columns["columns"].as_array().unwrap().iter();
    let price = price
        .clone()
        .find(|column| column["name"] == "price")
        .unwrap();
    assert_eq!(price["type"], "decimal(38,9)");

    let sql = "select '<img src=x>' as a, null as b, count(*) as n from orders";
    let answer = call(&address, "query", &json!({"text": sql})).await;
    assert_eq!(answer["rows"][0][0], "<img src=x>");
    assert_eq!(answer["rows"][0][1], Value::Null);
    assert_eq!(
        answer["columns"][2],
        json!({"name": "n", "type": "bigint", "numeric": true})
    );
    assert!(
        answer["figures"]["items"].as_u64().unwrap() > 50,
        "{answer}"
    );
    assert!(
        answer["figures"]["milliUnits"].as_u64().unwrap() > 0,
        "{answer}"
    );

    let few = call(
        &address,
        "query",
        &json!({"text": "select * from orders", "rows": 3}),
    )
    .await;
    assert_eq!(few["rows"].as_array().unwrap().len(), 3);
    assert!(few["total"].as_u64().unwrap() > 50);

    let one = json!({"text": "select order_id from orders where customer_id = 'c00001'"});
    let mut plain = one.clone();
    plain["pushdown"] = false.into();
    let (pushed, plain) = (
        call(&address, "query", &one).await,
        call(&address, "query", &plain).await,
    );
    assert_eq!(pushed["total"], plain["total"]);
    assert!(pushed["figures"]["items"].as_u64() < plain["figures"]["items"].as_u64());

    let drawn = call(&address, "explain", &one).await;
    assert!(
        drawn["text"]
            .as_str()
            .unwrap()
            .contains("── default.orders"),
        "{drawn}"
    );
    let svg = base64_simd::STANDARD
        .decode_to_vec(drawn["svg"].as_str().unwrap())
        .unwrap();
    assert!(String::from_utf8(svg).unwrap().starts_with("<svg"));

    let wrong = call(
        &address,
        "query",
        &json!({"text": "select nothing from orders"}),
    )
    .await;
    assert_eq!(wrong["error"]["message"], "there is no column `nothing`");
    assert!(
        wrong["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("order_id"),
        "{wrong}"
    );
    let writes = call(&address, "query", &json!({"text": "drop table orders"})).await;
    assert!(
        writes["error"]["message"]
            .as_str()
            .unwrap()
            .contains("not DROP"),
        "{writes}"
    );
}

#[tokio::test]
async fn other_pages_other_names_and_guessed_addresses_get_nothing() {
    let aws = athena_testkit::LocalAws::start().await.unwrap();
    let serving = explore(&aws).await;
    let address = Address::of(&serving.url);
    let (host, page) = (address.host.as_str(), address.path.as_str());
    let query = format!("{page}api/query");
    let own = ("Host", host);

    let reply = send(&address, "GET", page, &[own], "").await;
    assert_eq!(reply.status, 200);
    for header in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(reply.head.contains(header), "`{header}` in {}", reply.head);
    }
    assert!(!reply.head.contains("access-control"), "{}", reply.head);
    let secret = page.trim_matches('/');
    assert!(secret.len() >= 32 && !reply.body.contains(secret));

    for (method, path, headers, status) in [
        ("GET", page, &[("Host", "rebound.example")][..], 403),
        ("GET", page, &[], 403),
        (
            "POST",
            query.as_str(),
            &[own, ("Origin", "http://rebound.example")],
            403,
        ),
        ("POST", query.as_str(), &[own, ("Origin", "null")], 403),
        (
            "POST",
            query.as_str(),
            &[own, ("Sec-Fetch-Site", "cross-site")],
            403,
        ),
        ("GET", "/", &[own], 404),
        ("POST", "/api/query", &[own], 404),
        ("GET", "/00000000000000000000000000000000/", &[own], 404),
        ("GET", query.as_str(), &[own], 405),
        ("OPTIONS", query.as_str(), &[own], 405),
    ] {
        let reply = send(&address, method, path, headers, "").await;
        assert_eq!(
            reply.status, status,
            "{method} {path} {headers:?}: {reply:?}"
        );
        assert!(!reply.body.contains("<html"), "{reply:?}");
    }
    assert_eq!(
        send(&address, "POST", &format!("{page}api/nothing"), &[own], "")
            .await
            .status,
        404
    );
    assert_eq!(
        send(&address, "POST", &query, &[own], "no json")
            .await
            .status,
        400
    );
    let long = " ".repeat(2 << 20);
    assert_eq!(
        send(&address, "POST", &query, &[own], &long).await.status,
        413
    );
}

#[tokio::test]
async fn an_interrupt_ends_it() {
    let aws = athena_testkit::LocalAws::start().await.unwrap();
    let mut serving = explore(&aws).await;
    let pid = serving.child.id().unwrap().to_string();
    let mut kill = tokio::process::Command::new("kill");
    assert!(kill.args(["-INT", &pid]).status().await.unwrap().success());
    let status = serving.child.wait().await.unwrap();
    assert_eq!(status.code(), Some(130));
}
