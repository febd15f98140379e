//! States in cookies.

use futures_util::future::join;

use crate::programs::Servers;
use crate::traffic::Traffic;

pub(crate) fn key(digits: &str) -> String {
    digits.repeat(63) + "00"
}

pub(crate) async fn no_flow_is_lost_while_a_key_is_replaced() {
    let (old, new) = (key("5c"), key("a0"));
    let mut servers = Servers::start(&old).await;
    let traffic = Traffic::new(&servers).await;
    traffic.start(2000).await;
    let keys = [format!("{old},{new}"), format!("{new},{old}"), new];
    traffic.deploy(&mut servers, "present", &keys[0]).await;
    traffic.deploy(&mut servers, "present", &keys[1]).await;
    // The lifetime of a state passes.
    traffic.end_all("").await;
    traffic.start(200).await;
    traffic.deploy(&mut servers, "present", &keys[2]).await;
    traffic.end_all("").await;
    traffic.report("cookies, a key is replaced");
    assert!(traffic.is_perfect());
    assert!(traffic.counted("ended on another server") > 1000);
}

pub(crate) async fn a_server_without_the_key_rejects_a_flow_and_keeps_it() {
    let (old, new) = (key("5c"), key("a0"));
    let mut servers = Servers::start(&old).await;
    // The first step is skipped, and one server has restarted so far.
    servers.restart(0, "present", &format!("{new},{old}")).await;
    let traffic = Traffic::new(&servers).await;
    traffic.start(100).await;
    traffic.end_all("400 state_unreadable").await;

    traffic.report("cookies, the new key on one server");
    assert_eq!(
        ["ended", "accepted twice"].map(|what| traffic.counted(what)),
        [100, 0]
    );
    assert!(traffic.counted("callback: 400 state_unreadable") > 0);
}

pub(crate) async fn without_the_leaked_key_each_flow_in_progress_is_rejected() {
    let mut servers = Servers::start(&key("5c")).await;
    let traffic = Traffic::new(&servers).await;
    traffic.start(100).await;
    servers.restart_each("present", &key("a0")).await;
    traffic.end_all("").await;
    traffic.report("cookies, a leaked key is removed");
    assert_eq!(traffic.counted("callback: 400 state_unreadable"), 100);
}

pub(crate) async fn a_second_callback_at_once_and_a_copied_cookie_pass() {
    let servers = Servers::start(&key("5c")).await;
    let traffic = Traffic::new(&servers).await;
    let mut accepted = 0;
    for _ in 0..20 {
        let mut flow = traffic.flow().await.unwrap();
        let mut copy = flow.clone();
        let (first, second) = join(flow.end(), copy.clone().end()).await;
        let answers = [first, second, copy.end().await, flow.end().await];
        let passed = answers.each_ref().map(|answer| answer.is_accepted);
        assert_eq!(passed, [true, true, true, false], "{answers:?}");
        accepted += passed.into_iter().filter(|passed| *passed).count();
    }
    println!(
        "cookies, a second callback at once and a copy: of 20 flows, {accepted} callbacks accepted"
    );
}
