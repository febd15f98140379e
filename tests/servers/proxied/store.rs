//! States in Redis.

use futures_util::future::join;

use crate::programs::{Redis, Servers, until};
use crate::traffic::{AT_ONCE, Again, Flow, Traffic};

pub(crate) async fn no_flow_is_lost_while_each_server_restarts() {
    let redis = Redis::start().await;
    let mut servers = Servers::start(&redis.states()).await;
    let traffic = Traffic::new(&servers, Again::Copy, "none");
    traffic.start(2000).await;
    traffic
        .during(servers.deploy("present", &redis.states()))
        .await;
    traffic.end_all().await;
    traffic.repeat_all().await;

    let counts = traffic.counts();
    println!("store, a deployment: {counts}");
    assert_eq!((counts.lost, counts.accepted_twice), (0, 0), "{counts}");
    assert_eq!(counts.ended, counts.started, "{counts}");
    assert_eq!(counts.of("200"), counts.started, "each at once: {counts}");
    assert!(counts.ended_elsewhere > counts.ended / 3, "{counts}");
}

pub(crate) async fn a_callback_that_arrives_at_two_servers_at_once_passes_once() {
    let redis = Redis::start().await;
    let servers = Servers::start(&redis.states()).await;
    let (mut accepted, mut at_two_servers) = ([0; 3], 0);
    for _ in 0..300 {
        let mut flow = Flow::start(servers.browser()).await.expect("it starts");
        let mut copy = flow.clone();
        let (first, second) = join(flow.end(), copy.end()).await;
        let answers = [&first, &second];
        accepted[answers.iter().filter(|answer| answer.is_accepted()).count()] += 1;
        at_two_servers += usize::from(first.server != second.server);
        let mut rejected = answers.iter().filter(|answer| !answer.is_accepted());
        assert!(
            rejected.all(|answer| answer.text == "state_unknown"),
            "{answers:?}"
        );
    }
    println!(
        "store, two callbacks at once: accepted [never, once, twice] {accepted:?}, at two servers {at_two_servers}"
    );
    assert_eq!(accepted, [0, 300, 0]);
    assert!(at_two_servers > 150, "{at_two_servers}");
}

pub(crate) async fn while_redis_is_down_no_flow_passes_and_none_in_it_is_lost() {
    let mut redis = Redis::start().await;
    let servers = Servers::start(&redis.states()).await;
    let traffic = Traffic::new(&servers, Again::Copy, "state_store_unavailable");
    traffic.start(2000).await;
    let outage = async {
        until("half of the flows have ended", async || {
            traffic.counts().ended >= 1000
        })
        .await;
        redis.kill();
        let before = traffic.counts().ended;
        until("each owner has seen it", async || {
            traffic.counts().of("503 state_store_unavailable") >= 500
        })
        .await;
        let ended = traffic.counts().ended - before;
        assert!(ended <= AT_ONCE, "{ended} flows ended without Redis");
        traffic.start(20).await;
        redis.restart().await;
    };
    join(outage, traffic.end_all()).await;
    traffic.repeat_all().await;

    let counts = traffic.counts();
    println!("store, Redis killed: {counts}");
    assert_eq!(
        (counts.started, counts.accepted_twice),
        (2000, 0),
        "{counts}"
    );
    // Redis may have taken the flows of the callbacks that were under way, without an answer.
    assert!(counts.lost <= AT_ONCE, "{counts}");
    assert_eq!(counts.of("400 state_unknown"), counts.lost, "{counts}");
    assert_eq!(counts.ended + counts.lost, 2000, "{counts}");
}
