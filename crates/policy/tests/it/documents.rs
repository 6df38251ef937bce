//! The policy documents of a connector shared by two accounts.

use iam_policy_kit::{
    Action, Arn, AwsPrincipal, ConditionKey, Conditions, Document, Principal, ResourcePattern, Sid,
    Statement, Test, Version,
};

const DOCUMENTS: [(&str, &str); 8] = [
    ("spill_seed", include_str!("../documents/spill_seed.json")),
    (
        "spill_strict",
        include_str!("../documents/spill_strict.json"),
    ),
    ("function", include_str!("../documents/function.json")),
    ("create_role", include_str!("../documents/create_role.json")),
    (
        "execution_trust",
        include_str!("../documents/execution_trust.json"),
    ),
    (
        "create_role_trust_seed",
        include_str!("../documents/create_role_trust_seed.json"),
    ),
    (
        "create_role_trust_strict",
        include_str!("../documents/create_role_trust_strict.json"),
    ),
    ("analyst", include_str!("../documents/analyst.json")),
];

#[test]
fn reading_what_was_printed_gives_the_same_document() {
    for (name, text) in DOCUMENTS {
        let read = Document::from_json(text).unwrap();
        for printed in [read.to_json(), read.to_json_pretty()] {
            let again = Document::from_json(&printed).unwrap();
            assert_eq!(again, read, "{name}");
            assert_eq!(again.to_json(), read.to_json(), "{name}");
        }
    }
}

#[test]
fn a_document_in_canonical_form_is_printed_letter_by_letter() {
    // Elements and sets of these documents already stand in order, so only white space differs.
    for name in ["spill_seed", "function", "create_role", "execution_trust"] {
        let (_, text) = DOCUMENTS.iter().find(|(known, _)| *known == name).unwrap();
        let without_space: String = text.chars().filter(|char| !char.is_whitespace()).collect();
        assert_eq!(
            Document::from_json(text).unwrap().to_json(),
            without_space,
            "{name}"
        );
    }
}

#[test]
fn the_order_of_statements_and_the_spelling_stay() {
    let text = r#"{"Statement":[{"Sid":"b","Effect":"Deny","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::222222222222:role/r"]},"NotAction":"S3:getobject","NotResource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert_eq!(Document::from_json(text).unwrap().to_json(), text);
}

#[test]
fn a_document_built_from_values_equals_the_one_read() {
    let account_b = AwsPrincipal::new("arn:aws:iam::222222222222:root").unwrap();
    let bucket: Arn = "arn:aws:s3:::ds-spill-bucket".parse().unwrap();
    let everything = [
        bucket.clone().into(),
        ResourcePattern::new(format!("{bucket}/*")).unwrap(),
    ];
    let action = |text: &str| [Action::new(text).unwrap()];
    let key = |text: &str| ConditionKey::new(text).unwrap();
    let if_exists = "BoolIfExists".parse().unwrap();
    let built = Document::new([
        Statement::allow(action("s3:GetObject"))
            .with_sid(Sid::new("AthenaSpillGet222222222222").unwrap())
            .with_principal(Principal::aws(account_b.clone()))
            .with_resources([ResourcePattern::new(format!("{bucket}/athena-spill/*")).unwrap()]),
        Statement::allow(action("s3:ListBucket"))
            .with_sid(Sid::new("AthenaSpillList222222222222").unwrap())
            .with_principal(Principal::aws(account_b))
            .with_resources([bucket.into()])
            .with_conditions(Conditions::none().with(
                Test::StringLike.into(),
                key("s3:prefix"),
                ["athena-spill/*"],
            )),
        Statement::deny(action("s3:*"))
            .with_sid(Sid::new("DenyInsecureTransport").unwrap())
            .with_principal(Principal::anyone())
            .with_resources(everything.clone())
            .with_conditions(Conditions::none().with(
                Test::Bool.into(),
                key("aws:SecureTransport"),
                ["false"],
            )),
        Statement::deny(action("s3:*"))
            .with_sid(Sid::new("DenyOtherAccounts").unwrap())
            .with_principal(Principal::anyone())
            .with_resources(everything)
            .with_conditions(
                Conditions::none()
                    .with(
                        Test::StringNotEquals.into(),
                        key("aws:PrincipalAccount"),
                        ["111111111111", "222222222222"],
                    )
                    .with(if_exists, key("aws:PrincipalIsAWSService"), ["false"]),
            ),
    ]);
    assert_eq!(built.version, Some(Version::V2012));
    assert_eq!(
        built,
        Document::from_json(include_str!("../documents/spill_strict.json")).unwrap()
    );
}
