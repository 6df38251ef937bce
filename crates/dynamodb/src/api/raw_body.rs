//! Takes the body of a successful answer before the SDK's parser does (design: the typed items cost 13 to 20 times as much).

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
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
}

/// Where the interceptor leaves the body of the call that it is attached to.
#[derive(Debug, Clone, Default)]
pub(super) struct TakeBody(Arc<Mutex<Option<RawBody>>>);

impl TakeBody {
    /// The body, once the call succeeded.
    pub(super) fn take(&self) -> Option<RawBody> {
        self.0
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

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success() {
            let header = |name: &str| response.headers().get(name);
            let length = header("content-length").and_then(|text| text.parse().ok());
            let crc32 = header("x-amz-crc32").and_then(|text| text.parse().ok());
            // The SDK's parser is left an answer without items.
            let body = std::mem::replace(response.body_mut(), SdkBody::from("{}"));
            *self.0.lock().expect("nothing panics while it is held") = Some(RawBody {
                body,
                length,
                crc32,
            });
        }
        Ok(())
    }
}
