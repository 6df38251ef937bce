//! Large buffers that are used again: of spilled objects, and of what is read from the source.
//!
//! Allocating and freeing megabytes for each block leaves the allocator with holes that small values fill before the next one can, and
//! has the kernel fill pages with zeros again and again.

use std::sync::{Arc, Mutex};

/// Buffers that wait to be used, of so many bytes together at most.
#[derive(Debug)]
pub struct Buffers {
    idle: Mutex<Vec<Vec<u8>>>,
    most_bytes: usize,
}

/// A buffer that goes back when it is dropped.
#[derive(Debug)]
pub struct Lent {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffers {
    /// None yet; at most `most_bytes` are kept.
    pub fn new(most_bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::default(),
            most_bytes,
        })
    }

    /// An empty buffer.
    pub fn lend(self: &Arc<Self>) -> Lent {
        let mut idle = self.idle.lock().expect("nothing panics while it is held");
        Lent {
            bytes: idle.pop().unwrap_or_default(),
            home: self.clone(),
        }
    }

    fn take_back(&self, mut bytes: Vec<u8>) {
        bytes.clear();
        let mut idle = self.idle.lock().expect("nothing panics while it is held");
        let kept: usize = idle.iter().map(Vec::capacity).sum();
        if bytes.capacity() > 0 && kept + bytes.capacity() <= self.most_bytes {
            idle.push(bytes);
        }
    }
}

impl Lent {
    /// Its content, empty at first.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.home.take_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn written(buffers: &Arc<Buffers>, bytes: usize) -> Lent {
        let mut lent = buffers.lend();
        lent.bytes_mut().resize(bytes, 7);
        lent
    }

    #[test]
    fn what_was_written_and_dropped_is_memory_for_the_next() {
        let buffers = Buffers::new(10_000);
        let object = Bytes::from_owner(written(&buffers, 5_000));
        let place = object.as_ptr();
        let shared = object.clone();
        drop(object);
        assert_eq!(buffers.lend().bytes.capacity(), 0, "it is still in use");
        drop(shared);
        let mut again = buffers.lend();
        assert!(again.as_ref().is_empty());
        again.bytes_mut().push(1);
        assert_eq!(again.as_ref().as_ptr(), place);
    }

    #[test]
    fn no_more_is_kept_than_was_said() {
        let buffers = Buffers::new(10_000);
        let lent: Vec<_> = (0..5).map(|_| written(&buffers, 4_000)).collect();
        drop(lent);
        drop(written(&buffers, 20_000));
        let kept: usize = buffers.idle.lock().unwrap().iter().map(Vec::capacity).sum();
        assert!((4_000..=10_000).contains(&kept), "{kept}");
    }
}
