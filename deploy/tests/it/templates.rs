//! `template` and `policy show`: nothing is asked of AWS, and what is printed is what tools take.

use std::io::Write as _;
use std::process::Command;

use iam_policy_kit::Document;
use iam_policy_kit::check::{PolicyKind, Severity, validate};
use serde_json::Value;

const EVERYTHING: &[&str] = &[
    "--spill-bucket=ds-spill-bucket",
    "--region=us-east-1",
    "--account-a=111111111111",
    "--account-b=222222222222",
    "--results-bucket=athena-dynamodb-queries-a",
    "--results-bucket-b=athena-dynamodb-queries-b",
    "--log-retention=30",
    "--kms-key=arn:aws:kms:us-east-1:111111111111:key/0a1b2c3d",
    "--subnets=subnet-0123456789abcdef0",
    "--security-groups=sg-0123456789abcdef0",
    "--boundary=arn:aws:iam::111111111111:policy/bound",
    "--tables=orders,customers",
    "--env=allowed_tables=orders",
];

/// What a run prints that must succeed without a word on stderr.
#[track_caller]
fn printed(words: &[&str], options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_athena-dynamodb-deploy"))
        .args(words)
        .args(options)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

const FORMS: &[&[&str]] = &[
    &["template", "cloudformation"],
    &["template", "cloudformation", "--no-alarms"],
    &["template", "sam"],
    &["template", "cloudformation", "--for-account=222222222222"],
];
const STYLES: &[&str] = &["--spill-prefix=athena-spill", "--strict", "--seed-exact"];

#[test]
fn cloudformation_and_sam_templates_pass_cfn_lint() {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where the program is"
    )]
    let Some(lint) = std::env::var_os("CFN_LINT") else {
        println!("skipped: `CFN_LINT` does not tell where cfn-lint is");
        return;
    };
    let folder = tempfile::TempDir::new().unwrap();
    let mut templates = Vec::new();
    for form in FORMS {
        for style in STYLES {
            let text = printed(form, &[EVERYTHING, &[style]].concat());
            let path = folder.path().join(format!("{}.json", templates.len()));
            let mut file = std::fs::File::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            templates.push(path);
        }
    }
    let output = Command::new(&lint).args(&templates).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{words}");
}

#[test]
fn templates_leave_open_where_they_are_deployed() {
    for form in [
        &["template", "cloudformation"][..],
        &["template", "sam"],
        &["template", "terraform"],
    ] {
        let text = printed(
            form,
            &["--spill-bucket=ds-spill-bucket", "--region=us-east-1"],
        );
        assert!(
            !text.contains("000000000000"),
            "a place holder is left: {text}"
        );
        assert!(!text.contains(":us-east-1:"), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value.is_object());
    }
}

#[test]
fn each_form_has_the_same_parts() {
    insta::assert_snapshot!("cloudformation", printed(FORMS[0], EVERYTHING));
    insta::assert_snapshot!("cloudformation_b", printed(FORMS[3], EVERYTHING));
    insta::assert_snapshot!("terraform", printed(&["template", "terraform"], EVERYTHING));
}

#[test]
fn documents_are_what_aws_takes_in_every_style() {
    let mut all = String::new();
    for style in STYLES {
        for (name, kind) in [
            ("spill", PolicyKind::Bucket),
            ("function", PolicyKind::Function),
            ("trust", PolicyKind::Trust),
            ("execution", PolicyKind::InlineRole),
            ("share-trust", PolicyKind::Trust),
            ("share", PolicyKind::InlineRole),
            ("analyst", PolicyKind::Managed),
            ("deployer-a", PolicyKind::Managed),
            ("deployer-b", PolicyKind::Managed),
        ] {
            let text = printed(&["policy", "show", name], &[EVERYTHING, &[style]].concat());
            let found = validate(&Document::from_json(&text).unwrap(), kind);
            let errors = found
                .iter()
                .filter(|finding| finding.severity == Severity::Error);
            assert_eq!(errors.count(), 0, "{name} {style}: {found:?}");
            all.extend(["── ", name, " ", style, "\n", &text, "\n"]);
        }
    }
    insta::assert_snapshot!("documents", all);
}

/// The metrics that the connector writes, each with `FunctionName`; the first three by kind of request too (docs/operations.md).
const METRICS: &[&str] = &[
    "Calls",
    "Failures",
    "Duration",
    "ColdStarts",
    "Pages",
    "Items",
    "Rows",
    "ReadCapacityUnits",
    "Retries",
    "Throttles",
    "Mismatches",
    "SpilledBlocks",
    "PageBytes",
    "SpilledBytes",
    "FetchTime",
    "DecodeTime",
    "SealTime",
    "PutTime",
    "ThrottleWait",
    "PaceWait",
    "SpillWait",
];

#[test]
fn the_dashboard_and_alarms_are_about_metrics_that_are_written() {
    let text = printed(FORMS[0], EVERYTHING);
    let template: Value = serde_json::from_str(&text).unwrap();
    let resources = template["Resources"].as_object().unwrap();
    let variables = &resources["Connector"]["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["metrics_namespace"], "AthenaDynamoDB");
    let body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"].as_str();
    let body: Value = serde_json::from_str(body.unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap();
    let metrics = widgets
        .iter()
        .flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap());
    let mut shown = 0;
    for metric in metrics {
        if metric[0] == "AthenaDynamoDB" {
            assert!(METRICS.contains(&metric[1].as_str().unwrap()), "{metric}");
            shown += 1;
        } else if let Some(search) = metric[0]["expression"].as_str() {
            assert!(
                METRICS[..3]
                    .iter()
                    .any(|name| search.contains(&format!("\"{name}\""))),
                "{search}"
            );
        } else {
            assert_eq!(metric[0], "AWS/Lambda");
        }
    }
    assert!(shown > 15);
    let alarms: Vec<&Value> = resources
        .values()
        .filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm")
        .collect();
    assert_eq!(alarms.len(), 6);
    for alarm in alarms {
        let queries = alarm["Properties"]["Metrics"].as_array().unwrap();
        let judged = queries.iter().filter(|query| query["ReturnData"] == true);
        assert_eq!(judged.count(), 1, "{alarm:#}");
        for metric in queries.iter().map(|query| &query["MetricStat"]["Metric"]) {
            let is_own = metric["Namespace"] == "AthenaDynamoDB";
            assert!(
                !is_own || METRICS.contains(&metric["MetricName"].as_str().unwrap()),
                "{metric}"
            );
        }
    }
    let other = [EVERYTHING, &["--env=metrics_namespace=Ours"]].concat();
    let other = printed(FORMS[0], &other);
    assert!(!other.contains("AthenaDynamoDB\"") && other.contains("\"Ours\""));
}

#[test]
fn without_alarms_there_are_no_metrics_to_pay_for() {
    for form in ["cloudformation", "sam", "terraform"] {
        let text = printed(&["template", form, "--no-alarms"], EVERYTHING);
        for word in ["metrics_namespace", "Alarm", "alarm", "ashboard"] {
            assert!(!text.contains(word), "{form}: {word}");
        }
    }
}
