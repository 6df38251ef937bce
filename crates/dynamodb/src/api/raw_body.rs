//! Takes the body of a successful answer before the SDK's parser does (design: the typed items cost 13 to 20 times as much).
//!
//! Where the answer may be compressed, the request says so, and the SDK, which would not, is handed errors as text.

use super::gzip::Inflated;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::{Arc, Mutex};

/// The body and the headers that judge it.
#[derive(Debug)]
pub(super) struct RawBody {
    pub(super) body: SdkBody,
    /// `content-length`, if sent.
    pub(super) length: Option<usize>,
    /// `x-amz-crc32` over the body as sent, if sent.
    pub(super) crc32: Option<u32>,
    /// How it is compressed.
    pub(super) encoding: Encoding,
    /// Whether its head says that it is something else than JSON, as a proxy's own page is.
    pub(super) is_foreign: bool,
}

/// `content-encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Gzip,
    /// Nothing that was asked for.
    Unknown,
}

impl Encoding {
    fn of(header: Option<&str>) -> Self {
        match header {
            None => Self::Plain,
            Some(name) if name.eq_ignore_ascii_case("identity") => Self::Plain,
            Some(name) if name.eq_ignore_ascii_case("gzip") => Self::Gzip,
            Some(_) => Self::Unknown,
        }
    }
}

/// Where the interceptor leaves the body of the call that it is attached to.
#[derive(Debug, Clone, Default)]
pub(super) struct TakeBody {
    taken: Arc<Mutex<Option<RawBody>>>,
    gzip: bool,
}

impl TakeBody {
    /// For an answer that may come in gzip if `gzip` is set.
    pub(super) fn new(gzip: bool) -> Self {
        Self {
            gzip,
            ..Self::default()
        }
    }

    /// The body, once the call succeeded.
    pub(super) fn take(&self) -> Option<RawBody> {
        self.taken
            .lock()
            .expect("nothing panics while it is held")
            .take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for TakeBody {
    fn name(&self) -> &'static str {
        "TakeBody"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.gzip {
            let headers = context.request_mut().headers_mut();
            headers.insert("accept-encoding", "gzip");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let header = |name: &str| response.headers().get(name);
        let encoding = Encoding::of(header("content-encoding"));
        if response.status().is_success() {
            let length = header("content-length").and_then(|text| text.parse().ok());
            let crc32 = header("x-amz-crc32").and_then(|text| text.parse().ok());
            let is_foreign = header("content-type").is_some_and(|kind| !kind.contains("json"));
            // The SDK's parser is left an answer without items.
            let body = std::mem::replace(response.body_mut(), SdkBody::from("{}"));
            *self.taken.lock().expect("nothing panics while it is held") = Some(RawBody {
                body,
                length,
                crc32,
                encoding,
                is_foreign,
            });
        } else if encoding == Encoding::Gzip {
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            *response.body_mut() = Inflated::of(body);
        }
        Ok(())
    }
}
