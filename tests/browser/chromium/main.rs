//! The demo and small apps in a real Chromium: real redirects, cookies, popups, history and keys.

mod accessibility;
mod app;
mod connect_url;
mod cross_origin_opener;
mod demo_servers;
mod expired_state;
mod fetch;
mod flows;
mod popup;
mod rejections;
mod speculative_loading;

use std::process::ExitCode;

fn main() -> ExitCode {
    browser::run(browser::trials! {
        accessibility::no_page_breaks_a_rule_of_axe,
        accessibility::axe_finds_a_page_that_breaks_a_rule,
        speculative_loading::a_callback_that_is_loaded_in_advance_is_served_on_the_visit,
        flows::every_outcome_ends_on_the_page_of_the_app,
        flows::each_kind_of_outcome_can_be_reached_with_the_keyboard_alone,
        flows::the_popup_can_be_used_with_the_keyboard_alone,
        flows::the_page_for_an_outcome_has_its_own_title_and_next_step,
        flows::without_javascript_everything_but_the_popup_works,
        flows::tabs_end_in_any_order,
        flows::over_tls_the_cookies_have_the_attributes_of_production,
        rejections::each_forged_callback_is_rejected_with_a_page,
        rejections::the_page_of_a_rejection_can_be_used_with_the_keyboard_alone,
        rejections::a_reloaded_callback_is_rejected,
        rejections::the_back_button_does_not_repeat_a_success,
        rejections::a_flow_that_starts_on_another_host_than_its_callback_is_rejected,
        rejections::a_form_on_another_site_starts_no_flow,
        expired_state::an_expired_callback_is_rejected_with_a_page,
        connect_url::a_browser_parses_the_parameters_that_were_set,
        fetch::a_page_of_the_app_fetches_the_address_and_navigates_to_it,
        fetch::a_fetch_without_an_accept_header_gets_the_address_too,
        fetch::a_trusted_sister_origin_starts_flows,
        fetch::without_credentials_the_browser_drops_the_cookie,
        fetch::from_another_site_a_form_starts_flows_and_fetch_loses_the_cookie,
        fetch::an_untrusted_origin_starts_no_flow,
        popup::a_flow_in_a_popup_ends_on_the_same_page_as_without_one,
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
    })
}
