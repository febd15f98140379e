//! Ready-made responses with another body.

use std::fmt;
use std::future::{Ready, ready};

use http::Response;
use http::request::Parts;

use super::{ErrorPage, PopupMessage, ProblemDetails, RedirectTo};
use crate::callback::HandleCallback;

/// A ready-made response whose body a function converts. `map_body` of each of them creates it.
///
/// You need it if the body of your service is not `From<String>`. tonic's is an example, and so are
/// boxed bodies:
///
/// ```
/// use http_body_util::BodyExt;
/// use tower_smartcar_connect::responses::ErrorPage;
/// use tower_smartcar_connect::{AppVerifiesState, ConnectCallbackLayer};
///
/// // In front of tonic: `.map_body(tonic::body::Body::new)`
/// let page = ErrorPage::new("/garage").map_body(|html| html.boxed_unsync());
/// let layer =
///     ConnectCallbackLayer::new("/callback", AppVerifiesState).on_failure(page);
/// # use std::convert::Infallible;
/// # use http::{Request, Response};
/// # use http_body_util::{Empty, combinators::UnsyncBoxBody};
/// # use hyper::body::Bytes;
/// # use tower::{Layer, Service, service_fn};
/// # let inner = service_fn(async |_: Request<()>| {
/// #     Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new().boxed_unsync()))
/// # });
/// # drop(layer.layer(inner).call(Request::new(())));
/// ```
#[derive(Clone)]
pub struct MapBody<H, F> {
    handler: H,
    map: F,
}

impl<H, F, T, R> HandleCallback<T, R> for MapBody<H, F>
where
    H: HandleCallback<T, String, Future = Ready<Response<String>>>,
    F: Fn(String) -> R,
{
    type Future = Ready<Response<R>>;

    fn handle(&self, callback: T, request: Parts) -> Self::Future {
        let response = self.handler.handle(callback, request).into_inner();
        ready(response.map(&self.map))
    }
}

impl<H: fmt::Debug, F> fmt::Debug for MapBody<H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapBody")
            .field("handler", &self.handler)
            .finish_non_exhaustive()
    }
}

macro_rules! map_body {
    ($($handler:ident),+) => {$(
        impl $handler {
            /// Converts the body of each response with this function, for a service whose body is
            /// not `From<String>`. See [`MapBody`].
            #[must_use]
            pub fn map_body<F, R>(self, map: F) -> MapBody<Self, F>
            where
                F: Fn(String) -> R,
            {
                MapBody { handler: self, map }
            }
        }
    )+};
}

map_body!(ErrorPage, PopupMessage, ProblemDetails, RedirectTo);
