//! A small KMS: data keys, random bytes and unwrapping under keys that can be disabled or denied, and a record of who asked.
//!
//! A key's material follows from its ARN, so what was wrapped by one KMS is opened by the next one that has the same key.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, rand};
use bytes::Bytes;
use http_body_util::{BodyExt, Collected};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::credentials::{REGION, signer};
use crate::fault::{Body, Dialect, Fault, Faults, spoil};
use crate::server::Server;
use crate::{Error, aws_json};

/// A KMS of its own, without keys at first. Dropping it ends it.
#[derive(Debug)]
pub struct Kms {
    server: Server,
    front: Arc<Front>,
}

/// One call that was answered.
#[derive(Clone, Debug)]
pub struct KmsCall {
    /// The operation, as in `GenerateDataKey`.
    pub operation: String,
    /// Who signed it.
    pub access_key_id: Option<String>,
    /// The request's body.
    pub request: Value,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Everything.
    Enabled,
    /// Nothing: 400 `DisabledException`.
    Disabled,
    /// Nothing for those who ask: 400 `AccessDeniedException`.
    Denied,
}

impl Kms {
    /// Starts a KMS without keys.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port.
    pub async fn start() -> Result<Self, Error> {
        let front = Arc::new(Front::default());
        let asked = front.clone();
        let server = Server::start("KMS", move |request| asked.clone().answer(request)).await?;
        Ok(Self { server, front })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Makes a key with this id, enabled, and gives its ARN.
    pub fn create_key(&self, id: &str) -> String {
        let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}");
        self.set(&arn, KeyState::Enabled);
        arn
    }

    /// What the key of this ARN is good for from now on.
    pub fn set(&self, arn: &str, state: KeyState) {
        self.front.lock().keys.set(arn, state);
    }

    /// The calls since the start or the last [`reset`](Self::reset), by the order of their answers.
    pub fn calls(&self) -> Vec<KmsCall> {
        self.front.lock().calls.clone()
    }

    /// How many of the calls asked for this operation.
    pub fn count(&self, operation: &str) -> usize {
        let record = self.front.lock();
        let calls = record.calls.iter();
        calls.filter(|call| call.operation == operation).count()
    }

    /// Has the next `calls` calls of `operation` meet `fault`, after those that were asked for before.
    pub fn fail_next(&self, operation: &str, calls: usize, fault: Fault) {
        self.front.faults.add(operation, calls, fault);
    }

    /// Forgets the calls and the faults to come; the keys stay.
    pub fn reset(&self) {
        self.front.lock().calls.clear();
        self.front.faults.clear();
    }
}

#[derive(Debug, Default)]
struct Front {
    record: Mutex<Record>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Record {
    keys: Keys,
    calls: Vec<KmsCall>,
}

/// Keys by ARN, and what is done with them.
#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, KeyState>);

/// The name of an exception and its text.
pub(crate) type Refusal = (&'static str, String);

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let operation = aws_json::operation(&head.headers).to_owned();
        // Whoever broke off does not read the answer.
        let body = body.collect().await.map(Collected::to_bytes);
        let request: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        let fault = self.faults.next(&operation);
        let refusal = fault.and_then(|fault| fault.refusal(Dialect::Kms));
        let response = match (refusal, fault) {
            (Some(refusal), _) => refusal,
            (None, fault) => {
                if let Some(fault) = fault {
                    fault.dawdle().await;
                }
                self.ask(&operation, &request)
            }
        };
        self.lock().calls.push(KmsCall {
            operation,
            access_key_id: signer(&head.headers),
            request,
            status: response.status().as_u16(),
        });
        spoil(fault, response).await
    }

    fn ask(&self, operation: &str, request: &Value) -> Response<Bytes> {
        let answer = self.lock().keys.ask(operation, request);
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err((kind, message)) => {
                let body = json!({ "__type": kind, "message": message });
                (StatusCode::BAD_REQUEST, body)
            }
        };
        aws_json::answer_1_1(status, &body)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// What the key of this ARN is good for from now on.
    pub(crate) fn set(&mut self, arn: &str, state: KeyState) {
        self.0.insert(arn.to_owned(), state);
    }

    /// The ARN of the key that a `Decrypt` needs; none for what no key wrapped, or in another context.
    pub(crate) fn wrapped_by(request: &Value) -> Option<String> {
        let wrapped = binary(&request["CiphertextBlob"])?;
        let (arn, _) = unwrap(&wrapped, &context(request))?;
        Some(arn)
    }

    /// Does a cryptographic operation.
    pub(crate) fn ask(&self, operation: &str, request: &Value) -> Result<Value, Refusal> {
        let bytes = || {
            let bytes = request["NumberOfBytes"].as_u64();
            bytes.and_then(|bytes| usize::try_from(bytes).ok())
        };
        match operation {
            "GenerateRandom" => {
                let length = bytes().ok_or_else(|| invalid("NumberOfBytes"))?;
                Ok(json!({ "Plaintext": text(&random(length)) }))
            }
            "GenerateDataKey" => {
                let arn = self.key(&request["KeyId"])?;
                let length = match request["KeySpec"].as_str() {
                    Some("AES_128") => 16,
                    Some("AES_256") => 32,
                    _ => bytes().ok_or_else(|| invalid("KeySpec"))?,
                };
                let clear = random(length);
                let wrapped = wrap(arn, &context(request), &clear);
                Ok(
                    json!({ "CiphertextBlob": text(&wrapped), "KeyId": arn, "Plaintext": text(&clear) }),
                )
            }
            "Encrypt" => {
                let arn = self.key(&request["KeyId"])?;
                let clear = binary(&request["Plaintext"]).ok_or_else(|| invalid("Plaintext"))?;
                let wrapped = wrap(arn, &context(request), &clear);
                Ok(json!({ "CiphertextBlob": text(&wrapped), "KeyId": arn }))
            }
            "Decrypt" => {
                let wrapped = binary(&request["CiphertextBlob"]);
                let (arn, clear) = wrapped
                    .and_then(|wrapped| unwrap(&wrapped, &context(request)))
                    .ok_or_else(|| ("InvalidCiphertextException", String::new()))?;
                let own = self.key(&Value::from(arn))?;
                if !request["KeyId"].is_null() && self.key(&request["KeyId"])? != own {
                    let message = "The key ID in the request does not identify a CMK that can perform this operation.";
                    return Err(("IncorrectKeyException", message.to_owned()));
                }
                Ok(json!({ "KeyId": own, "Plaintext": text(&clear) }))
            }
            other => Err(("UnknownOperationException", other.to_owned())),
        }
    }

    /// The ARN of the key that is called by ARN or id, if it can be used.
    fn key(&self, name: &Value) -> Result<&str, Refusal> {
        let name = name.as_str().ok_or_else(|| invalid("KeyId"))?;
        let mut keys = self.0.iter();
        let called = |arn: &str| arn == name || arn.ends_with(&format!(":key/{name}"));
        match keys.find(|(arn, _)| called(arn)) {
            None => Err(("NotFoundException", format!("Key '{name}' does not exist"))),
            Some((arn, KeyState::Enabled)) => Ok(arn),
            Some((arn, KeyState::Disabled)) => {
                Err(("DisabledException", format!("{arn} is disabled.")))
            }
            Some((_, KeyState::Denied)) => {
                let message = "The ciphertext refers to a customer master key that does not exist, \
                               does not exist in this region, or you are not allowed to access.";
                Err(("AccessDeniedException", message.to_owned()))
            }
        }
    }
}

/// Length of the ARN, ARN, nonce, ciphertext and tag. The context is proven by the tag.
fn wrap(arn: &str, context: &[u8], clear: &[u8]) -> Vec<u8> {
    let nonce = random(NONCE_LEN);
    let length = u8::try_from(arn.len()).expect("an ARN of a key has some 80 characters");
    let mut wrapped = [&[length], arn.as_bytes(), &nonce].concat();
    let nonce = Nonce::try_assume_unique_for_key(&nonce).expect("of the right length");
    let mut sealed = clear.to_vec();
    material(arn)
        .seal_in_place_append_tag(nonce, Aad::from(context), &mut sealed)
        .expect("a few bytes can be sealed");
    wrapped.append(&mut sealed);
    wrapped
}

/// The key's ARN and what it wrapped, if it did in this context.
fn unwrap(wrapped: &[u8], context: &[u8]) -> Option<(String, Vec<u8>)> {
    let (length, rest) = wrapped.split_first()?;
    let (arn, rest) = rest.split_at_checked((*length).into())?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
    let arn = str::from_utf8(arn).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let clear = material(arn)
        .open_in_place(nonce, Aad::from(context), &mut sealed)
        .ok()?;
    Some((arn.to_owned(), clear.to_vec()))
}

fn material(arn: &str) -> LessSafeKey {
    let material = digest::digest(&digest::SHA256, format!("material of {arn}").as_bytes());
    let key = UnboundKey::new(&AES_256_GCM, material.as_ref());
    LessSafeKey::new(key.expect("SHA-256 is as long as a key"))
}

/// The encryption context in one order, as bytes.
fn context(request: &Value) -> Vec<u8> {
    let pairs = request["EncryptionContext"].as_object();
    let pairs: BTreeMap<_, _> = pairs.into_iter().flatten().collect();
    serde_json::to_vec(&pairs).expect("texts become JSON")
}

fn random(length: usize) -> Vec<u8> {
    // What KMS gives at most.
    let mut bytes = vec![0; length.min(1024)];
    rand::fill(&mut bytes).expect("the system has random bytes");
    bytes
}

fn text(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

fn binary(value: &Value) -> Option<Vec<u8>> {
    base64_simd::STANDARD.decode_to_vec(value.as_str()?).ok()
}

fn invalid(field: &str) -> Refusal {
    ("ValidationException", format!("`{field}` is missing"))
}

const ACCOUNT: &str = "111122223333";
