//! The simulator as a server: its responses, and its pages as a browser parses them.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt};
use tower_smartcar_connect::simulator::{Outcome, Simulator};

use crate::support::browser::{Browser, Initiator, serve};

const REDIRECT_URI: &str = "http://localhost:8000/callback";

const AUTHORIZE: &str = "/oauth/authorize";

/// The shortest request that gets a callback.
const CODE: &str = "/oauth/authorize?response_type=code&client_id=client-1";

/// A request with a state and a scope.
const REQUEST: &str = "/oauth/authorize?response_type=code&client_id=client-1&state=s-1&scope=required:read_vin+read_odometer";

/// A request that gets no callback.
const WITHOUT_CALLBACK: &str = "/oauth/authorize?response_type=none&client_id=client-1";

/// The query of a request for a known vehicle.
const VEHICLE: &str = "response_type=vehicle_id&client_id=client-1&vehicle_id=v-1&redirect_uri=http://localhost:8000/callback";

fn simulator() -> Simulator {
    Simulator::new("client-1", [REDIRECT_URI]).unwrap()
}

async fn send(method: &str, target: &str) -> Response<String> {
    let request = Request::builder()
        .method(method)
        .uri(target)
        .body(Body::empty())
        .unwrap();
    let Ok(response) = simulator().oneshot(request).await;
    response
}

async fn get(target: &str) -> Response<String> {
    send("GET", target).await
}

fn select<'h>(html: &'h Html, selector: &str) -> Vec<ElementRef<'h>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element
        .text()
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the addresses of the links on a page at `base`.
fn links(base: &str, html: &Html) -> Vec<String> {
    let base: url::Url = base.parse().unwrap();
    let links = select(html, "a").into_iter();
    links
        .map(|link| base.join(link.attr("href").unwrap()).unwrap().to_string())
        .collect()
}

/// Returns one response of each kind that is a page.
async fn pages() -> [(&'static str, Response<String>); 9] {
    [
        ("flow", get(REQUEST).await),
        ("flow without a callback", get(WITHOUT_CALLBACK).await),
        (
            "re-authentication",
            get(&format!("/oauth/reauthenticate?{VEHICLE}")).await,
        ),
        (
            "battery size",
            get(&format!("/battery-capacity?{VEHICLE}")).await,
        ),
        (
            "no callback",
            get(&format!("{WITHOUT_CALLBACK}&simulated_outcome=user_id")).await,
        ),
        (
            "rejected",
            get(&format!("{AUTHORIZE}?client_id=client-2")).await,
        ),
        ("not found", get("/").await),
        (
            "unknown outcome",
            get(&format!("{REQUEST}&simulated_outcome=none")).await,
        ),
        ("wrong method", send("POST", REQUEST).await),
    ]
}

#[tokio::test]
async fn each_address_of_connect_has_a_page_and_other_paths_are_not_found() {
    let code = "response_type=code&client_id=client-1";
    let cases = [
        ("/oauth/authorize", code, StatusCode::OK),
        ("/simulator/oauth/authorize", code, StatusCode::OK),
        ("/oauth/reauthenticate", VEHICLE, StatusCode::OK),
        ("/battery-capacity", VEHICLE, StatusCode::OK),
        ("/oauth/authorize", VEHICLE, StatusCode::BAD_REQUEST),
        ("/battery-capacity", code, StatusCode::BAD_REQUEST),
        ("/", code, StatusCode::NOT_FOUND),
        ("/oauth/token", code, StatusCode::NOT_FOUND),
        ("/oauth/authorize/", code, StatusCode::NOT_FOUND),
        ("*", "", StatusCode::NOT_FOUND),
    ];
    for (path, query, expected) in cases {
        let target = match query {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        };
        let response = get(&target).await;
        assert_eq!(response.status(), expected, "{target}");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "text/html; charset=utf-8",
            "{target}"
        );
        if expected == StatusCode::NOT_FOUND {
            let html = Html::parse_document(response.body());
            let paths: Vec<_> = select(&html, "dt code").into_iter().map(text).collect();
            assert_eq!(
                paths,
                [
                    "/oauth/authorize",
                    "/oauth/reauthenticate",
                    "/battery-capacity"
                ],
                "{target}"
            );
        }
    }
}

#[tokio::test]
async fn without_a_redirect_uri_the_page_says_that_there_is_no_callback() {
    let html = Html::parse_document(get(WITHOUT_CALLBACK).await.body());
    let links = links("http://127.0.0.1:8000/oauth/authorize", &html);
    assert!(links.len() > Outcome::all().len());
    for link in links {
        let response = get(&link).await;
        assert_eq!(response.status(), StatusCode::OK, "{link}");
        assert!(!response.headers().contains_key(LOCATION), "{link}");
        let html = Html::parse_document(response.body());
        assert_eq!(text(select(&html, "h1")[0]), "No callback", "{link}");
        assert!(select(&html, "a").is_empty(), "{link}");
        let outcome = text(select(&html, ".lead code")[0]);
        assert!(
            link.ends_with(&format!("&simulated_outcome={outcome}")),
            "{link}"
        );
    }
}

#[tokio::test]
async fn the_page_has_a_working_link_to_every_outcome_in_every_spelling() {
    let bytes: String = (0..=255).map(|byte| format!("%{byte:02X}")).collect();
    let cases = [
        REQUEST,
        &format!("{REQUEST}&simulated_outcome="),
        &format!("{REQUEST}&&simulated%5Foutcome&mode=&ref=1&ref=2&"),
        &format!("{CODE}&external_id=e+1&state={bytes}"),
        &format!("/oauth/reauthenticate?{VEHICLE}&state={bytes}"),
        &format!("/battery-capacity?{VEHICLE}&token=t-1"),
        &longest_request_with_a_page().await,
    ];
    for target in cases {
        assert_links_to_every_outcome(target).await;
    }
}

/// Asserts that the page of this request links to every outcome in every spelling.
async fn assert_links_to_every_outcome(target: &str) {
    let response = get(target).await;
    assert_eq!(response.status(), StatusCode::OK, "{target}");
    let html = Html::parse_document(response.body());
    let (path, _) = target.split_once('?').unwrap();
    let links = links(&format!("http://127.0.0.1:8000{path}"), &html);
    let request = simulator().authorize(&target.parse().unwrap()).unwrap();

    let mut locations = BTreeSet::new();
    for link in links {
        let response = get(&link).await;
        assert_eq!(response.status(), StatusCode::FOUND, "{link}");
        assert!(response.body().is_empty(), "{link}");
        assert!(
            locations.insert(response.headers()[LOCATION].to_str().unwrap().to_owned()),
            "{link}"
        );
    }
    let outcomes = Outcome::all()
        .into_iter()
        .flat_map(|outcome| outcome.spellings());
    let expected: BTreeSet<_> = outcomes
        .map(|outcome| request.redirect(&outcome).to_string())
        .collect();
    assert_eq!(locations, expected, "{target}");
}

/// Returns a request so long that the longest link on its page just fits into the query limit.
async fn longest_request_with_a_page() -> String {
    let html = Html::parse_document(get(REQUEST).await.body());
    let links = select(&html, "a").into_iter();
    let longest = links
        .map(|link| link.attr("href").unwrap().len() - "?".len())
        .max();
    REQUEST.replace(
        "s-1",
        &format!("s-1{}", "x".repeat(8192 - longest.unwrap())),
    )
}

#[tokio::test]
async fn a_request_too_long_for_the_links_of_its_page_is_rejected() {
    let longest = longest_request_with_a_page().await;
    let response = get(&format!("{longest}x")).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let html = Html::parse_document(response.body());
    assert!(select(&html, "a").is_empty());
    assert!(text(select(&html, "main .lead")[0]).contains("no room for the name of an outcome"));
    let ended = get(&format!("{longest}x&simulated_outcome=user_id")).await;
    assert_eq!(ended.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn a_page_has_at_most_a_megabyte() {
    let longest = longest_request_with_a_page().await;
    assert!(get(&longest).await.body().len() < 1_000_000);
    let filling = longest.rfind("s-1").unwrap() + "s-1".len()..longest.rfind("&scope").unwrap();
    for text in ["&", "'", "%", "+", "=", "ü", "%3C", "&ref=1"] {
        // A third still fits when each byte is percent-encoded.
        for length in [filling.len(), filling.len() / 3] {
            let mut target = longest.clone();
            target.replace_range(filling.clone(), &text.repeat(length / text.len()));
            let page = get(&target).await.into_body();
            assert!(
                page.len() < 1_000_000,
                "{} bytes for {length} of {text}",
                page.len()
            );
        }
    }
}

#[tokio::test]
async fn a_request_with_an_outcome_is_redirected_without_a_page() {
    let cases = [
        (
            "user_id",
            "?user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=s-1",
        ),
        (
            "oem_cancelled_login",
            "?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM&state=s-1",
        ),
        (
            "server_error.without_state",
            "?error=server_error&error_description=Unexpected%20server%20error.%20Please%20try%20again.",
        ),
    ];
    for (name, expected) in cases {
        let response = get(&format!("{REQUEST}&simulated_outcome={name}")).await;
        assert_eq!(response.status(), StatusCode::FOUND, "{name}");
        assert_eq!(
            response.headers()[LOCATION],
            format!("{REDIRECT_URI}{expected}"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_untrusted_request_gets_an_error_page_and_no_redirect() {
    let cases = [
        ("", "application_id"),
        ("response_type=code", "application_id"),
        ("response_type=code&client_id=client-2", "application_id"),
        (
            "response_type=code&client_id=client-1&redirect_uri=http://evil.example",
            "redirect_uri",
        ),
        (
            "response_type=code&client_id=client-1&redirect_uri=http://localhost:8000/callback/",
            "redirect_uri",
        ),
        ("client_id=client-1", "response_type"),
        ("response_type=token&client_id=client-1", "response_type"),
        (
            "response_type=code&client_id=client-1&state=1&state=2",
            "state",
        ),
        (
            "response_type=code&client_id=client-1&mode=production",
            "mode",
        ),
        (
            "response_type=code&client_id=client-1&simulated_outcome=nothing",
            "simulated_outcome",
        ),
    ];
    for (query, named) in cases {
        for suffix in ["", "&simulated_outcome=access_denied"] {
            if named == "simulated_outcome" && !suffix.is_empty() {
                continue;
            }
            let response = get(&format!("{AUTHORIZE}?{query}{suffix}")).await;
            assert_eq!(
                response.status(),
                StatusCode::BAD_REQUEST,
                "{query}{suffix}"
            );
            assert!(
                !response.headers().contains_key(LOCATION),
                "{query}{suffix}"
            );
            let html = Html::parse_document(response.body());
            assert_eq!(
                text(select(&html, "strong code")[0]),
                named,
                "{query}{suffix}"
            );
            assert!(
                select(&html, "a, form, meta[http-equiv]").is_empty(),
                "{query}{suffix}"
            );
        }
    }
}

#[tokio::test]
async fn methods_other_than_get_and_head_are_rejected() {
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let response = send(method, &format!("{REQUEST}&simulated_outcome=user_id")).await;
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{method}"
        );
        assert_eq!(response.headers()[ALLOW], "GET, HEAD", "{method}");
        assert!(!response.headers().contains_key(LOCATION), "{method}");
    }
    assert_eq!(send("HEAD", REQUEST).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn every_response_has_security_headers() {
    let redirect = (
        "redirect",
        get(&format!("{REQUEST}&simulated_outcome=user_id")).await,
    );
    for (case, response) in pages().await.into_iter().chain([redirect]) {
        let headers = response.headers();
        assert_eq!(headers[CACHE_CONTROL], "no-store", "{case}");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{case}");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{case}");
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        for directive in [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|other| other == directive),
                "{directive} in {case}"
            );
        }
        assert!(!policy.contains("unsafe"), "{case}");
    }
}

#[tokio::test]
async fn the_policy_allows_only_the_style_of_the_page() {
    for (case, response) in pages().await {
        let html = Html::parse_document(response.body());
        let styles = select(&html, "style");
        assert_eq!(styles.len(), 1, "{case}");
        let hash = BASE64_STANDARD.encode(Sha256::digest(styles[0].text().collect::<String>()));
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        let allowed = policy
            .split("; ")
            .find(|directive| directive.starts_with("style-src"));
        assert_eq!(
            allowed.unwrap(),
            format!("style-src 'sha256-{hash}'"),
            "{case}"
        );
        let barred =
            "script, link, img, iframe, object, embed, base, form, svg, [style], meta[http-equiv]";
        assert!(select(&html, barred).is_empty(), "{case}");
    }
}

#[tokio::test]
async fn every_page_starts_with_a_note_that_it_is_a_simulation() {
    for (case, response) in pages().await {
        let html = Html::parse_document(response.body());
        assert!(
            text(select(&html, "title")[0]).ends_with("Simulator, not Smartcar"),
            "{case}"
        );
        let first = ElementRef::wrap(select(&html, "body")[0].first_child().unwrap()).unwrap();
        assert_eq!(first.value().name(), "header", "{case}");
        assert!(
            text(first).starts_with("Simulator. This is not Smartcar."),
            "{case}"
        );
    }
}

#[tokio::test]
async fn every_page_is_accessible() {
    for (case, response) in pages().await {
        assert!(response.body().starts_with("<!DOCTYPE html>"), "{case}");
        let html = Html::parse_document(response.body());
        assert!(html.errors.is_empty(), "{case}: {:?}", html.errors);
        assert_eq!(select(&html, "html")[0].attr("lang"), Some("en"), "{case}");
        assert_eq!(select(&html, "h1").len(), 1, "{case}");
        assert_eq!(select(&html, "main").len(), 1, "{case}");
        let viewport = select(&html, "meta[name=viewport]")[0]
            .attr("content")
            .unwrap();
        assert_eq!(viewport, "width=device-width, initial-scale=1", "{case}");

        let ids: Vec<_> = select(&html, "[id]")
            .into_iter()
            .filter_map(|element| element.attr("id"))
            .collect();
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{case}"
        );
        for section in select(&html, "section") {
            let label = section.attr("aria-labelledby").expect(case);
            assert!(ids.contains(&label), "{case} {label}");
        }
        // Links and `details` elements can be operated with a keyboard, and the page has no other
        // controls.
        assert!(
            select(&html, "[tabindex], [onclick], button, input, a:not([href])").is_empty(),
            "{case}"
        );
        for details in select(&html, "details") {
            let summary = ElementRef::wrap(details.first_child().unwrap()).unwrap();
            assert_eq!(summary.value().name(), "summary", "{case}");
        }
        let names: Vec<_> = select(&html, "a, summary").into_iter().map(text).collect();
        assert!(names.iter().all(|name| !name.is_empty()), "{case}");
        assert_eq!(
            names.iter().collect::<BTreeSet<_>>().len(),
            names.len(),
            "{case}: {names:?}"
        );

        let style = select(&html, "style")[0].inner_html();
        assert!(
            style.contains(":focus-visible") && !style.contains("outline: none"),
            "{case}"
        );
        assert!(style.contains("prefers-color-scheme: dark"), "{case}");
    }
    let html = get(REQUEST).await.into_body();
    let steps: Vec<_> = select(&Html::parse_document(&html), "h2")
        .into_iter()
        .map(text)
        .collect();
    let expected = [
        "Choose the brand",
        "Log in with the manufacturer",
        "Grant the permissions",
        "On any page",
        "Other outcomes",
    ];
    assert_eq!(steps, expected);
}

#[tokio::test]
async fn every_outcome_is_on_one_step_of_the_flow_with_its_own_text() {
    let html = Html::parse_document(get(REQUEST).await.body());
    let mut ends = Vec::new();
    for step in select(&html, "section") {
        let title = text(step.select(&Selector::parse("h2").unwrap()).next().unwrap());
        for end in step.select(&Selector::parse("a.end").unwrap()) {
            let [action, name] = [".action", "code"].map(|part| {
                let part = Selector::parse(part).unwrap();
                text(end.select(&part).next().unwrap())
            });
            ends.push((name, title.clone(), action));
        }
    }
    let names: BTreeSet<_> = ends.iter().map(|(name, ..)| name.clone()).collect();
    let all = Outcome::all();
    assert_eq!(
        names,
        all.iter()
            .map(|outcome| outcome.name().to_owned())
            .collect()
    );
    assert_eq!(ends.len(), all.len(), "{ends:?}");
    let actions: BTreeSet<_> = ends.iter().map(|(.., action)| action).collect();
    assert_eq!(actions.len(), ends.len(), "{ends:?}");
    let cases = [
        (
            "authorization_code",
            "Grant the permissions",
            "Allow access",
        ),
        (
            "user_id",
            "Other outcomes",
            "Allow access, without a code exchange",
        ),
        ("access_denied", "Grant the permissions", "Decline"),
        (
            "oem_cancelled_login",
            "Log in with the manufacturer",
            "Leave the login page",
        ),
        (
            "vehicle_incompatible",
            "Choose the brand",
            "The vehicle is incompatible",
        ),
        (
            "vehicle_incompatible.with_vin_and_make",
            "Choose the brand",
            "The vehicle is incompatible, with VIN and make",
        ),
        (
            "server_error.without_state",
            "On any page",
            "Smartcar fails and loses the state",
        ),
        (
            "battery_capacity_no_selection",
            "Other outcomes",
            "Do not know the battery size",
        ),
        (
            "not_documented_yet",
            "On any page",
            "Fail with an undocumented error",
        ),
    ];
    for (name, step, action) in cases {
        let expected = (name.to_owned(), step.to_owned(), action.to_owned());
        assert!(ends.contains(&expected), "{expected:?} in {ends:?}");
    }
}

/// Returns the elements of a page with the names of their attributes, in order.
fn structure(html: &Html) -> Vec<String> {
    let elements = select(html, "*").into_iter();
    let described = elements.map(|element| {
        let attributes: Vec<_> = element.value().attrs().map(|(name, _)| name).collect();
        format!("{} {attributes:?}", element.value().name())
    });
    described.collect()
}

#[tokio::test]
async fn no_parameter_can_inject_markup() {
    let hostile = [
        "<script>alert(1)</script>",
        "\"><script>alert(1)</script>",
        "'><img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "</code></dd></style><svg onload=alert(1)>",
        "</title><script>alert(1)</script>",
        "javascript:alert(1)",
        "&lt;script&gt;",
        "<!--",
        "]]>",
        "\u{202e}\u{0}\u{8}\r\n<b>",
        "a <i>b</i> <i>c</i>",
    ];
    // These decide whether there is a flow at all. The others appear on the page or are ignored.
    let deciding = [
        "client_id",
        "application_id",
        "redirect_uri",
        "response_type",
        "mode",
        "single_select",
        "approval_prompt",
        "simulated_outcome",
    ];
    let shown = [
        "state",
        "scope",
        "user",
        "external_id",
        "make",
        "single_select_vin",
        "flags",
        "other",
    ];
    let page = |target: String| async move {
        let response = get(&target).await;
        let html = Html::parse_document(response.body());
        (response.status(), response.into_body(), html)
    };
    let flow = |text: &str| {
        let shown = shown.map(|name| format!("{name}={text}")).join("&");
        format!("{CODE}&{shown}")
    };
    let rejection = |name: &str, text: &str| {
        let required = ["client_id=client-1", "response_type=code"];
        let required = required
            .into_iter()
            .filter(|pair| !pair.starts_with(&format!("{name}=")));
        let query = required
            .map(str::to_owned)
            .chain([format!("{name}={text}")]);
        format!("{AUTHORIZE}?{}", query.collect::<Vec<_>>().join("&"))
    };
    for value in hostile {
        // One word per character, letters only, since a scope is shown word by word.
        let harmless = value.replace(|character: char| !character.is_whitespace(), "a");
        let harmless = utf8_percent_encode(&harmless, NON_ALPHANUMERIC).to_string();
        let text = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
        let mut cases = vec![(flow(&text), flow(&harmless), StatusCode::OK)];
        cases.extend(deciding.map(|name| {
            (
                rejection(name, &text),
                rejection(name, &harmless),
                StatusCode::BAD_REQUEST,
            )
        }));
        for (target, harmless, expected) in cases {
            let (status, body, html) = page(target.clone()).await;
            assert_eq!(status, expected, "{target}");
            assert_eq!(
                structure(&html),
                structure(&page(harmless).await.2),
                "{target}"
            );
            for link in select(&html, "a") {
                assert!(link.attr("href").unwrap().starts_with("?"), "{target}");
            }
            // An HTML parser would have replaced some of them.
            assert!(!body.contains(['\0', '\u{8}', '\u{202e}']), "{target}");
        }
    }
}

#[tokio::test]
async fn the_page_shows_the_parameters_of_the_request_truncated() {
    let long = "x".repeat(5000);
    let target = format!("{CODE}&user=u+7&state={long}&scope={}", "p+".repeat(100));
    let response = get(&target).await;
    let html = Html::parse_document(response.body());
    let shown: Vec<_> = select(&html, "dl div").into_iter().map(text).collect();
    assert!(shown.contains(&"useru 7".to_owned()), "{shown:?}");
    assert!(
        shown.contains(&format!("state{}…", &long[..256])),
        "{shown:?}"
    );
    assert_eq!(select(&html, ".permissions li").len(), 41);
    for element in select(&html, "dd, .permissions li, details code") {
        assert!(text(element).chars().count() <= 401, "{}", text(element));
    }
}

#[tokio::test]
async fn the_page_explains_parameters_that_skip_or_limit_steps() {
    let chosen = "The request has the make TESLA, so Connect skips this page.";
    let skipped = "The request has a VIN, so Connect skips this page.";
    let single = "The request has single_select=true, so the owner chooses one vehicle at most.";
    let no_other = "The request has a VIN, so Connect offers no other vehicle.";
    let (brand, permissions) = ("Choose the brand", "Grant the permissions");
    let cases = [
        ("", vec![]),
        ("make=", vec![]),
        ("make=TESLA", vec![(brand, chosen)]),
        (
            "single_select=false&single_select_vin=5YJSA1CN5DFP00101",
            vec![],
        ),
        ("single_select=true", vec![(permissions, single)]),
        (
            "single_select=true&make=TESLA",
            vec![(brand, chosen), (permissions, single)],
        ),
        (
            "single_select=true&single_select_vin=5YJSA1CN5DFP00101&make=TESLA",
            vec![(brand, skipped), (permissions, no_other)],
        ),
    ];
    for (query, expected) in cases {
        let html = Html::parse_document(get(&format!("{REQUEST}&{query}")).await.body());
        let notes = select(&html, ".step section > .note")
            .into_iter()
            .map(|note| {
                let section = ElementRef::wrap(note.parent().unwrap()).unwrap();
                let title = section
                    .select(&Selector::parse("h2").unwrap())
                    .next()
                    .unwrap();
                (text(title), text(note))
            });
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(title, note)| (title.to_owned(), note.to_owned()))
            .collect();
        assert_eq!(notes.collect::<Vec<_>>(), expected, "{query}");
    }
}

#[tokio::test]
async fn outcomes_not_documented_for_a_request_are_listed_separately() {
    let codes = ["authorization_code", "authorization_code.with_virtual_key"];
    let battery = ["selected_capacity", "battery_capacity_no_selection"];
    let all_but = |expected: &[&str]| -> BTreeSet<String> {
        // If the request has no `state`, a redirect without it is the same outcome.
        let all = Outcome::all().into_iter().filter(Outcome::has_state);
        let names = all.map(|outcome| outcome.name().to_owned());
        names.filter(|name| !expected.contains(&&**name)).collect()
    };
    let names = |lists: &[&[&str]]| -> BTreeSet<String> {
        let names = lists.iter().flat_map(|list| list.iter());
        names.map(|name| (*name).to_owned()).collect()
    };
    let reauthenticate = format!("/oauth/reauthenticate?{VEHICLE}");
    let cases = [
        (REQUEST, names(&[&["user_id", "vehicle_id"], &battery])),
        (
            WITHOUT_CALLBACK,
            names(&[&["vehicle_id"], &codes, &battery]),
        ),
        (&reauthenticate, names(&[&["user_id"], &codes, &battery])),
        (
            &reauthenticate.replace("response_type=vehicle_id", "response_type=none"),
            names(&[&["user_id"], &codes, &battery]),
        ),
        (&format!("/battery-capacity?{VEHICLE}"), all_but(&battery)),
    ];
    for (target, expected) in cases {
        let html = Html::parse_document(get(target).await.body());
        let names = |selector| -> BTreeSet<String> {
            select(&html, selector).into_iter().map(text).collect()
        };
        assert_eq!(
            names("[aria-labelledby=Others] .end code"),
            expected,
            "{target}"
        );
        assert_eq!(
            names(".step .granted code"),
            names(".granted.expected code"),
            "{target}"
        );
    }
}

#[tokio::test]
async fn a_battery_size_flow_has_one_step() {
    let page = get(&format!("/battery-capacity?{VEHICLE}")).await;
    let html = Html::parse_document(page.body());
    let steps: Vec<_> = select(&html, ".step h2").into_iter().map(text).collect();
    assert_eq!(steps, ["Choose the battery size"]);
    let outcomes: Vec<_> = select(&html, ".step .end code")
        .into_iter()
        .map(text)
        .collect();
    assert_eq!(
        outcomes,
        ["selected_capacity", "battery_capacity_no_selection"]
    );
}

/// Completes a flow at the server at `address`, where the simulator is on `path`.
async fn assert_flow_passes(address: SocketAddr, path: &str) {
    let mut browser = Browser::on("http://127.0.0.1");
    let target = REQUEST.replace("/oauth/authorize", path);
    let page = browser
        .navigate(Initiator::OtherSite, "GET", (address, &target), "")
        .await;
    assert_eq!(page.status(), StatusCode::OK, "{path}");
    let base = format!("http://{address}{path}");
    let html = Html::parse_document(page.body());
    let link = links(&base, &html)
        .into_iter()
        .find(|link| link.ends_with("=access_denied"))
        .expect(path);
    let link: url::Url = link.parse().unwrap();
    assert_eq!(link.path(), path);
    let target = format!("{}?{}", link.path(), link.query().unwrap());
    let found = browser
        .navigate(Initiator::App, "GET", (address, &target), "")
        .await;
    assert_eq!(found.status(), StatusCode::FOUND, "{path}");
    let query =
        "error=access_denied&error_description=User+denied+access+to+application.&state=s-1";
    assert_eq!(
        found.headers()[LOCATION],
        format!("{REDIRECT_URI}?{query}"),
        "{path}"
    );
    let head = browser
        .navigate(Initiator::App, "HEAD", (address, &target), "")
        .await;
    assert_eq!(
        head.headers()[LOCATION],
        found.headers()[LOCATION],
        "{path}"
    );
}

#[tokio::test]
async fn it_serves_as_route_nest_and_fallback_of_an_axum_router() {
    let routers = [
        (
            "/oauth/authorize",
            Router::new().route_service("/oauth/authorize", simulator()),
        ),
        (
            "/connect/oauth/authorize",
            Router::new().nest_service("/connect", simulator()),
        ),
        (
            "/connect/oauth/authorize",
            Router::new().route_service("/connect/oauth/authorize", simulator()),
        ),
        (
            "/oauth/authorize",
            Router::new().fallback_service(simulator()),
        ),
    ];
    for (path, router) in routers {
        assert_flow_passes(serve(router).await, path).await;
    }
}

#[tokio::test]
async fn it_serves_on_hyper_without_a_framework() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(simulator());
            tokio::spawn(async move {
                auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await
            });
        }
    });
    assert_flow_passes(address, "/oauth/authorize").await;
}

#[test]
fn it_is_always_ready_responds_immediately_and_accepts_any_body() {
    struct NoBody;
    let mut service = simulator();
    let ready = ServiceExt::<Request<NoBody>>::ready(&mut service).now_or_never();
    assert!(matches!(ready, Some(Ok(_))));
    let request = Request::builder().uri(REQUEST).body(NoBody).unwrap();
    let Some(Ok(response)) = service.call(request).now_or_never() else {
        panic!("the response is not there");
    };
    assert_eq!(response.status(), StatusCode::OK);
}

#[cfg(feature = "state-cookie")]
#[tokio::test]
async fn a_state_cookie_verifies_every_outcome_of_its_own_flows() {
    use axum::Extension;
    use axum::http::HeaderMap;
    use axum::response::{IntoResponse, Redirect};
    use axum::routing::{get, post};
    use tower_smartcar_connect::state_cookie::{Key, StateCookie};
    use tower_smartcar_connect::{ConnectCallbackLayer, ConnectError, ConnectSuccess};

    let state_cookie = StateCookie::new(Key::from(&[7; 64])).plain_http_for_development();
    let layer = ConnectCallbackLayer::new("/callback").verify_state_with(state_cookie.clone());
    let connect = move |headers: HeaderMap| async move {
        let issued = state_cookie.issue(&headers, "/callback", "").unwrap();
        let address = format!("{CODE}&state={}", issued.state());
        let mut response = Redirect::to(&address).into_response();
        issued.add_to(response.headers_mut());
        response
    };
    let callback = |error: Option<Extension<ConnectError>>,
                    success: Option<Extension<ConnectSuccess>>| async move {
        match (error, success) {
            (Some(Extension(error)), None) => format!("{} {}", error.error(), error.is_verified()),
            (None, Some(Extension(success))) => format!("success {}", success.is_verified()),
            _ => "no callback".to_owned(),
        }
    };
    let app = Router::new()
        .route("/callback", get(callback))
        .layer(layer)
        .route("/connect", post(connect))
        .route_service("/oauth/authorize", simulator());
    let address = serve(app).await;

    for outcome in Outcome::all() {
        // A different host is a different site, so that `SameSite` applies.
        let (mut app, mut connect) = (
            Browser::on("http://localhost:8000"),
            Browser::on("http://127.0.0.1:8000"),
        );
        let started = app
            .navigate(Initiator::App, "POST", (address, "/connect"), "")
            .await;
        let target = format!(
            "{}&simulated_outcome={outcome}",
            started.headers()[LOCATION].to_str().unwrap()
        );
        let ended = connect
            .navigate(Initiator::OtherSite, "GET", (address, &target), "")
            .await;
        let location: axum::http::Uri =
            ended.headers()[LOCATION].to_str().unwrap().parse().unwrap();
        let target = location.path_and_query().unwrap().as_str();
        let response = app
            .navigate(Initiator::OtherSite, "GET", (address, target), "")
            .await;
        let error = outcome
            .parameters()
            .find_map(|(name, text)| (name == "error").then_some(text));
        if !outcome.has_state() {
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{outcome}");
        } else {
            assert_eq!(
                *response.body(),
                format!("{} true", error.unwrap_or("success")),
                "{outcome}"
            );
        }
    }
}
