//! The small KMS, asked over plain HTTP.

use athena_testkit::Kms;
use athena_testkit::kms::KeyState;
use base64_simd::STANDARD;
use serde_json::{Value, json};

/// The answer's status and body.
async fn ask(kms: &Kms, operation: &str, request: &Value) -> (u16, Value) {
    let target = format!("TrentService.{operation}");
    let signature = "AWS4-HMAC-SHA256 Credential=AKIDWHO/20250101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=b";
    let headers = [
        ("x-amz-target", target.as_str()),
        ("authorization", signature),
    ];
    let body = request.to_string().into();
    let answer = crate::wire::post(&kms.endpoint(), &headers, body).await;
    let answer = answer.unwrap();
    let body = serde_json::from_slice(answer.body()).unwrap();
    (answer.status().as_u16(), body)
}

#[track_caller]
fn refused((status, body): (u16, Value), kind: &str) {
    assert_eq!(
        (status, &body["__type"]),
        (400, &Value::from(kind)),
        "{body}"
    );
}

#[tokio::test]
async fn a_data_key_is_unwrapped_in_its_context_alone_also_by_another_instance() {
    let (kms, other) = (Kms::start().await.unwrap(), Kms::start().await.unwrap());
    let arn = kms.create_key("one");
    let context = json!({"a": "1", "b": "2"});
    let request = json!({"KeyId": arn, "KeySpec": "AES_128", "EncryptionContext": context});
    let (status, made) = ask(&kms, "GenerateDataKey", &request).await;
    assert_eq!((status, &made["KeyId"]), (200, &Value::from(arn.as_str())));
    let clear = STANDARD
        .decode_to_vec(made["Plaintext"].as_str().unwrap())
        .unwrap();
    assert_eq!(clear.len(), 16);

    let decrypt = |context: Value| json!({"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context});
    let (status, opened) = ask(&kms, "Decrypt", &decrypt(json!({"b": "2", "a": "1"}))).await;
    assert_eq!((status, &opened["Plaintext"]), (200, &made["Plaintext"]));
    let changed = ask(&kms, "Decrypt", &decrypt(json!({"a": "1"}))).await;
    refused(changed, "InvalidCiphertextException");

    let unknown = ask(&other, "Decrypt", &decrypt(context.clone())).await;
    refused(unknown, "NotFoundException");
    other.create_key("one");
    let (_, opened) = ask(&other, "Decrypt", &decrypt(context.clone())).await;
    assert_eq!(opened["Plaintext"], made["Plaintext"]);

    let second = kms.create_key("two");
    let mut by_second = decrypt(context);
    by_second["KeyId"] = second.into();
    refused(
        ask(&kms, "Decrypt", &by_second).await,
        "IncorrectKeyException",
    );
}

#[tokio::test]
async fn keys_obey_their_state_and_every_call_is_on_record_with_its_signer() {
    let kms = Kms::start().await.unwrap();
    let arn = kms.create_key("one");
    let request = json!({"KeyId": "one", "KeySpec": "AES_256"});
    let (status, _) = ask(&kms, "GenerateDataKey", &request).await;
    assert_eq!(status, 200);
    for (state, kind) in [
        (KeyState::Disabled, "DisabledException"),
        (KeyState::Denied, "AccessDeniedException"),
    ] {
        kms.set(&arn, state);
        refused(ask(&kms, "GenerateDataKey", &request).await, kind);
    }
    let (_, random) = ask(&kms, "GenerateRandom", &json!({"NumberOfBytes": 12})).await;
    let random = random["Plaintext"].as_str().unwrap();
    assert_eq!(STANDARD.decode_to_vec(random).unwrap().len(), 12);
    let calls = kms.calls();
    let statuses: Vec<u16> = calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 400, 400, 200]);
    assert_eq!(
        (kms.count("GenerateDataKey"), &calls[0].request),
        (3, &request)
    );
    assert!(
        calls
            .iter()
            .all(|call| call.access_key_id.as_deref() == Some("AKIDWHO"))
    );
    kms.reset();
    assert_eq!(kms.count("GenerateDataKey"), 0);
}
