//! Texts from requests, for pages.

/// How many characters are shown.
const MAX_CHARACTERS: usize = 256;

/// Returns the text with control and invisible characters escaped, truncated.
pub(crate) fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown = String::new();
    for character in characters.by_ref().take(MAX_CHARACTERS) {
        match character {
            // `escape_debug` would escape quotes and backslashes, which ordinary texts have.
            '\'' | '"' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
