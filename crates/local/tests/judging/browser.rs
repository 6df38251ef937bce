//! A headless Chromium, spoken to through two pipes (Chrome's "`DevTools` Protocol").
//!
//! Where it is told by the variable `CHROMIUM`, or found on `PATH` as `chromium`; without it the tests that need it pass and say so.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A browser with one page.
pub(crate) struct Browser {
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    calls: u64,
    session: String,
    /// What the page wrote to its console, and errors of its script.
    pub(crate) complaints: Vec<String>,
    _profile: TempDir,
}

/// Where the browser is; `None`, with a word about it, if there is none.
pub(crate) fn chromium() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where it is"
    )]
    let (told, path) = (std::env::var_os("CHROMIUM"), std::env::var_os("PATH"));
    let folders = path.iter().flat_map(std::env::split_paths);
    let found = told.map(PathBuf::from);
    let found = found.or_else(|| {
        folders
            .map(|folder| folder.join("chromium"))
            .find(|file| file.is_file())
    });
    if found.is_none() {
        println!(
            "skipped: there is no `chromium` on PATH, and `CHROMIUM` does not tell where one is"
        );
    }
    found
}

impl Browser {
    /// Starts the browser and opens a page; `dark` is what the user prefers.
    pub(crate) async fn open(program: &PathBuf, url: &str, dark: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // The browser reads commands from descriptor 3 and answers on 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#,
            ])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--remote-debugging-pipe",
                "--window-size=1280,860",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut browser = Self {
            _child: child,
            to,
            from: BufReader::new(from),
            calls: 0,
            session: String::new(),
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = browser
            .call("Target.createTarget", &json!({"url": "about:blank"}))
            .await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &attach).await;
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            browser.call(domain, &json!({})).await;
        }
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.call("Emulation.setEmulatedMedia", &features).await;
        browser.call("Page.navigate", &json!({"url": url})).await;
        browser
    }

    /// The value of an expression in the page.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &asked).await;
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true. The page tells the browser, so nobody looks again and again.
    pub(crate) async fn until(&mut self, expression: &str) {
        let wait = format!(
            "new Promise(done => {{ const look = () => {{ if ({expression}) {{ watch.disconnect(); done(true); }} }}; \
             const watch = new MutationObserver(look); \
             watch.observe(document, {{subtree: true, childList: true, attributes: true, characterData: true}}); look(); }})"
        );
        let found = tokio::time::timeout(PATIENCE, self.value(&wait)).await;
        assert_eq!(found.ok(), Some(true.into()), "{expression}");
    }

    /// Types a text where the cursor is.
    pub(crate) async fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text})).await;
    }

    /// Presses a key; `modifiers` are the sum of 2 for Ctrl and 8 for Shift.
    pub(crate) async fn press(&mut self, key: &str, code: u32, modifiers: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers});
            self.call("Input.dispatchKeyEvent", &event).await;
        }
    }

    /// Clicks in the middle of the first element that a selector finds.
    pub(crate) async fn click(&mut self, selector: &str) {
        let place = format!(
            "(() => {{ const r = document.querySelector({}).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        );
        let place = self.value(&place).await;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event).await;
        }
    }

    /// A picture of the page, PNG.
    pub(crate) async fn picture(&mut self) -> Vec<u8> {
        let picture = self.call("Page.captureScreenshot", &json!({})).await;
        let text = picture["data"].as_str().unwrap();
        base64_simd::STANDARD.decode_to_vec(text).unwrap()
    }

    async fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": params});
        if !self.session.is_empty() {
            call["sessionId"] = json!(self.session);
        }
        let mut text = call.to_string().into_bytes();
        text.push(0);
        self.to.write_all(&text).await.unwrap();
        loop {
            let mut text = Vec::new();
            let read = self.from.read_until(0, &mut text).await.unwrap();
            assert!(read > 0, "the browser ended on {method}");
            let answer: Value = serde_json::from_slice(&text[..text.len() - 1]).unwrap();
            if answer["id"] == self.calls {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].clone();
            }
            let event = answer["method"].as_str().unwrap_or_default();
            if [
                "Runtime.exceptionThrown",
                "Log.entryAdded",
                "Runtime.consoleAPICalled",
            ]
            .contains(&event)
            {
                self.complaints.push(answer.to_string());
            }
        }
    }
}

/// How long a page may take before a test gives up; far more than it does.
const PATIENCE: Duration = Duration::from_mins(1);
