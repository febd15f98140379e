//! Escapes text from a request for a terminal and a log.

use std::fmt::{self, Write};

/// How many characters are written.
const MAX_CHARACTERS: usize = 256;

/// Writes text from a request with control and invisible characters escaped, and truncates it.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(MAX_CHARACTERS) {
            match character {
                // `escape_debug` would escape quotes, which ordinary descriptions have.
                '\'' | '"' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        match characters.next() {
            Some(_) => f.write_char('…'),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_invisible_characters_are_escaped_and_ordinary_text_is_not() {
        let cases = [
            (
                "The user’s \"car\" isn't here.",
                "The user’s \"car\" isn't here.",
            ),
            ("a\r\nlevel=info", "a\\r\\nlevel=info"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{202e}live", "\\u{202e}live"),
            ("\0\u{7f}\u{85}", "\\0\\u{7f}\\u{85}"),
            ("a\\nb", "a\\\\nb"),
        ];
        for (text, expected) in cases {
            assert_eq!(Escaped(text).to_string(), expected, "text {text:?}");
        }
    }

    #[test]
    fn a_text_is_cut_only_where_it_is_too_long() {
        let longest = "é".repeat(MAX_CHARACTERS);
        assert_eq!(Escaped(&longest).to_string(), longest);
        let longer = format!("{longest}x");
        assert_eq!(Escaped(&longer).to_string(), format!("{longest}…"));
    }
}
