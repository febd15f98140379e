//! `RedirectTo`: its parameters, and the targets that it rejects.

use std::panic::catch_unwind;

use http::header::LOCATION;
use http::{HeaderMap, Response, StatusCode};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use tower_smartcar_connect::responses::{ErrorPage, PopupMessage, RedirectTo};
use tower_smartcar_connect::{ErrorCode, RejectionReason};
use url::Url;

use super::{error, handle, parse, rejected, respond, respond_to_success, text};
use crate::support::parameters::NAMES;

/// Invalid targets, and a part of the message about each.
const REJECTED_TARGETS: &[(&str, &str)] = &[
    ("", "begin with `/`"),
    ("garage", "begin with `/`"),
    ("https://evil.example/", "begin with `/`"),
    ("javascript:evil()", "begin with `/`"),
    (" /garage", "begin with `/`"),
    ("\t//evil.example", "begin with `/`"),
    ("／evil.example", "begin with `/`"),
    ("//evil.example", "another host"),
    ("//user:password@evil.example:8443/", "another host"),
    ("//%65vil.example", "another host"),
    ("/\\evil.example", "another host"),
    ("/\t\n\r/evil.example", "another host"),
    ("/.//evil.example", "`.` or `..`"),
    ("/garage/..//evil.example", "`.` or `..`"),
    ("/%2E%2e//evil.example", "`.` or `..`"),
    ("/a/../garage", "write the resolved path"),
    ("/gar age", "percent-encode"),
    ("/garage\r\nSet-Cookie: evil=1", "percent-encode"),
    ("/garage?back=\\evil.example", "percent-encode"),
    ("/garage\u{7f}", "percent-encode"),
    ("/garage\u{85}", "percent-encode"),
    ("/callback?c%6fde=1#top", "loop"),
    ("/callback?error=access_denied", "loop"),
];

fn location(response: &Response<String>) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert!(response.body().is_empty());
    response.headers()[LOCATION].to_str().unwrap()
}

/// Returns the `Location` after `access_denied`.
fn after_error(redirect: &RedirectTo) -> String {
    location(&respond(redirect, error("error=access_denied"))).to_owned()
}

/// Returns the message of the panic.
fn panic_of(case: &str, build: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(build).expect_err(case);
    panic.downcast_ref::<String>().expect("a text").clone()
}

#[test]
fn a_redirect_after_a_success_says_connected() {
    let origin = || "https://app.example.com:8443".parse().unwrap();
    for (redirect, expected) in [
        (RedirectTo::new("/garage"), "/garage?connected=1"),
        (
            RedirectTo::new("/garage?tab=cars").with_parameter("why"),
            "/garage?tab=cars&connected=1",
        ),
        (
            RedirectTo::new("/garage#cars").at(origin()),
            "https://app.example.com:8443/garage?connected=1#cars",
        ),
        (RedirectTo::new("/garage").without_parameter(), "/garage"),
    ] {
        let response = respond_to_success(&redirect, "code=90abecb6&state=0facda3319");
        assert_eq!(location(&response), expected, "{redirect:?}");
    }
}

#[test]
fn the_target_can_depend_on_the_code() {
    let redirect = RedirectTo::new("/garage")
        .for_code(ErrorCode::VehicleIncompatible, "/never")
        .for_code(ErrorCode::VehicleIncompatible, "/waitlist")
        .for_code(ErrorCode::Unknown, "/support");
    for (query, expected) in [
        ("error=access_denied", "/garage?connect_error=access_denied"),
        (
            "error=vehicle_incompatible",
            "/waitlist?connect_error=vehicle_incompatible",
        ),
        ("error=brand_new_code", "/support?connect_error=unknown"),
    ] {
        assert_eq!(
            location(&respond(&redirect, error(query))),
            expected,
            "{query}"
        );
        let elsewhere = redirect
            .clone()
            .at("https://app.example.com".parse().unwrap());
        let expected = format!("https://app.example.com{expected}");
        assert_eq!(
            location(&respond(&elsewhere, error(query))),
            expected,
            "{query}"
        );
    }
}

#[test]
fn the_parameter_is_added_to_the_query_and_can_be_renamed_or_omitted() {
    for (target, expected) in [
        ("/", "/?_"),
        ("/garage?tab=cars", "/garage?tab=cars&_"),
        ("/garage#cars", "/garage?_#cars"),
        ("/garage?#", "/garage?_#"),
        (
            "/／evil.example?é#é",
            "/%EF%BC%8Fevil.example?%C3%A9&_#%C3%A9",
        ),
        ("/\"<>`{|}^?\"#\"", "/%22%3C%3E%60%7B%7C%7D%5E?%22&_#%22"),
        ("/gr%C3%B6%C3%9Fe%2F..%zz", "/gr%C3%B6%C3%9Fe%2F..%zz?_"),
        (
            "/user@evil.example:80//a;b=c",
            "/user@evil.example:80//a;b=c?_",
        ),
        ("/.garage/...?a=../..#..", "/.garage/...?a=../..&_#.."),
        ("/https://evil.example", "/https://evil.example?_"),
    ] {
        let redirect = RedirectTo::new(target);
        let expected_default = expected.replace('_', "connect_error=access_denied");
        assert_eq!(after_error(&redirect), expected_default, "{target}");
        let renamed = redirect.clone().with_parameter("wér +&=");
        let expected_renamed = expected.replace('_', "w%C3%A9r%20%2B%26%3D=access_denied");
        assert_eq!(after_error(&renamed), expected_renamed, "{target}");
    }
    let bare = RedirectTo::new("/garage?tab=cars").without_parameter();
    assert_eq!(after_error(&bare), "/garage?tab=cars");
}

#[test]
fn a_redirect_to_the_path_that_was_asked_for_is_a_page_instead() {
    let redirect = RedirectTo::new("/callback?tab=cars").for_code(ErrorCode::Unknown, "/support");
    let elsewhere = redirect
        .clone()
        .at("https://app.example.com".parse().unwrap());
    let access_denied = || error("error=access_denied");
    let no_outcome = || rejected(RejectionReason::NoOutcome);
    let there = "/callback?tab=cars";
    for (case, redirect, failure, target, status) in [
        ("same path", &redirect, access_denied(), there, 422),
        ("other path", &redirect, access_denied(), "/other", 303),
        ("other target", &redirect, error("error=new"), there, 303),
        ("other origin", &elsewhere, access_denied(), there, 303),
        ("no outcome", &redirect, no_outcome(), there, 400),
        ("slash", &redirect, no_outcome(), "/callback/", 400),
        (
            "no outcome, other origin",
            &elsewhere,
            no_outcome(),
            there,
            400,
        ),
        (
            "no outcome, other path",
            &redirect,
            no_outcome(),
            "/other",
            303,
        ),
    ] {
        let response = handle(redirect, failure, target, &HeaderMap::new());
        assert_eq!(response.status(), status, "{case}");
        if status != 303 {
            assert_eq!(response.headers().get(LOCATION), None, "{case}");
            assert!(!text(&parse(&response, case), "h1").is_empty(), "{case}");
        }
    }
}

#[test]
fn a_malformed_target_or_one_on_another_site_is_rejected() {
    type Build = fn(&str);
    let builders: [(&str, Build); 4] = [
        ("new", |target| drop(RedirectTo::new(target))),
        ("for_code", |target| {
            drop(RedirectTo::new("/").for_code(ErrorCode::Unknown, target))
        }),
        ("page", |target| drop(ErrorPage::new(target))),
        ("popup", |target| {
            drop(PopupMessage::to_same_origin().with_link(target))
        }),
    ];
    for &(target, reason) in REJECTED_TARGETS {
        for (builder, build) in builders {
            let message = panic_of(&format!("{builder} {target:?}"), || build(target));
            assert!(message.contains(reason), "{builder} {target:?}: {message}");
        }
    }
}

#[test]
fn a_target_that_already_has_a_parameter_of_the_redirect_is_rejected_in_any_call_order() {
    type Build = fn() -> RedirectTo;
    const CODE: ErrorCode = ErrorCode::Unknown;
    let rejected: [Build; 8] = [
        || RedirectTo::new("/a?connect_error=1"),
        || RedirectTo::new("/a?tab=cars&connect_error#top"),
        || RedirectTo::new("/a?connect%5Ferror=1"),
        || RedirectTo::new("/a?connected=yes"),
        || RedirectTo::new("/a").for_code(CODE, "/b?connect_error=1"),
        || {
            RedirectTo::new("/a")
                .with_parameter("why")
                .for_code(CODE, "/b?why=1")
        },
        || RedirectTo::new("/a?why=1").with_parameter("why"),
        || {
            RedirectTo::new("/a")
                .for_code(CODE, "/b?why=1")
                .with_parameter("why")
        },
    ];
    for (number, build) in rejected.into_iter().enumerate() {
        let message = panic_of(&number.to_string(), || drop(build()));
        assert!(
            message.contains("rename one of the two"),
            "{number}: {message}"
        );
    }

    let free: [Build; 4] = [
        || RedirectTo::new("/a?connect_errors=1"),
        || RedirectTo::new("/a?tab=connect_error"),
        || {
            RedirectTo::new("/a")
                .without_parameter()
                .for_code(CODE, "/b?connect_error=1")
        },
        || {
            RedirectTo::new("/a")
                .with_parameter("why")
                .for_code(CODE, "/b?connect_error=1")
        },
    ];
    for build in free {
        drop(build());
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
        for (case, redirect) in [
            ("parameter", redirect.clone()),
            ("bare", redirect.clone().without_parameter()),
            ("origin", redirect.at("https://app.example".parse().unwrap())),
        ] {
            let location = after_error(&redirect);
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{case}: {location}");
            let url = page.join(&location).unwrap();
            prop_assert_eq!(url.origin(), page.origin(), "{}: {}", case, location);
            let expected = page.join(&target).unwrap();
            prop_assert_eq!(
                percent_decode_str(url.path()).collect::<Vec<_>>(),
                percent_decode_str(expected.path()).collect::<Vec<_>>(),
                "{}: {}", case, location
            );
            let parameters: Vec<_> = url.query_pairs().collect();
            let mut wanted: Vec<_> = expected.query_pairs().collect();
            if case != "bare" {
                wanted.push(("connect_error".into(), "access_denied".into()));
            }
            prop_assert_eq!(parameters, wanted, "{}: {}", case, location);
        }
    }
}
