use super::*;

fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars: BTreeMap<_, _> = vars.iter().copied().collect();
    Config::from_vars(&|name| vars.get(name).map(|text| (*text).to_owned()))
}

#[test]
fn aws_is_waited_for_as_long_as_is_said() {
    let region = ("AWS_REGION", "eu-west-1");
    assert_eq!(config(&[region]).unwrap().patience, Patience::default());
    let said = [
        region,
        ("answer_timeout_ms", "700"),
        ("retry_delay_ms", "5"),
    ];
    let patience = config(&said).unwrap().patience;
    let millis = Duration::from_millis;
    assert_eq!(
        (patience.answer, patience.first_pause),
        (millis(700), millis(5))
    );
    let wrong = [region, ("answer_timeout_ms", "99"), ("retry_delay_ms", "0")];
    assert_eq!(config(&wrong).unwrap_err().problems.len(), 2);
}

#[test]
fn calls_side_by_side_share_the_memory_of_the_function() {
    let in_flight = |memory: &str, calls: &str| {
        let vars = [
            ("AWS_REGION", "eu-west-1"),
            (AWS_LAMBDA_FUNCTION_MEMORY_SIZE, memory),
            (MAX_CONCURRENCY, calls),
        ];
        config(&vars).unwrap().spill.in_flight_bytes
    };
    assert_eq!(in_flight("2048", "1"), 32 << 20);
    assert_eq!(in_flight("2048", "16"), 16 << 20);
}

#[test]
fn all_problems_are_named_at_once() {
    let error = config(&[
        ("SPILL_QUEUE_CAPACITY", "none"),
        ("spill_put_request_headers", "[]"),
    ])
    .unwrap_err();
    let names = [
        "AWS_REGION",
        "SPILL_QUEUE_CAPACITY",
        "spill_put_request_headers",
    ];
    assert_eq!(error.problems.len(), names.len());
    for name in names {
        assert!(error.to_string().contains(name), "{error} names {name}");
    }
}

#[test]
fn defaults_are_those_of_the_java_connector() {
    let config = config(&[("AWS_REGION", "eu-west-1"), ("kms_key_id", " ")]).unwrap();
    assert_eq!(config.spill.prefix, "athena-federation-spill");
    assert_eq!(config.spill.queue.get(), 2);
    assert_eq!(
        config.spill.encryption,
        Encryption::Local,
        "a blank key counts as none"
    );
}

#[test]
fn put_headers_that_http_does_not_allow_are_refused_at_the_start() {
    let problem = |headers: &str| {
        let headers = [
            ("AWS_REGION", "eu-west-1"),
            ("spill_put_request_headers", headers),
        ];
        config(&headers).map(|config| config.spill.put_headers)
    };
    let kms = problem(r#"{"x-amz-server-side-encryption":"aws:kms"}"#).unwrap();
    assert_eq!(kms["x-amz-server-side-encryption"], "aws:kms");
    for (headers, says) in [
        (r#"{"two words":"x"}"#, "name that HTTP"),
        (r#"{"":"x"}"#, "name that HTTP"),
        (r#"{"x-a":"canary\nx-b: y"}"#, "`x-a`"),
        (r#"{"x-a":"canary é"}"#, "`x-a`"),
        (r#"{"Content-Length":"7"}"#, "`content-length`"),
        (r#"{"Authorization":"canary"}"#, "`authorization`"),
        (r#"{"x-a":1}"#, "object of strings"),
    ] {
        let error = problem(headers).unwrap_err().to_string();
        assert!(error.contains(says), "{headers}: {error}");
        assert!(!error.contains("canary"), "a value may be secret: {error}");
    }
}

#[test]
fn throttling_has_javas_defaults_and_javas_bounds() {
    let region = ("AWS_REGION", "eu-west-1");
    let read = config(&[region]).unwrap().throttle;
    assert_eq!(read, ThrottleConfig::default());
    assert_eq!(
        (
            read.initial_ms,
            read.max_ms,
            read.decrease_factor,
            read.increase_ms
        ),
        (10, 1000, 0.5, 10)
    );
    let names = [
        (THROTTLE_INITIAL_DELAY_MS, "-1", "0"),
        (THROTTLE_MAX_DELAY_MS, "0", "1"),
        (THROTTLE_DECREASE_FACTOR, "0.0009", "0.001"),
        (THROTTLE_INCREASE_MS, "0", "1"),
        (THROTTLE_PATIENCE_MS, "soon", "0"),
    ];
    let with = |text: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
        let vars: Vec<_> = names.iter().map(|row| (row.0, text(row))).collect();
        config(&[vec![region], vars].concat())
    };
    assert!(with(|row| row.2).is_ok());
    let error = with(|row| row.1).unwrap_err();
    assert_eq!(error.problems.len(), names.len(), "{error}");
    for factor in ["1.01", "NaN", "inf", "0"] {
        assert!(config(&[region, (THROTTLE_DECREASE_FACTOR, factor)]).is_err());
    }
}

#[test]
fn the_byte_budget_follows_the_memory() {
    assert_eq!(in_flight_bytes(128), 16 << 20);
    assert_eq!(in_flight_bytes(3008), 32 << 20);
}
