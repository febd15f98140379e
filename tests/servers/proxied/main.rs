//! An app on three servers, behind nginx without sticky sessions and with Redis.
//!
//! Needs `nginx` and `redis-server`. Without them, every test here is ignored, and the output says
//! so. With `REQUIRE_SERVERS=1` in the environment, that is a failure.

mod cookies;
mod programs;
mod store;
mod traffic;
mod versions;

use std::env;
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let missing = [("nginx", "-v"), ("redis-server", "--version")]
        .into_iter()
        .find(|(program, argument)| !is_installed(program, argument));
    macro_rules! trials {
        ($($module:ident :: $name:ident),+ $(,)?) => {[$({
            let run = || Runtime::new().expect("a runtime starts").block_on($module::$name());
            Trial::test(concat!(stringify!($module), "::", stringify!($name)), move || Ok(run()))
        }),+]};
    }
    let tests = trials! {
        cookies::no_flow_is_lost_while_a_key_is_replaced,
        cookies::a_server_without_the_key_rejects_a_flow_and_keeps_it,
        cookies::without_the_leaked_key_each_flow_in_progress_is_rejected,
        cookies::a_second_callback_at_once_and_a_copied_cookie_pass,
        store::no_flow_is_lost_while_each_server_restarts,
        store::a_callback_that_arrives_at_two_servers_at_once_passes_once,
        store::while_redis_is_down_no_flow_passes_and_afterwards_all_do,
        versions::no_flow_in_a_cookie_is_lost_while_a_later_version_is_deployed,
        versions::no_flow_in_a_store_is_lost_while_a_later_version_is_deployed,
    };
    let number = tests.len();
    let tests = tests
        .into_iter()
        .map(|test| test.with_ignored_flag(missing.is_some()));
    let conclusion = libtest_mimic::run(&arguments, tests.collect());
    if let Some((program, _)) = missing {
        eprintln!(
            "SKIPPED: the {number} tests with several servers, because `{program}` is not in `PATH`.\n\
             To run them: apt-get install nginx redis-server, then PATH=$PATH:/usr/sbin cargo test --package servers\n"
        );
        if env::var_os("REQUIRE_SERVERS").is_some_and(|required| !required.is_empty()) {
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

fn is_installed(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
