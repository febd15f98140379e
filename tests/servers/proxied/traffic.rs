//! Owners who start and end flows, and what became of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use futures_util::future::{join, join_all};
use futures_util::stream::{StreamExt, iter};
use smartcar_connect_simulator::browser::{Browser, Form, Page};

use crate::programs::{SERVERS, STUCK, Servers, until};

/// How many owners are at work at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// A flow in progress: a browser at the page of Connect.
#[derive(Clone)]
pub(crate) struct Flow {
    browser: Browser,
    allow_access: Form,
}

impl Flow {
    /// Sends the callback, the same one each time.
    pub(crate) async fn end(&mut self) -> Answer {
        Answer::of(&self.browser.submit(self.allow_access.clone()).await)
    }
}

/// A response of a server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) is_accepted: bool,
    /// The status, and the reason of a rejection.
    pub(crate) summary: String,
    /// The server that has started the flow, if it is accepted.
    started_on: String,
    pub(crate) server: String,
}

impl Answer {
    fn of(page: &Page) -> Self {
        let status = page.status().as_u16();
        let text = page.body().lines().next().unwrap_or_default();
        let server = page.headers().get("x-server");
        Self {
            is_accepted: status == 200,
            summary: match status {
                200 => "200".to_owned(),
                _ => format!("{status} {text}"),
            },
            started_on: text.to_owned(),
            server: server
                .map_or("nginx", |server| server.to_str().unwrap())
                .to_owned(),
        }
    }
}

/// The flows of a test.
pub(crate) struct Traffic {
    /// Each flow has a clone.
    browser: Browser,
    button: Form,
    in_progress: RefCell<VecDeque<Flow>>,
    /// Flows that have ended, as they were before, with their cookies.
    copies: RefCell<Vec<Flow>>,
    /// How often what has happened.
    counts: RefCell<BTreeMap<String, usize>>,
}

impl Traffic {
    pub(crate) async fn new(servers: &Servers) -> Self {
        let mut browser = servers.browser();
        let page = browser.open("https://app.example/").await;
        let button = page.form("Connect your car");
        let zeros = ["accepted twice", "lost", "not started"].map(|what| (what.to_owned(), 0));
        Self {
            browser,
            button,
            in_progress: RefCell::default(),
            copies: RefCell::default(),
            counts: RefCell::new(BTreeMap::from(zeros)),
        }
    }

    /// Presses the button of the app. The error is its response if that does not lead to Connect.
    pub(crate) async fn flow(&self) -> Result<Flow, Answer> {
        let mut browser = self.browser.clone();
        let page = browser.submit(self.button.clone()).await;
        if page.url().host_str() != Some("connect.smartcar.com") {
            return Err(Answer::of(&page));
        }
        let allow_access = page.form("state");
        Ok(Flow {
            browser,
            allow_access,
        })
    }

    async fn start_one(&self) {
        match self.flow().await {
            Ok(flow) => {
                self.count("started");
                self.in_progress.borrow_mut().push_back(flow);
            }
            Err(answer) => {
                self.count("not started");
                self.count(&format!("start: {}", answer.summary));
            }
        }
    }

    /// Ends a flow. While the response is `temporary`, its owner tries again.
    async fn end(&self, mut flow: Flow, temporary: &str) {
        let copy = flow.clone();
        let deadline = Instant::now() + STUCK;
        let answer = loop {
            let answer = flow.end().await;
            self.count(&format!("callback: {}", answer.summary));
            if answer.summary != temporary || Instant::now() > deadline {
                break answer;
            }
        };
        if !answer.is_accepted {
            return self.count("lost");
        }
        self.count("ended");
        if answer.started_on != answer.server {
            self.count("ended on another server");
        }
        self.repeat(flow).await;
        self.copies.borrow_mut().push(copy);
    }

    /// Sends the callback of a flow that has ended.
    async fn repeat(&self, mut flow: Flow) {
        let answer = flow.end().await;
        self.count(&format!("again: {}", answer.summary));
        if answer.is_accepted {
            self.count("accepted twice");
        }
    }

    pub(crate) async fn start(&self, flows: usize) {
        let flows = iter(0..flows);
        flows
            .for_each_concurrent(AT_ONCE, async |_| self.start_one().await)
            .await;
    }

    pub(crate) async fn end_all(&self, temporary: &str) {
        let flows = iter(self.in_progress.take());
        flows
            .for_each_concurrent(AT_ONCE, async |flow| self.end(flow, temporary).await)
            .await;
    }

    /// Sends the callbacks of all flows that have ended, from copies of their browsers.
    pub(crate) async fn repeat_all(&self) {
        let copies = iter(self.copies.take());
        copies
            .for_each_concurrent(AT_ONCE, async |copy| self.repeat(copy).await)
            .await;
    }

    /// Restarts one server after another, while owners start flows and end the oldest and the newest.
    pub(crate) async fn deploy(&self, servers: &mut Servers, version: &str, states: &str) {
        let is_over = Cell::new(false);
        let owners = (0..AT_ONCE).map(async |_| {
            let take = [VecDeque::pop_front, VecDeque::pop_back];
            for take in take.into_iter().cycle().take_while(|_| !is_over.get()) {
                self.start_one().await;
                let flow = take(&mut self.in_progress.borrow_mut());
                self.end(flow.unwrap(), "").await;
            }
        });
        let deployment = async {
            for server in 0..SERVERS {
                servers.restart(server, version, states).await;
                let before = self.counted("ended");
                let ended = || self.counted("ended") - before;
                until("more flows end", async || ended() >= 100).await;
            }
            is_over.set(true);
        };
        join(deployment, join_all(owners)).await;
    }

    fn count(&self, what: &str) {
        *self.counts.borrow_mut().entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn counted(&self, what: &str) -> usize {
        self.counts.borrow().get(what).copied().unwrap_or_default()
    }

    pub(crate) fn report(&self, what: &str) {
        println!("{what}: {:?}", self.counts.borrow());
    }

    /// Whether every flow has started and ended at the first attempt, and none twice.
    pub(crate) fn is_perfect(&self) -> bool {
        let bad = ["accepted twice", "lost", "not started"];
        bad.iter().all(|what| self.counted(what) == 0)
            && self.counted("callback: 200") == self.counted("started")
    }
}
