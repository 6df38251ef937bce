//! Steps of a longer job: announced, timed, counted. A step that fails does not keep the next one from running.

use std::fmt::Display;
use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What was done so far.
pub(crate) struct Steps {
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
    done: Vec<Done>,
    skipped: Vec<String>,
}

struct Done {
    name: String,
    passed: bool,
    took: Duration,
}

impl Steps {
    /// Nothing yet; results go to `data`, announcements to `talk`.
    pub(crate) fn new(data: impl Write + 'static, talk: impl Write + 'static) -> Self {
        Self {
            data: Box::new(data),
            talk: Box::new(talk),
            done: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Runs a program as a step; it passes if the program does.
    ///
    /// # Errors
    /// Where the program cannot be started.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> anyhow::Result<()> {
        self.step(name, |_| {
            let program = command.get_program().to_string_lossy().into_owned();
            let status = command
                .status()
                .with_context(|| format!("cannot start `{program}`"))?;
            Ok(status.success())
        })
    }

    /// Runs a piece of work as a step; it passes if the work says so.
    ///
    /// # Errors
    /// What the work answers.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        self.talk(&format!("── {name}"));
        let started = now();
        let passed = work(self)?;
        let took = started.elapsed();
        self.talk(&format!(
            "── {name}: {} in {}",
            if passed { "passed" } else { "FAILED" },
            seconds(took)
        ));
        self.done.push(Done {
            name: name.to_owned(),
            passed,
            took,
        });
        Ok(())
    }

    /// Notes something that was left out, and why.
    pub(crate) fn skip(&mut self, what: &str, why: &dyn Display) {
        self.skipped.push(format!("{what}: {why}"));
    }

    /// Writes a line for people.
    pub(crate) fn talk(&mut self, line: &str) {
        // Where stderr is gone there is nobody left to tell.
        let _ = writeln!(self.talk, "{line}");
    }

    /// Writes a line for programs.
    ///
    /// # Errors
    /// What the stream answers.
    pub(crate) fn data(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.data, "{line}").context("cannot write the output")
    }

    /// Lists what was skipped, sums up in one line, and says how it ended.
    pub(crate) fn finish(mut self) -> ExitCode {
        for line in std::mem::take(&mut self.skipped) {
            self.talk(&format!("skipped: {line}"));
        }
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|step| !step.passed)
            .map(|step| step.name.as_str())
            .collect();
        let took = seconds(self.done.iter().map(|step| step.took).sum());
        let summary = if failed.is_empty() {
            format!("passed: {} in {took}", counted(self.done.len()))
        } else {
            format!(
                "FAILED: {} of {} in {took}: {}",
                failed.len(),
                counted(self.done.len()),
                failed.join(", ")
            )
        };
        let ended_well = failed.is_empty();
        if self.data(&summary).is_err() || !ended_well {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

fn counted(steps: usize) -> String {
    format!("{steps} {}", if steps == 1 { "step" } else { "steps" })
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is shown to people, nothing depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Rc<RefCell<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The summary line without its time, and the exit code, of steps that ended as given.
    fn summary(outcomes: &[(&str, bool)]) -> (String, ExitCode) {
        let data = Shared::default();
        let mut steps = Steps::new(data.clone(), io::sink());
        for (name, passed) in outcomes {
            steps.step(name, |_| Ok(*passed)).unwrap();
        }
        let code = steps.finish();
        let line = String::from_utf8(data.0.borrow().clone()).unwrap();
        (line.replace("0.0 s", "TIME"), code)
    }

    #[test]
    fn a_failed_step_is_named_and_spoils_the_exit_code() {
        let (line, code) = summary(&[("one", true), ("two", false), ("three", true)]);
        assert_eq!(line, "FAILED: 1 of 3 steps in TIME: two\n");
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn steps_that_all_passed_are_counted() {
        let (line, code) = summary(&[("one", true), ("two", true)]);
        assert_eq!(line, "passed: 2 steps in TIME\n");
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    }

    #[test]
    fn a_program_that_fails_is_a_failed_step_and_one_that_is_missing_an_error() {
        let mut steps = Steps::new(io::sink(), io::sink());
        steps.run("true", &mut Command::new("true")).unwrap();
        steps.run("false", &mut Command::new("false")).unwrap();
        assert!(
            steps
                .run(
                    "missing",
                    &mut Command::new("a-program-that-does-not-exist")
                )
                .is_err()
        );
        let passed: Vec<bool> = steps.done.iter().map(|step| step.passed).collect();
        assert_eq!(passed, [true, false]);
    }
}
