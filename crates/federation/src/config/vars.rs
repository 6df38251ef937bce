//! Variables as values within their bounds; all that is wrong is collected.

use super::waits::{Patience, ThrottleConfig};
use super::{
    ANSWER_TIMEOUT_MS, RETRY_DELAY_MS, THROTTLE_DECREASE_FACTOR, THROTTLE_INCREASE_MS,
    THROTTLE_INITIAL_DELAY_MS, THROTTLE_MAX_DELAY_MS, THROTTLE_PATIENCE_MS,
};
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) struct Vars<'a> {
    pub(super) var: &'a dyn Fn(&str) -> Option<String>,
    pub(super) problems: Vec<String>,
}

impl Vars<'_> {
    /// A variable's text; blank counts as unset.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.var)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// A namespace of CloudWatch: 1 to 255 letters, digits and `.-_/#: `, and none of AWS's own.
    pub(super) fn namespace(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#: ".contains(letter);
        if text.len() <= 255 && text.chars().all(allowed) && !text.starts_with("AWS/") {
            return Some(text);
        }
        self.problems.push(format!(
            "the environment variable `{name}` must be a namespace of CloudWatch: up to 255 letters, digits and .-_/#: and blanks, and not \
             beginning with AWS/"
        ));
        None
    }

    pub(super) fn switch(&mut self, name: &str, default: bool) -> bool {
        match self.text(name) {
            None => default,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(_) => {
                self.problems.push(format!(
                    "the environment variable `{name}` must be `true` or `false`"
                ));
                default
            }
        }
    }

    pub(super) fn number(&mut self, name: &str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(name)?;
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problems.push(format!(
                "the environment variable `{name}` must be a number from {least} to {most}"
            ));
        }
        number
    }

    pub(super) fn patience(&mut self) -> Patience {
        let default = Patience::default();
        let mut millis = |name, least, most, default| {
            let set = self.number(name, least, most);
            set.map_or(default, Duration::from_millis)
        };
        Patience {
            answer: millis(ANSWER_TIMEOUT_MS, 100, LAMBDAS_LONGEST_MS, default.answer),
            first_pause: millis(RETRY_DELAY_MS, 1, 60_000, default.first_pause),
        }
    }

    pub(super) fn throttle(&mut self) -> ThrottleConfig {
        let default = ThrottleConfig::default();
        let factor = self
            .text(THROTTLE_DECREASE_FACTOR)
            .map(|text| (text.parse().ok()).filter(|factor| (LEAST_FACTOR..=1.0).contains(factor)));
        if factor == Some(None) {
            self.problems.push(format!(
                "the environment variable `{THROTTLE_DECREASE_FACTOR}` must be a number from {LEAST_FACTOR} to 1"
            ));
        }
        let mut millis = |name, least, default| {
            let set = self.number(name, least, LAMBDAS_LONGEST_MS);
            set.unwrap_or(default)
        };
        ThrottleConfig {
            initial_ms: millis(THROTTLE_INITIAL_DELAY_MS, 0, default.initial_ms),
            max_ms: millis(THROTTLE_MAX_DELAY_MS, 1, default.max_ms),
            decrease_factor: factor.flatten().unwrap_or(default.decrease_factor),
            increase_ms: millis(THROTTLE_INCREASE_MS, 1, default.increase_ms),
            patience: Duration::from_millis(millis(THROTTLE_PATIENCE_MS, 0, 30_000)),
        }
    }

    /// Headers that HTTP allows and that the request's signature or framing does not own.
    pub(super) fn headers(&mut self, name: &str) -> BTreeMap<String, String> {
        let Some(text) = self.text(name) else {
            return BTreeMap::new();
        };
        let Ok(headers) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
            self.problems.push(format!(
                "the environment variable `{name}` must be a JSON object of strings"
            ));
            return BTreeMap::new();
        };
        for (header, value) in &headers {
            let known = HeaderName::try_from(header);
            let is_text = HeaderValue::try_from(value).is_ok_and(|value| value.to_str().is_ok());
            let problem = match &known {
                Err(_) => "a header's name that HTTP does not allow".to_owned(),
                Ok(known) if OWNED_HEADERS.contains(&known.as_str()) => {
                    format!("the header `{known}`, which each request sets itself")
                }
                Ok(known) if !is_text => {
                    format!("a value of the header `{known}` that HTTP does not allow")
                }
                Ok(_) => continue,
            };
            self.problems
                .push(format!("the environment variable `{name}` holds {problem}"));
        }
        headers
    }
}

const LAMBDAS_LONGEST_MS: u64 = 900_000;
const LEAST_FACTOR: f64 = 0.001;
/// Headers that would break the signature or the message if they were set from outside.
const OWNED_HEADERS: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];
