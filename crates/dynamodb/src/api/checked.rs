//! Answers that the SDK parses, checked against DynamoDB's CRC32 first, which the SDK does not look at.
//!
//! A body that does not fit its checksum ends with an error instead of its last byte: to the SDK that is a response that broke, and it
//! asks again. Pages are checked where they are taken.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use crc32fast::Hasher;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Has the answer to the call that it is attached to checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckAnswer;

#[dyn_dispatch_hint]
impl Intercept for CheckAnswer {
    fn name(&self) -> &'static str {
        "CheckAnswer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let crc32 = response.headers().get("x-amz-crc32");
        if let Some(expected) = crc32.and_then(|text| text.parse().ok()) {
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            *response.body_mut() = SdkBody::from_body_1_x(Checked {
                body,
                expected: Some(expected),
                hasher: Hasher::new(),
            });
        }
        Ok(())
    }
}

/// A body that fails at its end if it is not what was sent.
#[derive(Debug)]
struct Checked {
    body: SdkBody,
    /// None once it was looked at.
    expected: Option<u32>,
    hasher: Hasher,
}

impl Body for Checked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context)?);
        if let Some(frame) = frame {
            if let Some(bytes) = frame.data_ref() {
                self.hasher.update(bytes);
            }
            return Poll::Ready(Some(Ok(frame)));
        }
        let got = self.hasher.clone().finalize();
        match self.expected.take() {
            Some(expected) if expected != got => {
                Poll::Ready(Some(Err("the checksum does not fit".into())))
            }
            _ => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    async fn read(text: &'static str, expected: u32) -> Result<Bytes, BoxError> {
        let body = Checked {
            body: SdkBody::from(text),
            expected: Some(expected),
            hasher: Hasher::new(),
        };
        let read = SdkBody::from_body_1_x(body).collect().await?;
        Ok(read.to_bytes())
    }

    #[tokio::test]
    async fn a_body_that_does_not_fit_its_checksum_is_none() {
        let right = crc32fast::hash(b"{\"Count\":0}");
        let whole = read("{\"Count\":0}", right).await.unwrap();
        assert_eq!(whole.as_ref(), b"{\"Count\":0}");
        for changed in ["{\"Count\":1}", "{\"Count\":0", ""] {
            assert!(read(changed, right).await.is_err(), "{changed}");
        }
    }
}
