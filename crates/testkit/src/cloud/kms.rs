//! KMS: keys with their policies, and what is done with them. Keys are made by the test itself.

use iam_policy_kit::check::PolicyKind;
use iam_policy_kit::{AccountId, Arn};
use serde_json::{Value, json};

use super::answer::{Refusal, Reply};
use super::gate::{Ask, Call};
use super::iam::stored;
use super::world::{World, arn};
use crate::credentials::REGION;
use crate::kms::{KeyState, Keys};

/// A key.
#[derive(Clone, Debug)]
pub(super) struct CustomerKey {
    pub(super) arn: Arn,
    pub(super) policy: String,
    alias: Option<String>,
}

/// Makes a key and gives its ARN.
pub(super) fn create(
    world: &mut World,
    account: &AccountId,
    alias: Option<&str>,
    policy: &str,
) -> String {
    let resource = format!("key/{}", uuid::Uuid::new_v4());
    let key_arn = arn("kms", REGION, account.as_str(), resource);
    let text = key_arn.to_string();
    world.kms.set(&text, KeyState::Enabled);
    let key = CustomerKey {
        arn: key_arn,
        policy: policy.to_owned(),
        alias: alias.map(str::to_owned),
    };
    world.account(account).keys.insert(text.clone(), key);
    text
}

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    match call.wire.operation.as_str() {
        "DescribeKey" => {
            let key = permitted(world, call, &named(call)?)?;
            let (_, id) = key.arn.resource.split_once('/').unwrap_or_default();
            let told = json!({
                "AWSAccountId": key.arn.account, "KeyId": id, "Arn": key.arn.to_string(), "Enabled": true,
                "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER",
                "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "MultiRegion": false,
            });
            Ok(Reply::json(json!({"KeyMetadata": told})))
        }
        "GetKeyPolicy" => {
            let key = permitted(world, call, &named(call)?)?;
            Ok(Reply::json(
                json!({"Policy": key.policy, "PolicyName": "default"}),
            ))
        }
        "PutKeyPolicy" => {
            permitted(world, call, &named(call)?)?;
            let policy = call.wire.needed("Policy")?;
            let policy = stored(world, &policy, PolicyKind::Key)?;
            permitted(world, call, &named(call)?)?.policy = policy;
            Ok(Reply::json(json!({})))
        }
        "GenerateRandom" => {
            world.permit(call, &Ask::anywhere("kms:GenerateRandom", call.account()))?;
            ask(world, call, &call.wire.fields)
        }
        "Encrypt" | "GenerateDataKey" => {
            let key = permitted(world, call, &named(call)?)?.arn.to_string();
            let mut fields = call.wire.fields.clone();
            fields["KeyId"] = key.into();
            ask(world, call, &fields)
        }
        "Decrypt" => {
            let by = Keys::wrapped_by(&call.wire.fields);
            let by = by.ok_or_else(|| Refusal::new(400, "InvalidCiphertextException", ""))?;
            permitted(world, call, &by)?;
            ask(world, call, &call.wire.fields)
        }
        other => Err(Refusal::not_offered(format!("no operation kms:{other}"))),
    }
}

fn ask(world: &World, call: &Call, fields: &Value) -> Result<Reply, Refusal> {
    let answer = world.kms.ask(&call.wire.operation, fields);
    answer
        .map(Reply::json)
        .map_err(|(code, message)| Refusal::new(400, code, message))
}

fn named(call: &Call) -> Result<String, Refusal> {
    call.wire.needed("KeyId")
}

/// The key of that id, ARN or alias, if the caller may do with it what the call says.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    name: &str,
) -> Result<&'a mut CustomerKey, Refusal> {
    let own = |resource: String| arn("kms", &call.region, call.account().as_str(), resource);
    let asked: Arn = name.parse().unwrap_or_else(|_| {
        if name.starts_with("alias/") {
            own(name.to_owned())
        } else {
            own(format!("key/{name}"))
        }
    });
    let absent = || {
        let message = if asked.resource.starts_with("alias/") {
            format!("Alias {asked} is not found.")
        } else {
            format!("Key '{asked}' does not exist")
        };
        Refusal::new(400, "NotFoundException", message)
    };
    let owner = asked.account_id().ok_or_else(absent)?;
    let is_called = |key: &&CustomerKey| {
        let by_alias = key.alias.as_deref() == Some(asked.resource.as_str());
        key.arn == asked || (by_alias && key.arn.region == asked.region)
    };
    let found = world.accounts.get(&owner);
    let found = found.and_then(|found| found.keys.values().find(is_called));
    let key = found.ok_or_else(absent)?.arn.clone();
    let action = format!("kms:{}", call.wire.operation);
    let ask =
        Ask::on(&action, &key, &owner).with("kms:CallerAccount", Some(call.account().as_str()));
    world.permit(call, &ask)?;
    let keys = &mut world.account(&owner).keys;
    keys.get_mut(&key.to_string()).ok_or_else(absent)
}
