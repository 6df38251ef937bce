//! From nothing to a shared catalog and back, against moto's two accounts.

use crate::accounts::{A, Accounts, B, C, FUNCTION};

const SHARED: &[&str] = &["--account-b=222222222222", "--profile-b=b"];
/// Every part that there is.
const ALL: &[&str] = &[
    "--account-b=222222222222",
    "--profile-b=b",
    "--results-bucket=athena-dynamodb-queries-a",
    "--log-retention=30",
    "--env=allowed_tables=orders",
];

fn words<'a>(command: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let yes = if command == "plan" {
        None
    } else {
        Some("--yes")
    };
    [command]
        .into_iter()
        .chain(options.iter().copied())
        .chain(yes)
        .collect()
}

#[test]
fn the_first_run_creates_all_and_the_second_writes_nothing() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let plan = accounts.run(&words("plan", ALL));
    assert_eq!(plan.code, Some(2), "{plan:?}");
    assert_eq!(accounts.writes(), [""; 0], "a plan changes nothing");
    insta::assert_snapshot!("first_plan", plan.data);
    accounts.done(&words("apply", ALL));
    assert!(accounts.writes().len() > 20);
    let again = accounts.done(&words("apply", ALL));
    assert_eq!(accounts.writes(), [""; 0], "{again:?}");
    assert_eq!(accounts.run(&words("plan", ALL)).code, Some(0));
    let json = accounts.done(&[&words("plan", ALL)[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.data).unwrap();
    let rows = json["access"].as_array().unwrap();
    assert!(rows.len() > 15, "{json:#}");
    assert!(
        rows.iter().all(|row| row["as_expected"] == true),
        "{json:#}"
    );
    let actions = json["changes"].as_array().unwrap().iter();
    assert!(
        actions
            .map(|change| &change["action"])
            .all(|action| action == "in step"),
        "{json:#}"
    );
}

/// What somebody does behind our back.
enum Drift {
    /// A call of IAM in an account.
    Iam(&'static str, String),
    /// A `DELETE` of a setting of the spill bucket.
    Bucket(&'static str),
    /// A call of Athena or CloudWatch Logs in an account.
    Json(&'static str, &'static str, String),
    /// A call on the function.
    Lambda(&'static str, &'static str, &'static str),
    /// Another package.
    Package,
}

impl Drift {
    fn happen(&self, accounts: &Accounts) {
        match self {
            Self::Iam(account, form) => drop(accounts.iam(account, form)),
            Self::Bucket(setting) => drop(accounts.s3("DELETE", setting, "")),
            Self::Json(account, target, body) => drop(accounts.json(account, target, body)),
            Self::Lambda(method, path, body) => {
                let path = format!("/2015-03-31/functions/{FUNCTION}{path}");
                let kind = "Content-Type: application/json\r\n";
                accounts.by_hand(A, "lambda", method, &path, kind, body);
            }
            Self::Package => accounts.write_package("bootstrap.zip", "second"),
        }
    }
}

/// Drifts of every part, each with words that the plan has for it.
#[rustfmt::skip]
fn drifts() -> Vec<(&'static str, Drift)> {
    let role = format!("{FUNCTION}-role");
    let guest = format!("AthenaCrossAccountCreate-{A}");
    let trust = |role: &str| {
        let everyone = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22\
                        %3A%22999999999999%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
        format!("Action=UpdateAssumeRolePolicy&RoleName={role}&PolicyDocument={everyone}")
    };
    let delete = |role: &str, policy: &str| format!("Action=DeleteRolePolicy&RoleName={role}&PolicyName={policy}");
    let detach = format!(
        "Action=DetachRolePolicy&RoleName={role}&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fservice-role%2FAWSLambdaBasicExecutionRole"
    );
    let retention = format!(r#"{{"logGroupName": "/aws/lambda/{FUNCTION}", "retentionInDays": 7}}"#);
    let workgroup = format!(
        r#"{{"WorkGroup": "{FUNCTION}", "ConfigurationUpdates": {{"ResultConfigurationUpdates": {{"OutputLocation": "s3://elsewhere/"}}}}}}"#
    );
    let variables = r#"{"Environment": {"Variables": {"spill_bucket": "ds-spill-bucket", "spill_prefix": "other", "disable_spill_encryption": "false", "allowed_tables": "orders"}}}"#;
    let catalog = || r#"{"Name": "data_source_table", "Type": "LAMBDA", "Parameters": {"function": "arn:aws:lambda:us-east-1:111111111111:function:other"}}"#.to_owned();
    let leads = "function: arn:aws:lambda:us-east-1:111111111111:function:other ->";
    vec![
        ("trust -", Drift::Iam(A, trust(&role))),
        ("FunctionExecutionPolicy +", Drift::Iam(A, delete(&role, "FunctionExecutionPolicy"))),
        ("attaches ", Drift::Iam(A, detach)),
        ("blocks public access", Drift::Bucket("?publicAccessBlock")),
        ("encrypts objects", Drift::Bucket("?encryption")),
        ("object ownership", Drift::Bucket("?ownershipControls")),
        ("are deleted after a day", Drift::Bucket("?lifecycle")),
        ("policy + `AthenaSpillGet222222222222`", Drift::Bucket("?policy")),
        ("kept: 7 days -> 30 days", Drift::Json(A, "Logs_20140328.PutRetentionPolicy", retention)),
        ("memory: 128 -> 3008", Drift::Lambda("PUT", "/configuration", r#"{"MemorySize": 128}"#)),
        ("variable spill_prefix changes", Drift::Lambda("PUT", "/configuration", variables)),
        ("policy + `athena-cross-account-access`", Drift::Lambda("DELETE", "/policy/athena-cross-account-access", "")),
        ("results: s3://elsewhere -> s3://athena-dynamodb-queries-a", Drift::Json(A, "AmazonAthena.UpdateWorkGroup", workgroup)),
        (leads, Drift::Json(A, "AmazonAthena.UpdateDataCatalog", catalog())),
        ("trust -", Drift::Iam(B, trust(&guest))),
        ("AthenaCreateDataCatalog +", Drift::Iam(B, delete(&guest, "AthenaCreateDataCatalog"))),
        (leads, Drift::Json(B, "AmazonAthena.UpdateDataCatalog", catalog())),
        ("code: ", Drift::Package),
    ]
}

#[test]
fn drift_of_each_part_is_found_and_mended() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.done(&words("apply", ALL));
    for (told, drift) in drifts() {
        drift.happen(&accounts);
        let plan = accounts.run(&words("plan", ALL));
        assert_eq!(plan.code, Some(2), "{told}: {plan:#?}");
        assert!(plan.data.contains(told), "{told}: {}", plan.data);
        accounts.writes();
        accounts.done(&words("apply", ALL));
        let writes = accounts.writes();
        assert!((1..=2).contains(&writes.len()), "{told}: {writes:?}");
    }
    assert_eq!(accounts.run(&words("plan", ALL)).code, Some(0));
}

#[test]
fn what_others_wrote_survives_everything() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.done(&["apply", "--yes"]);
    let theirs = r#"{"Sid":"Theirs", "Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::ds-spill-bucket/logs/*","Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}"#;
    accounts.s3(
        "PUT",
        "?policy",
        &format!(r#"{{"Version":"2012-10-17","Statement":[{theirs}]}}"#),
    );
    accounts.s3(
        "PUT",
        "?lifecycle",
        "<LifecycleConfiguration><Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter>\
         <Expiration><Days>30</Days></Expiration></Rule></LifecycleConfiguration>",
    );
    let permission = r#"{"StatementId": "theirs", "Action": "lambda:InvokeFunction", "Principal": "444444444444"}"#;
    let path = format!("/2015-03-31/functions/{FUNCTION}/policy");
    let kind = "Content-Type: application/json\r\n";
    accounts.by_hand(A, "lambda", "POST", &path, kind, permission);
    let role = format!("{FUNCTION}-role");
    let put = format!(
        "Action=PutRolePolicy&RoleName={role}&PolicyName=Theirs&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%2C%22Action%22%3A%22sqs%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D"
    );
    accounts.iam(A, &put);
    accounts.by_hand(
        A,
        "lambda",
        "PUT",
        &format!("/2015-03-31/functions/{FUNCTION}/configuration"),
        kind,
        r#"{"Environment": {"Variables": {"theirs": "kept"}}}"#,
    );
    for command in ["apply", "share", "unshare", "share", "apply"] {
        accounts.done(&words(command, SHARED));
        let policy = accounts.s3("GET", "?policy", "");
        assert!(policy.contains(theirs), "{command}: {policy}");
        assert!(
            accounts.s3("GET", "?lifecycle", "").contains("theirs"),
            "{command}"
        );
        let policy = accounts.by_hand(A, "lambda", "GET", &path, "", "");
        assert!(policy.contains("444444444444"), "{command}: {policy}");
        let read = format!("Action=GetRolePolicy&RoleName={role}&PolicyName=Theirs");
        assert!(accounts.iam(A, &read).contains("Theirs"), "{command}");
    }
    let path = format!("/2015-03-31/functions/{FUNCTION}/configuration");
    let configuration = accounts.by_hand(A, "lambda", "GET", &path, "", "");
    assert!(
        configuration.contains(r#""theirs": "kept""#),
        "{configuration}"
    );
    accounts.done(&words("destroy", SHARED));
    let policy = accounts.s3("GET", "?policy", "");
    assert_eq!(
        policy,
        format!(r#"{{"Version":"2012-10-17","Statement":[{theirs}]}}"#)
    );
    let rules = accounts.s3("GET", "?lifecycle", "");
    assert!(
        rules.contains("theirs") && !rules.contains("athena-spill"),
        "{rules}"
    );
}

#[test]
fn a_run_that_is_cut_off_at_every_single_write_completes_when_run_again_and_again() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    // The call takes effect and its answer is lost; or the first is done and the second is not.
    for (write, when) in [(1, "after"), (2, "before")] {
        accounts.reset();
        let mut runs = 0;
        loop {
            accounts.refuse(write, when);
            let run = accounts.run(&words("apply", ALL));
            runs += 1;
            assert!(runs < 40, "{when}: {run:#?}");
            if run.code == Some(0) {
                break;
            }
            assert_eq!(run.code, Some(1), "{when}: {run:#?}");
        }
        assert!(
            runs > 15,
            "{when}: only {runs} runs, so hardly one was cut off"
        );
        accounts.refuse(1000, when);
        assert_eq!(accounts.run(&words("plan", ALL)).code, Some(0), "{when}");
    }
}

#[test]
fn two_accounts_share_and_one_leaves() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let (b, c) = (SHARED, ["--account-b=333333333333", "--profile-b=c"]);
    let early = accounts.run(&words("share", b));
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(early.talk.contains("run `apply` first"), "{}", early.talk);
    assert_eq!(accounts.writes(), [""; 0]);
    accounts.done(&["apply", "--yes"]);
    accounts.done(&words("share", b));
    accounts.done(&words("share", &c));
    accounts.writes();
    // Neither the settings of nobody nor those of one take anything from the other.
    for options in [&[][..], b, &c] {
        accounts.done(&words("apply", options));
        assert_eq!(accounts.writes(), [""; 0]);
    }
    accounts.done(&words("unshare", b));
    let bucket = accounts.s3("GET", "?policy", "");
    assert!(!bucket.contains(B) && bucket.contains(C), "{bucket}");
    let path = format!("/2015-03-31/functions/{FUNCTION}/policy");
    let function = accounts.by_hand(A, "lambda", "GET", &path, "", "");
    assert!(!function.contains(B) && function.contains(C), "{function}");
    accounts.writes();
    accounts.done(&words("unshare", b));
    assert_eq!(accounts.writes(), [""; 0]);
}

/// The quoted document behind an option in commands for a shell, ready for a form.
fn quoted(talk: &str, option: &str) -> String {
    let (_, rest) = talk.split_once(&format!("{option} '")).unwrap();
    let document = rest.split_once('\'').unwrap().0;
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    document.bytes().map(encode).collect()
}

#[test]
fn without_credentials_of_the_other_account_its_administrator_is_told_what_to_run() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let share = [
        "share",
        "--account-b=222222222222",
        "--external-id-b=agreed",
        "--yes",
    ];
    accounts.done(&["apply", "--yes"]);
    let talk = accounts.done(&share).talk;
    assert!(
        talk.contains("[2/2] let account 222222222222 invoke"),
        "{talk}"
    );
    let role = format!("AthenaCrossAccountCreate-{A}");
    assert!(
        talk.contains(&format!("aws iam create-role --role-name {role}")),
        "{talk}"
    );
    let roles = accounts.iam(B, "Action=ListRoles");
    assert!(!roles.contains(&role), "only B makes roles in B: {roles}");

    // B's administrator does as told, and A goes on.
    let trust = quoted(&talk, "--assume-role-policy-document");
    accounts.iam(
        B,
        &format!("Action=CreateRole&RoleName={role}&AssumeRolePolicyDocument={trust}"),
    );
    let policy = quoted(&talk, "--policy-document");
    accounts.iam(
        B,
        &format!("Action=PutRolePolicy&RoleName={role}&PolicyName=AthenaCreateDataCatalog&PolicyDocument={policy}"),
    );
    accounts.writes();
    let talk = accounts.done(&share).talk;
    assert!(
        talk.contains("[1/1] create data catalog data_source_table"),
        "{talk}"
    );
    let name = r#"{"Name": "data_source_table"}"#;
    let catalog = accounts.json(B, "AmazonAthena.GetDataCatalog", name);
    assert!(
        catalog.contains(&format!("arn:aws:lambda:us-east-1:{A}:function:{FUNCTION}")),
        "{catalog}"
    );
    accounts.writes();
    accounts.done(&share);
    assert_eq!(accounts.writes(), [""; 0]);
    let stranger = accounts
        .done(&["share", "--account-b=222222222222", "--yes"])
        .talk;
    assert!(
        stranger.contains("Its administrator runs"),
        "without the external ID: {stranger}"
    );
}

#[test]
fn a_role_that_lambda_does_not_know_yet_and_a_pending_function_are_waited_for() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.slow(3);
    accounts.done(&["apply", "--yes"]);
    let writes = accounts.writes();
    let tries = writes.iter().filter(|call| call.contains("/functions?"));
    assert_eq!(
        tries.count(),
        4,
        "three refusals and the one that is taken: {writes:?}"
    );
    accounts.reset();
    accounts.slow(1000);
    let run = accounts.run(&["apply", "--yes"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.talk.contains("cannot be assumed by Lambda"),
        "{}",
        run.talk
    );
    assert!(
        run.talk.contains("run the command again in a minute"),
        "{}",
        run.talk
    );
}

#[test]
fn taking_down_leaves_what_was_promised() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.done(&words("apply", ALL));
    // Moto takes a policy that denies plain HTTP for one that denies everything.
    accounts.s3("DELETE", "?policy", "");
    accounts.s3("PUT", "/athena-spill/q/1", "a block");
    let down = accounts.done(&words("destroy", &[ALL, &["--delete-buckets"]].concat()));
    assert!(
        down.data.contains("is not empty and stays"),
        "{}",
        down.data
    );
    assert!(
        down.data.contains("`--delete-logs` deletes it"),
        "{}",
        down.data
    );
    assert!(
        accounts
            .s3("GET", "/athena-spill/q/1", "")
            .contains("a block")
    );
    let buckets = accounts.by_hand(A, "s3", "GET", "/", "", "");
    assert!(!buckets.contains("athena-dynamodb-queries-a"), "{buckets}");
    let roles = [A, B].map(|account| accounts.iam(account, "Action=ListRoles"));
    assert!(
        roles.iter().all(|roles| !roles.contains("<RoleName>")),
        "{roles:?}"
    );
    accounts.writes();
    let again = accounts.done(&words("destroy", ALL));
    assert_eq!(accounts.writes(), [""; 0], "{again:?}");
}

#[test]
fn what_was_not_made_here_is_not_taken_down() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.by_hand(A, "s3", "PUT", "/ds-spill-bucket", "", "");
    accounts.done(&["apply", "--yes"]);
    let down = accounts.done(&["destroy", "--yes", "--delete-buckets"]);
    assert!(
        down.data.contains("has not our tags and stays"),
        "{}",
        down.data
    );
    let buckets = accounts.by_hand(A, "s3", "GET", "/", "", "");
    assert!(buckets.contains("ds-spill-bucket"), "{buckets}");
}

#[test]
fn a_catalog_of_another_type_is_an_error_before_the_first_write() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let hive = r#"{"Name": "data_source_table", "Type": "HIVE", "Parameters": {"metadata-function": "f"}}"#;
    accounts.json(A, "AmazonAthena.CreateDataCatalog", hive);
    let other = "--results-bucket=elsewhere";
    accounts.by_hand(B, "s3", "PUT", "/elsewhere", "", "");
    let run = accounts.run(&["apply", "--yes", other]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.talk.contains("must be of type LAMBDA, got HIVE"),
        "{}",
        run.talk
    );
    assert_eq!(accounts.writes(), [""; 0]);
}

#[test]
fn credentials_of_another_account_are_refused() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let run = accounts.run(&["plan", "--account-a=222222222222"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.talk
            .contains("must be those of account 222222222222, got 111111111111"),
        "{}",
        run.talk
    );
    let run = accounts.run(&["plan", "--account-b=333333333333", "--profile-b=b"]);
    assert!(
        run.talk
            .contains("must be those of account 333333333333, got 222222222222"),
        "{}",
        run.talk
    );
    let run = accounts.run(&["plan", "--account-b=111111111111"]);
    assert_eq!(run.code, Some(64));
    assert!(
        run.talk.contains("must be another account than A"),
        "{}",
        run.talk
    );
}

#[test]
fn nobody_to_ask_is_no_consent() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    assert_eq!(accounts.run(&["apply"]).code, Some(3));
    assert_eq!(accounts.run(&["apply", "--dry-run"]).code, Some(2));
    assert_eq!(accounts.writes(), [""; 0]);
}

#[test]
fn the_documents_of_the_manual_set_up_are_written_to_the_letter_and_make_way_on_demand() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let seed = [SHARED, &["--seed-exact"]].concat();
    accounts.done(&words("apply", &seed));
    let policy = accounts.s3("GET", "?policy", "");
    assert_eq!(
        policy,
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::ds-spill-bucket","arn:aws:s3:::ds-spill-bucket/*"]}]}"#
    );
    accounts.writes();
    accounts.done(&words("apply", &seed));
    assert_eq!(accounts.writes(), [""; 0]);
    // Hardened statements come beside it, and in its place with `--adopt`.
    accounts.done(&words("apply", SHARED));
    let policy = accounts.s3("GET", "?policy", "");
    assert!(
        policy.contains(r#""AWS":"222222222222""#) && policy.contains("AthenaSpillGet"),
        "{policy}"
    );
    accounts.done(&words("apply", &[SHARED, &["--adopt"]].concat()));
    let policy = accounts.s3("GET", "?policy", "");
    assert!(
        !policy.contains(r#""AWS":"222222222222""#) && policy.contains("AthenaSpillGet"),
        "{policy}"
    );
    accounts.writes();
    accounts.done(&words("apply", &[SHARED, &["--adopt"]].concat()));
    assert_eq!(accounts.writes(), [""; 0]);
}

#[test]
fn a_policy_that_aws_would_not_store_is_an_error_before_the_first_write() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    let tables: Vec<String> = (0..100)
        .map(|number| format!("table-{number:03}"))
        .collect();
    let tables = format!("--tables={}", tables.join(","));
    let run = accounts.run(&["apply", "--yes", &tables]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(
        run.talk.contains("FunctionExecutionPolicy of"),
        "{}",
        run.talk
    );
    assert!(run.talk.contains("10240 is the limit"), "{}", run.talk);
    assert_eq!(accounts.writes(), [""; 0]);
}

#[test]
fn a_refused_call_is_told_with_the_statement_that_would_allow_it() {
    let Some(accounts) = Accounts::start() else {
        return;
    };
    accounts.refuse(1, "before");
    let run = accounts.run(&["apply", "--yes"]);
    assert_eq!(run.code, Some(1));
    let role = format!("arn:aws:iam::111111111111:role/{FUNCTION}-role");
    let missing =
        format!(r#"{{"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "{role}"}}"#);
    assert!(run.talk.contains(&missing), "{}", run.talk);
    assert!(
        run.talk
            .contains("in account 111111111111 (us-east-1): AccessDenied"),
        "{}",
        run.talk
    );
}
