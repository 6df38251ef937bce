//! Acceptance tests: the wire against the Java SDK's own documents, and the whole path through the real connector.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]
#![expect(
    clippy::print_stdout,
    reason = "a test's figures are for whoever asks for its output"
)]

mod golden;
mod stack;

mod agreement;
mod batches;
mod cancelling;
mod cargo_lambda;
mod catalog;
mod classic;
mod compression;
mod concurrency;
mod counting;
mod credentials;
mod deployed;
mod dialects;
mod faults;
mod hostile;
mod inputs;
mod keys;
mod law;
mod lookups;
mod metrics;
mod moto;
mod options;
mod passthrough;
mod planning;
mod reading;
mod reliability;
mod roles;
mod service;
mod settings;
mod simulation;
mod spilling;
mod throttling;
mod values;
mod wheres;
