//! Origins, as browsers write them.

use http::Uri;

use super::invalid::InvalidConnectUrl;

/// Rejects what is no origin of `http` or `https` in the spelling of browsers, which compare
/// origins letter for letter.
pub(super) fn check(text: &str) -> Result<(), InvalidConnectUrl> {
    let is_origin = text.parse::<Uri>().is_ok_and(|uri| {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return false;
        };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return false,
        };
        let host = authority.host();
        let canonical = match authority.port_u16() {
            Some(port) if port != default_port => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        };
        !host.is_empty()
            && text == canonical
            && !text.contains(|character: char| character.is_ascii_uppercase())
    });
    if is_origin {
        Ok(())
    } else {
        Err(InvalidConnectUrl::Origin)
    }
}
