//! Which requests `CallbackPaths::read` takes for callbacks, and which callback path it finds.

use std::panic::catch_unwind;

use http::{Method, Uri};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};
use proptest::prelude::*;
use tower_smartcar_connect::RejectionReason::{self, NoOutcome, NonCanonicalPath, QueryTooLong};
use tower_smartcar_connect::paths::{CallbackPaths, IntoCallbackPaths};

/// Returns the callback path of a `GET`, or why the request is rejected.
fn read(paths: &CallbackPaths, target: &str) -> Result<Option<String>, RejectionReason> {
    let uri: Uri = target.parse().expect("a valid URI");
    match paths.read(&Method::GET, &uri) {
        Ok(callback) => Ok(callback.map(|callback| callback.path().to_owned())),
        Err(rejected) => Err(rejected.reason()),
    }
}

/// Returns the message of a panic.
fn panic_of(f: impl FnOnce() -> CallbackPaths + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(f).expect_err("it panics");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn one_path_and_every_kind_of_list_are_accepted() {
    fn assert_finds(paths: impl IntoCallbackPaths) {
        let paths = CallbackPaths::new(paths);
        assert_eq!(
            read(&paths, "/callback?code=1"),
            Ok(Some("/callback".to_owned())),
            "{paths:?}"
        );
    }
    let owned = "/callback".to_owned();
    assert_finds("/callback");
    assert_finds(owned.clone());
    assert_finds(&owned);
    assert_finds(["/other", "/callback"]);
    assert_finds([owned.clone()]);
    assert_finds([&owned]);
    assert_finds(vec!["/callback"]);
    assert_finds(vec![owned.clone()]);
    assert_finds(&["/callback"][..]);
    assert_finds(&[owned][..]);
    assert_finds(CallbackPaths::new("/callback"));
    assert_finds(["/callback", "/callback"]);
}

#[test]
fn the_path_of_a_callback_is_the_one_that_the_browser_asked_for() {
    let predicate = || CallbackPaths::matching(|uri| uri.path().ends_with("callback"));
    let start_pages = || CallbackPaths::matching(|uri| uri.path() == "/");
    let list = |paths: &[&str]| CallbackPaths::new(paths);
    for (paths, target, expected) in [
        (list(&["/callback"]), "/callback", Some("/callback")),
        (list(&["/"]), "http://localhost:8000", Some("/")),
        (list(&["/caf%c3%a9"]), "/caf%c3%a9", Some("/caf%C3%A9")),
        (list(&["/caf%c3%a9"]), "/caf%C3%A9", Some("/caf%C3%A9")),
        (list(&["//callback"]), "//callback", Some("/callback")),
        (list(&["/a%2Fb", "/a/b"]), "/a%2Fb", Some("/a%2Fb")),
        (list(&["/a%2Fb", "/a/b"]), "/a/b", Some("/a/b")),
        (
            list(&["/callback", "/callback/"]),
            "/callback",
            Some("/callback"),
        ),
        (
            list(&["/callback", "/callback/"]),
            "/callback/",
            Some("/callback/"),
        ),
        (
            list(&["/app/callback", "/home"]).stripped_prefix("/app"),
            "/callback",
            Some("/app/callback"),
        ),
        (
            list(&["/app/callback", "/home"]).stripped_prefix("/app"),
            "/home",
            Some("/home"),
        ),
        (
            list(&["/app/callback", "/home"]).stripped_prefix("/app"),
            "/app/callback",
            None,
        ),
        (list(&["/app"]).stripped_prefix("/app"), "/", Some("/app")),
        (list(&["/app/"]).stripped_prefix("/app"), "/", Some("/app/")),
        (
            list(&["/%61pp/callback"]).stripped_prefix("/%61pp"),
            "/callback",
            Some("/app/callback"),
        ),
        (
            list(&["/%61pp/callback"]).stripped_prefix("/app"),
            "/callback",
            Some("/app/callback"),
        ),
        (
            list(&["/app/callback"]).stripped_prefix("/%61pp"),
            "/callback",
            Some("/app/callback"),
        ),
        (
            list(&["/app/callback", "/apple/callback"]).stripped_prefix("/app"),
            "/apple/callback",
            Some("/apple/callback"),
        ),
        (predicate(), "/a%7Eb/callback", Some("/a~b/callback")),
        (
            predicate().stripped_prefix("/%61pp"),
            "/b/callback",
            Some("/app/b/callback"),
        ),
        (start_pages().stripped_prefix("/app"), "/", Some("/app/")),
    ] {
        assert_eq!(
            read(&paths, &format!("{target}?code=1")),
            Ok(expected.map(str::to_owned)),
            "{target} of {paths:?}"
        );
    }
}

#[test]
fn a_list_in_which_two_paths_are_one_is_rejected_with_advice() {
    for (paths, first, second) in [
        (["/callback", "//callback"], "//callback", "/callback"),
        (["/callback", "/call%62ack"], "/call%62ack", "/callback"),
        (["/caf%C3%A9", "/caf%c3%a9"], "/caf%C3%A9", "/caf%c3%a9"),
        (["/a|b", "/a%7Cb"], "/a%7Cb", "/a|b"),
        (["/a//", "/a/"], "/a/", "/a//"),
    ] {
        let message = panic_of(move || CallbackPaths::new(paths));
        assert_eq!(
            message,
            format!(
                "callback paths {first:?} and {second:?} are spellings of one path; keep the one in the redirect URI"
            )
        );
    }
    for (paths, prefix, seen) in [
        (["/app/callback", "/callback"], "/app", "/callback"),
        (["/app/callback", "/call%62ack"], "/app", "/callback"),
        (["/app", "/app/"], "/app", "/"),
        (["/%61pp/callback", "//callback"], "/app", "/callback"),
    ] {
        let message = panic_of(move || CallbackPaths::new(paths).stripped_prefix(prefix));
        for text in [
            format!("{:?}", paths[0]),
            format!("{:?}", paths[1]),
            format!("both arrive as {seen:?} if the prefix {prefix:?} is stripped"),
            "pass only the path that the browser asks for".to_owned(),
        ] {
            assert!(message.contains(&text), "{text}: {message}");
        }
    }
}

#[test]
fn a_visit_without_an_outcome_is_rejected_on_listed_paths_except_the_start_page() {
    let listed = || CallbackPaths::new(["/callback", "/", "/app/more"]);
    let allowing = listed().allow_visits();
    let prefixed = CallbackPaths::new(["/app/callback", "/app"]).stripped_prefix("/app");
    let predicate = CallbackPaths::matching(|uri| {
        assert!(
            uri.query().is_some_and(|query| query.contains("code")),
            "{uri}"
        );
        uri.path() == "/callback"
    });
    let long = format!("/callback?{}", "x".repeat(8193));
    for (paths, target, expected) in [
        (&listed(), "/callback", Err(NoOutcome)),
        (&listed(), "/callback?", Err(NoOutcome)),
        (&listed(), "/callback?page=2&state=s", Err(NoOutcome)),
        (&listed(), "/app/more", Err(NoOutcome)),
        (&listed(), "/", Ok(None)),
        (&listed(), "/?page=2", Ok(None)),
        (&listed(), "/callback/", Ok(None)),
        (&listed(), "/call%62ack?page=2", Ok(None)),
        (&listed(), "/garage", Ok(None)),
        (&listed(), &long, Err(QueryTooLong)),
        (&allowing, "/callback", Ok(None)),
        (&allowing, "/callback?page=2", Ok(None)),
        (&allowing, &long, Err(QueryTooLong)),
        (&prefixed, "/callback", Err(NoOutcome)),
        (&prefixed, "/", Ok(None)),
        (&predicate, "/callback", Ok(None)),
        (&predicate, "/callback?page=2", Ok(None)),
        (&predicate, "/callback/?page=2", Ok(None)),
    ] {
        let context = &target[..target.len().min(60)];
        assert_eq!(read(paths, target), expected, "{context} of {paths:?}");
    }
    let uri = Uri::from_static("/callback");
    for method in [Method::POST, Method::OPTIONS] {
        let found = listed().read(&method, &uri);
        assert!(matches!(found, Ok(None)), "{method}: {found:?}");
    }
}

#[cfg(feature = "url")]
#[test]
fn several_redirect_uris_in_one_text_are_rejected_with_advice() {
    for uri in [
        "https://app.example/callback,http://localhost:8000/callback",
        "https://app.example/callback, http://localhost:8000/callback",
        "https://app.example/callback;sc4a1b01e5://callback",
        "https://app.example/callback\nhttp://localhost:8000/callback",
        "https://app.example/callback?tenant=7 https://app.example",
    ] {
        let error = CallbackPaths::for_redirect_uris([uri]).expect_err(uri);
        assert_eq!(
            error.to_string(),
            format!(
                "redirect URI {uri:?}: it contains more than one URI; pass each of them on its own"
            )
        );
    }
    for uri in [
        "https://app.example/a,b;c",
        "https://app.example/callback?next=https://app.example",
        " https://app.example/callback ",
    ] {
        assert!(CallbackPaths::for_redirect_uris([uri]).is_ok(), "{uri}");
    }
}

#[cfg(feature = "url")]
#[test]
fn redirect_uris_with_one_path_need_one_spelling_of_it() {
    let uris = [
        "https://app.example/caf%C3%A9",
        "http://localhost:8000/café",
    ];
    assert!(CallbackPaths::for_redirect_uris(uris).is_ok());
    let uris = [
        "https://app.example/callback",
        "http://localhost:8000/call%62ack",
    ];
    let error = CallbackPaths::for_redirect_uris(uris)
        .unwrap_err()
        .to_string();
    assert!(error.contains("localhost"), "{error}");
    assert!(
        error.contains("in another spelling; register both with the same one"),
        "{error}"
    );
}

#[cfg(feature = "url")]
#[test]
fn the_error_of_a_redirect_uri_never_has_its_password() {
    for uri in [
        "https://owner:5ecret@app.example/callback",
        "https://5ecret@app.example/callback",
        "http://owner:5ecret@app.example/callback",
        "https://owner:5ecret@app.example/callback#top",
        "https://owner:5ec/5ecret@app.example/callback",
        "https://owner:5ecret?5ecret#5ecret@app.example/callback",
        "owner:5ecret@app.example/callback",
        "ftp://owner:5ecret@app.example/callback",
        "https://owner:5ecret@app.example,https://owner:5ecret@app.example",
    ] {
        let error = CallbackPaths::for_redirect_uris([uri]).expect_err(uri);
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(text.contains("//***@app.example"), "{uri}: {text}");
            assert!(
                !text.contains("5ec") && !text.contains("owner:"),
                "{uri}: {text}"
            );
        }
    }
}

/// What a URI can have in its path, but a browser encodes, and the delimiters of other components.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

const ENCODED_IN_SEGMENT: &AsciiSet = &ENCODED.add(b'/');

/// Returns the paths that tolerant routers make of one, with and without a slash at the end.
fn routed_as(path: &str) -> Vec<String> {
    let mut whole: Vec<u8> = percent_decode_str(path).collect();
    whole.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    let whole = percent_encode(&whole, ENCODED).to_string();
    let mut forms = Vec::new();
    for form in [whole, by_segment(path)] {
        let bare = form.strip_suffix('/').unwrap_or(&form);
        forms.extend([bare.to_owned(), format!("{bare}/")]);
    }
    forms
}

fn by_segment(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let slash = if path.ends_with('/') { "/" } else { "" };
    let encoded = segments.map(|segment| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        format!("/{}", percent_encode(&bytes, ENCODED_IN_SEGMENT))
    });
    encoded.collect::<String>() + slash
}

/// Returns what the layer promises for this list, in words that any reader can check.
fn expected(list: &[&str], path: &str) -> Result<Option<String>, RejectionReason> {
    for callback_path in list {
        let canonical = by_segment(callback_path);
        if path == *callback_path || path == canonical {
            return Ok(Some(canonical));
        }
    }
    let is_routed = routed_as(path).iter().any(|form| {
        list.iter()
            .any(|path| form == path || *form == by_segment(path))
    });
    if is_routed {
        Err(NonCanonicalPath)
    } else {
        Ok(None)
    }
}

/// Lists whose paths are compared, and longer ones, whose paths are looked up.
const LISTS: [&[&str]; 11] = [
    &["/"],
    &["/ab"],
    &["/ab/"],
    &["/a%7Cb"],
    &["/%C3%A9"],
    &["/a%2Fb", "/a/b"],
    &["/%7E", "//a"],
    &["/", "/a", "/a/b", "/ab/"],
    &["/", "/a", "/a/", "/a/b", "/ab/", "/b"],
    &[
        "/", "/a", "/a/b", "/ab/", "/a%2Fb", "/%c3%a9", "/%7E", "/%25",
    ],
    &["//", "/a//", "/%61b", "/|", "/é", "/b%2F", "/a/b/"],
];

/// Returns a list and a path that differs from one of its paths in some characters.
fn lists_and_paths() -> impl Strategy<Value = (&'static [&'static str], String)> {
    let list = prop::sample::select(LISTS.to_vec());
    let end = prop::sample::select(vec!["", "", "", "/", "//", "%2f", "%2F", "%", "b", "é"]);
    let spellings = prop::collection::vec(0..24_u8, 10);
    (list, any::<prop::sample::Index>(), spellings, end).prop_map(
        |(list, index, spellings, end)| {
            let callback_path = list[index.index(list.len())];
            let mut path = String::from("/");
            let characters = callback_path[1..].chars().chain(end.chars());
            for (character, spelling) in characters.zip(spellings) {
                match spelling {
                    0 => path.extend(
                        character
                            .to_string()
                            .bytes()
                            .map(|byte| format!("%{byte:02x}")),
                    ),
                    1 => path.extend(
                        character
                            .to_string()
                            .bytes()
                            .map(|byte| format!("%{byte:02X}")),
                    ),
                    2 => path.extend([character, '/']),
                    3 => path.extend(character.to_lowercase()),
                    4 => path.extend(character.to_uppercase()),
                    5 => path.push('b'),
                    6 => {}
                    _ => path.push(character),
                }
            }
            // Half of the paths are decoded once more, as far as they remain text.
            let decoded = percent_decode_str(&path).decode_utf8().ok();
            let is_sent = |text: &str| !text.contains(char::is_control);
            let decoded = decoded.filter(|text| index.index(7) % 2 == 0 && is_sent(text));
            let path = decoded.map_or(path.clone(), |decoded| decoded.into_owned());
            (list, path)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn a_fast_lookup_finds_the_same_as_all_forms_of_a_path((list, path) in lists_and_paths()) {
        let paths = CallbackPaths::new(list);
        prop_assert_eq!(read(&paths, &format!("{path}?code=1")), expected(list, &path), "{} of {:?}", path, list);
    }
}
