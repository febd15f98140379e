//! The servers of a test: three processes of the app, nginx and Redis.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use smartcar_connect_simulator::Simulator;
use smartcar_connect_simulator::browser::Browser;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};
use tower::service_fn;

/// How long a server may take to start or to stop.
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
        Self(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{command:?}: {error}")),
        )
    }

    /// Lets it end the requests that it has begun.
    async fn stop(&mut self) {
        let pid = self.0.id().to_string();
        let mut kill = Command::new("kill");
        assert!(
            kill.args(["-TERM", &pid])
                .status()
                .expect("kill runs")
                .success()
        );
        until("the program stops", async || {
            self.0.try_wait().expect("it can be awaited").is_some()
        })
        .await;
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Three processes of the app behind nginx.
pub(crate) struct Servers {
    apps: [App; 3],
    _nginx: Program,
    folder: TempDir,
}

/// The socket stays open while the process restarts, and connections wait in it.
struct App {
    listener: TcpListener,
    program: Program,
}

impl App {
    fn start(listener: &TcpListener, server: usize, version: &str, states: &str) -> Program {
        let socket = OwnedFd::from(listener.try_clone().expect("a socket can be cloned"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_servers"));
        command
            .env("SERVER", server.to_string())
            .env("VERSION", version)
            .env("STATES", states);
        Program::start(command.stdin(socket))
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("it listens")
    }

    async fn responds(&self) {
        let stream = TcpStream::connect(self.address())
            .await
            .expect("it listens");
        let request = Request::get("/")
            .header("host", "localhost")
            .body(String::new());
        let response = send(stream, request.expect("it is a request"));
        timeout(STUCK, response).await.expect("the app responds");
    }
}

impl Servers {
    pub(crate) async fn start(states: &str) -> Self {
        let folder = TempDir::new().expect("there is room for a folder");
        let apps = [0, 1, 2].map(|server| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
            let program = App::start(&listener, server, "present", states);
            App { listener, program }
        });
        let path = folder.path();
        let addresses = apps.each_ref().map(App::address);
        fs::write(path.join("nginx.conf"), nginx_conf(path, &addresses)).expect("it is written");
        let nginx = Program::start(
            Command::new("nginx")
                .args(["-c", "nginx.conf", "-e", "error.log", "-p"])
                .arg(path),
        );
        let servers = Self {
            apps,
            _nginx: nginx,
            folder,
        };
        until("nginx listens", async || {
            UnixStream::connect(servers.socket()).await.is_ok()
        })
        .await;
        for app in &servers.apps {
            app.responds().await;
        }
        servers
    }

    /// Stops a server, and starts it with other settings.
    pub(crate) async fn restart(&mut self, server: usize, version: &str, states: &str) {
        let app = &mut self.apps[server];
        app.program.stop().await;
        app.program = App::start(&app.listener, server, version, states);
        app.responds().await;
    }

    /// Restarts one server after another.
    pub(crate) async fn deploy(&mut self, version: &str, states: &str) {
        for server in 0..self.apps.len() {
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
            let socket = socket.clone();
            async move {
                let stream = UnixStream::connect(socket).await.expect("nginx listens");
                Ok::<_, hyper::Error>(send(stream, request).await)
            }
        });
        let simulator = Simulator::new("application-1", ["https://localhost/callback"]);
        Browser::new()
            .with_site("https://localhost", nginx)
            .with_site(
                "https://connect.smartcar.com",
                simulator.expect("the registration is valid"),
            )
    }
}

/// What nginx has to say is of use if a test fails.
impl Drop for Servers {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("error.log"));
            eprintln!("nginx: {}", log.unwrap_or_default());
        }
    }
}

/// Requests go to each server in turn. When a server stops, it closes connections whose request it
/// has not read, and nginx sends such a request to another server.
fn nginx_conf(folder: &Path, apps: &[SocketAddr]) -> String {
    let servers: String = apps
        .iter()
        .map(|app| format!("server {app} max_fails=0; "))
        .collect();
    let folder = folder.display();
    format!(
        "daemon off;
        master_process off;
        pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            upstream app {{ {servers} }}
            server {{
                listen unix:{folder}/nginx.sock;
                location / {{
                    proxy_pass http://app;
                    proxy_set_header Host $host;
                    proxy_next_upstream error timeout non_idempotent;
                    proxy_read_timeout 20s;
                }}
            }}
        }}"
    )
}

async fn send<S>(stream: S, request: Request<String>) -> Response<Incoming>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connected = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.expect("the server listens");
    tokio::spawn(connection);
    sender
        .send_request(request)
        .await
        .expect("the server responds")
}

/// Redis, which has each change on disk before it responds.
pub(crate) struct Redis {
    program: Program,
    folder: TempDir,
}

impl Redis {
    pub(crate) async fn start() -> Self {
        let folder = TempDir::new().expect("there is room for a folder");
        let redis = Self {
            program: Self::program(folder.path()),
            folder,
        };
        redis.responds().await;
        redis
    }

    fn program(folder: &Path) -> Program {
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            "0",
            "--unixsocket",
            "redis.sock",
            "--logfile",
            "redis.log",
        ]);
        command.args([
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--dir",
        ]);
        Program::start(command.arg(folder).current_dir(folder))
    }

    /// The address, for the apps.
    pub(crate) fn states(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder.path().display())
    }

    async fn responds(&self) {
        let client = redis::Client::open(self.states()).expect("the address is valid");
        until("Redis responds", async || {
            let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
                return false;
            };
            redis::cmd("PING")
                .query_async::<()>(&mut connection)
                .await
                .is_ok()
        })
        .await;
    }

    pub(crate) fn kill(&mut self) {
        self.program.0.kill().expect("Redis runs");
        self.program.0.wait().expect("Redis was killed");
    }

    /// Starts it again, with what it has on disk.
    pub(crate) async fn restart(&mut self) {
        self.program = Self::program(self.folder.path());
        self.responds().await;
    }
}
