//! Requests to a server.

use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt, BodyStream, Full, Limited};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// How long a server may take to begin its answer.
const PATIENCE: Duration = Duration::from_mins(5);

/// How long connecting may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);

/// How often a request is repeated that a busy server did not answer, and the first pause before.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);

/// Largest answer that is read whole, in bytes: a page of 1000 runs may be long.
const ANSWER_MAX: usize = 512 * 1024 * 1024;

/// A server and how to reach it. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Scheme, host, port and path before MLflow's own, without a slash at the end.
    base: String,
    /// Scheme, host and port, for messages.
    place: String,
    authorization: Option<HeaderValue>,
}

impl Client {
    /// Understands an address such as `https://user:password@host:5000/mlflow`.
    pub(super) fn new(address: &str) -> Result<Self> {
        let wrong = |why: &str| Error::Place(format!("the address of the server {why}"));
        let uri: Uri = address.parse().map_err(|error| wrong(&format!("cannot be read: {error}")))?;
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().ok_or_else(|| wrong("names no host"))?.as_str();
        let (user, host) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if uri.query().is_some() {
            return Err(wrong("must end with its path, without `?`"));
        }
        let authorization = user
            .map(|user| {
                let user = percent_decoded(user);
                let mut value = HeaderValue::from_str(&format!("Basic {}", base64(user.as_bytes())))
                    .map_err(|_| wrong("holds a name that cannot be sent"))?;
                value.set_sensitive(true);
                Ok::<_, Error>(value)
            })
            .transpose()?;

        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(CONNECT_PATIENCE));
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| {
                Error::Unavailable(format!("the certificates of this machine cannot be read: {error}"))
            })?;
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .build(tls.https_or_http().enable_http1().wrap_connector(connector));
        let place = format!("{scheme}://{host}");
        Ok(Self { http, base: format!("{place}{}", uri.path().trim_end_matches('/')), place, authorization })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.json(Method::GET, path, Bytes::new()).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Result<T> {
        self.json(Method::POST, path, body.to_string().into()).await
    }

    async fn json<T: DeserializeOwned>(&self, method: Method, path: &str, body: Bytes) -> Result<T> {
        let response = self.send(&method, path, &body).await?;
        let broke_off =
            |error: &dyn std::fmt::Display| self.unavailable(&format!("broke off its answer: {error}"));
        let answer = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
        let answer = answer.map_err(|error| broke_off(&error))?.to_bytes();
        serde_json::from_slice(&answer).map_err(|error| {
            Error::Place(format!(
                "{} does not answer as MLflow does ({error}); check the address",
                self.place
            ))
        })
    }

    /// A file, as it comes in.
    pub(super) async fn download(
        &self,
        path: &str,
    ) -> Result<impl Stream<Item = Result<Bytes, hyper::Error>> + Send + 'static> {
        let response = self.send(&Method::GET, path, &Bytes::new()).await?;
        let frames = BodyStream::new(response.into_body());
        Ok(frames.filter_map(|frame| async { frame.map(|frame| frame.into_data().ok()).transpose() }))
    }

    /// Sends a request, again if the server is busy, and answers the response if it is a good one.
    async fn send(&self, method: &Method, path: &str, body: &Bytes) -> Result<Response<Incoming>> {
        let mut tries = 0;
        loop {
            tries += 1;
            let answered =
                tokio::time::timeout(PATIENCE, self.http.request(self.request(method, path, body)?)).await;
            let problem = match answered {
                Err(_) => format!("has not answered for {} seconds", PATIENCE.as_secs()),
                Ok(Err(error)) if tries == 1 && error.is_connect() => {
                    return Err(self.unavailable(&format!("cannot be reached: {}", causes(&error))));
                }
                Ok(Err(error)) => format!("does not answer: {}", causes(&error)),
                Ok(Ok(response)) if is_busy(&response) => format!("answers {}", response.status()),
                Ok(Ok(response)) => return self.checked(response).await,
            };
            if tries == TRIES {
                return Err(self.unavailable(&problem));
            }
            tokio::time::sleep(PAUSE * 2_u32.pow(tries - 1)).await;
        }
    }

    fn request(&self, method: &Method, path: &str, body: &Bytes) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(ACCEPT, "*/*")
            .header(USER_AGENT, concat!("cuaderno/", env!("CARGO_PKG_VERSION")));
        if *method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(body.clone()));
        request.map_err(|error| Error::Broken(format!("the server cannot be asked for it: {error}")))
    }

    async fn checked(&self, response: Response<Incoming>) -> Result<Response<Incoming>> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            let to =
                response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("another address");
            return Err(Error::Place(format!("{} sends on to {to}; import from there", self.place)));
        }
        if status.as_u16() == 401 || status.as_u16() == 403 {
            return Err(Error::Place(format!(
                "{} wants to know who asks ({status}); write http://NAME:PASSWORD@HOST",
                self.place
            )));
        }
        let answer = Limited::new(response.into_body(), 64 * 1024).collect().await;
        let answer = answer.map(|answer| answer.to_bytes()).unwrap_or_default();
        let message =
            serde_json::from_slice::<super::wire::ErrorAnswer>(&answer).ok().and_then(|it| it.message);
        let message = message.map_or_else(|| status.to_string(), |message| format!("{status}: {message}"));
        Err(Error::Broken(format!("the server answers {message}")))
    }

    fn unavailable(&self, problem: &str) -> Error {
        Error::Unavailable(format!("{} {problem}", self.place))
    }
}

/// An address path with its query.
pub(super) fn query(path: &str, wanted: &[(&str, &str)]) -> String {
    format!("{path}?{}", pairs(wanted))
}

/// The pairs of a query.
pub(super) fn pairs(wanted: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(wanted).finish()
}

fn is_busy(response: &Response<Incoming>) -> bool {
    matches!(response.status().as_u16(), 408 | 429 | 502 | 503 | 504)
}

/// An error with what led to it: the outer one of hyper says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn percent_decoded(text: &str) -> String {
    // A plus is a plus here, unlike in forms.
    let pair =
        form_urlencoded::parse(text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D").as_bytes())
            .next()
            .map(|(text, _)| text.into_owned());
    pair.unwrap_or_default()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * place)) as usize & 63]);
            text.push(if place <= three.len() { digit } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_sent_as_basic_authentication() {
        assert_eq!(base64(b"Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(
            (base64(b""), base64(b"a"), base64(b"ab"), base64(b"abc")),
            (String::new(), "YQ==".to_owned(), "YWI=".to_owned(), "YWJj".to_owned())
        );
        assert_eq!(percent_decoded("ana:a%40b+c=d&e"), "ana:a@b+c=d&e");
    }

    #[test]
    fn an_address_may_have_a_path_and_a_user() {
        let client = Client::new("http://ana:x@localhost:5000/mlflow/").unwrap();
        assert_eq!(
            (client.base.as_str(), client.place.as_str()),
            ("http://localhost:5000/mlflow", "http://localhost:5000")
        );
        assert!(client.authorization.is_some());
        assert!(matches!(Client::new("http://a b"), Err(Error::Place(_))));
        assert!(matches!(Client::new("http:///x"), Err(Error::Place(_))));
    }
}
