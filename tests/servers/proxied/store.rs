//! States in Redis.

use futures_util::future::join;

use crate::programs::{Redis, Servers, until};
use crate::traffic::{AT_ONCE, Traffic};

pub(crate) async fn no_flow_is_lost_while_each_server_restarts() {
    let redis = Redis::start().await;
    let mut servers = Servers::start(&redis.states()).await;
    let traffic = Traffic::new(&servers).await;
    traffic.start(2000).await;
    traffic
        .deploy(&mut servers, "present", &redis.states())
        .await;
    traffic.end_all("").await;
    traffic.repeat_all().await;

    traffic.report("store, each server restarts");
    assert!(traffic.is_perfect());
    assert!(traffic.counted("ended on another server") > 1000);
}

pub(crate) async fn a_callback_that_arrives_at_two_servers_at_once_passes_once() {
    let redis = Redis::start().await;
    let servers = Servers::start(&redis.states()).await;
    let traffic = Traffic::new(&servers).await;
    let (mut accepted, mut at_two_servers) = ([0; 3], 0);
    for _ in 0..300 {
        let mut flow = traffic.flow().await.unwrap();
        let mut copy = flow.clone();
        let (first, second) = join(flow.end(), copy.end()).await;
        at_two_servers += usize::from(first.server != second.server);
        let answers = [first, second];
        accepted[answers.iter().filter(|answer| answer.is_accepted).count()] += 1;
        let is_expected = |summary: &str| ["200", "400 state_unknown"].contains(&summary);
        assert!(
            answers.iter().all(|answer| is_expected(&answer.summary)),
            "{answers:?}"
        );
    }
    println!(
        "store, two callbacks at once: accepted [never, once, twice] {accepted:?}, at two servers {at_two_servers}"
    );
    assert_eq!(accepted, [0, 300, 0]);
    assert!(at_two_servers > 150);
}

pub(crate) async fn while_redis_is_down_no_flow_passes_and_afterwards_all_do() {
    let mut redis = Redis::start().await;
    let servers = Servers::start(&redis.states()).await;
    let traffic = Traffic::new(&servers).await;
    traffic.start(600).await;
    let outage = async {
        until("half of the flows end", async || {
            traffic.counted("ended") >= 300
        })
        .await;
        redis.kill();
        let before = traffic.counted("ended");
        let rejected = || traffic.counted("callback: 503 state_store_unavailable");
        until("owners try in vain", async || rejected() >= 200).await;
        let ended = traffic.counted("ended") - before;
        assert!(ended <= AT_ONCE, "{ended} flows ended without Redis");
        traffic.start(20).await;
        redis.restart().await;
    };
    join(outage, traffic.end_all("503 state_store_unavailable")).await;
    traffic.repeat_all().await;

    traffic.report("store, Redis is killed");
    let counts = ["started", "not started", "accepted twice"].map(|what| traffic.counted(what));
    assert_eq!(counts, [600, 20, 0]);
    // Redis may have taken the flows that it was asked for, and not have said so.
    let lost = traffic.counted("lost");
    assert!(lost <= AT_ONCE && lost == traffic.counted("callback: 400 state_unknown"));
}
