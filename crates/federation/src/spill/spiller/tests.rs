//! Uploads that stall, fail, and finish in another order than they began.

use super::*;
use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch};
use arrow::datatypes::Int32Type;
use async_trait::async_trait;
use futures::FutureExt;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

fn block(number: i32) -> BlockRows {
    let column: ArrayRef = Arc::new(Int32Array::from(vec![number; 3]));
    RecordBatch::try_from_iter([("n", column)]).unwrap().into()
}

fn spiller(store: Arc<dyn SpillStore>, limits: InFlight) -> Spiller {
    let directory = SpillLocation::for_split("bucket", "pre", "q", "s");
    Spiller::new(
        store,
        directory,
        None,
        BTreeMap::new(),
        limits,
        Arc::default(),
        Buffers::new(1 << 20),
    )
}

fn waiting(blocks: usize) -> InFlight {
    InFlight {
        bytes: 1 << 20,
        waiting: blocks,
    }
}

fn number_of(location: &SpillLocation) -> usize {
    let (_, number) = location.key.rsplit_once('.').unwrap();
    number.parse().unwrap()
}

/// Never finishes a PUT, but for one that it refuses once all others are under way.
struct Stalling {
    refused: Option<usize>,
    began: watch::Sender<usize>,
    dropped: watch::Sender<usize>,
}

impl Stalling {
    fn refusing(refused: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            refused,
            began: watch::Sender::new(0),
            dropped: watch::Sender::new(0),
        })
    }
}

/// Tells that a PUT was ended before it was done.
struct Guard<'a>(&'a watch::Sender<usize>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|dropped| *dropped += 1);
    }
}

#[async_trait]
impl SpillStore for Stalling {
    fn signed_by(
        self: std::sync::Arc<Self>,
        _: &aws_credential_types::Credentials,
    ) -> std::sync::Arc<dyn SpillStore> {
        self
    }
    async fn put(
        &self,
        location: &SpillLocation,
        _: &BTreeMap<String, String>,
        _: Bytes,
    ) -> Result<(), Fault> {
        self.began.send_modify(|began| *began += 1);
        if self.refused == Some(number_of(location)) {
            let others = self.refused.unwrap() + 1;
            let mut began = self.began.subscribe();
            began.wait_for(|began| *began == others).await.unwrap();
            return Err(Fault::new(SourceErrorCode::AccessDenied, "refused"));
        }
        let _guard = Guard(&self.dropped);
        std::future::pending().await
    }

    async fn head_bucket(&self, _: &str, _: Option<&str>) -> Result<(), Option<u16>> {
        Ok(())
    }
}

#[tokio::test]
async fn a_stalled_store_lets_as_many_blocks_be_taken_as_wait_and_upload() {
    for queue in 1..=4 {
        let mut spiller = spiller(Stalling::refusing(None), waiting(queue));
        for number in 0..queue + 2 {
            let put = spiller.put(block(0)).now_or_never();
            assert_eq!(put, Some(Ok(())), "block {number} with a queue of {queue}");
        }
        assert_eq!(spiller.put(block(0)).now_or_never(), None);
        assert_eq!(spiller.metrics.taken_blocks.get(), queue as u64 + 2);
        assert_eq!(spiller.locations.len(), queue + 2);
    }
}

#[tokio::test]
async fn a_block_that_uses_up_the_byte_budget_is_alone() {
    let limits = InFlight {
        bytes: 1,
        waiting: 8,
    };
    let mut spiller = spiller(Stalling::refusing(None), limits);
    assert_eq!(spiller.put(block(0)).now_or_never(), Some(Ok(())));
    assert_eq!(spiller.put(block(1)).now_or_never(), None);
}

#[tokio::test]
async fn the_first_failure_ends_the_uploads_under_way_and_does_not_wait_for_them() {
    let store = Stalling::refusing(Some(3));
    let mut spiller = spiller(store.clone(), waiting(4));
    let metrics = spiller.metrics.clone();
    for number in 0..4 {
        spiller.put(block(number)).await.unwrap();
    }
    let fault = spiller.finish().await.unwrap_err();
    assert_eq!(fault.message, "refused");
    let mut dropped = store.dropped.subscribe();
    let ended = dropped.wait_for(|dropped| *dropped == 3);
    tokio::time::timeout(Duration::from_mins(1), ended)
        .await
        .expect("all others end")
        .unwrap();
    let figures = [
        metrics.taken_blocks.get(),
        metrics.refused_blocks.get(),
        metrics.spilled_blocks.get(),
    ];
    assert_eq!(figures, [4, 1, 0]);
}

#[tokio::test]
async fn a_failure_is_noticed_while_nothing_is_put() {
    let mut spiller = spiller(Stalling::refusing(Some(1)), waiting(2));
    spiller.put(block(0)).await.unwrap();
    assert_eq!(spiller.failure().now_or_never(), None, "nothing failed yet");
    spiller.put(block(1)).await.unwrap();
    assert_eq!(spiller.failure().await.message, "refused");
}

#[tokio::test]
async fn dropping_it_ends_its_uploads() {
    let store = Stalling::refusing(None);
    let mut spiller = spiller(store.clone(), waiting(2));
    for number in 0..3 {
        spiller.put(block(number)).await.unwrap();
    }
    let mut began = store.began.subscribe();
    began.wait_for(|began| *began == 3).await.unwrap();
    drop(spiller);
    let mut dropped = store.dropped.subscribe();
    dropped.wait_for(|dropped| *dropped == 3).await.unwrap();
}

/// Finishes each PUT only after the one that began next.
struct Reversed {
    last: usize,
    done: watch::Sender<Vec<usize>>,
    objects: Mutex<BTreeMap<usize, Bytes>>,
}

#[async_trait]
impl SpillStore for Reversed {
    fn signed_by(
        self: std::sync::Arc<Self>,
        _: &aws_credential_types::Credentials,
    ) -> std::sync::Arc<dyn SpillStore> {
        self
    }
    async fn put(
        &self,
        location: &SpillLocation,
        _: &BTreeMap<String, String>,
        object: Bytes,
    ) -> Result<(), Fault> {
        let number = number_of(location);
        let mut done = self.done.subscribe();
        if number < self.last {
            done.wait_for(|done| done.contains(&(number + 1)))
                .await
                .unwrap();
        }
        self.objects.lock().unwrap().insert(number, object);
        self.done.send_modify(|done| done.push(number));
        Ok(())
    }

    async fn head_bucket(&self, _: &str, _: Option<&str>) -> Result<(), Option<u16>> {
        Ok(())
    }
}

#[tokio::test]
async fn locations_follow_the_rows_whatever_order_the_uploads_end_in() {
    let store = Arc::new(Reversed {
        last: 5,
        done: watch::Sender::default(),
        objects: Mutex::default(),
    });
    let mut spiller = spiller(store.clone(), waiting(4));
    let metrics = spiller.metrics.clone();
    for number in 0..6 {
        spiller.put(block(number)).await.unwrap();
    }
    let locations = spiller.finish().await.unwrap();
    assert_eq!(*store.done.borrow(), [5, 4, 3, 2, 1, 0]);
    let numbers: Vec<usize> = locations.iter().map(number_of).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5], "counted from 0");
    let objects = store.objects.lock().unwrap();
    for (number, object) in objects.iter() {
        let rows = frame::decode_batch(&block(0).batches()[0].schema(), object).unwrap();
        let rows = rows.column(0).as_primitive::<Int32Type>();
        assert_eq!(usize::try_from(rows.value(0)), Ok(*number));
    }
    let bytes: usize = objects.values().map(Bytes::len).sum();
    assert_eq!(
        (metrics.spilled_blocks.get(), metrics.spilled_bytes.get()),
        (6, bytes as u64)
    );
}
