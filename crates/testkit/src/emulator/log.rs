//! Captures what a process writes, so that nothing it wrote before its response is missing from the tail.
//!
//! Standard output and standard error share one pipe. A task empties it while the process runs; whoever needs the log up to a
//! moment empties it once more by reading directly, under the same lock. A byte that the process wrote before it posted its
//! response is in the pipe by then, so one of the two has it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::unix::pipe;

/// How much of a process's log is kept, in bytes.
const KEPT_BYTES: usize = 1 << 20;
/// How much of it comes with an answer, in bytes (Invoke API, `LogType`).
const TAIL_BYTES: usize = 4096;
/// How much is read at once; a pipe holds 64 KiB.
const CHUNK_BYTES: usize = 16 << 10;

/// A place in a log: the number of bytes written before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(u64);

impl Mark {
    /// Before the first byte.
    pub(super) const BEGINNING: Self = Self(0);
}

/// The log of one process, still growing.
#[derive(Debug)]
pub(super) struct Log {
    pipe: pipe::Receiver,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: VecDeque<u8>,
    /// Bytes ever written, of which the last are in `bytes`.
    written: u64,
}

impl Log {
    /// A log, and the two ends that the process writes to.
    pub(super) fn open() -> io::Result<(Self, Stdio, Stdio)> {
        let (reader, stdout) = io::pipe()?;
        let stderr = stdout.try_clone()?;
        // Only the reading end becomes non-blocking: the two ends are two open files.
        let pipe = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        Ok((
            Self {
                pipe,
                kept: Mutex::default(),
            },
            stdout.into(),
            stderr.into(),
        ))
    }

    /// Keeps what comes until every writer has closed the pipe.
    pub(super) async fn follow(&self) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            self.pipe.readable().await?;
            let mut kept = self.lock();
            // tokio's own read, since it alone notes that the pipe is empty and lets `readable` wait again.
            match self.pipe.try_read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(len) => kept.push(&chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes in all that was written so far, then adds a line of the emulator's own, and returns the place before that line.
    pub(super) fn note(&self, line: &str) -> Mark {
        let mut kept = self.lock();
        self.drain(&mut kept);
        kept.push_line(line)
    }

    /// Notes a last line, and returns what was written since `mark`, that line included: the last 4,096 bytes of it.
    pub(super) fn close(&self, line: &str, mark: Mark) -> Vec<u8> {
        let mut kept = self.lock();
        self.drain(&mut kept);
        kept.push_line(line);
        kept.tail(mark)
    }

    /// Takes in all that was written so far.
    pub(super) fn catch_up(&self) {
        self.drain(&mut self.lock());
    }

    /// All that is kept, after taking in what was written so far.
    pub(super) fn text(&self) -> String {
        let mut kept = self.lock();
        self.drain(&mut kept);
        String::from_utf8_lossy(kept.bytes.make_contiguous()).into_owned()
    }

    /// Forgets what was kept.
    pub(super) fn forget(&self) {
        self.lock().bytes = VecDeque::new();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads past tokio, whose readiness may not have heard of the last bytes yet.
    fn drain(&self, kept: &mut Kept) {
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            match rustix::io::read(&self.pipe, &mut chunk) {
                Ok(0) | Err(rustix::io::Errno::AGAIN) => return,
                Ok(len) => kept.push(&chunk[..len]),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot read a function's log");
                    return;
                }
            }
        }
    }
}

impl Kept {
    /// Adds a line, on a line of its own, and returns the place before it.
    fn push_line(&mut self, line: &str) -> Mark {
        if self.bytes.back().is_some_and(|last| *last != b'\n') {
            self.push(b"\n");
        }
        let mark = Mark(self.written);
        self.push(line.as_bytes());
        self.push(b"\n");
        mark
    }

    fn tail(&self, mark: Mark) -> Vec<u8> {
        let since = usize::try_from(self.written - mark.0).unwrap_or(usize::MAX);
        let len = since.min(TAIL_BYTES).min(self.bytes.len());
        self.bytes
            .range(self.bytes.len() - len..)
            .copied()
            .collect()
    }

    fn push(&mut self, bytes: &[u8]) {
        self.written += bytes.len() as u64;
        self.bytes.extend(bytes);
        let surplus = self.bytes.len().saturating_sub(KEPT_BYTES);
        self.bytes.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{KEPT_BYTES, Log, Mark, TAIL_BYTES};

    fn shell(script: &str, stdout: Stdio, stderr: Stdio) {
        let status = Command::new("/bin/sh")
            .args(["-c", script])
            .stdout(stdout)
            .stderr(stderr)
            .status();
        assert!(status.unwrap().success());
    }

    #[tokio::test]
    async fn both_outputs_are_read_without_the_following_task() {
        let (log, stdout, stderr) = Log::open().unwrap();
        shell("echo out; echo err >&2; printf unfinished", stdout, stderr);
        log.note("END");
        assert_eq!(log.text(), "out\nerr\nunfinished\nEND\n");
    }

    #[tokio::test]
    async fn a_tail_begins_at_its_mark() {
        let (log, stdout, stderr) = Log::open().unwrap();
        shell("echo before", stdout, stderr);
        let mark = log.note("START");
        assert_eq!(log.close("END", mark), b"START\nEND\n");
        for number in 0..1000 {
            log.note(&format!("line {number}"));
        }
        let tail = log.close("END", mark);
        assert_eq!(tail.len(), TAIL_BYTES);
        assert!(tail.ends_with(b"line 999\nEND\n"));
    }

    #[tokio::test]
    async fn the_last_mebibyte_is_kept() {
        let (log, stdout, stderr) = Log::open().unwrap();
        let writer = tokio::task::spawn_blocking(move || {
            shell(
                "dd if=/dev/zero bs=65536 count=40 2>/dev/null; echo end",
                stdout,
                stderr,
            );
        });
        log.follow().await.unwrap();
        writer.await.unwrap();
        let text = log.text();
        assert_eq!(text.len(), KEPT_BYTES);
        assert!(text.ends_with("end\n"));
        assert_eq!(log.close("END", Mark(40 * 65536)), b"end\nEND\n");
    }
}
