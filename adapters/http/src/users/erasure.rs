use crate::answer::{described, line};
use application::vault::Receipt;
use poem::http::{HeaderName, HeaderValue, StatusCode};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};

/// 204 with the receipt of an erasure, in the header: an answer without content is what clients of it know.
pub struct Erased(pub Receipt);

const ABOUT: &str = "The signed receipt, for the person to keep: JSON in one line, \
     `{\"data\": {erased, erased_at, kept, subject}, \"signature\": …}`, to be verified as the file of `exportOwnData` \
     is; the `typ` of the signature is `xtrem-erasure-receipt`.";

impl IntoResponse for Erased {
    fn into_response(self) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        // A receipt is printable ASCII, so it always fits.
        if let Ok(receipt) = HeaderValue::try_from(self.0.as_str()) {
            response.headers_mut().insert(HeaderName::from_static("erasure-receipt"), receipt);
        }
        response
    }
}

impl ApiResponse for Erased {
    fn meta() -> MetaResponses {
        let erased = MetaResponse {
            headers: vec![line("Erasure-Receipt", "string", ABOUT)],
            ..described(StatusCode::NO_CONTENT, "It is gone, and can't be brought back.")
        };
        MetaResponses { responses: vec![erased] }
    }

    fn register(_: &mut Registry) {}
}
