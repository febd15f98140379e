//! The demo and small apps in a real Chromium: real redirects, cookies, popups, frames, service
//! workers, history and keys.
//!
//! Needs `chromium` and `chromedriver`. Without them, every test here is ignored, and a line says
//! so; with `REQUIRE_BROWSER=1` in the environment that is a failure.

mod addresses;
mod app;
mod browser;
mod expired;
mod fetch;
mod flows;
mod form_action;
mod frames;
mod libraries;
mod opener;
mod pictures;
mod popup;
mod refusals;
mod service_worker;
mod site;
mod speculation;

use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};

use self::browser::Driver;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each trial has a browser of its own.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let missing = ["chromium", "chromedriver"]
        .into_iter()
        .find(|program| !is_there(program));
    // The first test that runs starts it; there may be none.
    let driver = Arc::new(LazyLock::new(|| Arc::new(Driver::start())));
    macro_rules! trials {
        ($($module:ident :: $name:ident),+ $(,)?) => {[$({
            let driver = driver.clone();
            let run = move || driver.run(|driver| async move { $module::$name(driver).await });
            Trial::test(concat!(stringify!($module), "::", stringify!($name)), move || Ok(run()))
        }),+]};
    }
    let tests = trials! {
        speculation::a_callback_that_is_loaded_in_advance_is_served_when_it_is_visited,
        flows::every_outcome_ends_on_the_page_of_the_app,
        flows::every_outcome_can_be_reached_with_the_keyboard_alone,
        flows::the_popup_can_be_gone_through_with_the_keyboard_alone,
        flows::the_page_for_an_outcome_has_a_title_of_its_own_and_offers_what_can_help,
        flows::without_javascript_everything_but_the_popup_works,
        flows::twenty_tabs_end_in_any_order,
        flows::over_tls_the_cookies_are_those_of_production,
        refusals::each_forged_callback_is_refused_with_a_page,
        refusals::a_forged_callback_is_refused_with_the_keyboard_alone,
        refusals::a_callback_that_was_used_is_refused_when_it_is_reloaded,
        refusals::the_back_button_leads_to_no_second_success,
        refusals::a_flow_that_starts_on_another_host_than_it_ends_is_refused,
        refusals::a_form_of_another_site_begins_no_flow,
        expired::a_callback_that_comes_too_late_is_refused_with_a_page,
        addresses::a_browser_reads_what_was_set,
        form_action::under_a_policy_for_the_app_alone_the_button_does_nothing,
        form_action::under_a_policy_with_the_origin_of_connect_a_flow_starts,
        fetch::a_page_of_the_app_asks_for_json_and_goes_to_connect,
        fetch::a_fetch_that_does_not_ask_for_json_fails_at_the_redirect,
        fetch::a_sister_origin_that_is_trusted_starts_flows,
        fetch::without_credentials_the_browser_drops_the_cookie,
        fetch::from_another_site_a_form_starts_flows_and_fetch_loses_the_cookie,
        fetch::an_origin_that_is_not_trusted_starts_no_flow,
        frames::in_the_frame_itself_connect_is_blocked_and_the_cookie_is_dropped,
        frames::a_form_for_the_top_starts_a_flow,
        frames::a_form_for_a_window_of_its_own_starts_a_flow,
        frames::a_fetch_in_the_frame_loses_the_cookie_of_its_popup,
        frames::outside_of_a_frame_a_fetch_sends_its_popup_to_connect,
        service_worker::one_that_answers_each_navigation_swallows_the_button_and_the_callback,
        service_worker::one_that_leaves_both_paths_to_the_network_lets_a_flow_pass,
        service_worker::with_navigation_preload_the_callback_comes_twice_unless_its_response_is_used,
        popup::each_outcome_in_a_popup_ends_on_the_page_that_it_has_without_one,
        popup::the_message_is_of_the_last_popup_only,
        popup::a_message_that_the_page_did_not_ask_for_changes_nothing,
        popup::the_page_goes_on_when_the_popup_ends_without_a_message,
        popup::a_popup_that_is_blocked_is_explained,
        popup::a_popup_that_cannot_go_on_is_closed_and_explained,
        popup::the_message_arrives_under_each_opener_policy_that_the_documentation_allows,
        popup::under_the_opener_policy_same_origin_no_message_arrives_and_the_popup_says_what_to_do,
        popup::without_an_opener_the_page_says_what_to_do,
        popup::an_opener_of_another_origin_gets_no_message,
        opener::the_message_arrives_at_the_configured_origin,
        opener::an_opener_of_another_origin_than_the_configured_one_gets_nothing,
        opener::the_message_is_sent_where_the_history_cannot_be_tidied,
        opener::the_words_that_the_script_shows_are_text,
    };
    let pictures = trials! {
        flows::picture_for_the_readme,
        pictures::pictures_of_the_answers,
    };
    let pictures = pictures.map(|picture| picture.with_ignored_flag(true));
    let libraries = trials! {
        libraries::htmx_goes_to_connect,
        libraries::turbo_stays_unless_it_is_off_for_the_form,
    };
    let libraries = libraries.map(|library| library.with_ignored_flag(true));
    let number = tests.len();
    let tests = tests.map(|test| test.with_ignored_flag(missing.is_some()));
    let all = tests.into_iter().chain(pictures).chain(libraries);
    let conclusion = libtest_mimic::run(&arguments, all.collect());
    if let Some(program) = missing {
        eprintln!(
            "SKIPPED: the {number} tests in a browser, because there is no `{program}` on this machine.\n\
             To run them: apt-get install chromium chromium-driver, then cargo test --package browser\n"
        );
        if env::var_os("REQUIRE_BROWSER").is_some_and(|required| !required.is_empty()) {
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
