//! How the kinds of policies work together, and what comes of what is not known.

use iam_policy_kit::access::{Attachment, Caller, CallerKind, Request, Resource, Side, Verdict};
use iam_policy_kit::{ConditionKey, ValueError};

use crate::cases::{A, ALL, B, Case, account, arn, ask, resource, session, user};

const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/k";
const ROLE: &str = "arn:aws:iam::111111111111:role/r";

fn get(caller: Caller) -> Case {
    ask(caller, "s3:GetObject", resource("arn:aws:s3:::x/o", A))
}

fn grant(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "*", "Resource": "*"}}"#)
}

fn bucket_grants(principal: &str) -> impl Fn(Caller) -> Case {
    let text = grant(principal);
    move |caller| get(caller).policy_of("arn:aws:s3:::x", &text)
}

#[test]
fn principals_are_matched_by_kind() {
    let everyone = bucket_grants(r#""*""#);
    everyone(user(A)).gives("user", "Allow");
    everyone(Caller::service("a.amazonaws.com")).gives("service", "Allow");
    everyone(CallerKind::Anonymous.into()).gives("anonymous", "Allow");
    everyone(user(B)).gives("stranger", "ImplicitDeny identity");
    let service = bucket_grants(r#"{"Service": "a.amazonaws.com"}"#);
    service(Caller::service("a.amazonaws.com")).gives("service", "Allow");
    service(Caller::service("b.amazonaws.com")).gives("other service", "ImplicitDeny resource");
    service(user(A)).gives("user", "ImplicitDeny identity");
    bucket_grants(r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#)(user(A))
        .gives("exact", "Allow");
    bucket_grants(r#"{"AWS": "AIDAEXAMPLEEXAMPLEEX"}"#)(user(A))
        .gives("deleted", "ImplicitDeny identity");
    bucket_grants(r#"{"Federated": "idp"}"#)(CallerKind::Federated("idp".to_owned()).into())
        .gives("idp", "Allow");
    bucket_grants(r#"{"AWS": "111111111111"}"#)(CallerKind::Anonymous.into())
        .gives("anonymous", "ImplicitDeny resource");
    // Whose canonical id it is, is not known; that it may be ours is no allowance and no denial.
    bucket_grants(r#"{"CanonicalUser": "79a5"}"#)(user(A)).gives("canonical", "Unknown");
}

#[test]
fn a_root_user_needs_no_identity_policy_but_cannot_assume_roles() {
    let root = || CallerKind::Root(account(A)).into();
    get(root()).gives("own", "Allow");
    get(CallerKind::Root(account(B)).into()).gives("other's", "ImplicitDeny resource");
    ask(root(), "sts:AssumeRole", resource(ROLE, A))
        .policy_of(ROLE, &trust(r#"{"AWS": "111111111111"}"#))
        .gives("role", "ImplicitDeny identity");
    get(root())
        .policy_of("arn:aws:s3:::x", &grant(r#""*""#).replace("Allow", "Deny"))
        .gives("denied", "ExplicitDeny 0");
}

fn trust(principal: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}"#)
}

#[test]
fn keys_and_roles_open_only_by_their_own_policy() {
    let decrypt = || ask(user(A), "kms:Decrypt", resource(KEY, A));
    decrypt()
        .identity(ALL)
        .gives("no key policy", "ImplicitDeny resource");
    decrypt()
        .identity(ALL)
        .policy_of(KEY, &grant(r#"{"AWS": "111111111111"}"#))
        .gives("delegated", "Allow");
    decrypt()
        .policy_of(KEY, &grant(r#"{"AWS": "111111111111"}"#))
        .gives("delegated to none", "ImplicitDeny identity");
    decrypt()
        .policy_of(
            KEY,
            &grant(r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#),
        )
        .gives("named", "Allow");
    let assume = || ask(user(A), "sts:AssumeRole", resource(ROLE, A));
    assume()
        .identity(ALL)
        .gives("no trust", "ImplicitDeny resource");
    assume()
        .policy_of(
            ROLE,
            &trust(r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#),
        )
        .gives("named", "Allow");
    // Reading a role is a matter of identity policies; its trust policy has no say.
    ask(user(A), "iam:GetRole", resource(ROLE, A))
        .identity(ALL)
        .gives("read", "Allow");
    ask(user(A), "iam:GetRole", resource(ROLE, A))
        .policy_of(ROLE, &trust(r#""*""#).replace("sts:AssumeRole", "*"))
        .gives("trust", "ImplicitDeny identity");
}

#[test]
fn session_and_control_policies_cut_and_never_grant() {
    let none = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#;
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    let of_session = || Attachment::Session(arn("arn:aws:sts::111111111111:assumed-role/r/s"));
    let by_role = || get(session(A, "r"));
    by_role()
        .attach(of_session(), "session", ALL)
        .gives("session alone", "ImplicitDeny identity");
    by_role()
        .identity(ALL)
        .attach(of_session(), "session", none)
        .gives("session cuts", "ImplicitDeny session");
    by_role()
        .identity(ALL)
        .attach(of_session(), "session", none)
        .attach(of_session(), "second", ALL)
        .gives("either", "Allow");
    by_role()
        .identity(ALL)
        .attach(of_session(), "session", deny)
        .gives("session denies", "ExplicitDeny 0");
    let scp = |level: &str| Attachment::ServiceControl {
        account: account(A),
        level: level.to_owned(),
    };
    by_role()
        .identity(ALL)
        .attach(scp("root"), "full", ALL)
        .gives("full", "Allow");
    by_role()
        .identity(ALL)
        .attach(scp("root"), "full", ALL)
        .attach(scp("unit"), "none", none)
        .gives("a level", "ImplicitDeny service control");
    by_role()
        .identity(ALL)
        .attach(scp("root"), "full", ALL)
        .attach(scp("root"), "none", none)
        .gives("one of a level", "Allow");
    get(user(B))
        .identity(ALL)
        .policy_of("arn:aws:s3:::x", &grant(r#"{"AWS": "222222222222"}"#))
        .attach(scp("root"), "none", none)
        .gives("of others", "Allow");
    let rcp = |principal: &str| {
        format!(
            r#"{{"Effect": "Deny", "Principal": {principal}, "Action": "s3:*", "Resource": "*"}}, {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}"#
        )
    };
    let to = || Attachment::ResourceControl {
        account: account(A),
        level: "root".to_owned(),
    };
    by_role()
        .identity(ALL)
        .attach(to(), "rcp", &rcp(r#"{"AWS": "333333333333"}"#))
        .gives("others", "Allow");
    by_role()
        .identity(ALL)
        .attach(to(), "rcp", &rcp(r#""*""#))
        .gives("all", "ExplicitDeny 0");
    by_role()
        .identity(ALL)
        .attach(
            to(),
            "rcp",
            r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#,
        )
        .gives("silent", "ImplicitDeny resource control");
}

#[test]
fn not_principal_means_everyone_else() {
    let not = |effect: &str| {
        grant(r#"{"AWS": ["111111111111"]}"#)
            .replace("\"Principal\"", "\"NotPrincipal\"")
            .replace("Allow", effect)
    };
    get(user(A))
        .identity(ALL)
        .policy_of("arn:aws:s3:::x", &not("Deny"))
        .gives("spared", "Allow");
    get(user(B))
        .identity(ALL)
        .policy_of("arn:aws:s3:::x", &not("Deny"))
        .gives("denied", "ExplicitDeny 0");
    get(user(B))
        .identity(ALL)
        .policy_of("arn:aws:s3:::x", &not("Allow"))
        .gives("allowed", "Allow");
}

#[test]
fn what_is_not_known_is_an_allowance_never_and_a_denial_only_if_all_else_denies() {
    let unread = |mut case: Case, to: Attachment| {
        case.estate = case.estate.with_unread(to, "unread", "not readable");
        case
    };
    let bucket = || Attachment::Resource(arn("arn:aws:s3:::x"));
    let own = || Attachment::Identity(arn("arn:aws:iam::111111111111:user/u"));
    unread(get(user(A)).identity(ALL), bucket()).gives("may deny", "Unknown");
    unread(get(user(A)), bucket()).gives("may allow", "Unknown");
    unread(get(user(B)), bucket()).gives("cannot help", "ImplicitDeny identity");
    unread(
        get(user(A)).policy_of("arn:aws:s3:::x", &grant(r#""*""#).replace("Allow", "Deny")),
        own(),
    )
    .gives("denied anyway", "ExplicitDeny 0");
    let hidden = |effect: &str| {
        let condition =
            r#""Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "Action""#;
        let mut case = get(user(A)).identity(&format!(
            "{ALL}, {}",
            ALL.replace("\"Action\"", condition)
                .replace("Allow", effect)
        ));
        let key = ConditionKey::new("aws:SourceIp").unwrap();
        case.request.context = case.request.context.with_unknown(key);
        case
    };
    hidden("Deny").gives("perhaps denied", "Unknown");
    hidden("Allow").gives("allowed otherwise", "Allow");
    let malformed = get(user(A)).policy_of("arn:aws:s3:::x", ALL);
    malformed.gives("a resource policy without principal", "Unknown");
    get(user(A))
        .identity(&grant(r#""*""#))
        .gives("an identity policy with principal", "Unknown");
}

#[test]
fn keys_that_hang_on_circumstances_are_unknown_until_something_is_said_about_them() {
    let denied_if = |condition: &str| {
        let condition = format!(r#""Condition": {condition}, "Action""#);
        let deny = ALL
            .replace("\"Action\"", &condition)
            .replace("Allow", "Deny");
        get(user(A)).identity(&format!("{ALL}, {deny}"))
    };
    let from = denied_if(r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#);
    from.gives("nothing said", "Unknown");
    from.clone()
        .with("aws:SourceIP", &["203.0.113.1"])
        .gives("inside", "ExplicitDeny 1");
    from.clone()
        .with("aws:SourceIp", &["198.51.100.1"])
        .gives("outside", "Allow");
    from.without("aws:sourceip").gives("surely absent", "Allow");
    denied_if(r#"{"StringEquals": {"aws:ResourceTag/secret": "yes"}}"#).gives("tag", "Unknown");
    denied_if(r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#).gives("factor", "Unknown");
    denied_if(r#"{"StringEquals": {"s3:prefix": "x"}}"#)
        .gives("a parameter of the request", "Allow");
    denied_if(r#"{"StringEquals": {"aws:SourceAccount": "111111111111"}}"#)
        .gives("no service", "Allow");
    let service = ask(
        Caller::service("lambda.amazonaws.com"),
        "sts:AssumeRole",
        resource(ROLE, A),
    )
    .policy_of(ROLE, include_str!("../documents/execution_trust.json"));
    service.gives("source not said", "Unknown");
    service
        .clone()
        .with("aws:SourceAccount", &[A])
        .gives("source", "Allow");
    service
        .clone()
        .with("aws:SourceAccount", &[B])
        .gives("other source", "ImplicitDeny resource");
    service
        .without("aws:SourceAccount")
        .gives("no source", "ImplicitDeny resource");
}

#[test]
fn what_follows_from_caller_and_resource_is_filled_in_unless_given() {
    let when = |case: Case, key: &str, value: &str| {
        case.identity(&ALL.replace(
            "\"Action\"",
            &format!(r#""Condition": {{"StringEquals": {{"{key}": "{value}"}}}}, "Action""#),
        ))
    };
    for (key, of_user, of_session) in [
        ("aws:PrincipalArn", "arn:aws:iam::111111111111:user/u", ROLE),
        ("aws:PrincipalAccount", A, A),
        ("aws:PrincipalType", "User", "AssumedRole"),
        ("aws:PrincipalIsAWSService", "false", "false"),
        ("aws:RequestedRegion", "us-east-1", "us-east-1"),
        ("aws:ResourceAccount", A, A),
        ("aws:ViaAWSService", "false", "false"),
    ] {
        let of = |caller| {
            ask(
                caller,
                "glue:GetTable",
                resource("arn:aws:glue:us-east-1:111111111111:table/d/t", A),
            )
        };
        when(of(user(A)), key, of_user).gives(key, "Allow");
        when(of(session(A, "r")), key, of_session).gives(key, "Allow");
        when(of(user(A)), key, of_user)
            .with(key, &["given"])
            .gives(key, "ImplicitDeny identity");
    }
    let via = || {
        get(user(A)).with(
            "aws:CalledVia",
            &["athena.amazonaws.com", "lambda.amazonaws.com"],
        )
    };
    when(via(), "aws:CalledViaFirst", "athena.amazonaws.com").gives("first", "Allow");
    when(via(), "aws:CalledViaLast", "lambda.amazonaws.com").gives("last", "Allow");
    when(via(), "aws:ViaAWSService", "true").gives("via", "Allow");
    let mut perhaps = when(get(user(A)), "aws:ViaAWSService", "true");
    perhaps.request.context = perhaps
        .request
        .context
        .with_unknown(ConditionKey::new("aws:CalledVia").unwrap());
    perhaps.gives("perhaps via", "Unknown");
}

#[test]
fn a_resource_of_unknown_owner_leaves_open_only_what_hangs_on_the_owner() {
    let ownerless = |caller| {
        ask(
            caller,
            "s3:GetObject",
            Resource::at(&arn("arn:aws:s3:::x/o")),
        )
    };
    ownerless(user(A))
        .identity(ALL)
        .gives("hangs on it", "Unknown");
    ownerless(user(A)).gives("not even own", "ImplicitDeny identity");
    ownerless(user(A))
        .identity(ALL)
        .policy_of("arn:aws:s3:::x", &grant(r#"{"AWS": "111111111111"}"#))
        .gives("both", "Allow");
}

#[test]
fn a_control_policy_of_the_perhaps_owner_leaves_the_decision_open() {
    let to = Attachment::ResourceControl {
        account: account(A),
        level: "root".to_owned(),
    };
    let everything = grant(r#""*""#);
    ask(
        user(A),
        "s3:GetObject",
        Resource::at(&arn("arn:aws:s3:::x/o")),
    )
    .identity(ALL)
    .policy_of("arn:aws:s3:::x", &grant(r#"{"AWS": "111111111111"}"#))
    .attach(to, "rcp", &everything)
    .gives("rcp", "Unknown");
}

#[test]
fn only_the_sides_that_lack_are_named() {
    let delegated = ask(user(A), "kms:Decrypt", resource(KEY, A))
        .policy_of(KEY, &grant(r#"{"AWS": "111111111111"}"#));
    let Verdict::ImplicitDeny { lacking } = delegated.decide().verdict else {
        panic!("{}", delegated.decide());
    };
    let sides: Vec<Side> = lacking.iter().map(|lack| lack.side).collect();
    assert_eq!(sides, [Side::Identity]);
}

#[test]
fn policies_of_a_bucket_cover_its_objects_and_of_a_table_its_indexes_only() {
    let named = grant(r#"{"AWS": "arn:aws:iam::111111111111:user/u"}"#);
    let ask_for =
        |text: &str, of: &str| ask(user(A), "x:Do", resource(text, A)).policy_of(of, &named);
    let table = "arn:aws:dynamodb:us-east-1:111111111111:table/t";
    ask_for("arn:aws:s3:::x/o", "arn:aws:s3:::x").gives("object", "Allow");
    ask_for("arn:aws:s3:::xy/o", "arn:aws:s3:::x").gives("other bucket", "ImplicitDeny identity");
    ask_for(&format!("{table}/index/i"), table).gives("index", "Allow");
    ask_for(&format!("{table}/stream/s"), table).gives("stream", "ImplicitDeny identity");
    ask_for(
        "arn:aws:lambda:us-east-1:111111111111:function:f:alias",
        "arn:aws:lambda:us-east-1:111111111111:function:f",
    )
    .gives("alias", "ImplicitDeny identity");
}

#[test]
fn a_request_is_for_one_action_by_a_caller_that_can_make_it() {
    let object = || resource("arn:aws:s3:::x/o", A);
    assert!(matches!(
        Request::new(user(A), "s3:*", object()),
        Err(ValueError::NotOneAction { .. })
    ));
    assert!(matches!(
        Request::new(user(A), "s3", object()),
        Err(ValueError::Action { .. })
    ));
    for text in [
        "arn:aws:iam::111111111111:role/r",
        "arn:aws:iam::1:user/u",
        "arn:aws:s3:::user/u",
        "arn:aws:iam::111111111111:user/",
    ] {
        assert!(
            matches!(Caller::user(arn(text)), Err(ValueError::Caller { .. })),
            "{text}"
        );
    }
    assert!(matches!(
        Caller::session(arn("arn:aws:iam::111111111111:user/u"), "s"),
        Err(ValueError::Caller { .. })
    ));
    let pathed = Caller::session(arn("arn:aws:iam::111111111111:role/path/r"), "s").unwrap();
    assert_eq!(
        pathed.to_string(),
        "arn:aws:sts::111111111111:assumed-role/r/s"
    );
}
