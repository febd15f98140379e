//! Content negotiation between JSON and HTML.

use headers_accept::Accept;
use http::HeaderMap;
use http::header::ACCEPT;
use mediatype::names::{APPLICATION, HTML, JSON, Q, TEXT};
use mediatype::{MediaType, MediaTypeList, Name, ReadParams};

/// HTML comes first, because a browser sends ranges such as `*/*` that match all three.
const OFFERS: [MediaType<'_>; 3] = [
    MediaType::new(TEXT, HTML),
    MediaType::new(APPLICATION, JSON),
    MediaType::from_parts(APPLICATION, Name::new_unchecked("problem"), Some(JSON), &[]),
];

/// How many ranges are read. Clients send far fewer.
const MAX_RANGES: usize = 64;

/// Returns `true` if the `Accept` header prefers JSON to HTML.
pub(crate) fn prefers_json(headers: &HeaderMap) -> bool {
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
    accept
        .negotiate(&OFFERS)
        .is_some_and(|chosen| chosen.ty == APPLICATION)
}

/// Returns the range with its weight and without other parameters: JSON has none (RFC 8259, section
/// 11).
fn without_parameters(range: &MediaType<'_>) -> String {
    match range.get_param(Q) {
        Some(weight) => format!("{};q={weight}", range.essence()),
        None => range.essence().to_string(),
    }
}
