//! Random changes that keep enough of an input's form to get past the first check.

use base64_simd::STANDARD;
use fastrand::Rng;

/// An endless stream of changed inputs; equal seeds give equal streams.
#[derive(Debug)]
pub struct Mutations<'a> {
    random: Rng,
    from: &'a [Vec<u8>],
}

impl<'a> Mutations<'a> {
    /// Changes of inputs out of `from`.
    pub fn new(from: &'a [Vec<u8>], seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            from,
        }
    }

    /// The next input.
    pub fn next_input(&mut self) -> Vec<u8> {
        let mut input = self.random.choice(self.from).cloned().unwrap_or_default();
        for _ in 0..self.random.usize(1..=4) {
            if self.random.u8(..) < 40 && !self.from.is_empty() {
                self.splice(&mut input);
            } else {
                change(&mut self.random, &mut input);
            }
        }
        input
    }

    /// Puts a piece of another input somewhere.
    fn splice(&mut self, input: &mut Vec<u8>) {
        let other = &self.from[self.random.usize(..self.from.len())];
        let piece = stretch(&mut self.random, other.len(), 256);
        let at = stretch(&mut self.random, input.len(), 64);
        input.splice(at, other[piece].iter().copied());
    }
}

/// Changes `input` once; within base64 mostly what it stands for.
pub fn change(random: &mut Rng, input: &mut Vec<u8>) {
    let texts = base64_texts(input);
    match random.choice(&texts) {
        Some(text) if random.u8(..) < 180 => {
            let text = text.clone();
            let Ok(mut bytes) = STANDARD.decode_to_vec(&input[text.clone()]) else {
                return;
            };
            change_bytes(random, &mut bytes);
            input.splice(text, STANDARD.encode_to_string(&bytes).into_bytes());
        }
        _ => change_bytes(random, input),
    }
}

fn change_bytes(random: &mut Rng, input: &mut Vec<u8>) {
    let len = input.len();
    if len == 0 {
        input.push(random.u8(..));
        return;
    }
    let at = random.usize(..len);
    match random.u8(..10) {
        0 => input[at] ^= 1 << random.u8(..8),
        1 => input[at] = random.u8(..),
        2 => input.truncate(at),
        3 => drop(input.drain(stretch(random, len, 64))),
        4 => {
            let piece = input[stretch(random, len, 256)].to_vec();
            input.splice(at..at, piece);
        }
        5 => {
            let word = random.choice(WORDS).copied().unwrap_or_default();
            input.splice(at..at, word.iter().copied());
        }
        6 => {
            let word = random.choice(WORDS).copied().unwrap_or_default();
            let end = len.min(at + word.len());
            input.splice(at..end, word.iter().copied());
        }
        7 => set(
            input,
            at,
            &random
                .i8(-2..=2)
                .wrapping_shl(random.u32(..8))
                .to_le_bytes(),
        ),
        8 => set(input, at / 4 * 4, &number(random).to_le_bytes()[..4]),
        _ => set(input, at / 8 * 8, &number(random).to_le_bytes()),
    }
}

/// A number that lengths and offsets trip over: near a power of two, or small.
fn number(random: &mut Rng) -> i64 {
    let near = 1_i64.wrapping_shl(random.u32(..64));
    let number = near.wrapping_add(random.i64(-2..=2));
    if random.bool() {
        number
    } else {
        -number.max(-i64::MAX)
    }
}

fn set(input: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in input[at..].iter_mut().zip(bytes) {
        *to = *from;
    }
}

/// A stretch of something of `len` bytes, at most `most` long.
fn stretch(random: &mut Rng, len: usize, most: usize) -> std::ops::Range<usize> {
    let start = random.usize(..=len);
    start..start + random.usize(..=most.min(len - start))
}

/// Where texts of base64 stand that are long enough to be some message.
fn base64_texts(input: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let mut texts = Vec::new();
    let mut start = 0;
    for at in 0..=input.len() {
        if at < input.len() && is_base64(input[at]) {
            continue;
        }
        if at - start >= 32 && (at - start).is_multiple_of(4) {
            texts.push(start..at);
        }
        start = at + 1;
    }
    texts
}

/// What the parsers know by name, and where readers of JSON have their edges.
const WORDS: &[&[u8]] = &[
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"9223372036854775808",
    b"-0.0",
    b"\"\"",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"]",
    b"{\"",
    b"}",
    b",",
    b":",
    b"\"\\ud800\"",
    b"\\u0000",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\x7f",
    b"\"@type\":",
    b"\"ranges\":[",
    b"\"Items\":[",
    b"\"NULL\":true",
    b"\"N\":\"",
    b"\"B\":\"",
    b"\"L\":[",
    b"\"M\":{",
    b"\"arguments\":[",
    b"\"children\":[",
    b"Utf8",
    b"Struct",
    b"Map",
    b"TimeStampMilli",
    b"Decimal",
    b"FixedSizeBinary",
    b"$and",
    b"$array",
    b"#n0",
    b":v0",
    b"EXACTLY",
    b"ABOVE",
    b"BELOW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_streams_and_most_inputs_differ() {
        let from = [br#"{"schema":"/////4gAAAAQAAAAAAAKAA4ABgANAAgA"}"#.to_vec()];
        let stream = |seed| {
            let mut mutations = Mutations::new(&from, seed);
            (0..500).map(|_| mutations.next_input()).collect::<Vec<_>>()
        };
        let one = stream(1);
        assert_eq!(one, stream(1));
        let mut different = one;
        different.sort();
        different.dedup();
        assert!(different.len() > 400, "{}", different.len());
    }

    #[test]
    fn bytes_behind_base64_are_changed_and_stay_base64() {
        let text = STANDARD.encode_to_string([7; 48]);
        let mut random = Rng::with_seed(3);
        let intact = (0..200)
            .filter(|_| {
                let mut input = format!("{{\"a\":\"{text}\"}}").into_bytes();
                change(&mut random, &mut input);
                let inner = input
                    .strip_prefix(b"{\"a\":\"")
                    .and_then(|rest| rest.strip_suffix(b"\"}"));
                inner.is_some_and(|inner| inner != text.as_bytes() && STANDARD.check(inner).is_ok())
            })
            .count();
        assert!(intact > 80, "{intact}");
    }

    #[test]
    fn nothing_at_all_can_be_changed_too() {
        assert!(!Mutations::new(&[], 9).next_input().is_empty());
    }
}
