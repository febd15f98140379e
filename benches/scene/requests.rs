//! Requests as a server delivers them.

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Uri};

/// The path that Connect redirects to.
pub(crate) const CALLBACK_PATH: &str = "/callback";

/// A request that is no callback.
pub(crate) const OTHER: &str = "/garage/7?page=2";

/// The same without a query.
pub(crate) const OTHER_WITHOUT_QUERY: &str = "/garage/7";

/// The `state` in published redirects.
pub(crate) const PUBLISHED_STATE: &str = "0facda3319";

/// The published redirect whose description has lost its name.
pub(crate) const OEM_CANCELLED_LOGIN: (&str, &str) = (
    "oem_cancelled_login",
    "/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
);

/// The longest published redirect.
pub(crate) const CONFIGURATION_ERROR: (&str, &str) = (
    "configuration_error",
    "/callback?error=configuration_error&error_description=There%20has%20been%20an%20error%20in%20the%20configuration\
     %20of%20your%20application.&status_code=400&error_message=You%20have%20entered%20a%20test%20mode%20VIN.%20Please\
     %20enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.",
);

/// The published redirect of a flow that ends with an authorization code.
pub(crate) const SUCCESS: (&str, &str) = (
    "a success with a code",
    "/callback?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319",
);

/// The redirects that Smartcar publishes: what they report, and path and query. All of them on one
/// path.
pub(crate) const PUBLISHED: [(&str, &str); 7] = [
    OEM_CANCELLED_LOGIN,
    CONFIGURATION_ERROR,
    (
        "access_denied",
        "/callback?error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319",
    ),
    (
        "no_vehicles",
        "/callback?error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add%20vehicles%20to%20your\
         %20account%20and%20try%20again.",
    ),
    SUCCESS,
    (
        "a success with a user_id",
        "/callback?user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319",
    ),
    (
        "a success with a vehicle_id",
        "/callback?vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319",
    ),
];

/// The URI of a request as a server delivers it: its text is a part of a buffer that is shared
/// already.
///
/// `Bytes` made from a vector allocates once more when it is cloned for the first time, so that
/// clone is made here.
pub(crate) fn as_delivered(path_and_query: &str) -> Uri {
    let text = Bytes::from(path_and_query.as_bytes().to_vec());
    let _shared = text.clone();
    Uri::from_maybe_shared(text).expect("the text is a path and a query")
}

/// A request for this URI.
pub(crate) fn get(uri: &Uri) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.clone();
    request
}

/// A hostile query of about `length` bytes, after an error that makes it a callback.
pub(crate) struct Hostile {
    pub(crate) name: &'static str,
    /// The text before the repeated part.
    before: &'static str,
    repeated: &'static str,
}

/// Queries that are meant to cost much.
pub(crate) const HOSTILE: [Hostile; 5] = [
    Hostile {
        name: "only `&`",
        before: "",
        repeated: "&",
    },
    Hostile {
        name: "only `%`",
        before: "",
        repeated: "%",
    },
    Hostile {
        // 10 000 of them are 39 KiB.
        name: "thousands of parameters",
        before: "",
        repeated: "a=1&",
    },
    Hostile {
        name: "one long bare parameter",
        before: "",
        repeated: "a",
    },
    Hostile {
        name: "one long value",
        before: "error_description=",
        repeated: "%41",
    },
];

impl Hostile {
    /// The request with a query of `kibibytes`, or of as much less as an `http::Uri` needs for the
    /// path.
    pub(crate) fn request(&self, kibibytes: usize) -> Uri {
        let mut text = format!("{CALLBACK_PATH}?error=server_error&{}", self.before);
        let length = (kibibytes * 1024).min(LONGEST_URI);
        let repetitions = (length - text.len()) / self.repeated.len();
        text.push_str(&self.repeated.repeat(repetitions));
        as_delivered(&text)
    }
}

/// An `http::Uri` cannot be longer.
const LONGEST_URI: usize = u16::MAX as usize - 1;
