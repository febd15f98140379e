//! Servers with the present and with a later version of the crate.

use crate::cookies::key;
use crate::programs::{Redis, Servers};
use crate::traffic::Traffic;

pub(crate) async fn no_flow_in_a_cookie_is_lost_while_a_later_version_is_deployed() {
    deploy_later_version("cookies", &key("5c")).await;
}

pub(crate) async fn no_flow_in_a_store_is_lost_while_a_later_version_is_deployed() {
    let redis = Redis::start().await;
    deploy_later_version("store", &redis.states()).await;
}

async fn deploy_later_version(kind: &str, states: &str) {
    let mut servers = Servers::start(states).await;
    let traffic = Traffic::new(&servers).await;
    let unreadable = || traffic.counted("callback: 400 state_unreadable");
    traffic.start(100).await;
    servers.restart(0, "later", states).await;
    traffic.start(100).await;
    traffic.end_all("400 state_unreadable").await;
    assert!(
        unreadable() > 0,
        "the present version reads what the later one has written"
    );
    // Flows of both versions.
    traffic.start(100).await;
    let before = unreadable();
    servers.restart_each("later", states).await;
    traffic.end_all("").await;
    assert_eq!(unreadable(), before, "the later version does not read both");

    traffic.report(&format!("{kind}, a later version"));
    assert_eq!(
        ["ended", "accepted twice"].map(|what| traffic.counted(what)),
        [300, 0]
    );
}
