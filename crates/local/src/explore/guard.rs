//! Who is let in: this machine's browser, from the page itself, by the secret in its address.
//!
//! The page listens on loopback, where any page in the user's browser can send requests to it, and any host name can be made to lead
//! (DNS rebinding). So the path begins with a secret that only this run knows, and `Host` and `Origin` have to be this server's own.

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use std::net::SocketAddr;

/// Checks requests.
#[derive(Debug)]
pub(super) struct Guard {
    address: SocketAddr,
    secret: String,
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It was sent to another name, or by another page.
    Foreign,
    /// It does not know the secret.
    Unknown,
}

impl Guard {
    /// A guard of the server at this address, with a new secret of 122 random bits.
    pub(super) fn new(address: SocketAddr) -> Self {
        let secret = uuid::Uuid::new_v4().simple().to_string();
        Self { address, secret }
    }

    /// Where the page is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/{}/", self.address, self.secret)
    }

    /// The path behind the secret.
    ///
    /// # Errors
    /// If the request comes from elsewhere.
    pub(super) fn admit<'a>(&self, headers: &HeaderMap, path: &'a str) -> Result<&'a str, Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let own = |host: &str| {
            let port = self.address.port();
            host == self.address.to_string() || host == format!("localhost:{port}")
        };
        if !host.is_some_and(own) || hosts.next().is_some() {
            return Err(Refusal::Foreign);
        }
        if let Some(origin) = headers.get(ORIGIN) {
            let origin = origin.to_str().ok();
            let origin = origin.and_then(|origin| origin.strip_prefix("http://"));
            if origin.is_none() || origin != host {
                return Err(Refusal::Foreign);
            }
        }
        // Browsers say where a request comes from; nothing but the page itself and the address bar are right.
        if let Some(site) = headers.get(&SEC_FETCH_SITE)
            && site != "same-origin"
            && site != "none"
        {
            return Err(Refusal::Foreign);
        }
        let (secret, rest) = path
            .strip_prefix('/')
            .and_then(|path| path.split_once('/'))
            .ok_or(Refusal::Unknown)?;
        if same(secret.as_bytes(), self.secret.as_bytes()) {
            Ok(rest)
        } else {
            Err(Refusal::Unknown)
        }
    }
}

/// Takes as long for every wrong text of this length.
fn same(a: &[u8], b: &[u8]) -> bool {
    let unlike = a.iter().zip(b).fold(0, |unlike, (a, b)| unlike | (a ^ b));
    a.len() == b.len() && unlike == 0
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    const OWN: &str = "127.0.0.1:4711";

    fn admit(headers: &[(&'static str, &'static str)], path: &str) -> Result<String, Refusal> {
        let guard = Guard {
            address: OWN.parse().unwrap(),
            secret: "secret".to_owned(),
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        guard.admit(&map, path).map(str::to_owned)
    }

    #[test]
    fn the_page_itself_and_the_address_bar_are_let_in() {
        let host = ("host", OWN);
        assert_eq!(admit(&[host], "/secret/"), Ok(String::new()));
        assert_eq!(
            admit(&[host], "/secret/api/query"),
            Ok("api/query".to_owned())
        );
        let origin = ("origin", "http://127.0.0.1:4711");
        let site = ("sec-fetch-site", "same-origin");
        assert!(admit(&[host, origin, site], "/secret/").is_ok());
        let local = [
            ("host", "localhost:4711"),
            ("origin", "http://localhost:4711"),
        ];
        assert!(admit(&local, "/secret/").is_ok());
    }

    #[test]
    fn other_names_and_other_pages_are_not() {
        let host = ("host", OWN);
        for headers in [
            &[][..],
            &[("host", "rebound.example:4711")],
            &[("host", "127.0.0.1")],
            &[("host", "127.0.0.1:4712")],
            &[host, ("host", "rebound.example")],
            &[host, ("origin", "http://rebound.example")],
            &[host, ("origin", "https://127.0.0.1:4711")],
            &[host, ("origin", "null")],
            &[host, ("origin", "http://localhost:4711")],
            &[host, ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(
                admit(headers, "/secret/"),
                Err(Refusal::Foreign),
                "{headers:?}"
            );
        }
    }

    #[test]
    fn without_the_secret_there_is_nothing() {
        for path in [
            "/",
            "",
            "/secret",
            "/secre/",
            "/secrets/",
            "/x/secret/",
            "secret/",
        ] {
            assert_eq!(
                admit(&[("host", OWN)], path),
                Err(Refusal::Unknown),
                "{path}"
            );
        }
    }

    #[test]
    fn every_run_has_a_secret_of_its_own() {
        let url = || Guard::new(OWN.parse().unwrap()).url();
        assert_ne!(url(), url());
        assert!(url().starts_with("http://127.0.0.1:4711/") && url().ends_with('/'));
    }
}
