//! Flows that are bound to the user who is logged in.

use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::states::{NotStarted, StartState, StoredState};

use super::stored::Memory;
use super::{Browser, connect_url, error, state_cookie, success, user};

#[tokio::test]
async fn a_flow_of_another_user_is_rejected_and_keeps_its_state() {
    async fn check(states: impl StartState + Clone, kind: &str) {
        let states = states.bind_to(user);
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        for (callback, expected) in [
            (success as fn(&str) -> String, "app: verified success"),
            (error, "app: verified error oem_cancelled_login"),
        ] {
            let mut browser = Browser::logged_in("ada");
            let state = browser.start(&states, connect_url()).await.unwrap();
            for (user, expected) in [
                (Some("grace"), "rejected: other_user"),
                (None, "rejected: not_logged_in"),
                (Some(""), "rejected: not_logged_in"),
                (Some("Ada"), "rejected: other_user"),
                (Some("ada"), expected),
                (Some("ada"), "rejected: state_unknown"),
            ] {
                browser.user = user;
                let served = browser.open(&layer, &callback(&state)).await;
                assert_eq!(served.summary(), expected, "{kind}: {user:?}");
            }
        }
    }
    check(state_cookie(), "cookie").await;
    check(StoredState::new(Memory::default()), "store").await;
}

/// Otherwise, another user could end a flow with an edited callback.
#[tokio::test]
async fn another_user_is_found_before_another_vehicle() {
    async fn check(states: impl StartState + Clone, kind: &str) {
        let states = states.bind_to(user);
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        let mut browser = Browser::logged_in("ada");
        let flow = connect_url().reauthentication("v-1").unwrap();
        let state = browser.start(&states, flow).await.unwrap();
        for (user, vehicle, expected) in [
            ("grace", "v-2", "rejected: other_user"),
            ("ada", "v-1", "app: verified success"),
        ] {
            browser.user = Some(user);
            let uri = format!("/callback?vehicle_id={vehicle}&state={state}");
            let served = browser.open(&layer, &uri).await;
            assert_eq!(served.summary(), expected, "{kind}");
        }
    }
    check(state_cookie(), "cookie").await;
    check(StoredState::new(Memory::default()), "store").await;
}

#[tokio::test]
async fn without_a_user_no_flow_starts() {
    let states = state_cookie().bind_to(user);
    for user in [None, Some("")] {
        let mut browser = Browser {
            user,
            ..Browser::default()
        };
        let started = browser.start(&states, connect_url()).await;
        assert_eq!(started, Err(NotStarted::NotLoggedIn));
        assert!(!browser.has_flow_cookie());
    }
}

#[tokio::test]
async fn a_flow_that_is_not_bound_does_not_pass_where_flows_are() {
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new(&connect_url(), states.clone().bind_to(user));
    let mut browser = Browser::logged_in("ada");
    let state = browser.start(&states, connect_url()).await.unwrap();
    let served = browser.open(&layer, &success(&state)).await;
    assert_eq!(served.summary(), "rejected: other_user");
}
