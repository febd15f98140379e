//! What a flow was started for comes back with it.

use tower_smartcar_connect::ConnectCallbackLayer;
use tower_smartcar_connect::paths::CallbackPaths;
use tower_smartcar_connect::states::{FlowRecord, PendingCallback};

use super::{Browser, connect_url, state_cookie};

#[tokio::test]
async fn an_edited_vehicle_id_or_external_id_is_rejected() {
    let plain = connect_url();
    let ada = connect_url().external_id("ada").unwrap();
    let cleared = connect_url().clear_external_id();
    let again = ada.clone().reauthentication("v-1").unwrap();
    let verified = "app: verified success";
    let other_vehicle = "rejected: other_vehicle";
    let other_id = "rejected: other_external_id";
    for (url, query, expected) in [
        (&plain, "user_id=u-1", verified),
        (&plain, "user_id=u-1&external_id=grace", verified),
        (&plain, "vehicle_id=v-2", verified),
        (&cleared, "user_id=u-1&external_id=grace", verified),
        (&ada, "user_id=u-1&external_id=ada", verified),
        // Smartcar drops an id that it finds invalid.
        (&ada, "user_id=u-1", verified),
        (&ada, "user_id=u-1&external_id=grace", other_id),
        (&ada, "user_id=u-1&external_id=Ada", other_id),
        (&ada, "user_id=u-1&external_id=", other_id),
        (&again, "vehicle_id=v-1", verified),
        (&again, "vehicle_id=v-1&external_id=ada", verified),
        (&again, "vehicle_id=v-1&external_id=grace", other_id),
        (&again, "vehicle_id=v-2", other_vehicle),
        (&again, "vehicle_id=V-1", other_vehicle),
        (&again, "user_id=u-1", other_vehicle),
        // An error is no claim.
        (
            &again,
            "error=access_denied&external_id=grace",
            "app: verified error access_denied",
        ),
    ] {
        let states = state_cookie();
        let layer = ConnectCallbackLayer::new(&connect_url(), states.clone());
        let mut browser = Browser::default();
        let state = browser.start(&states, url.clone()).await.unwrap();
        let uri = format!("/callback?{query}&state={state}");
        let (request, _) = browser.request(&uri).into_parts();
        let served = browser.open(&layer, &uri).await;
        assert_eq!(served.summary(), expected, "{url:?} {query}");
        // Without the layer.
        let paths = CallbackPaths::new("/callback");
        let callback = paths.read(&request.method, &request.uri).unwrap();
        let pending = PendingCallback::new(request, callback.unwrap());
        let by_hand = match pending.verify_with(&states).await {
            Ok(_) => "app: verified".to_owned(),
            Err(rejected) => format!("rejected: {}", rejected.reason().as_str()),
        };
        assert!(expected.starts_with(&by_hand), "{query}: {by_hand}");
    }
}

#[tokio::test]
async fn a_state_is_rejected_on_another_callback_path_and_for_another_application() {
    let url = |application: &str, path: &str| {
        let uri = format!("https://app.example{path}");
        tower_smartcar_connect::ConnectUrl::new(application, uri).unwrap()
    };
    let (here, there) = (
        url("application-1", "/callback"),
        url("application-1", "/reauth"),
    );
    let other = url("application-2", "/callback");
    let other_path = "rejected: state_for_other_path";
    for (started, layer_paths, uri, expected) in [
        (&here, [&here, &there], "/callback", "app: verified success"),
        (&there, [&here, &there], "/reauth", "app: verified success"),
        (&here, [&here, &there], "/reauth", other_path),
        (&there, [&here, &there], "/callback", other_path),
        (&other, [&here, &there], "/callback", other_path),
        (
            &other,
            [&here, &other],
            "/callback",
            "app: verified success",
        ),
        (&here, [&here, &other], "/callback", "app: verified success"),
    ] {
        let states = state_cookie();
        let layer = ConnectCallbackLayer::new(layer_paths, states.clone());
        let mut browser = Browser::default();
        let state = browser.start(&states, started.clone()).await.unwrap();
        let served = browser
            .open(&layer, &format!("{uri}?code=1&state={state}"))
            .await;
        assert_eq!(served.summary(), expected, "{started:?} {uri}");
    }
    // Paths alone do not say whose they are.
    let states = state_cookie();
    let layer = ConnectCallbackLayer::new("/callback", states.clone());
    let mut browser = Browser::default();
    let state = browser.start(&states, other.clone()).await.unwrap();
    let served = browser
        .open(&layer, &format!("/callback?code=1&state={state}"))
        .await;
    assert_eq!(served.summary(), "app: verified success");
}

#[tokio::test]
async fn below_a_stripped_prefix_a_state_is_bound_to_the_path_that_the_browser_asked_for() {
    for (redirect_uri, expected) in [
        ("https://app.example/app/callback", "app: verified success"),
        (
            "https://app.example/%61pp/c%61llback",
            "app: verified success",
        ),
        (
            "https://app.example/callback",
            "rejected: state_for_other_path",
        ),
        (
            "https://app.example/app/callback/",
            "rejected: state_for_other_path",
        ),
    ] {
        let url = tower_smartcar_connect::ConnectUrl::new("application-1", redirect_uri).unwrap();
        let states = state_cookie();
        let layer = ConnectCallbackLayer::new("/app/callback", states.clone());
        let layer = layer.stripped_prefix("/app");
        let mut browser = Browser::default();
        let state = browser.start(&states, url).await.unwrap();
        let served = browser
            .open(&layer, &format!("/callback?code=1&state={state}"))
            .await;
        assert_eq!(served.summary(), expected, "{redirect_uri}");
    }
}

#[test]
fn a_record_that_this_version_has_not_written_is_not_read() {
    let text = "2 /callback application - - - /garage now";
    assert_eq!(FlowRecord::from_text(text).unwrap().to_text(), text);
    for text in [
        "",
        "2",
        "1 1000 state /callback payload",
        "3 /callback a - - - ",
    ] {
        assert!(FlowRecord::from_text(text).is_none(), "{text:?}");
    }
}
