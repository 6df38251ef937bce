//! The Lambda emulator, with the echo function of this crate.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use athena_testkit::Emulator;
use athena_testkit::emulator::{Builder, InvokeOutcome, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use bytes::Bytes;
use futures::future::join_all;
use hyper::Response;
use serde_json::{Value, json};

use crate::wire;

fn echo() -> Builder {
    Emulator::builder(env!("CARGO_BIN_EXE_testkit-echo")).function_name("echo")
}

async fn invoke(emulator: &Emulator, event: &Value) -> InvokeOutcome {
    emulator.invoke(event.to_string().into()).await
}

fn document(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap()
}

/// The error message of a failed invocation, after checking what all of them have in common.
#[track_caller]
fn error_message(outcome: &InvokeOutcome) -> String {
    assert_eq!(outcome.status, 200);
    assert_eq!(outcome.function_error.as_deref(), Some("Unhandled"));
    document(&outcome.payload)["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[track_caller]
fn is_exit_error(outcome: &InvokeOutcome, how: &str) {
    let message = error_message(outcome);
    assert_eq!(document(&outcome.payload)["errorType"], "Runtime.ExitError");
    assert!(message.starts_with("RequestId: "), "{message}");
    assert!(message.ends_with(how), "{message}");
}

/// A call of the Invoke API over HTTP.
async fn post(
    emulator: &Emulator,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Response<Bytes> {
    let url = format!("{}{path}", emulator.endpoint());
    wire::post(&url, headers, body).await.unwrap()
}

#[tokio::test]
async fn an_event_comes_back_and_the_process_stays() {
    let emulator = echo().start().await.unwrap();
    for number in 0..20 {
        let event = json!({ "op": "echo", "number": number });
        let outcome = invoke(&emulator, &event).await;
        assert_eq!(
            (outcome.status, outcome.function_error.as_deref()),
            (200, None)
        );
        assert_eq!(document(&outcome.payload), event);
    }
    let stats = emulator.stats();
    assert_eq!(
        (stats.cold_starts, stats.invocations, stats.errors),
        (1, 20, 0)
    );
    assert_eq!(stats.processes.len(), 1);
    assert_eq!(stats.processes[0].invocations, 20);
    assert!(stats.processes[0].to_first_poll.unwrap() > Duration::ZERO);
    assert!(stats.processes[0].peak_memory_bytes > 100_000);
    assert_eq!(emulator.pids(), [stats.processes[0].pid]);
}

#[tokio::test]
async fn the_function_sees_the_environment_of_lambda_and_nothing_else() {
    let emulator = echo()
        .env("table", "orders")
        .envs([("AWS_ACCESS_KEY_ID", "key")])
        .memory_mb(1769)
        .region(Some("eu-west-3".to_owned()))
        .start()
        .await
        .unwrap();
    let outcome = invoke(&emulator, &json!({ "op": "environment" })).await;
    let variables: BTreeMap<String, String> = serde_json::from_slice(&outcome.payload).unwrap();
    let names: Vec<_> = variables.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_DEFAULT_REGION",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "LAMBDA_TASK_ROOT",
            "PATH",
            "table",
        ]
    );
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "echo");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_VERSION"], "$LATEST");
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "1769");
    assert_eq!(variables["AWS_REGION"], "eu-west-3");
    assert!(variables["AWS_LAMBDA_RUNTIME_API"].starts_with("127.0.0.1:"));
}

#[tokio::test]
async fn a_poll_carries_the_headers_of_the_runtime_api() {
    let emulator = echo()
        .timeout(Duration::from_mins(1))
        .start()
        .await
        .unwrap();
    let outcome = invoke(&emulator, &json!({ "op": "headers" })).await;
    let headers: Vec<(String, String)> = serde_json::from_slice(&outcome.payload).unwrap();
    let headers: BTreeMap<_, _> = headers.into_iter().collect();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";
    assert_eq!(headers["lambda-runtime-invoked-function-arn"], arn);
    assert_eq!(emulator.function_arn(), arn);
    let request_id = &headers["lambda-runtime-aws-request-id"];
    assert!(
        outcome
            .log_tail
            .unwrap()
            .contains(&format!("START RequestId: {request_id} "))
    );
    assert!(
        headers["lambda-runtime-deadline-ms"]
            .parse::<u64>()
            .unwrap()
            > 1_700_000_060_000
    );
    assert!(headers["lambda-runtime-trace-id"].starts_with("Root=1-"));
}

#[tokio::test]
async fn an_error_of_the_function_is_passed_on_as_it_was_posted() {
    let emulator = echo().start().await.unwrap();
    let outcome = invoke(&emulator, &json!({ "op": "fail" })).await;
    assert_eq!(error_message(&outcome), "as told");
    assert_eq!(
        outcome.payload,
        r#"{"errorMessage":"as told","errorType":"Echo.Fail"}"#
    );
    // The process is as good as before.
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
    let stats = emulator.stats();
    assert_eq!(
        (stats.cold_starts, stats.invocations, stats.errors),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn a_process_that_exits_fails_its_invocation_and_the_next_gets_another() {
    let emulator = echo().start().await.unwrap();
    let outcome = invoke(&emulator, &json!({ "op": "exit", "code": 7 })).await;
    is_exit_error(&outcome, "Error: Runtime exited with error: exit status 7");
    assert!(
        outcome
            .log_tail
            .unwrap()
            .contains("exit status 7\nEND RequestId: ")
    );
    assert!(emulator.pids().is_empty());
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
    assert_eq!(emulator.stats().cold_starts, 2);
}

#[tokio::test]
async fn a_process_that_exits_while_idle_fails_nobody() {
    let emulator = echo().start().await.unwrap();
    for _ in 0..10 {
        let outcome = invoke(&emulator, &json!({ "op": "echo", "then": "exit" })).await;
        assert_eq!(outcome.function_error, None, "{outcome:?}");
    }
    assert_eq!(emulator.stats().cold_starts, 10);
}

#[tokio::test]
async fn a_killed_process_is_named_by_its_signal() {
    let emulator = Emulator::builder("/bin/sh")
        .args(["-c", "kill -KILL $$"])
        .start()
        .await
        .unwrap();
    is_exit_error(&invoke(&emulator, &json!({})).await, "signal: killed");
}

#[tokio::test]
async fn a_process_that_exits_before_it_polls_fails_at_once() {
    let emulator = echo().env("ECHO_START", "exit").start().await.unwrap();
    let outcome = invoke(&emulator, &json!({})).await;
    is_exit_error(&outcome, "Runtime exited with error: exit status 3");
    // What it had to say is in the tail, although the invocation never began.
    assert!(outcome.log_tail.unwrap().starts_with("starting\n"));
}

#[tokio::test]
async fn a_command_that_does_not_exist_fails_at_once() {
    let emulator = Emulator::builder("/nowhere/bootstrap")
        .start()
        .await
        .unwrap();
    is_exit_error(
        &invoke(&emulator, &json!({})).await,
        "No such file or directory (os error 2)",
    );
    let stats = emulator.stats();
    assert_eq!(
        (stats.cold_starts, stats.errors, stats.processes.len()),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn an_error_posted_instead_of_a_poll_is_the_answer() {
    let emulator = echo().env("ECHO_START", "error").start().await.unwrap();
    let outcome = invoke(&emulator, &json!({})).await;
    assert_eq!(error_message(&outcome), "no configuration");
    assert_eq!(document(&outcome.payload)["errorType"], "Echo.Init");
}

#[tokio::test]
async fn an_invocation_beyond_its_time_is_killed_with_its_process() {
    let emulator = echo()
        .timeout(Duration::from_secs(1))
        .start()
        .await
        .unwrap();
    let outcome = invoke(&emulator, &json!({ "op": "hang" })).await;
    let message = error_message(&outcome);
    assert!(
        message.ends_with(" Task timed out after 1.00 seconds"),
        "{message}"
    );
    let words: Vec<_> = message.split(' ').collect();
    assert!(words[0].ends_with('Z') && words[0].len() == 24, "{message}");
    assert!(
        outcome
            .log_tail
            .unwrap()
            .contains(&format!("START RequestId: {} ", words[1]))
    );
    assert!(emulator.pids().is_empty());
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
}

#[tokio::test]
async fn a_process_that_never_polls_is_killed_at_the_limit() {
    let builder = echo()
        .env("ECHO_START", "hang")
        .timeout(Duration::from_secs(1));
    let emulator = builder.start().await.unwrap();
    let message = error_message(&invoke(&emulator, &json!({})).await);
    assert!(
        message.ends_with("Task timed out after 1.00 seconds"),
        "{message}"
    );
    assert!(emulator.pids().is_empty());
}

#[tokio::test]
async fn a_response_may_have_6291556_bytes_and_no_more() {
    let emulator = echo().start().await.unwrap();
    let outcome = invoke(
        &emulator,
        &json!({ "op": "big", "bytes": MAX_RESPONSE_BYTES }),
    )
    .await;
    assert_eq!(
        (outcome.payload.len(), outcome.function_error),
        (MAX_RESPONSE_BYTES, None)
    );

    let outcome = invoke(
        &emulator,
        &json!({ "op": "big", "bytes": MAX_RESPONSE_BYTES + 1 }),
    )
    .await;
    let message = error_message(&outcome);
    assert_eq!(
        message,
        "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
    );
    assert_eq!(
        document(&outcome.payload)["errorType"],
        "Function.ResponseSizeTooLarge"
    );
    // The function was told so, and goes on.
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
    assert!(emulator.logs()[0].text.contains("refused with 413"));
    assert_eq!(emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_request_above_the_limit_never_reaches_the_function() {
    let emulator = echo().start().await.unwrap();
    let largest = Bytes::from(format!("\"{}\"", "x".repeat(MAX_REQUEST_BYTES - 2)));
    assert_eq!(emulator.invoke(largest.clone()).await.payload, largest);

    let larger = Bytes::from(vec![b'1'; MAX_REQUEST_BYTES + 1]);
    let outcome = emulator.invoke(larger.clone()).await;
    assert_eq!(
        (outcome.status, outcome.function_error, outcome.log_tail),
        (413, None, None)
    );
    let answer = post(
        &emulator,
        "/2015-03-31/functions/echo/invocations",
        &[],
        larger,
    )
    .await;
    assert_eq!(answer.status(), 413);
    assert_eq!(
        answer.headers()["x-amzn-errortype"],
        "RequestTooLargeException"
    );
    assert_eq!(emulator.stats().invocations, 1);
}

#[tokio::test]
async fn the_tail_has_every_line_that_was_written_before_the_response() {
    let emulator = echo().start().await.unwrap();
    for round in 0..200 {
        let word = format!("round {round} line");
        let event = json!({ "op": "log", "lines": 30, "word": word });
        let outcome = invoke(&emulator, &event).await;
        let tail = outcome.log_tail.unwrap();
        let lines: Vec<_> = tail.lines().collect();
        assert!(lines[0].starts_with("START RequestId: "), "{tail}");
        let request_id = lines[0].split(' ').nth(2).unwrap();
        for line in 0..30 {
            assert_eq!(
                lines[line + 1].trim_end(),
                format!("{word} {line}"),
                "{tail}"
            );
        }
        assert_eq!(lines[31], format!("END RequestId: {request_id}"));
        let report = lines[32];
        assert!(
            report.starts_with(&format!("REPORT RequestId: {request_id}\tDuration: ")),
            "{report}"
        );
        assert!(
            report.contains(" ms\tMemory Size: 3008 MB\tMax Memory Used: "),
            "{report}"
        );
        assert_eq!(report.contains("\tInit Duration: "), round == 0, "{report}");
        assert_eq!(lines.len(), 33);
    }
}

#[tokio::test]
async fn the_tail_is_the_last_4096_bytes_and_the_log_has_the_rest() {
    let emulator = echo().start().await.unwrap();
    // More than a pipe holds, so the function would stop if nobody read while it runs.
    let outcome = invoke(
        &emulator,
        &json!({ "op": "log", "lines": 2000, "width": 80 }),
    )
    .await;
    let tail = outcome.log_tail.unwrap();
    assert_eq!(tail.len(), 4096);
    assert!(tail.contains("line 1999"));
    let log = &emulator.logs()[0].text;
    let missing = (0..2000).find(|line| !log.contains(&format!("line {line} ")));
    assert_eq!(missing, None);
}

#[tokio::test]
async fn four_processes_run_at_once_when_four_are_allowed() {
    let emulator = echo().concurrency(4).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Nobody answers before all four are there.
    let event = json!({ "op": "meet", "folder": folder.path(), "count": 4 });
    let outcomes = join_all((0..4).map(|_| invoke(&emulator, &event))).await;
    let answered: BTreeSet<u32> = outcomes
        .iter()
        .map(|outcome| serde_json::from_slice(&outcome.payload).unwrap())
        .collect();
    assert_eq!(answered, emulator.pids().into_iter().collect());
    assert_eq!(answered.len(), 4);
    // More callers than processes wait, and no more processes are started.
    let event = json!({ "op": "log" });
    let outcomes = join_all((0..40).map(|_| invoke(&emulator, &event))).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.function_error.is_none())
    );
    let stats = emulator.stats();
    assert_eq!((stats.cold_starts, stats.invocations), (4, 44));
}

#[tokio::test]
async fn the_invoke_api_answers_like_the_service() {
    let emulator = echo().start().await.unwrap();
    let path = "/2015-03-31/functions/echo/invocations";
    let event = Bytes::from_static(br#"{"a":1}"#);
    let answer = post(&emulator, path, &[], event.clone()).await;
    assert_eq!((answer.status().as_u16(), answer.body()), (200, &event));
    assert_eq!(answer.headers()["x-amz-executed-version"], "$LATEST");
    assert!(!answer.headers().contains_key("x-amz-function-error"));
    assert!(!answer.headers().contains_key("x-amz-log-result"));

    let fail = Bytes::from_static(br#"{"op":"fail"}"#);
    let arn = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aecho/invocations";
    let answer = post(&emulator, arn, &[("x-amz-log-type", "Tail")], fail).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-amz-function-error"], "Unhandled");
    assert_eq!(document(answer.body())["errorType"], "Echo.Fail");
    let tail = answer.headers()["x-amz-log-result"].as_bytes();
    let tail = base64_simd::STANDARD.decode_to_vec(tail).unwrap();
    assert!(tail.starts_with(b"START RequestId: "));

    let other = "/2015-03-31/functions/other/invocations";
    assert_eq!(
        post(&emulator, other, &[], event.clone()).await.status(),
        404
    );
    let event_type = [("x-amz-invocation-type", "Event")];
    assert_eq!(
        post(&emulator, path, &event_type, event).await.status(),
        400
    );
}

#[tokio::test]
async fn an_invocation_goes_on_when_its_caller_hangs_up() {
    let emulator = echo().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let event = json!({ "op": "meet", "folder": folder.path(), "count": 2 });
    {
        let abandoned = invoke(&emulator, &event);
        let mut abandoned = std::pin::pin!(abandoned);
        assert!(futures::poll!(&mut abandoned).is_pending());
    }
    std::fs::write(folder.path().join("second"), b"").unwrap();
    // Waits for the abandoned one, since there is one process.
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
    let stats = emulator.stats();
    assert_eq!(
        (stats.invocations, stats.cold_starts, stats.errors),
        (2, 1, 0)
    );
}

#[tokio::test]
async fn processes_and_what_they_started_end_with_the_emulator() {
    let script = format!("sleep 1000 & exec {}", env!("CARGO_BIN_EXE_testkit-echo"));
    let emulator = Emulator::builder("/bin/sh")
        .args(["-c", &script])
        .start()
        .await
        .unwrap();
    assert_eq!(invoke(&emulator, &json!({})).await.function_error, None);
    let pid = emulator.pids()[0];
    let address = emulator.address();
    emulator.shutdown().await;
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    let group = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    let gone_or_dying = loop {
        // What the process started is collected by init, in its own time.
        match rustix::process::test_kill_process_group(group) {
            Err(error) => break error,
            Ok(()) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(gone_or_dying, rustix::io::Errno::SRCH);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_concurrency_of_nothing_is_refused() {
    let error = echo().concurrency(0).start().await.unwrap_err();
    assert_eq!(error.to_string(), "`concurrency` must be at least 1, got 0");
}
