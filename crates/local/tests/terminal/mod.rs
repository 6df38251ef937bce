//! A program in a pseudo-terminal of its own: keys go in, what is shown is waited for.

use nix::pty::{Winsize, openpty};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

pub(crate) struct Terminal {
    child: Child,
    keys: File,
    shown: Receiver<Vec<u8>>,
    /// What was shown and not yet waited for.
    text: Vec<u8>,
}

impl Terminal {
    /// Starts the shell with these variables and arguments. Its terminal has 40 lines of 200 columns.
    pub(crate) fn start(environment: &BTreeMap<String, String>, arguments: &[&str]) -> Self {
        let size = Winsize {
            ws_row: 40,
            ws_col: 200,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).unwrap();
        let (keys, screen) = (File::from(pty.master), File::from(pty.slave));
        // In a session of its own the terminal is the one that its keys interrupt.
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", env!("CARGO_BIN_EXE_athena-local")])
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TERM", "xterm")
            .envs(environment)
            .stdin(screen.try_clone().unwrap())
            .stdout(screen.try_clone().unwrap())
            .stderr(screen)
            .spawn()
            .unwrap();
        let mut reader = keys.try_clone().unwrap();
        let (sender, shown) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The terminal is gone with the last program on it.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            keys,
            shown,
            text: Vec::new(),
        }
    }

    /// Presses keys.
    pub(crate) fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown behind what was waited for before.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        if let Err(why) = self.shows(text, DEADLINE) {
            panic!("`{text}` was not shown ({why}) but: {}", self.rest());
        }
    }

    /// Takes what is shown up to `text`; gives up when nothing more is shown for so long.
    fn shows(&mut self, text: &str, patience: Duration) -> Result<(), RecvTimeoutError> {
        let is_text = |part: &[u8]| part == text.as_bytes();
        loop {
            if let Some(at) = self.text.windows(text.len()).position(is_text) {
                self.text.drain(..at + text.len());
                return Ok(());
            }
            self.text.extend(self.shown.recv_timeout(patience)?);
        }
    }

    /// Presses keys again and again until `text` is shown: who has not begun yet does not notice them.
    #[track_caller]
    pub(crate) fn press_until(&mut self, keys: &str, text: &str) {
        for _ in 0..DEADLINE.as_secs() {
            self.send(keys);
            if self.shows(text, Duration::from_secs(1)).is_ok() {
                return;
            }
        }
        panic!("`{text}` was not shown but: {}", self.rest());
    }

    /// Waits for the program's end.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        loop {
            match self.shown.recv_timeout(DEADLINE) {
                Ok(bytes) => self.text.extend(bytes),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.rest()),
            }
        }
    }

    fn rest(&self) -> String {
        String::from_utf8_lossy(&self.text)
            .escape_debug()
            .to_string()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Without its terminal the shell ends by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const DEADLINE: Duration = Duration::from_mins(1);
