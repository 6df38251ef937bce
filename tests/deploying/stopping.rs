//! Ctrl-C: the call under way is finished, no other begun, and a run after it goes on.

use athena_testkit::cloud::Pace;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::rig::{EVERYTHING, Rig, Run};

#[tokio::test]
async fn an_interrupted_run_ends_between_two_calls_says_so_and_is_gone_on_with() {
    let rig = Rig::start().await;
    // A function that takes its time: the run lasts until the signal has come.
    rig.cloud.set_pace(Pace {
        function_reads: 150,
        role_tries: 0,
    });
    let mut child = rig.command("apply", EVERYTHING).spawn().unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = String::new();
    while let Some(line) = talk.next_line().await.unwrap() {
        told += &line;
        told.push('\n');
        if line.starts_with("[1/") {
            kill_process(pid, Signal::INT).unwrap();
        }
    }
    let output = child.wait_with_output().await.unwrap();
    let run = Run::of(output);
    assert_eq!(run.code, Some(130), "{told}");
    let told_calls = told.lines().filter(|line| line.starts_with('[')).count();
    let end = format!("interrupted after {told_calls} of ");
    assert!(told.contains(&end), "{told}");
    assert!(
        told.contains("not done: ") && told.contains("create data catalog"),
        "{told}"
    );
    assert!(told.contains("run the command again"), "{told}");
    rig.cloud.set_pace(Pace::default());
    rig.done("apply", EVERYTHING).await;
    rig.cloud.forget_calls();
    rig.done("apply", EVERYTHING).await;
    rig.wrote_nothing();
}
