//! A plan in a file is done if it would still be the same, and refused if not.

use crate::rig::{A, EVERYTHING, FUNCTION, Rig};

#[tokio::test]
async fn a_plan_of_a_file_is_done_once_and_only_as_long_as_nothing_has_changed() {
    let rig = Rig::start().await;
    let path = rig.path("plan.json");
    let path = path.to_str().unwrap();
    let out = format!("--out={path}");
    let of_file = format!("--plan={path}");
    let secret = "--env=theirs=canary-value";
    let made = [EVERYTHING, &[secret]].concat();
    let plan = rig.run("plan", &[&made[..], &[&out]].concat()).await;
    assert_eq!(plan.code, Some(2), "{plan:#?}");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        !text.contains("canary-value"),
        "values may be secret: {text}"
    );
    let apply = |options: &[&str]| {
        // Whoever gives a plan has agreed to it.
        let mut program = rig.command("apply", &[options, &[&of_file]].concat());
        async move { crate::rig::Run::of(program.output().await.unwrap()) }
    };
    // Another value, another package: another plan.
    for other in ["--env=theirs=other", "--memory=1024"] {
        let other = if other.starts_with("--env") {
            [EVERYTHING, &[other]].concat()
        } else {
            [&made[..], &[other]].concat()
        };
        let run = apply(&other).await;
        assert_eq!(run.code, Some(1), "{run:#?}");
        let told = format!("has changed since the plan was made: function {FUNCTION}");
        assert!(run.talk.contains(&told), "{}", run.talk);
    }
    rig.wrote_nothing();
    // Somebody made a bucket in the meantime.
    let hand = rig.hand(A);
    let create = hand.s3().create_bucket().bucket("ds-spill-bucket");
    create.send().await.unwrap();
    let run = apply(&made).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.talk.contains("spill bucket ds-spill-bucket"),
        "{}",
        run.talk
    );
    let delete = hand.s3().delete_bucket().bucket("ds-spill-bucket");
    delete.send().await.unwrap();
    rig.cloud.forget_calls();
    let run = apply(&made).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert!(!rig.writes().is_empty());
    let again = apply(&made).await;
    assert_eq!(again.code, Some(1), "{again:#?}");
    rig.wrote_nothing();
}
