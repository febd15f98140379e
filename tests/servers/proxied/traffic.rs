//! Owners who start and end flows, and what became of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Instant;

use futures_util::future::{join, join_all};
use futures_util::stream::{StreamExt, iter};
use smartcar_connect_simulator::browser::{Browser, Form, Page};

use crate::programs::{STUCK, Servers};

/// How many owners are at work at the same time.
pub(crate) const AT_ONCE: usize = 16;

/// A flow in progress, with the browser of its owner.
#[derive(Clone)]
pub(crate) struct Flow {
    browser: Browser,
    next: Next,
}

#[derive(Clone)]
enum Next {
    Allow(Box<Form>),
    Reload(String),
}

/// The response to a callback.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The server that has started the flow, or the reason of a rejection.
    pub(crate) text: String,
    /// The server that has responded.
    pub(crate) server: String,
}

impl Flow {
    /// Presses the button of the app. The error is its response if that does not lead to Connect.
    pub(crate) async fn start(mut browser: Browser) -> Result<Self, Answer> {
        let page = browser.open("https://localhost/").await;
        if page.status() != 200 {
            return Err(Answer::of(&page));
        }
        let page = browser.submit(page.form("")).await;
        if page.url().host_str() != Some("connect.smartcar.com") {
            return Err(Answer::of(&page));
        }
        let form = page.form("simulated_vehicle").press("Allow access");
        Ok(Self {
            browser,
            next: Next::Allow(Box::new(form)),
        })
    }

    /// Allows access, or reloads the callback if that was done before.
    pub(crate) async fn end(&mut self) -> Answer {
        let page = match &self.next {
            Next::Allow(form) => self.browser.submit((**form).clone()).await,
            Next::Reload(address) => self.browser.open(address).await,
        };
        self.next = Next::Reload(page.url().to_string());
        Answer::of(&page)
    }
}

impl Answer {
    fn of(page: &Page) -> Self {
        let server = page
            .headers()
            .get("x-server")
            .map(|server| server.to_str().unwrap());
        Self {
            status: page.status().as_u16(),
            text: page.body().to_owned(),
            server: server.unwrap_or("nginx").to_owned(),
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.status == 200
    }
}

/// What comes back when a flow has ended.
#[derive(Clone, Copy)]
pub(crate) enum Again {
    /// The browser that ended it.
    Reload,
    /// A copy of that browser from before the end, with its cookies.
    Copy,
}

/// The flows of a test.
pub(crate) struct Traffic {
    browser: Browser,
    again: Again,
    /// After which rejection an owner reloads.
    reload_after: &'static str,
    in_progress: RefCell<VecDeque<Flow>>,
    over: RefCell<Vec<Flow>>,
    counts: RefCell<Counts>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) started: usize,
    pub(crate) ended: usize,
    pub(crate) lost: usize,
    pub(crate) accepted_twice: usize,
    pub(crate) ended_elsewhere: usize,
    /// The responses to callbacks, and the failures to start.
    responses: BTreeMap<String, usize>,
}

impl Counts {
    pub(crate) fn of(&self, response: &str) -> usize {
        self.responses.get(response).copied().unwrap_or_default()
    }

    fn count(&mut self, what: &str, answer: &Answer) {
        let text = if answer.is_accepted() {
            ""
        } else {
            answer.text.lines().next().unwrap_or_default()
        };
        *self
            .responses
            .entry(
                format!("{what}{} {text}", answer.status)
                    .trim_end()
                    .to_owned(),
            )
            .or_default() += 1;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "flows started {}, ended {} ({} on another server), lost {}, accepted twice {}; responses",
            self.started, self.ended, self.ended_elsewhere, self.lost, self.accepted_twice,
        )?;
        self.responses
            .iter()
            .try_for_each(|(response, number)| write!(f, " | {response}: {number}"))
    }
}

impl Traffic {
    pub(crate) fn new(servers: &Servers, again: Again, reload_after: &'static str) -> Self {
        Self {
            browser: servers.browser(),
            again,
            reload_after,
            in_progress: RefCell::default(),
            over: RefCell::default(),
            counts: RefCell::default(),
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts.borrow().clone()
    }

    async fn start_one(&self) {
        match Flow::start(self.browser.clone()).await {
            Ok(flow) => {
                self.counts.borrow_mut().started += 1;
                self.in_progress.borrow_mut().push_back(flow);
            }
            Err(answer) => self.counts.borrow_mut().count("start: ", &answer),
        }
    }

    pub(crate) async fn start(&self, flows: usize) {
        iter(0..flows)
            .for_each_concurrent(AT_ONCE, async |_| self.start_one().await)
            .await;
    }

    /// Ends the oldest flow.
    async fn end_one(&self) {
        let Some(mut flow) = self.in_progress.borrow_mut().pop_front() else {
            return;
        };
        let copy = flow.clone();
        let deadline = Instant::now() + STUCK;
        let answer = loop {
            let answer = flow.end().await;
            self.counts.borrow_mut().count("", &answer);
            if answer.text != self.reload_after || Instant::now() > deadline {
                break answer;
            }
        };
        let counts = &mut *self.counts.borrow_mut();
        if !answer.is_accepted() {
            counts.lost += 1;
            return;
        }
        counts.ended += 1;
        counts.ended_elsewhere += usize::from(answer.text != answer.server);
        self.over.borrow_mut().push(match self.again {
            Again::Reload => flow,
            Again::Copy => Flow {
                next: flow.next,
                ..copy
            },
        });
    }

    pub(crate) async fn end_all(&self) {
        let flows = self.in_progress.borrow().len();
        iter(0..flows)
            .for_each_concurrent(AT_ONCE, async |_| self.end_one().await)
            .await;
    }

    /// Starts flows and ends the oldest ones while something happens to the servers.
    pub(crate) async fn during(&self, deployment: impl Future<Output = ()>) {
        let is_over = Cell::new(false);
        let owners = (0..AT_ONCE).map(async |_| {
            while !is_over.get() {
                self.start_one().await;
                self.end_one().await;
            }
        });
        let deployment = async {
            deployment.await;
            is_over.set(true);
        };
        join(deployment, join_all(owners)).await;
    }

    /// Sends the callbacks of all flows that have ended once more.
    pub(crate) async fn repeat_all(&self) {
        let flows = self.over.take();
        iter(flows)
            .for_each_concurrent(AT_ONCE, async |mut flow| {
                let answer = flow.end().await;
                let counts = &mut *self.counts.borrow_mut();
                counts.count("again: ", &answer);
                counts.accepted_twice += usize::from(answer.is_accepted());
            })
            .await;
    }
}
