//! The words that select placements.

use frameworks::placements::{PLACEMENTS, named};

#[test]
fn words_select_placements_and_unknown_words_are_returned() {
    for (words, expected) in [
        (&[][..], Ok(PLACEMENTS.len())),
        (&["salvo"], Ok(2)),
        (&["salvo", "hoop", "warp"], Ok(3)),
        (&["boat"], Err(vec!["boat"])),
        (&["salvo", "boat", "plane"], Err(vec!["boat", "plane"])),
    ] {
        let words: Vec<String> = words.iter().copied().map(str::to_owned).collect();
        let chosen = named(&words)
            .map(|chosen| chosen.len())
            .map_err(|unknown| unknown.into_iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(chosen, expected, "{words:?}");
    }
}
