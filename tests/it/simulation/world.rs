//! The services of a seed's world, in memory: one table, one bucket, one key, one query.
//!
//! The table answers as DynamoDB does where the connector can tell: pages that end anywhere, keys left unprocessed, segments that
//! are empty. It does not filter or project, which DynamoDB would do for less traffic and not for other rows.

use super::fate::{Fate, Weather, pick};
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

pub(super) const TABLE: &str = "things";
pub(super) const BUCKET: &str = "spilled";
pub(super) const KEY: &str = "alias/spill";

/// Everything that one run talks to.
pub(super) struct World {
    began: Instant,
    state: Mutex<State>,
}

pub(super) struct State {
    rng: Rng,
    pub(super) weather: Weather,
    /// In the order of the table.
    items: Vec<Item>,
    /// Bytes that `DescribeTable` tells.
    told_bytes: u64,
    page_items: usize,
    objects: BTreeMap<String, Bytes>,
    /// The table is gone for good.
    deleted: bool,
    /// When Athena says that the query was cancelled.
    cancelled: Option<Duration>,
    /// When a call that is under way is given up, as one is whose process is lost.
    killed: Option<Duration>,
    /// A bug put in on purpose: a page without its last item.
    loses_items: bool,
    trace: String,
    calls: usize,
}

/// An item, and what is asked of it again and again.
#[derive(Clone)]
struct Item {
    value: Value,
    text: String,
    owner: String,
    number: String,
    hash: u64,
}

/// The question of a seed.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) of: Of,
    /// Rows that are enough.
    pub(super) limit: Option<usize>,
}

/// What is asked of the table.
#[derive(Debug, Clone)]
pub(super) enum Of {
    Everything,
    /// Items of these hash keys.
    Keys(BTreeSet<String>),
}

/// What a seed decides beside the weather.
pub(super) struct Setting {
    pub(super) asked: Asked,
    pub(super) variables: BTreeMap<&'static str, String>,
    /// Time that Lambda gives a call.
    pub(super) timeout: Duration,
    pub(super) max_block_bytes: u64,
    pub(super) max_inline_bytes: u64,
}

/// An answer before anything happens to it.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
    pub(super) is_s3: bool,
}

impl World {
    pub(super) fn draw(seed: u64) -> (Self, Setting) {
        let mut rng = Rng::with_seed(seed);
        let weather = Weather::draw(&mut rng);
        let owners = rng.usize(1..6);
        let count = *pick(&mut rng, &[0, 1, 4, 9, 20]);
        let items: Vec<Item> = (0..count).map(|n| item(&mut rng, n, owners)).collect();
        let mut keys = BTreeSet::new();
        for _ in 0..rng.usize(1..4) {
            keys.insert(format!("o{}", rng.usize(0..=owners)));
        }
        let of = if rng.u8(0..3) == 0 {
            Of::Keys(keys)
        } else {
            Of::Everything
        };
        let limit = (rng.u8(0..5) == 0).then(|| rng.usize(1..10));
        let asked = Asked { of, limit };
        let variables = BTreeMap::from([
            ("AWS_REGION", "us-east-1".to_owned()),
            ("spill_bucket", BUCKET.to_owned()),
            ("disable_glue", "true".to_owned()),
            (
                "streams_per_split",
                pick(&mut rng, &["1", "2", "4"]).to_string(),
            ),
            (
                "SPILL_QUEUE_CAPACITY",
                pick(&mut rng, &["1", "2"]).to_string(),
            ),
            ("disable_spill_encryption", rng.bool().to_string()),
            ("page_compression", "never".to_owned()),
            ("deadline_margin_ms", "2000".to_owned()),
            (
                "throttle_patience_ms",
                pick(&mut rng, &["500", "30000"]).to_string(),
            ),
            (
                "lookup_expiry_seconds",
                pick(&mut rng, &["0", "30"]).to_string(),
            ),
        ]);
        let mut variables = variables;
        if rng.bool() {
            variables.insert("kms_key_id", KEY.to_owned());
        }
        let setting = Setting {
            asked,
            variables,
            timeout: Duration::from_secs(*pick(&mut rng, &[10, 60, 900])),
            max_block_bytes: *pick(&mut rng, &[3_000, 20_000, 16_000_000]),
            max_inline_bytes: *pick(&mut rng, &[0, 2_000, 5_242_880]),
        };
        let state = State {
            weather,
            items,
            told_bytes: *pick(&mut rng, &[0, 1 << 20, 2 << 20, 300 << 20]),
            page_items: rng.usize(1..9),
            objects: BTreeMap::new(),
            deleted: false,
            cancelled: (rng.u8(0..15) == 0).then(|| Duration::from_millis(rng.u64(0..60_000))),
            killed: (rng.u8(0..20) == 0).then(|| Duration::from_millis(rng.u64(0..30_000))),
            loses_items: false,
            trace: String::new(),
            calls: 0,
            rng,
        };
        let world = Self {
            began: Instant::now(),
            state: Mutex::new(state),
        };
        (world, setting)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Simulated time since the beginning.
    pub(super) fn time(&self) -> Duration {
        self.began.elapsed()
    }

    /// What a call meets; written down.
    pub(super) fn meet(&self, call: &str) -> (Fate, Duration) {
        let at = self.time();
        let mut state = self.state();
        let weather = state.weather;
        let (fate, late) = weather.next(&mut state.rng);
        // A fault of S3 that the next attempt may not see, as it was done.
        let fate = match fate {
            Fate::Missing if !call.starts_with("Scan") && !call.starts_with("Query") => {
                Fate::Denied
            }
            fate => fate,
        };
        state.deleted |= fate == Fate::Missing;
        state.calls += 1;
        let micros = at.as_micros();
        let _ = writeln!(state.trace, "{micros} {call} {fate:?} {}", late.as_micros());
        (fate, late)
    }

    pub(super) fn note(&self, what: &str) {
        let micros = self.time().as_micros();
        let _ = writeln!(self.state().trace, "{micros} {what}");
    }

    pub(super) fn trace(&self) -> String {
        self.state().trace.clone()
    }

    pub(super) fn calls(&self) -> usize {
        self.state().calls
    }

    /// The faults end, and nothing is cancelled; a deleted table stays deleted.
    pub(super) fn clear_up(&self) {
        let mut state = self.state();
        state.weather = Weather::fair();
        state.cancelled = None;
        state.killed = None;
    }

    pub(super) fn lose_items(&self) {
        self.state().loses_items = true;
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.state().deleted
    }

    /// The items that the question asks for.
    pub(super) fn wanted(&self, asked: &Asked) -> Vec<Value> {
        let state = self.state();
        let is_wanted = |item: &&Item| match &asked.of {
            Of::Everything => true,
            Of::Keys(keys) => keys.contains(&item.owner),
        };
        let wanted = state.items.iter().filter(is_wanted);
        wanted.map(|item| item.value.clone()).collect()
    }

    pub(super) fn object(&self, key: &str) -> Option<Bytes> {
        self.state().objects.get(key).cloned()
    }

    /// Time left until the call under way is given up.
    pub(super) fn lives(&self) -> Option<Duration> {
        let at = self.time();
        self.state().killed?.checked_sub(at)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        let at = self.time();
        self.state().cancelled.is_some_and(|since| at >= since)
    }
}

impl State {
    pub(super) fn put(&mut self, key: String, object: Bytes) {
        self.objects.insert(key, object);
    }

    /// A place in a body of this length.
    pub(super) fn place(&mut self, length: usize) -> usize {
        self.rng.usize(0..length.max(1))
    }

    /// DynamoDB's answer, unless the table is gone.
    pub(super) fn dynamodb(&mut self, operation: &str, request: &Value) -> Answer {
        if self.deleted && operation != "ListTables" {
            let kind = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
            return refusal(400, kind);
        }
        let body = match operation {
            "ListTables" => json!({"TableNames": [TABLE]}).to_string(),
            "DescribeTable" => self.description().to_string(),
            "Scan" => self.scan(request),
            "Query" => self.query(request),
            "BatchGetItem" => self.batch(request),
            other => panic!("no world knows {other}"),
        };
        Answer {
            status: 200,
            body: body.into(),
            is_s3: false,
        }
    }

    fn description(&self) -> Value {
        json!({"Table": {
            "TableName": TABLE, "TableStatus": "ACTIVE",
            "ItemCount": self.items.len(), "TableSizeBytes": self.told_bytes,
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "owner", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"},
            ],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }})
    }

    fn scan(&mut self, request: &Value) -> String {
        let total = request["TotalSegments"].as_u64().unwrap_or(1);
        let segment = request["Segment"].as_u64().unwrap_or(0);
        let own = |item: &Item| item.hash % total == segment;
        self.page(own, request)
    }

    fn query(&mut self, request: &Value) -> String {
        let values = request["ExpressionAttributeValues"].as_object().unwrap();
        // The conditions of these worlds are on whole keys: a hash key, or both.
        let owner = values.values().find_map(|value| value["S"].as_str());
        let number = values.values().find_map(|value| value["N"].as_str());
        let own = |item: &Item| {
            let same = number.is_none_or(|number| item.number == number);
            Some(item.owner.as_str()) == owner && same
        };
        self.page(own, request)
    }

    fn batch(&mut self, request: &Value) -> String {
        let keys = request["RequestItems"][TABLE]["Keys"].as_array().unwrap();
        let done = self.rng.usize(0..=keys.len());
        let (now, later) = keys.split_at(done);
        let found = self
            .items
            .iter()
            .filter(|item| now.iter().any(|key| item.is(key)));
        let found: Vec<&Value> = found.map(|item| &item.value).collect();
        let left = if later.is_empty() {
            json!({})
        } else {
            json!({TABLE: {"Keys": later}})
        };
        json!({"Responses": {TABLE: found}, "UnprocessedKeys": left,
            "ConsumedCapacity": [{"TableName": TABLE, "CapacityUnits": 0.5}]})
        .to_string()
    }

    /// The items behind the start key, as many as a page has.
    fn page(&mut self, own: impl Fn(&Item) -> bool, request: &Value) -> String {
        let own: Vec<&Item> = self.items.iter().filter(|item| own(item)).collect();
        let start = &request["ExclusiveStartKey"];
        let begin = if start.is_null() {
            0
        } else {
            let place = own.iter().position(|item| item.is(start));
            1 + place.expect("a key that was given")
        };
        let most = usize::try_from(request["Limit"].as_u64().unwrap_or(u64::MAX)).unwrap();
        let end = own.len().min(begin + self.page_items.min(most));
        let lost = usize::from(self.loses_items && end > begin);
        let shown: Vec<&str> = (own[begin..end - lost].iter())
            .map(|item| item.text.as_str())
            .collect();
        let mut page = format!(
            r#"{{"Items":[{}],"Count":{},"ScannedCount":{},"ConsumedCapacity":{{"TableName":"{TABLE}","CapacityUnits":0.5}}"#,
            shown.join(","),
            shown.len(),
            end - begin,
        );
        // A page that ends with the last item may still say that there is more.
        let more = end < own.len() || (end > begin && self.rng.bool());
        if more && end > begin {
            let Item { owner, number, .. } = own[end - 1];
            let _ = write!(
                page,
                r#","LastEvaluatedKey":{{"owner":{{"S":"{owner}"}},"n":{{"N":"{number}"}}}}"#
            );
        }
        page.push('}');
        page
    }
}

impl Item {
    fn is(&self, key: &Value) -> bool {
        key["owner"]["S"] == *self.owner && key["n"]["N"] == *self.number
    }
}

fn item(rng: &mut Rng, number: usize, owners: usize) -> Item {
    let owner = format!("o{}", rng.usize(0..owners));
    let mut value = json!({
        "owner": {"S": owner}, "n": {"N": number.to_string()},
        "text": {"S": "lorem ipsum ".repeat(rng.usize(0..60))},
    });
    if rng.bool() {
        value["flag"] = json!({"BOOL": rng.bool()});
    }
    if rng.bool() {
        value["list"] = json!({"L": [{"N": number.to_string()}, {"NULL": true}]});
    }
    let number = number.to_string();
    let bytes = owner.bytes().chain(number.bytes());
    let hash = bytes.fold(7_u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    Item {
        text: value.to_string(),
        hash: hash >> 1,
        value,
        owner,
        number,
    }
}

pub(super) fn refusal(status: u16, kind: &str) -> Answer {
    Answer {
        status,
        body: json!({"__type": kind, "message": "as the seed has it", "Message": ""})
            .to_string()
            .into(),
        is_s3: false,
    }
}
