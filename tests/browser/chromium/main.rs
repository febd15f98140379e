//! The demo, the garage and small apps in a real Chromium: real redirects, cookies, popups, history
//! and keys.
//!
//! Needs `chromium` and `chromedriver`. Without them, every test here is ignored, and the output
//! says so. With `REQUIRE_BROWSER=1` in the environment, that is a failure.
//!
//! The tests of accessibility also need axe-core: `npm install --prefix tests/browser`.

mod accessibility;
mod app;
mod browser;
mod connect_url;
mod cross_origin_opener;
mod demo_servers;
mod expired_state;
mod fetch;
mod flows;
mod garage;
mod popup;
mod rejections;
mod speculative_loading;

use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, LazyLock};

use libtest_mimic::{Arguments, Trial};

use self::browser::Driver;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each trial has its own browser.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let missing = ["chromium", "chromedriver"]
        .into_iter()
        .find(|program| !is_installed(program));
    let lacks_axe = accessibility::axe().is_none();
    // The first test starts it. A filter may select no test.
    let driver = Arc::new(LazyLock::new(|| Arc::new(Driver::start())));
    macro_rules! trials {
        ($($module:ident :: $name:ident),+ $(,)?) => {[$({
            let driver = driver.clone();
            let run = move || driver.run(|driver| async move { $module::$name(driver).await });
            Trial::test(concat!(stringify!($module), "::", stringify!($name)), move || Ok(run()))
        }),+]};
    }
    let tests = trials! {
        accessibility::no_page_breaks_a_rule_of_axe,
        accessibility::a_page_that_breaks_a_rule_is_found,
        speculative_loading::a_callback_that_is_loaded_in_advance_is_served_on_the_visit,
        flows::every_outcome_ends_on_the_page_of_the_app,
        flows::every_outcome_can_be_reached_with_the_keyboard_alone,
        flows::the_popup_can_be_used_with_the_keyboard_alone,
        flows::the_page_for_an_outcome_has_its_own_title_and_next_step,
        flows::without_javascript_everything_but_the_popup_works,
        flows::twenty_tabs_end_in_any_order,
        flows::over_tls_the_cookies_have_the_attributes_of_production,
        rejections::each_forged_callback_is_rejected_with_a_page,
        rejections::the_page_of_a_rejection_can_be_used_with_the_keyboard_alone,
        rejections::a_reloaded_callback_is_rejected,
        rejections::the_back_button_does_not_repeat_a_success,
        rejections::a_flow_that_starts_on_another_host_than_its_callback_is_rejected,
        rejections::a_form_on_another_site_starts_no_flow,
        garage::an_owner_connects_a_car_and_an_edited_callback_is_rejected,
        expired_state::an_expired_callback_is_rejected_with_a_page,
        connect_url::a_browser_parses_the_parameters_that_were_set,
        fetch::a_page_of_the_app_fetches_the_address_and_navigates_to_it,
        fetch::a_fetch_without_an_accept_header_gets_the_address_too,
        fetch::a_trusted_sister_origin_starts_flows,
        fetch::without_credentials_the_browser_drops_the_cookie,
        fetch::from_another_site_a_form_starts_flows_and_fetch_loses_the_cookie,
        fetch::an_untrusted_origin_starts_no_flow,
        popup::each_outcome_in_a_popup_ends_on_the_same_page_as_without_one,
        popup::only_the_message_of_the_last_popup_counts,
        popup::an_unexpected_message_is_ignored,
        popup::the_page_continues_if_the_popup_closes_without_a_message,
        popup::a_blocked_popup_is_explained,
        popup::a_popup_whose_flow_cannot_start_is_closed_and_explained,
        popup::the_message_arrives_with_each_documented_opener_policy,
        popup::with_the_opener_policy_same_origin_the_popup_shows_the_next_step,
        popup::without_an_opener_the_page_shows_the_next_step,
        popup::an_opener_of_another_origin_gets_no_message,
        cross_origin_opener::the_script_of_the_docs_hears_of_each_ending_from_one_origin,
        cross_origin_opener::the_message_arrives_at_the_configured_origin,
        cross_origin_opener::an_opener_on_another_origin_than_the_configured_one_gets_nothing,
        cross_origin_opener::the_message_is_sent_if_the_history_cannot_be_changed,
        cross_origin_opener::the_script_shows_texts_without_parsing_markup,
    };
    let tests = tests.into_iter().map(|test| {
        let needs_axe = test.name().starts_with("accessibility");
        test.with_ignored_flag(missing.is_some() || (needs_axe && lacks_axe))
    });
    let conclusion = libtest_mimic::run(&arguments, tests.collect());
    let mut skipped = Vec::new();
    if let Some(program) = missing {
        skipped.push(format!(
            "the tests in a browser, because there is no `{program}` on this machine.\n\
             To run them: apt-get install chromium chromium-driver, then cargo test --package browser"
        ));
    }
    if lacks_axe {
        skipped.push(
            "the tests of accessibility, because axe-core is not installed.\n\
             To run them: npm install --prefix tests/browser, then cargo test --package browser"
                .to_owned(),
        );
    }
    for skipped in &skipped {
        eprintln!("SKIPPED: {skipped}\n");
    }
    let is_required = env::var_os("REQUIRE_BROWSER").is_some_and(|required| !required.is_empty());
    if is_required && !skipped.is_empty() {
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
