//! States in cookies.

use futures_util::future::join;

use crate::programs::Servers;
use crate::traffic::{Again, Flow, Traffic};

fn key(digits: &str) -> String {
    digits.repeat(63) + "00"
}

pub(crate) async fn no_flow_is_lost_while_each_server_restarts_with_a_new_key() {
    let (old, new) = (key("5c"), key("a0"));
    let mut servers = Servers::start(&old).await;
    let traffic = Traffic::new(&servers, Again::Reload, "none");
    traffic.start(2000).await;
    let deployments = async {
        servers.deploy("present", &format!("{old},{new}")).await;
        servers.deploy("present", &format!("{new},{old}")).await;
    };
    traffic.during(deployments).await;
    // The lifetime of a state passes.
    traffic.end_all().await;
    traffic.start(2000).await;
    traffic.during(servers.deploy("present", &new)).await;
    traffic.end_all().await;
    traffic.repeat_all().await;

    let counts = traffic.counts();
    println!("cookies, a new key: {counts}");
    assert_eq!((counts.lost, counts.accepted_twice), (0, 0), "{counts}");
    assert_eq!(counts.ended, counts.started, "{counts}");
    assert_eq!(counts.of("200"), counts.started, "each at once: {counts}");
    assert!(counts.ended_elsewhere > counts.ended / 3, "{counts}");
}

pub(crate) async fn a_server_without_the_key_rejects_a_flow_and_keeps_it() {
    let (old, new) = (key("5c"), key("a0"));
    let mut servers = Servers::start(&old).await;
    // The first step is skipped, and one server has been restarted so far.
    servers.restart(0, "present", &format!("{new},{old}")).await;
    let traffic = Traffic::new(&servers, Again::Reload, "state_unreadable");
    traffic.start(100).await;
    traffic.end_all().await;
    traffic.repeat_all().await;
    let counts = traffic.counts();
    println!("cookies, the new key on one server: {counts}");
    assert_eq!(
        (counts.ended, counts.lost, counts.accepted_twice),
        (100, 0, 0),
        "{counts}"
    );
    assert!(counts.of("400 state_unreadable") > 0, "{counts}");

    // The old key is on no server.
    let traffic = Traffic::new(&servers, Again::Reload, "none");
    traffic.start(100).await;
    servers.deploy("present", &key("3f")).await;
    traffic.end_all().await;
    let counts = traffic.counts();
    println!("cookies, a leaked key: {counts}");
    assert_eq!(
        (counts.of("400 state_unreadable"), counts.lost),
        (100, 100),
        "{counts}"
    );
}

pub(crate) async fn a_copied_cookie_and_a_second_callback_pass() {
    let servers = Servers::start(&key("5c")).await;
    let mut accepted = 0;
    for _ in 0..20 {
        let mut flow = Flow::start(servers.browser()).await.expect("it starts");
        let mut copy = flow.clone();
        let (first, second) = join(flow.end(), copy.clone().end()).await;
        let answers = [first, second, copy.end().await, flow.end().await];
        let passed = answers.each_ref().map(|answer| answer.is_accepted());
        assert_eq!(passed, [true, true, true, false], "{answers:?}");
        accepted += passed.into_iter().filter(|passed| *passed).count();
    }
    println!("cookies, a copy and two callbacks at once: 20 flows, accepted {accepted} times");
}
