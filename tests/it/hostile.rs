//! Hostile input: seeds, what the fuzzer found, and random changes of both, through every parser.

use athena_fuzz::{Mutations, TARGETS};

/// Changed inputs a target.
const CHANGED: usize = 5_000;

#[test]
fn every_parser_survives_seeds_corpus_and_changed_inputs() {
    let mut total = 0;
    for target in TARGETS {
        let inputs = target.inputs().unwrap();
        for input in &inputs {
            (target.check)(input);
        }
        let mut mutations = Mutations::new(&inputs, 5);
        for _ in 0..CHANGED {
            (target.check)(&mutations.next_input());
        }
        println!(
            "{}: {} inputs and {CHANGED} changed ones",
            target.name,
            inputs.len()
        );
        total += inputs.len() + CHANGED;
    }
    println!("{total} hostile inputs");
    assert!(total > 45_000);
}
