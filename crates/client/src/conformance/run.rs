//! The whole run, from the ping to the hostile requests.

use super::handshake::{self, Offer};
use super::ledger::{Finding, Outcome};
use super::options::Options;
use super::rules::Rule;
use super::session::{Session, Target};
use super::tables::Sample;
use super::{filters, hostile, limits, listing, repeating, spilling, tables};
use athena_protocol::wire::TableName;

/// How far a run is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// What is done now.
    pub doing: String,
    /// Parts that are done.
    pub done: usize,
    /// Parts in all; grows when the tables are known.
    pub all: usize,
    /// Calls so far.
    pub calls: u64,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The kind of source, by the connector's own word.
    pub source: Option<String>,
    /// The version that was spoken.
    pub version: Option<u32>,
    /// The tables that it was judged by, with their columns, splits and rows.
    pub tables: Vec<JudgedTable>,
    /// Calls in all.
    pub calls: u64,
    /// Every rule that was to be reported.
    pub findings: Vec<Finding>,
}

/// A table that a connector was judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedTable {
    /// Its name.
    pub name: TableName,
    /// How many columns it has.
    pub columns: usize,
    /// How many splits an unfiltered reading has.
    pub splits: usize,
    /// How many rows.
    pub rows: usize,
}

impl Report {
    /// How many rules ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.outcome == outcome)
            .count()
    }

    /// Whether no rule was broken, and at least one held.
    pub fn passed(&self) -> bool {
        self.count(Outcome::Failed) == 0 && self.count(Outcome::Passed) > 0
    }
}

/// Judges the connector; `watch` is told how far it is.
///
/// The connector is only ever read from. What it spills stays in the bucket.
pub async fn validate(
    target: Target,
    options: &Options,
    watch: &mut (dyn FnMut(&Progress) + Send),
) -> Report {
    let mut run = Run {
        session: Session::new(target, options.call_limit),
        watch,
        done: 0,
        all: 3,
    };
    let mut report = Report {
        source: None,
        version: None,
        tables: Vec::new(),
        calls: 0,
        findings: Vec::new(),
    };
    run.step("shaking hands");
    if let Ok(answer) = handshake::ping(&mut run.session).await {
        report.source = Some(answer.source_type);
        report.version = Some(answer.ser_de_version);
        let offer = handshake::offer(&mut run.session).await;
        let samples = run.everything(options, &offer).await;
        report.tables = samples.iter().map(JudgedTable::of).collect();
    } else {
        for rule in Rule::ALL {
            run.session
                .ledger
                .skip(*rule, "the connector did not answer a ping");
        }
    }
    run.all = run.done;
    run.tell("done");
    report.calls = run.session.calls;
    let wanted = Rule::ALL.iter().copied();
    let wanted = wanted.filter(|rule| options.wants(*rule));
    report.findings = run.session.ledger.findings(wanted);
    report
}

struct Run<'a> {
    session: Session,
    watch: &'a mut (dyn FnMut(&Progress) + Send),
    done: usize,
    all: usize,
}

impl Run<'_> {
    /// Everything behind the handshake; gives the tables that it was judged by.
    async fn everything(&mut self, options: &Options, offer: &Offer) -> Vec<Sample> {
        self.step("listing");
        let listed = listing::list(&mut self.session).await;
        self.step("reading tables");
        let samples = tables::choose(&mut self.session, listed, options).await;
        let wanted = [repeating::RULES, filters::RULES, limits::RULES];
        let wanted = wanted.iter().filter(|rules| options.wants_any(rules));
        let at_the_end = [spilling::RULES, hostile::RULES];
        let at_the_end = at_the_end.iter().filter(|rules| options.wants_any(rules));
        self.all += samples.len() * wanted.count() + at_the_end.count();
        for sample in &samples {
            let name = &sample.table.name;
            if options.wants_any(repeating::RULES) {
                self.step(&format!("asking again, {name}"));
                repeating::judge(&mut self.session, sample).await;
            }
            if options.wants_any(filters::RULES) {
                self.step(&format!("asking under conditions, {name}"));
                let most = options.questions_at_most;
                filters::judge(&mut self.session, sample, offer, most).await;
            }
            if options.wants_any(limits::RULES) {
                self.step(&format!("asking for the first rows, {name}"));
                limits::judge(&mut self.session, sample, offer).await;
            }
        }
        if options.wants_any(spilling::RULES) {
            self.step("spilling");
            spilling::judge(&mut self.session, &samples).await;
        }
        if options.wants_any(hostile::RULES) {
            self.step("asking what nobody asks");
            hostile::judge(&mut self.session).await;
            if let Some(sample) = samples.first() {
                hostile::judge_with(&mut self.session, sample).await;
            }
        }
        if samples.is_empty() {
            self.without_tables();
        }
        samples
    }

    fn without_tables(&mut self) {
        for rule in Rule::ALL {
            let why = "there is no table with rows that could be read to the end";
            self.session.ledger.skip(*rule, why);
        }
    }

    fn step(&mut self, doing: &str) {
        self.tell(doing);
        self.done += 1;
    }

    fn tell(&mut self, doing: &str) {
        (self.watch)(&Progress {
            doing: doing.to_owned(),
            done: self.done,
            all: self.all.max(self.done),
            calls: self.session.calls,
        });
    }
}

impl JudgedTable {
    fn of(sample: &Sample) -> Self {
        Self {
            name: sample.table.name.clone(),
            columns: sample.table.schema.fields().len(),
            splits: sample.planned.splits.len(),
            rows: sample.rows.len(),
        }
    }
}
