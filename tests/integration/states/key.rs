//! The key of a state cookie, as configurations have it.

use tower_smartcar_connect::states::Key;

#[test]
fn a_key_is_the_output_of_openssl_rand_hex_64_and_errors_say_what_is_wrong() {
    let key = "3f".repeat(32) + &"a0".repeat(32);
    for accepted in [
        key.clone(),
        format!("{key}\n"),
        format!(" {key}\r\n"),
        key.to_uppercase(),
    ] {
        assert!(Key::from_hex(&accepted).is_ok(), "{accepted:?}");
    }
    for (rejected, message) in [
        (String::new(), "0 hexadecimal digits instead of 128"),
        (key[1..].to_owned(), "127 hexadecimal digits"),
        (format!("{key}0"), "129 hexadecimal digits"),
        (key.replacen('a', "g", 1), "a character at 64"),
        // `openssl rand -base64 64` prints two lines.
        (
            format!("{}+\n{}", &key[..63], &key[..23]),
            "a character at 63",
        ),
        ("0".repeat(128), "repeats one byte"),
        ("7a".repeat(64), "repeats one byte"),
    ] {
        let error = Key::from_hex(&rejected).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(error.ends_with("`openssl rand -hex 64`"), "{error}");
        assert!(!error.contains("3f3f"), "{error}");
    }
}
