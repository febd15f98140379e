use tower_smartcar_connect::{AppVerifiesState, ConnectUrl, StartConnect};

fn main() {
    let url = ConnectUrl::new("application-1", "https://example.com/callback").unwrap();
    let _start = StartConnect::new(url, AppVerifiesState);
}
