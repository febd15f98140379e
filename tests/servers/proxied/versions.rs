//! Servers with the present and with a later version of the crate.

use crate::programs::{Redis, Servers};
use crate::traffic::{Again, Traffic};

pub(crate) async fn a_flow_in_a_cookie_ends_at_a_server_whose_version_can_read_it() {
    let key = "5c".repeat(63) + "00";
    deploy_later_version("cookies", &key, Again::Reload).await;
}

pub(crate) async fn a_flow_in_a_store_ends_at_a_server_whose_version_can_read_it() {
    let redis = Redis::start().await;
    deploy_later_version("store", &redis.states(), Again::Copy).await;
}

async fn deploy_later_version(kind: &str, states: &str, again: Again) {
    let mut servers = Servers::start(states).await;
    let traffic = Traffic::new(&servers, again, "state_unreadable");
    traffic.start(200).await;
    servers.restart(0, "later", states).await;
    // These have started with both versions.
    traffic.start(200).await;
    traffic.end_all().await;
    let unreadable = traffic.counts().of("400 state_unreadable");
    traffic.start(200).await;
    servers.deploy("later", states).await;
    let before = traffic.counts().of("400 state_unreadable");
    traffic.end_all().await;
    traffic.repeat_all().await;

    let counts = traffic.counts();
    println!("{kind}, a later version: {counts}");
    assert!(unreadable > 0, "{counts}");
    assert_eq!(
        counts.of("400 state_unreadable"),
        before,
        "the later version reads both: {counts}"
    );
    assert_eq!(
        (counts.ended, counts.lost, counts.accepted_twice),
        (600, 0, 0),
        "{counts}"
    );
}
