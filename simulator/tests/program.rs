//! The simulator as a program: its arguments, its responses, its file, its limits and its shutdown.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8000/callback";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartcar-connect-simulator"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command
}

/// The program on a free port. It is killed on drop.
struct Program {
    child: Child,
    origin: String,
    address: SocketAddr,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(&[APPLICATION_ID, REDIRECT_URI, "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let origin = line.split_whitespace().last().unwrap().to_owned();
        Self {
            child,
            address: origin.strip_prefix("http://").unwrap().parse().unwrap(),
            origin,
            output,
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Sends a request on a connection of its own, and returns the response as text.
    fn send(&self, method: &str, target: &str, headers: &str, body: &str) -> String {
        let mut stream = self.connect();
        let (address, length) = (self.address, body.len());
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    fn get(&self, target: &str) -> String {
        self.send("GET", target, "", "")
    }

    /// Ends a flow with this outcome.
    fn end_flow(&self, query: &str, outcome: &str) -> String {
        let request = format!("/oauth/authorize?response_type=code&client_id={APPLICATION_ID}");
        self.get(&format!("{request}&{query}&simulated_outcome={outcome}"))
    }

    /// Returns the header of a token.
    fn token(&self) -> String {
        let form = "grant_type=client_credentials&client_id=client_01SIMULATOR\
                    &client_secret=simulated-secret";
        let headers = "content-type: application/x-www-form-urlencoded\r\n";
        let token = self.send("POST", "/oauth2/token", headers, form);
        let (_, token) = token.split_once("\"access_token\":\"").unwrap();
        let (token, _) = token.split_once('"').unwrap();
        format!("authorization: Bearer {token}\r\n")
    }

    /// Asks the API for connections, and returns the response.
    fn connections(&self, query: &str) -> String {
        let target = format!("/v3/connections?{query}");
        self.send("GET", &target, &self.token(), "")
    }

    /// Returns the median of the times of many requests, each on a connection of its own.
    fn response_time(&self, target: &str, headers: &str, status: &str) -> Duration {
        let mut times: Vec<_> = (0..50)
            .map(|_| {
                let start = Instant::now();
                let response = self.send("GET", target, headers, "");
                let time = start.elapsed();
                assert!(response.starts_with(status), "{response}");
                time
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a file that no other test has, which does not exist.
fn file(name: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&file);
    file
}

#[test]
fn a_flow_starts_and_ends_at_the_program() {
    let program = Program::start(&[]);
    assert!(program.address.ip().is_loopback());
    for (target, status) in [
        ("/", "200 OK"),
        ("/oauth/authorize", "400 Bad Request"),
        ("/connect", "404 Not Found"),
        ("/oauth/token", "404 Not Found"),
        ("/v3/connections", "401 Unauthorized"),
    ] {
        let response = program.get(target);
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{target}: {response}"
        );
    }
    let end = program.end_flow("state=0facda3319", "oem_cancelled_login");
    let location = format!(
        "\r\nlocation: {REDIRECT_URI}?error=oem_cancelled_login\
         &the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM&state=0facda3319\r\n"
    );
    assert!(
        end.starts_with("HTTP/1.1 302 Found\r\n") && end.contains(&location),
        "{end}"
    );
}

#[test]
fn connections_survive_a_kill() {
    let file = file("killed.json");
    let arguments = ["--connections", file.to_str().unwrap()];
    let mut program = Program::start(&arguments);
    program.end_flow("external_id=ann", "authorization_code");
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    let list = Program::start(&arguments).connections("filter[user.externalId]=ann");
    assert!(list.contains("\"totalCount\":3"), "{list}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_it_and_its_output_has_instructions() {
    let mut program = Program::start(&[]);
    // A response shows that it serves, so it waits for the signal.
    program.get("/");
    let pid = program.child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(killed.success());
    assert!(program.child.wait().unwrap().success());
    let mut output = String::new();
    program.output.read_to_string(&mut output).unwrap();
    for part in [
        "It is not Smartcar",
        &format!("SMARTCAR_CONNECT_ORIGIN={}\n", program.origin),
        "Stopped.",
    ] {
        assert!(output.contains(part), "{part} in {output}");
    }
}

#[test]
fn invalid_arguments_are_rejected_with_advice() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    let cut = file("cut.json");
    fs::write(&cut, "{\"connections\":[{\"id\":").unwrap();
    let cut = cut.to_str().unwrap();
    let (id, uri) = (APPLICATION_ID, REDIRECT_URI);
    let cases: &[(&[&str], &str)] = &[
        (&[], "<APPLICATION_ID> <REDIRECT_URI>..."),
        (&["", uri], "it is empty"),
        (&["client_01JQ", uri], "it is the id of an API credential"),
        (
            &[id, "https://example.com/"],
            "its host is not this machine",
        ),
        (&[id, uri, "http://user@localhost/"], "it has a user name"),
        (&[id, uri, "--port", "65536"], "invalid value '65536'"),
        (
            &[id, uri, "--port", &taken],
            "choose another one with `--port`",
        ),
        (
            &[id, uri, "--host", "0.0.0.0"],
            "unexpected argument '--host'",
        ),
        (
            &[id, uri, "--danger-listen-on", "all"],
            "invalid value 'all'",
        ),
        (&[id, uri, "--connections", cut], "it was left as it is"),
        (&[id, uri, "--connections", "/"], "file \"/\" cannot be"),
    ];
    for (arguments, expected) in cases {
        let output = command(arguments).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(stderr.contains("try '--help'"), "{arguments:?}: {stderr}");
    }
    assert_eq!(
        fs::read_to_string(cut).unwrap(),
        "{\"connections\":[{\"id\":"
    );
}

#[test]
fn dangerous_flags_open_it_to_other_machines() {
    let arguments = ["--danger-listen-on", "0.0.0.0", "--danger-allow-any-host"];
    let program = Program::start(&[&arguments[..], &["https://example.com/callback"]].concat());
    assert!(program.address.ip().is_unspecified());
}

/// Prints the numbers, by the command in `README.md`, which also asserts the times.
#[test]
fn with_ten_thousand_connections_it_is_small_and_fast() {
    let file = file("many.json");
    let arguments = ["--connections", file.to_str().unwrap()];
    Program::start(&arguments).end_flow("single_select=true&scope=read_vin", "user_id");
    let mut saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let connections = saved["connections"].as_array_mut().unwrap();
    let one = connections[0].clone();
    connections.clear();
    for number in 0..10_000 {
        let mut connection = one.clone();
        connection["id"] = number.to_string().into();
        connection["vehicle"]["id"] = number.to_string().into();
        connections.push(connection);
    }
    fs::write(&file, saved.to_string()).unwrap();

    let start = Instant::now();
    drop(Program::start(&[]));
    let mut times = vec![("start", start.elapsed(), Duration::from_millis(100))];
    let start = Instant::now();
    let program = Program::start(&arguments);
    println!("start with 10,000 connections: {:.1?}", start.elapsed());
    assert!(program.connections("").contains("\"totalCount\":10000"));
    let full = program.end_flow("make=BMW", "user_id");
    assert!(full.starts_with("HTTP/1.1 507 "), "{full}");

    let page = format!("/oauth/authorize?response_type=code&client_id={APPLICATION_ID}");
    let end = format!("{page}&simulated_outcome=access_denied");
    let token = program.token();
    for (name, target, headers, status) in [
        ("page of a flow", &*page, "", "HTTP/1.1 200 "),
        ("end of a flow", &end, "", "HTTP/1.1 302 "),
        ("connections", "/v3/connections", &token, "HTTP/1.1 200 "),
    ] {
        let time = program.response_time(target, headers, status);
        times.push((name, time, Duration::from_millis(1)));
    }
    for (name, time, limit) in times {
        println!("{name}: {time:.1?}");
        assert!(cfg!(debug_assertions) || time < limit, "{name}: {time:?}");
    }

    #[cfg(target_os = "linux")]
    {
        let status = fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
        let mut lines = status.lines();
        let line = lines.find(|line| line.starts_with("VmHWM:")).unwrap();
        let kib: u32 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        println!("memory: {} MiB", kib / 1024);
        assert!(kib < 64 * 1024, "{line}");
    }
}
