//! Runs that are cut off, and run again.

use athena_testkit::cloud::CutOff;

use crate::rig::{A, BUCKET, EVERYTHING, Rig};

/// A run that is cut off after each single write, and a run after it.
async fn each_write(command: &str, prepared: bool, how: CutOff, step: usize) -> usize {
    for writes in (1..).step_by(step) {
        let rig = Rig::start().await;
        if prepared {
            rig.done("apply", EVERYTHING).await;
            rig.cloud.forget_calls();
        }
        rig.cloud.cut_off_after(writes, how);
        let cut = rig.run(command, EVERYTHING).await;
        rig.cloud.mend();
        if cut.code == Some(0) {
            return writes;
        }
        assert_eq!(
            cut.code,
            Some(1),
            "{command} cut off after {writes}: {cut:#?}"
        );
        rig.done(command, EVERYTHING).await;
        if command == "apply" {
            let made = rig.hand(A).s3().get_bucket_tagging().bucket(BUCKET);
            assert!(
                made.send().await.is_ok(),
                "cut off after {writes}: the bucket has no tags"
            );
        }
        // What was left undone is done; that nothing is left then is looked at now and again.
        if writes % 3 != 0 {
            continue;
        }
        rig.cloud.forget_calls();
        rig.done(command, EVERYTHING).await;
        let writes_of_third = rig.writes();
        assert!(
            writes_of_third.is_empty(),
            "{command} cut off after {writes}: {writes_of_third:?}"
        );
    }
    unreachable!("some number of writes suffices")
}

#[tokio::test]
async fn setting_up_goes_on_after_it_was_cut_off_at_any_write() {
    let writes = each_write("apply", false, CutOff::Refuse, 1).await;
    assert!(writes > 20, "only {writes} writes");
}

#[tokio::test]
async fn taking_down_goes_on_after_it_was_cut_off_at_any_write() {
    let writes = each_write("destroy", true, CutOff::Refuse, 1).await;
    assert!(writes > 8, "only {writes} writes");
}
