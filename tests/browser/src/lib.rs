//! A real Chromium for tests, and axe-core.
//!
//! Needs `chromium` and `chromedriver`. Without them, every test is ignored, and the output says so.
//! With `REQUIRE_BROWSER=1` in the environment, that is a failure. The tests of accessibility also
//! need axe-core: `npm install --prefix tests/browser`.

pub mod accessibility;
mod driver;
mod tab;

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::serve::Listener;
use libtest_mimic::{Arguments, Trial};
use smartcar_connect_simulator::FlowEnd;
use tokio::net::TcpListener;

pub use self::driver::Driver;
pub use self::tab::Tab;

/// ChromeDriver, which the first test starts. A filter may select no test.
pub type LazyDriver = Arc<LazyLock<Arc<Driver>>>;

/// Lists tests for [`run`], by their paths. Those with `axe` in their names need axe-core.
#[macro_export]
macro_rules! trials {
    ($($test:path),+ $(,)?) => {
        |driver: &$crate::LazyDriver| vec![$($crate::trial(stringify!($test), driver, $test)),+]
    };
}

/// Lists a test like any other.
pub fn trial<F>(name: &str, driver: &LazyDriver, test: fn(Arc<Driver>) -> F) -> Trial
where
    F: Future<Output = ()> + 'static,
{
    let driver = driver.clone();
    Trial::test(name, move || {
        driver.run(test);
        Ok(())
    })
}

/// Runs the tests, or says why they are ignored.
pub fn run(trials: impl FnOnce(&LazyDriver) -> Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each trial has its own browser.
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let missing = ["chromium", "chromedriver"]
        .into_iter()
        .find(|program| !is_installed(program));
    let lacks_axe = accessibility::axe().is_none();
    let driver: LazyDriver = Arc::new(LazyLock::new(|| Arc::new(Driver::start())));
    let tests = trials(&driver).into_iter().map(|test| {
        let needs_axe = test.name().contains("axe");
        test.with_ignored_flag(missing.is_some() || (needs_axe && lacks_axe))
    });
    let conclusion = libtest_mimic::run(&arguments, tests.collect());
    let mut skipped = Vec::new();
    if let Some(program) = missing {
        skipped.push(format!(
            "the tests in a browser, because there is no `{program}` on this machine.\n\
             To run them: apt-get install chromium chromium-driver"
        ));
    }
    if lacks_axe {
        skipped.push(
            "the tests of accessibility, because axe-core is not installed.\n\
             To run them: npm install --prefix tests/browser"
                .to_owned(),
        );
    }
    for skipped in &skipped {
        eprintln!("SKIPPED: {skipped}\n");
    }
    let is_required = env::var_os("REQUIRE_BROWSER").is_some_and(|required| !required.is_empty());
    if is_required && !skipped.is_empty() {
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Binds a free port.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves an app until the runtime stops.
pub fn serve(listener: impl Listener<Addr: std::fmt::Debug>, app: Router) {
    tokio::spawn(axum::serve(listener, app).into_future());
}

/// Returns the selector of the simulator's link for an outcome.
pub fn outcome_link(outcome: &FlowEnd) -> String {
    format!("a.end[href$='simulated_outcome={outcome}']")
}
