//! JSON for those who ask for JSON.

use headers_accept::Accept;
use http::header::{ACCEPT, VARY};
use http::{HeaderMap, HeaderValue, Response};
use mediatype::names::{APPLICATION, HTML, JSON, Q, TEXT};
use mediatype::{MediaType, MediaTypeList, Name, ReadParams};

use super::Answer;
use super::problem::ProblemDetails;

/// The page comes first: where a range such as `*/*` fits all three, it is what a browser means.
const OFFERS: [MediaType<'_>; 3] = [
    MediaType::new(TEXT, HTML),
    MediaType::new(APPLICATION, JSON),
    MediaType::from_parts(APPLICATION, Name::new_unchecked("problem"), Some(JSON), &[]),
];

/// Answers with [`ProblemDetails`] where the request prefers JSON to HTML, and as `page` does otherwise.
///
/// The `Accept` header decides, by [RFC 9110, section 12.5.1][accept]: `application/json` and
/// `application/problem+json` are JSON, with a `charset` too. A request that does not say, or says `*/*`, gets the page
/// or the redirect, as a browser does. What is no media type in the header is passed over, and so is what comes after
/// the first 64. The response has `Vary: Accept`.
///
/// It answers failures alone, since a success is no problem: in its route, the app has JSON of its own.
///
/// ```
/// use tower_smartcar_connect::ConnectCallbackLayer;
/// use tower_smartcar_connect::answers::{RedirectTo, negotiate};
///
/// let layer = ConnectCallbackLayer::new("/callback").on_error(negotiate(RedirectTo::new("/garage")));
/// ```
///
/// [accept]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
pub fn negotiate<P>(page: P) -> Negotiate<P> {
    Negotiate { page }
}

/// What [`negotiate`] makes.
#[derive(Clone, Debug)]
pub struct Negotiate<P> {
    page: P,
}

impl<T, P> Answer<T> for Negotiate<P>
where
    P: Answer<T>,
    ProblemDetails: Answer<T>,
{
    fn answer(&self, callback: &T, headers: &HeaderMap) -> Response<String> {
        let mut response = if prefers_json(headers) {
            ProblemDetails::new().answer(callback, headers)
        } else {
            self.page.answer(callback, headers)
        };
        response.headers_mut().append(VARY, HeaderValue::from_static("Accept"));
        response
    }
}

/// How many ranges are read; no client sends half as many.
const MAX_RANGES: usize = 64;

fn prefers_json(headers: &HeaderMap) -> bool {
    let ranges: Vec<_> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(MediaTypeList::new)
        .take(MAX_RANGES)
        .filter_map(Result::ok)
        .map(|range| without_parameters(&range))
        .collect();
    let Ok(accept) = ranges.join(",").parse::<Accept>() else {
        return false;
    };
    accept.negotiate(&OFFERS).is_some_and(|chosen| chosen.ty == APPLICATION)
}

/// The range with its weight and no other parameter, of which JSON has none (RFC 8259, section 11).
fn without_parameters(range: &MediaType<'_>) -> String {
    match range.get_param(Q) {
        Some(weight) => format!("{};q={weight}", range.essence()),
        None => range.essence().to_string(),
    }
}
