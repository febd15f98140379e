//! The programs of a test: three servers of the app, nginx and Redis.

use std::convert::Infallible;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use smartcar_connect_simulator::browser::Browser;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};
use tower::service_fn;

/// How many servers of the app there are.
pub(crate) const SERVERS: usize = 3;

/// How long something may take before it counts as stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(20);

/// Asks again until it is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + STUCK;
    while !is_so().await {
        assert!(Instant::now() < deadline, "not in {STUCK:?}: {what}");
        sleep(Duration::from_millis(2)).await;
    }
}

/// A process that ends with its test, also if the test fails.
struct Program(Child);

impl Program {
    fn start(command: &mut Command) -> Self {
        let started = command.spawn();
        Self(started.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }

    /// Lets it end the requests that it has read.
    async fn stop(&mut self) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.unwrap().success());
        until("it stops", async || self.0.try_wait().unwrap().is_some()).await;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Three servers of the app behind nginx.
pub(crate) struct Servers {
    apps: Vec<Program>,
    /// They stay open while a server restarts, and connections wait in them.
    listeners: [TcpListener; SERVERS],
    _nginx: Program,
    folder: TempDir,
}

impl Servers {
    pub(crate) async fn start(states: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let listeners =
            [(); SERVERS].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let mut apps = Vec::new();
        let mut addresses = String::new();
        for (server, listener) in listeners.iter().enumerate() {
            let address = listener.local_addr().unwrap();
            addresses += &format!("server {address} max_fails=0;");
            apps.push(start_app(listener, server, "present", states).await);
        }
        let settings = include_str!("nginx.conf").replace("SERVERS", &addresses);
        fs::write(folder.path().join("nginx.conf"), settings).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.args(["-p", ".", "-c", "nginx.conf", "-e", "error.log"]);
        let servers = Self {
            apps,
            listeners,
            _nginx: Program::start(nginx.current_dir(&folder)),
            folder,
        };
        listens(&servers.socket()).await;
        servers
    }

    /// Stops a server, and starts it with other settings.
    pub(crate) async fn restart(&mut self, server: usize, version: &str, states: &str) {
        self.apps[server].stop().await;
        self.apps[server] = start_app(&self.listeners[server], server, version, states).await;
    }

    /// Restarts one server after another.
    pub(crate) async fn restart_each(&mut self, version: &str, states: &str) {
        for server in 0..SERVERS {
            self.restart(server, version, states).await;
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("nginx.sock")
    }

    /// Returns a browser that reaches the app through nginx, and Connect.
    pub(crate) fn browser(&self) -> Browser {
        let socket = self.socket();
        let nginx = service_fn(move |request| {
            let stream = UnixStream::connect(socket.clone());
            async { Ok::<_, Infallible>(send(stream.await.unwrap(), request).await) }
        });
        let connect = service_fn(async |request| Ok::<_, Infallible>(connect(&request)));
        Browser::new()
            .with_site("https://app.example", nginx)
            .with_site("https://connect.smartcar.com", connect)
    }
}

/// Returns when it responds.
async fn start_app(socket: &TcpListener, server: usize, version: &str, states: &str) -> Program {
    let mut app = Command::new(env!("CARGO_BIN_EXE_servers"));
    app.env("SERVER", server.to_string());
    app.env("VERSION", version).env("STATES", states);
    app.stdin(OwnedFd::from(socket.try_clone().unwrap()));
    let app = Program::start(&mut app);
    let stream = TcpStream::connect(socket.local_addr().unwrap());
    let request = Request::get("/").header("host", "app.example");
    let response = send(stream.await.unwrap(), request.body(String::new()).unwrap());
    timeout(STUCK, response).await.expect("the app responds");
    app
}

/// The page of Connect. That of the simulator is long, and takes more time than the rest of a flow.
fn connect(request: &Request<String>) -> Response<String> {
    let mut parameters = request.uri().query().unwrap_or_default().split('&');
    let state = parameters.find_map(|parameter| parameter.strip_prefix("state="));
    Response::new(format!(
        "<form action=https://app.example/callback><input name=user_id value=1>
        <input name=state value={}><button>Allow access</button></form>",
        state.expect("the app sends a state"),
    ))
}

async fn send<S>(stream: S, request: Request<String>) -> Response<Incoming>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(request).await.unwrap()
}

async fn listens(socket: &Path) {
    let connects = async || UnixStream::connect(socket).await.is_ok();
    until(&format!("{socket:?} listens"), connects).await;
}

/// Redis, which has each change on disk before it responds.
pub(crate) struct Redis {
    program: Program,
    folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let program = Self::program(folder.path()).await;
        Self { program, folder }
    }

    async fn program(folder: &Path) -> Program {
        let mut redis = Command::new("redis-server");
        redis.args([
            "--port",
            "0",
            "--unixsocket",
            "redis.sock",
            "--logfile",
            "redis.log",
        ]);
        redis.args([
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ]);
        let program = Program::start(redis.current_dir(folder));
        listens(&folder.join("redis.sock")).await;
        program
    }

    /// The address, for the apps.
    pub(crate) fn states(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder.path().display())
    }

    pub(crate) fn kill(&mut self) {
        self.program.0.kill().unwrap();
        self.program.0.wait().unwrap();
    }

    /// Starts it again, with what it has on disk.
    pub(crate) async fn restart(&mut self) {
        self.program = Self::program(self.folder.path()).await;
    }
}
