//! The simulator as a program: its arguments, its responses and its shutdown.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use tower_smartcar_connect::ConnectUrl;

const APPLICATION_ID: &str = "8229df9f-91a0-4ff0-a1ae-a1f38ee24d07";
const REDIRECT_URI: &str = "http://localhost:8000/callback";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command
}

/// The program on a free port. It is killed on drop.
struct Program {
    child: Child,
    origin: String,
    address: SocketAddr,
    output: BufReader<std::process::ChildStdout>,
}

impl Program {
    fn start() -> Self {
        let mut child = command(&[APPLICATION_ID, REDIRECT_URI, "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let origin = line.split_whitespace().last().unwrap().to_owned();
        let address = origin.strip_prefix("http://").unwrap().parse().unwrap();
        Self {
            child,
            origin,
            address,
            output,
        }
    }

    /// Sends a `GET` request and returns the response as text.
    fn get(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let address = self.address;
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    /// Reads the rest of the output, until the program exits.
    fn rest_of_output(&mut self) -> String {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_flow_starts_and_ends_at_the_program() {
    let program = Program::start();
    assert!(program.address.ip().is_loopback());
    let connect_url = ConnectUrl::new(APPLICATION_ID, REDIRECT_URI)
        .and_then(|url| url.origin(&*program.origin))
        .unwrap();
    let address = connect_url.with_state("0facda3319");
    let target = address.path_and_query().unwrap();

    let page = program.get(target.as_str());
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("This is not Smartcar."), "{page}");
    let end = program.get(&format!("{target}&simulated_outcome=oem_cancelled_login"));
    assert!(end.starts_with("HTTP/1.1 302 Found\r\n"), "{end}");
    let location = format!(
        "\r\nlocation: {REDIRECT_URI}?error=oem_cancelled_login\
         &the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM&state=0facda3319\r\n"
    );
    assert!(end.contains(&location), "{end}");
    let other = program.get("/oauth/token");
    assert!(other.starts_with("HTTP/1.1 404 Not Found\r\n"), "{other}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_it_and_its_output_has_instructions() {
    let mut program = Program::start();
    // A response shows that it serves, so it waits for the signal.
    program.get("/");
    let pid = program.child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(killed.success());
    assert!(program.child.wait().unwrap().success());
    let output = program.rest_of_output();
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
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().port().to_string();
    let cases: &[(&[&str], &str)] = &[
        (&[], "<APPLICATION_ID> <REDIRECT_URI>..."),
        (&[APPLICATION_ID], "<REDIRECT_URI>..."),
        (&["", REDIRECT_URI], "it is empty"),
        (
            &["client_01JQ", REDIRECT_URI],
            "it is the id of an API credential",
        ),
        (
            &[APPLICATION_ID, "https://example.com/callback"],
            "redirect URI \"https://example.com/callback\": its host is not this machine",
        ),
        (
            &[APPLICATION_ID, REDIRECT_URI, "http://user@localhost/"],
            "redirect URI \"http://user@localhost/\": it has a user name or a password",
        ),
        (
            &[APPLICATION_ID, REDIRECT_URI, "--port", "65536"],
            "invalid value '65536' for '--port <PORT>'",
        ),
        (
            &[APPLICATION_ID, REDIRECT_URI, "--port", &taken],
            "choose another one with `--port`",
        ),
        (
            &[APPLICATION_ID, REDIRECT_URI, "--host", "0.0.0.0"],
            "unexpected argument '--host'",
        ),
    ];
    for (arguments, expected) in cases {
        let Output { status, stderr, .. } = command(arguments).output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert!(stderr.contains("try '--help'"), "{arguments:?}: {stderr}");
    }
}
