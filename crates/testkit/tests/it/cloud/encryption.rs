//! Keys of KMS, which open by their own policies.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use serde_json::{Value, json};

use super::setup::AT_ONCE;
use super::{A, B, Setup, Who, code};

/// A's account decides by identity policies; B may decrypt.
fn key_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Own", "Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Sid": "ForB", "Effect": "Allow", "Principal": {"AWS": B}, "Action": "kms:Decrypt", "Resource": "*"},
    ]})
}

async fn decrypt(who: &Who, wrapped: &Blob) -> Result<Vec<u8>, String> {
    match who
        .kms()
        .decrypt()
        .ciphertext_blob(wrapped.clone())
        .send()
        .await
    {
        Ok(clear) => Ok(clear.plaintext().unwrap().as_ref().to_vec()),
        failed => Err(code(failed)),
    }
}

#[tokio::test]
async fn a_data_key_of_a_is_opened_by_b_where_both_allow_it() {
    let setup = Setup::empty(AT_ONCE).await;
    let policy = key_policy().to_string();
    let arn = setup.cloud.key(A, Some("alias/spill"), &policy).unwrap();
    let kms = setup.a.kms();
    let described = kms
        .describe_key()
        .key_id("alias/spill")
        .send()
        .await
        .unwrap();
    assert_eq!(described.key_metadata().unwrap().arn(), Some(arn.as_str()));
    assert_eq!(
        code(kms.describe_key().key_id("alias/absent").send().await),
        "NotFoundException"
    );
    let generate = |who: &Who| {
        who.kms()
            .generate_data_key()
            .key_id(&arn)
            .key_spec(DataKeySpec::Aes256)
            .send()
    };
    let data_key = generate(&setup.a).await.unwrap();
    let (wrapped, clear) = (
        data_key.ciphertext_blob().unwrap(),
        data_key.plaintext().unwrap(),
    );
    assert_eq!(decrypt(&setup.b, wrapped).await.unwrap(), clear.as_ref());
    let denied = "AccessDeniedException";
    assert_eq!(code(generate(&setup.b).await), denied);
    assert_eq!(decrypt(&setup.analyst, wrapped).await.unwrap_err(), denied);

    let mut closed = key_policy();
    closed["Statement"].as_array_mut().unwrap().pop();
    let put = kms.put_key_policy().key_id(&arn).policy(closed.to_string());
    put.send().await.unwrap();
    assert_eq!(decrypt(&setup.b, wrapped).await.unwrap_err(), denied);
    assert_eq!(decrypt(&setup.a, wrapped).await.unwrap(), clear.as_ref());
}

#[tokio::test]
async fn a_key_that_does_not_name_the_account_is_closed_to_its_administrators() {
    let setup = Setup::empty(AT_ONCE).await;
    let mut policy = key_policy();
    policy["Statement"].as_array_mut().unwrap().remove(0);
    let arn = setup.cloud.key(A, None, &policy.to_string()).unwrap();
    let described = setup.a.kms().describe_key().key_id(&arn).send().await;
    assert_eq!(code(described), "AccessDeniedException");
}
