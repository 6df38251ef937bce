//! What was asked of the cloud, and what is to go wrong.

use super::answer::Refusal;
use super::wire::Service;

/// A call that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudCall {
    /// Of which service.
    pub service: Service,
    /// The operation, such as `CreateRole`.
    pub operation: String,
    /// The caller's account; none if its key is not known.
    pub account: Option<String>,
    /// The caller's ARN; empty if its key is not known.
    pub caller: String,
    /// The Region that the call was signed for.
    pub region: String,
    /// Whether the operation is one that changes something.
    pub is_write: bool,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The caller may not.
    Denied,
    /// It failed otherwise, with this code.
    Failed(String),
}

/// How a caller is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutOff {
    /// Connections close without an answer.
    HangUp,
    /// 500 `InternalFailure`, which SDKs try again.
    InternalFailure,
    /// 400 `CutOff`, which they do not.
    Refuse,
}

/// One call of an operation that is to fail.
#[derive(Clone, Debug)]
struct Fault {
    operation: String,
    /// Calls of it that still go through before.
    spared: usize,
    refusal: Refusal,
}

/// The calls, and the script of faults.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) calls: Vec<CloudCall>,
    faults: Vec<Fault>,
    /// Writes that are still done, and how callers are cut off after the last of them.
    cut_off: Option<(usize, CutOff)>,
}

impl Record {
    /// Has the `nth` call of an operation from now on, the first being 1, answered by `refusal` and not done.
    pub(super) fn fail(&mut self, operation: &str, nth: usize, refusal: Refusal) {
        self.faults.push(Fault {
            operation: operation.to_owned(),
            spared: nth.saturating_sub(1),
            refusal,
        });
    }

    pub(super) fn cut_off_after(&mut self, writes: usize, how: CutOff) {
        self.cut_off = Some((writes, how));
    }

    pub(super) fn mend(&mut self) {
        self.cut_off = None;
        self.faults.clear();
    }

    /// How callers are cut off already.
    pub(super) fn is_cut_off(&self) -> Option<CutOff> {
        let (left, how) = self.cut_off?;
        (left == 0).then_some(how)
    }

    /// The fault that a call of this operation meets.
    pub(super) fn fault(&mut self, operation: &str) -> Option<Refusal> {
        let mut due = None;
        for (at, fault) in self.faults.iter_mut().enumerate() {
            if fault.operation != operation {
                continue;
            }
            if fault.spared == 0 {
                due = due.or(Some(at));
            } else {
                fault.spared -= 1;
            }
        }
        due.map(|at| self.faults.remove(at).refusal)
    }

    /// Enters a call. Says how its caller is cut off, if it was the last write before that: done, and the answer lost.
    pub(super) fn enter(&mut self, call: CloudCall) -> Option<CutOff> {
        let was_written = call.is_write && call.outcome == Outcome::Done;
        self.calls.push(call);
        let (left, how) = self.cut_off.as_mut()?;
        if was_written && *left > 0 {
            *left -= 1;
            return (*left == 0).then_some(*how);
        }
        None
    }
}

impl CutOff {
    /// As an error; none for closed connections.
    pub(super) fn refusal(self) -> Option<Refusal> {
        match self {
            Self::HangUp => None,
            Self::InternalFailure => {
                let message = "cut off as asked for";
                Some(Refusal::new(500, "InternalFailure", message))
            }
            Self::Refuse => Some(Refusal::new(400, "CutOff", "cut off as asked for")),
        }
    }
}
