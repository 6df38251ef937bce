//! Responses, all with headers that keep a browser from doing more with them than the page does.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use hyper::{Response, StatusCode};
use serde_json::Value;

pub(super) type Reply = Response<Full<Bytes>>;

/// The page. Its script and style are its own text, which the policy knows by the nonce.
pub(super) fn page() -> Reply {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let page = PAGE.replace("{{nonce}}", &nonce);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    reply(StatusCode::OK, "text/html; charset=utf-8", &policy, page)
}

/// A JSON value.
pub(super) fn json(value: &Value) -> Reply {
    let kind = "application/json; charset=utf-8";
    reply(StatusCode::OK, kind, NOTHING, value.to_string())
}

/// A sentence for a request that is not answered.
pub(super) fn refused(status: StatusCode, why: &str) -> Reply {
    let kind = "text/plain; charset=utf-8";
    reply(status, kind, NOTHING, format!("{why}\n"))
}

fn reply(status: StatusCode, kind: &'static str, policy: &str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let policy = HeaderValue::from_str(policy).expect("a policy is ASCII");
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in GUARDS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    reply
}

const PAGE: &str = include_str!("page.html");
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const GUARDS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_for_nothing_from_elsewhere() {
        // The name of SVG's or XHTML's space would be one, and there is none.
        for foreign in [
            "http:",
            "https:",
            "//cdn",
            "@import",
            "url(",
            "innerHTML",
            "outerHTML",
            "eval(",
        ] {
            assert!(!PAGE.contains(foreign), "{foreign}");
        }
        assert_eq!(PAGE.matches("<script nonce=\"{{nonce}}\">").count(), 1);
        assert_eq!(PAGE.matches("<style nonce=\"{{nonce}}\">").count(), 1);
        // Neither would run under the policy.
        assert!(!PAGE.contains(" style=\"") && !PAGE.contains(" onclick"));
    }

    #[test]
    fn every_page_has_a_nonce_of_its_own() {
        let policy = |reply: &Reply| {
            let policy = &reply.headers()[CONTENT_SECURITY_POLICY];
            policy.to_str().unwrap().to_owned()
        };
        let (one, two) = (policy(&page()), policy(&page()));
        assert_ne!(one, two);
        assert!(
            one.contains("default-src 'none'") && !one.contains("unsafe"),
            "{one}"
        );
    }
}
