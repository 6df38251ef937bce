//! Ctrl-C: it ends the program, unless somebody takes it for a smaller end.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Who takes an interrupt.
#[derive(Debug, Default, Clone)]
pub(crate) struct Interrupts {
    taken: Arc<AtomicBool>,
}

/// Interrupts end the program again once this is dropped.
pub(crate) struct Taken(Arc<AtomicBool>);

impl Interrupts {
    /// From now on interrupts do not end the program.
    pub(crate) fn take(&self) -> Taken {
        self.taken.store(true, Ordering::SeqCst);
        Taken(self.taken.clone())
    }

    /// Waits for the next interrupt, whoever takes it. Where there can be none it waits for ever.
    pub(crate) async fn next(&self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Runs `work` to its end; `None` if an interrupt came that nobody had taken.
    pub(crate) async fn or_interrupted<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                () = self.next() => {
                    if !self.taken.load(Ordering::SeqCst) {
                        return None;
                    }
                }
            }
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
