//! From nothing to a shared catalog, once and again.

use athena_testkit::cloud::Outcome;

use crate::rig::{EVERYTHING, Rig, done};

#[tokio::test]
async fn the_first_run_creates_all_and_the_second_writes_nothing() {
    let rig = Rig::start().await;
    let plan = rig.run("plan", EVERYTHING).await;
    assert_eq!(plan.code, Some(2), "{plan:#?}");
    rig.wrote_nothing();
    rig.done("apply", EVERYTHING).await;
    let writes = rig.writes();
    let created = done(&writes);
    for (operation, times) in [
        ("CreateRole", 2),
        ("CreateBucket", 3),
        ("CreateLogGroup", 1),
        ("CreateFunction", 1),
        ("AddPermission", 1),
        ("CreateWorkGroup", 2),
        ("CreateDataCatalog", 2),
    ] {
        assert_eq!(
            created.get(operation),
            Some(&times),
            "{operation}: {created:?}"
        );
    }
    // A role that Lambda does not know yet is all that was ever refused.
    let refused = writes.iter().filter(|call| call.outcome != Outcome::Done);
    let refused: Vec<&str> = refused.map(|call| call.operation.as_str()).collect();
    assert!(
        refused
            .iter()
            .all(|operation| ["CreateFunction", "AssumeRole"].contains(operation)),
        "{refused:?}"
    );
    let again = rig.done("apply", EVERYTHING).await;
    rig.wrote_nothing();
    assert!(again.talk.contains("nothing to do"), "{again:#?}");
    assert_eq!(rig.run("status", EVERYTHING).await.code, Some(0));
}

#[tokio::test]
async fn the_finished_set_up_allows_what_it_should_and_no_more() {
    for style in ["--strict", "--seed-exact", "--memory=1024"] {
        let rig = Rig::start().await;
        let options = [EVERYTHING, &[style]].concat();
        rig.done("apply", &options).await;
        let plan = rig
            .done("plan", &[&options[..], &["--json"]].concat())
            .await;
        let plan = plan.json();
        let rows = plan["access"].as_array().unwrap();
        assert!(rows.len() > 20, "{plan:#}");
        for row in rows {
            assert_eq!(row["as_expected"], true, "{style}: {row:#}");
        }
        let changes = plan["changes"].as_array().unwrap();
        for change in changes {
            assert_eq!(change["action"], "in step", "{style}: {change:#}");
        }
    }
}
