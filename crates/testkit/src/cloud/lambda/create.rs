//! `CreateFunction`, and what is asked of a function's settings whenever they are set.

use iam_policy_kit::Arn;
use serde_json::{Map, Value, json};

use super::{Function, code, invalid, is_name};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::s3::Store;
use crate::cloud::world::{World, arn};

/// Settings that are kept as they are given, with what they are unless given.
fn defaults() -> [(&'static str, Value); 10] {
    [
        ("Runtime", Value::Null),
        ("Handler", Value::Null),
        ("Description", "".into()),
        ("Timeout", 3.into()),
        ("MemorySize", 128.into()),
        ("EphemeralStorage", json!({"Size": 512})),
        ("LoggingConfig", Value::Null),
        ("VpcConfig", Value::Null),
        ("KMSKeyArn", Value::Null),
        ("TracingConfig", json!({"Mode": "PassThrough"})),
    ]
}

/// What else may be said of a function.
const FURTHER: [&str; 10] = [
    "FunctionName",
    "Role",
    "Code",
    "Tags",
    "Environment",
    "Architectures",
    "PackageType",
    "RevisionId",
    "ZipFile",
    "DryRun",
];

/// The most that names and values of the environment may have, in bytes.
const MAX_ENVIRONMENT_BYTES: usize = 4096;

pub(super) fn create(world: &mut World, call: &Call, store: &Store) -> Result<Reply, Refusal> {
    let wire = &call.wire;
    let name = wire.needed("FunctionName")?;
    let account = call.account().clone();
    let resource = format!("function:{name}");
    let function_arn = arn("lambda", &call.region, account.as_str(), resource);
    let tags = wire.tags();
    let ask = |action| Ask::on(action, &function_arn, &account).tagging(&tags);
    world.permit(call, &ask("lambda:CreateFunction"))?;
    if !tags.is_empty() {
        world.permit(call, &ask("lambda:TagResource"))?;
    }
    if !is_name(&name) {
        return Err(violation(&name, "functionName"));
    }
    let role = wire.needed("Role")?;
    pass_role(world, call, &role)?;
    let place = (call.region.clone(), name.clone());
    if world.account(&account).functions.contains_key(&place) {
        let message = format!("Function already exist: {name}");
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    if wire.text("PackageType").is_some_and(|kind| kind != "Zip") {
        return Err(Refusal::not_offered("no functions of images"));
    }
    let code = code::read(world, call, store, &wire.fields["Code"])?;
    let reads = world.pace.function_reads;
    let mut function = Function::new(function_arn, role.clone(), code, reads);
    let mut settings = Map::from_iter(defaults().map(|(name, value)| (name.to_owned(), value)));
    settings.insert("PackageType".to_owned(), "Zip".into());
    let architectures = given(&wire.fields, "Architectures");
    let architectures = architectures.unwrap_or_else(|| json!(["x86_64"]));
    settings.insert("Architectures".to_owned(), architectures);
    let log_group = format!("/aws/lambda/{name}");
    let logging = json!({"LogFormat": "Text", "LogGroup": log_group});
    settings.insert("LoggingConfig".to_owned(), logging);
    function.configuration = settings;
    configure(&mut function, &wire.fields)?;
    for needed in ["Runtime", "Handler"] {
        if function.configuration[needed].is_null() {
            return Err(invalid(format!(
                "{needed} is mandatory for functions created with deployment packages"
            )));
        }
    }
    assumable(world, &role, &function.arn)?;
    function.tags = tags;
    let told = function.told();
    world.account(&account).functions.insert(place, function);
    Ok(Reply::Json(201, told))
}

/// Sets what `fields` give, if it keeps to the rules.
pub(super) fn configure(function: &mut Function, fields: &Value) -> Result<(), Refusal> {
    let is_known =
        |name: &str| FURTHER.contains(&name) || defaults().iter().any(|(known, _)| *known == name);
    let nothing = [Value::Null, json!([]), json!({}), json!(false)];
    let mut said = fields.as_object().into_iter().flatten();
    // Nothing here could honour it.
    if let Some((name, _)) = said.find(|(name, value)| !is_known(name) && !nothing.contains(value))
    {
        return Err(Refusal::not_offered(format!("no {name} of functions")));
    }
    for (name, range) in [("MemorySize", 128..=10_240), ("Timeout", 1..=900)] {
        let number = given(fields, name).map(|value| (value.as_u64().unwrap_or(0), value));
        if let Some((_, value)) = number.filter(|(number, _)| !range.contains(number)) {
            let (first, rest) = name.split_at(1);
            let member = first.to_lowercase() + rest;
            return Err(violation(&value.to_string(), &member));
        }
    }
    if let Some(variables) = given(&fields["Environment"], "Variables") {
        function.environment = environment(&variables)?;
    }
    for (name, _) in defaults() {
        match given(fields, name) {
            // What is not said of logging stays.
            Some(Value::Object(more)) if name == "LoggingConfig" => {
                let mut logging = function.configuration[name].clone();
                for (key, value) in more {
                    logging[key] = value;
                }
                function.configuration.insert(name.to_owned(), logging);
            }
            Some(value) => {
                function.configuration.insert(name.to_owned(), value);
            }
            None => {}
        }
    }
    Ok(())
}

fn environment(variables: &Value) -> Result<std::collections::BTreeMap<String, String>, Refusal> {
    let variables = variables.as_object().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let variables: std::collections::BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let because = "Lambda was unable to configure your environment variables because the environment variables you have \
                   provided";
    let is_reserved = |name: &&String| name.starts_with("AWS_") || *name == "_HANDLER";
    if let Some(name) = variables.keys().find(is_reserved) {
        return Err(invalid(format!(
            "{because} contains reserved keys that are currently not supported for modification. Reserved keys used in \
             this request: {name}"
        )));
    }
    let bytes: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MAX_ENVIRONMENT_BYTES {
        return Err(invalid(format!("{because} exceeded the 4KB limit.")));
    }
    Ok(variables)
}

/// Whether the caller may hand the role to Lambda.
pub(super) fn pass_role(world: &World, call: &Call, role: &str) -> Result<(), Refusal> {
    let arn: Arn = role.parse().map_err(|_| violation(role, "role"))?;
    if arn.account_id().as_ref() != Some(call.account()) {
        let message = "Cross-account pass role is not allowed.";
        return Err(Refusal::new(403, "AccessDeniedException", message));
    }
    let mut ask = Ask::on("iam:PassRole", &arn, call.account())
        .with("iam:PassedToService", Some("lambda.amazonaws.com"));
    if let Some(found) = world.role(role) {
        ask = ask.tagged(&found.tags);
    }
    world.permit(call, &ask)
}

/// Whether Lambda can assume the role: it is there, known to Lambda by now, and trusts it.
pub(super) fn assumable(world: &mut World, role: &str, function: &Arn) -> Result<(), Refusal> {
    let cannot = || invalid("The role defined for the function cannot be assumed by Lambda.");
    let found = world.role_mut(role).ok_or_else(cannot)?;
    if found.unseen_by_lambda > 0 {
        found.unseen_by_lambda -= 1;
        return Err(cannot());
    }
    let arn = found.arn.clone();
    if world.lambda_may_assume(&arn, function)? {
        Ok(())
    } else {
        Err(cannot())
    }
}

/// A field that is there and not null.
fn given(fields: &Value, name: &str) -> Option<Value> {
    fields.get(name).filter(|value| !value.is_null()).cloned()
}

fn violation(value: &str, member: &str) -> Refusal {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint"
    );
    Refusal::new(400, "ValidationException", message)
}
