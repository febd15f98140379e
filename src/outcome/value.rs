//! The values of parameters: decoding, numbers, and the characters of an `error`.

use memchr::memchr2;
use percent_encoding::percent_decode_str;

/// Decodes like the URL standard's form parser, and appends the result to `text`: `+` is a space, `%`
/// and two digits are a byte, and invalid UTF-8 is replaced. The decoded value is never longer, so
/// `text` is not reallocated if it has room for `value`.
pub(crate) fn append_decoded(mut text: String, value: &str) -> String {
    if memchr2(b'+', b'%', value.as_bytes()).is_none() {
        text.push_str(value);
        return text;
    }
    let mut bytes = text.into_bytes();
    for (index, part) in value.split('+').enumerate() {
        if index > 0 {
            bytes.push(b' ');
        }
        bytes.extend(percent_decode_str(part));
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into())
}

/// Parses a number in decimal digits.
pub(crate) fn number(text: &str) -> Option<u16> {
    // `parse` accepts a sign.
    if text.starts_with('+') {
        return None;
    }
    text.parse().ok()
}

/// Parses a positive number in decimal digits, with or without a fraction.
pub(crate) fn positive_decimal(text: &str) -> Option<f64> {
    // `parse` accepts signs, exponents, infinities, and a point without digits on both sides.
    let is_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number > 0.0)
}

/// Returns `true` if RFC 6749 allows the text as an `error`: one or more of
/// %x20-21 / %x23-5B / %x5D-7E.
pub(crate) fn is_error_text(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}
