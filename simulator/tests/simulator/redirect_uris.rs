//! The redirect URIs that the simulator accepts.

use smartcar_connect_simulator::Simulator;

use crate::{REDIRECT_URI, rows};

/// A redirect URI, and what the message about it begins with, or nothing if it is accepted.
const REDIRECT_URIS: &str = r"
    http://localhost |
    http://localhost:8000 |
    http://localhost:8000?next=/garage |
    https://localhost/callback |
    http://app.localhost:8000/callback |
    http://127.8.9.1:8000/callback |
    http://[::1]:8000/callback |
    http://localhost/callback?lang=en |
    https://example.com/callback | its host is not this machine
    http://localhost.evil.example/callback | its host is not this machine
    http://127.0.0.1.evil.example/callback | its host is not this machine
    http://notlocalhost/callback | its host is not this machine
    http://localhost./callback | its host is not this machine
    http://0.0.0.0:8000/callback | its host is not this machine
    http://192.168.0.7/callback | its host is not this machine
    http://[::ffff:7f00:1]/callback | its host is not this machine
    http://2130706433/ | browsers write it as
    http://0127.0.0.1/ | browsers write it as
    http://LOCALHOST/callback | browsers write it as
    http://localhost:80/callback | browsers write it as
    http://localhost/a/../callback | browsers write it as
    http://localhost/\evil.example | browsers write it as
    http://evil.example\.localhost/ | browsers write it as
    http:localhost | browsers write it as
    http:///callback | browsers write it as
    http://localhost/a b | browsers write it as
    http://localhost/café | browsers write it as
    http://localhost@evil.example/callback | it has a user name or a password
    http://user:password@localhost/callback | it has a user name or a password
    http://@localhost/callback | it has a user name or a password
    http://localhost%40evil.example/ | it is not an absolute URL
    http://localhost:65536/ | it is not an absolute URL
    /callback | it is not an absolute URL
    sc4a1b01e5://callback | its scheme is neither https nor http
    javascript:alert(1) | its scheme is neither https nor http
    http://localhost/callback#top | it has a fragment
    http://localhost/callback?state=1 | its query has a parameter that Connect uses itself
    http://localhost/?st%61te | its query has a parameter that Connect uses itself
";

#[test]
fn redirect_uris_have_to_be_on_this_machine_and_as_browsers_write_them() {
    for [uri, reason] in rows(REDIRECT_URIS) {
        match Simulator::new("app-1", [uri]) {
            Ok(_) => assert_eq!(reason, "", "{uri}"),
            Err(invalid) => {
                let beginning = format!("redirect URI {uri:?}: {reason}");
                let is_expected = invalid.to_string().starts_with(&beginning);
                assert!(is_expected && !reason.is_empty(), "{invalid}");
            }
        }
    }
    let hidden = [
        "",
        " http://localhost/",
        "http://lo\tcalhost/",
        "http://localhost/\n",
    ];
    for uri in hidden {
        assert!(Simulator::new("app-1", [uri]).is_err(), "{uri:?}");
    }
    let none = Simulator::new("app-1", [REDIRECT_URI; 0]).unwrap_err();
    assert!(none.to_string().starts_with("no redirect URI"), "{none}");
}

#[test]
fn other_machines_need_the_dangerous_constructor_which_keeps_all_other_rules() {
    let cases = [
        ("https://example.com/callback", true),
        ("http://app.test:8000/callback", true),
        ("sc-1://callback", false),
        ("https://user@example.com/callback", false),
        ("https://example.com/callback?error=1", false),
    ];
    for (uri, is_accepted) in cases {
        let result = Simulator::danger_allow_any_host("app-1", [uri]);
        assert_eq!(result.is_ok(), is_accepted, "{uri}: {result:?}");
    }
}
