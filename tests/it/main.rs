//! Acceptance tests: the wire against the Java SDK's own documents, and the whole path through the real connector.

mod golden;
mod stack;

mod concurrency;
mod counting;
mod dialects;
mod faults;
mod reading;
mod service;
mod settings;
mod spilling;
mod values;
mod wheres;
