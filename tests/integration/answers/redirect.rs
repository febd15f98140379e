//! `RedirectTo`: its parameter, and the targets that it rejects.

use std::panic::catch_unwind;

use http::header::LOCATION;
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use tower_smartcar_connect::ErrorCode;
use tower_smartcar_connect::answers::{ErrorPage, RedirectTo};
use url::Url;

use super::{ERRORS, error, hostile_errors, invalid, respond, respond_to_success, success};
use crate::support::parameters::NAMES;

/// Invalid targets, and a part of the message about each.
const REJECTED_TARGETS: &[(&str, &str)] = &[
    ("", "begin with `/`"),
    ("garage", "begin with `/`"),
    ("./garage", "begin with `/`"),
    ("?page=garage", "begin with `/`"),
    ("https://evil.example/", "begin with `/`"),
    ("HTTPS://evil.example/", "begin with `/`"),
    ("javascript:evil()", "begin with `/`"),
    (" /garage", "begin with `/`"),
    ("\t//evil.example", "begin with `/`"),
    ("\\\\evil.example", "begin with `/`"),
    ("//evil.example", "another host"),
    ("///evil.example", "another host"),
    ("//", "another host"),
    ("//user:password@evil.example:8443/", "another host"),
    ("//[::1]/", "another host"),
    ("//EVIL.EXAMPLE", "another host"),
    ("//%65vil.example", "another host"),
    ("//évil.example", "another host"),
    ("//\t/evil.example", "another host"),
    ("/\\evil.example", "another host"),
    ("/\t/evil.example", "another host"),
    ("/\n/evil.example", "another host"),
    ("/\r\\evil.example", "another host"),
    ("/\t\n\r/evil.example", "another host"),
    ("/.//evil.example", "`.` or `..`"),
    ("/garage/..//evil.example", "`.` or `..`"),
    ("/%2e//evil.example", "`.` or `..`"),
    ("/%2E%2e//evil.example", "`.` or `..`"),
    ("/garage/..", "`.` or `..`"),
    ("/./garage?tab=cars", "`.` or `..`"),
    ("/a/../garage", "write the resolved path"),
    ("/gar age", "percent-encode"),
    ("/garage\r\nSet-Cookie: evil=1", "percent-encode"),
    ("/garage\\..\\evil", "percent-encode"),
    ("/garage\\", "percent-encode"),
    ("/garage?back=\\evil.example", "percent-encode"),
    ("/gar\tage", "percent-encode"),
    ("/garage\n", "percent-encode"),
    ("/garage\u{0}", "percent-encode"),
    ("/garage\u{7f}", "percent-encode"),
    ("/garage\u{85}", "percent-encode"),
    ("HTTP:/evil.example", "begin with `/`"),
    ("https:evil.example", "begin with `/`"),
    ("user@evil.example", "begin with `/`"),
    ("evil.example:8443", "begin with `/`"),
    ("[::1]", "begin with `/`"),
    ("／evil.example", "begin with `/`"),
    ("/callback?c%6fde=1#top", "loop"),
    ("/callback?error=access_denied", "loop"),
];

fn location(response: &Response<String>) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert!(response.body().is_empty());
    response.headers()[LOCATION].to_str().unwrap()
}

#[test]
fn an_error_is_redirected_with_its_code_and_nothing_else() {
    let redirect = RedirectTo::new("/garage");
    for (text, _) in ERRORS {
        let error = error(&format!(
            "error={text}&error_description=Sorry&state=0facda3319"
        ));
        let expected = match text {
            "brand_new_code" => "/garage?connect_error=unknown".to_owned(),
            _ => format!("/garage?connect_error={text}"),
        };
        assert_eq!(location(&respond(&redirect, error)), expected);
    }
    for (query, error) in hostile_errors() {
        let expected = format!("/garage?connect_error={}", error.code());
        assert_eq!(location(&respond(&redirect, error)), expected, "{query}");
    }
}

#[test]
fn an_invalid_callback_is_redirected_with_its_kind() {
    let response = respond(&RedirectTo::new("/garage"), invalid("code=1&code=2"));
    assert_eq!(
        location(&response),
        "/garage?connect_error=duplicate_parameter"
    );
}

#[test]
fn a_success_is_redirected_to_the_bare_target() {
    let success = success("code=90abecb6&state=0facda3319");
    let response = respond_to_success(&RedirectTo::new("/garage?tab=cars"), success);
    assert_eq!(location(&response), "/garage?tab=cars");
}

#[test]
fn the_target_can_depend_on_the_code() {
    let redirect = RedirectTo::new("/garage")
        .for_code(ErrorCode::VehicleIncompatible, "/never")
        .for_code(ErrorCode::VehicleIncompatible, "/waitlist")
        .for_code(ErrorCode::Unknown, "/support");
    let cases = [
        ("error=access_denied", "/garage?connect_error=access_denied"),
        (
            "error=vehicle_incompatible",
            "/waitlist?connect_error=vehicle_incompatible",
        ),
        ("error=brand_new_code", "/support?connect_error=unknown"),
    ];
    for (query, expected) in cases {
        assert_eq!(
            location(&respond(&redirect, error(query))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn the_parameter_is_added_to_the_query_and_can_be_renamed_or_omitted() {
    let cases = [
        (RedirectTo::new("/"), "/?connect_error=access_denied"),
        (
            RedirectTo::new("/garage?tab=cars"),
            "/garage?tab=cars&connect_error=access_denied",
        ),
        (
            RedirectTo::new("/garage#cars"),
            "/garage?connect_error=access_denied#cars",
        ),
        (
            RedirectTo::new("/garage?#"),
            "/garage?connect_error=access_denied#",
        ),
        (
            RedirectTo::new("/größe"),
            "/gr%C3%B6%C3%9Fe?connect_error=access_denied",
        ),
        (
            RedirectTo::new("/／evil.example?é#é"),
            "/%EF%BC%8Fevil.example?%C3%A9&connect_error=access_denied#%C3%A9",
        ),
        (
            RedirectTo::new("/\"<>`{|}^?\"#\""),
            "/%22%3C%3E%60%7B%7C%7D%5E?%22&connect_error=access_denied#%22",
        ),
        (
            RedirectTo::new("/gr%C3%B6%C3%9Fe%2F..%zz"),
            "/gr%C3%B6%C3%9Fe%2F..%zz?connect_error=access_denied",
        ),
        (
            RedirectTo::new("/user@evil.example:80//a;b=c"),
            "/user@evil.example:80//a;b=c?connect_error=access_denied",
        ),
        (
            RedirectTo::new("/.garage/...?a=../..#.."),
            "/.garage/...?a=../..&connect_error=access_denied#..",
        ),
        (
            RedirectTo::new("/https://evil.example"),
            "/https://evil.example?connect_error=access_denied",
        ),
        (
            RedirectTo::new("/garage").with_parameter("wér +"),
            "/garage?w%C3%A9r%20%2B=access_denied",
        ),
        (
            RedirectTo::new("/garage?back=//evil.example"),
            "/garage?back=//evil.example&connect_error=access_denied",
        ),
        (
            RedirectTo::new("/garage").with_parameter("why"),
            "/garage?why=access_denied",
        ),
        (
            RedirectTo::new("/garage").with_parameter("a&b=c"),
            "/garage?a%26b%3Dc=access_denied",
        ),
        (
            RedirectTo::new("/garage?tab=cars").without_parameter(),
            "/garage?tab=cars",
        ),
    ];
    for (redirect, expected) in cases {
        let response = respond(&redirect, error("error=access_denied"));
        assert_eq!(location(&response), expected, "{redirect:?}");
    }
}

#[test]
fn a_malformed_target_or_one_on_another_site_is_rejected() {
    type Build = fn(&str);
    let builders: [(&str, Build); 3] = [
        ("new", |target| drop(RedirectTo::new(target))),
        ("for_code", |target| {
            drop(RedirectTo::new("/").for_code(ErrorCode::Unknown, target))
        }),
        ("page", |target| drop(ErrorPage::new(target))),
    ];
    for &(target, reason) in REJECTED_TARGETS {
        for (builder, build) in builders {
            let panic = catch_unwind(|| build(target)).expect_err(&format!("{builder} {target:?}"));
            let message = panic.downcast_ref::<String>().expect("a text");
            assert!(message.contains(reason), "{builder} {target:?}: {message}");
        }
    }
}

#[test]
fn a_target_that_already_has_the_parameter_is_rejected_in_any_call_order() {
    type Build = fn() -> RedirectTo;
    const CODE: ErrorCode = ErrorCode::Unknown;
    let rejected: [(&str, Build); 9] = [
        ("new", || RedirectTo::new("/a?connect_error=1")),
        ("new, without a value", || {
            RedirectTo::new("/a?connect_error")
        }),
        ("new, among others", || {
            RedirectTo::new("/a?tab=cars&connect_error=#top")
        }),
        ("new, encoded", || RedirectTo::new("/a?connect%5Ferror=1")),
        ("for_code", || {
            RedirectTo::new("/a").for_code(CODE, "/b?connect_error=1")
        }),
        ("with_parameter, then for_code", || {
            RedirectTo::new("/a")
                .with_parameter("why")
                .for_code(CODE, "/b?why=1")
        }),
        ("new, then with_parameter", || {
            RedirectTo::new("/a?why=1").with_parameter("why")
        }),
        ("for_code, then with_parameter", || {
            RedirectTo::new("/a")
                .for_code(CODE, "/b?why=1")
                .with_parameter("why")
        }),
        ("without_parameter, then with_parameter", || {
            RedirectTo::new("/a")
                .without_parameter()
                .for_code(CODE, "/b?why=1")
                .with_parameter("why")
        }),
    ];
    for (case, build) in rejected {
        let panic = catch_unwind(build).expect_err(case);
        let message = panic.downcast_ref::<String>().expect("a text");
        assert!(
            message.contains("rename one of the two"),
            "{case}: {message}"
        );
    }

    let taken: [(&str, Build, &str); 4] = [
        (
            "another name",
            || RedirectTo::new("/a?connect_errors=1"),
            "/a?connect_errors=1&connect_error=unknown",
        ),
        (
            "a value",
            || RedirectTo::new("/a?tab=connect_error"),
            "/a?tab=connect_error&connect_error=unknown",
        ),
        (
            "renamed before",
            || {
                RedirectTo::new("/a")
                    .with_parameter("why")
                    .for_code(CODE, "/b?connect_error=1")
            },
            "/b?connect_error=1&why=unknown",
        ),
        (
            "dropped before",
            || {
                RedirectTo::new("/a")
                    .without_parameter()
                    .for_code(CODE, "/b?connect_error=1")
            },
            "/b?connect_error=1",
        ),
    ];
    for (case, build, expected) in taken {
        let response = respond(&build(), error("error=brand_new_code"));
        assert_eq!(location(&response), expected, "{case}");
    }
}

#[test]
fn a_parameter_of_connect_is_rejected_as_the_name() {
    for name in NAMES.into_iter().chain([""]) {
        let rejected = catch_unwind(|| RedirectTo::new("/").with_parameter(name));
        assert!(rejected.is_err(), "{name:?}");
    }
}

proptest! {
    /// By the URL standard's parser, for pages at any address.
    #[test]
    fn every_accepted_target_stays_on_the_site(
        target in "/{1,2}[a/.?#%2eé@:\\[\\]\\\\\t\n\"<>{|}^`'&=+ -]{0,12}",
    ) {
        let Ok(redirect) = catch_unwind(|| RedirectTo::new(&target)) else {
            return Ok(());
        };
        let page = Url::parse("https://app.example/a/b?c#d").unwrap();
        let without = respond(&redirect.clone().without_parameter(), error("error=access_denied"));
        for (case, response) in [
            ("parameter", respond(&redirect, error("error=access_denied"))),
            ("bare", without),
        ] {
            let location = location(&response);
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{case}: {location}");
            let url = page.join(location).unwrap();
            prop_assert_eq!(url.origin(), page.origin(), "{}: {}", case, location);
            let expected = page.join(&target).unwrap();
            prop_assert_eq!(
                percent_decode_str(url.path()).collect::<Vec<_>>(),
                percent_decode_str(expected.path()).collect::<Vec<_>>(),
                "{}: {}", case, location
            );
            let parameters: Vec<_> = url.query_pairs().collect();
            let mut wanted: Vec<_> = expected.query_pairs().collect();
            if case == "parameter" {
                wanted.push(("connect_error".into(), "access_denied".into()));
            }
            prop_assert_eq!(parameters, wanted, "{}: {}", case, location);
        }
    }
}
