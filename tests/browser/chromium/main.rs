//! The demo in a real Chromium: real redirects, cookies, popups, history and keys.
//!
//! Needs `chromium` and `chromedriver`. Without them, every test here is ignored, and a line says
//! so; with `REQUIRE_BROWSER=1` in the environment that is a failure.

mod browser;
mod expired;
mod flows;
mod opener;
mod pictures;
mod popup;
mod refusals;
mod site;

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
        refusals::a_form_of_another_site_begins_no_flow,
        expired::a_callback_that_comes_too_late_is_refused_with_a_page,
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
    let number = tests.len();
    let tests = tests.map(|test| test.with_ignored_flag(missing.is_some()));
    let conclusion = libtest_mimic::run(&arguments, tests.into_iter().chain(pictures).collect());
    if let Some(program) = missing {
        eprintln!(
            "SKIPPED: the {number} tests of the demo in a browser, because there is no `{program}` on this machine.\n\
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
