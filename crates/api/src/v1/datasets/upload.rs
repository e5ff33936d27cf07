//! Taking in a table, as it comes.

use std::io;

use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Ctx, datasets};
use futures::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode, header};
use types::{Dataset, DatasetName, Fault, Language, Location};
use utoipa::ToSchema;

use crate::v1::error::{Detail, Problem, WriteProblems};
use crate::v1::fields::{Input, wire};
use crate::v1::op::{Op, Query};

/// Largest body, in bytes: a dataset, with room for what is around it.
pub(crate) const BODY_MAX: usize = (1 << 30) + (1 << 20);

/// Longest name in a form, in bytes.
const NAME_MAX: usize = 1000;

/// Name of a table that comes without one.
const UNNAMED: &str = "upload";

/// Media type of a form with a file.
const FORM: &str = "multipart/form-data";

/// Media types of a table that is a whole body.
const MEDIA_TYPES: [&str; 7] = [
    "application/octet-stream",
    "application/vnd.apache.parquet",
    "application/x-parquet",
    "application/csv",
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
];

wire! {
    /// How the table is called.
    struct Naming {
        /// Name of the dataset.
        optional name: Option<DatasetName> = Input::parsed,
    }
}

/// A form with a table.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read piece by piece; this is its document")]
pub(crate) struct UploadForm {
    /// Page of ours that shows the answer to a browser: the dataset below it, or `problem` behind it. Must come before the file.
    back: Option<String>,
    /// Name of the dataset; must come before the file. The file's own name without extension if absent.
    name: Option<String>,
    /// CSV or Parquet.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Upload a dataset
///
/// A CSV or Parquet file, as the part `file` of a form or as the whole body (`text/csv`, `application/vnd.apache.parquet` or
/// `application/octet-stream`). Delimiter, encoding, quotes, decimal mark and thousands of a CSV file are found out; it needs a
/// header. At most 1 GiB; nothing is stored of a file that cannot be read. A name may have many versions; the same content under
/// the same name is stored once.
#[utoipa::path(
    post,
    path = "/api/v1/datasets/upload",
    tag = "datasets",
    params(("name" = Option<String>, Query, description = "Name of the dataset; the form's field `name` goes first")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The dataset", body = Dataset), WriteProblems),
)]
pub(crate) async fn upload_dataset(
    Op(ctx): Op,
    Query(naming): Query<Naming>,
    request: Request,
) -> Result<Response, Response> {
    let headers = request.headers().clone();
    let (back, dataset) = if media_type(&headers) == FORM {
        let form = Multipart::from_request(request, &()).await.map_err(|rejection| {
            Problem::of_faults(vec![Fault::of_body(rejection.body_text(), "value_error")]).into_response()
        })?;
        let mut back = None;
        let dataset = of_form(&ctx, form, naming.name, &mut back).await;
        (back.filter(|_| accepts_page(&headers)), dataset)
    } else if MEDIA_TYPES.contains(&media_type(&headers).as_str()) {
        let content = request.into_body().into_data_stream().map_err(io::Error::other);
        (None, import(&ctx, naming.name, None, content).await)
    } else {
        let told = format!("Content-Type must be {FORM} or one of {}", MEDIA_TYPES.join(", "));
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, Json(Detail::new(told))).into_response());
    };
    match (back, dataset) {
        (None, Ok(dataset)) => {
            let location = [(header::LOCATION, format!("/api/v1/datasets/{}", dataset.digest))];
            Ok((StatusCode::CREATED, location, Json(dataset)).into_response())
        }
        (None, Err(problem)) => Err(problem.into_response()),
        (Some(back), Ok(dataset)) => Ok(Redirect::to(&format!("{back}/{}", dataset.digest)).into_response()),
        (Some(back), Err(problem)) => {
            let language = if back.starts_with("/es/") { Language::Es } else { Language::En };
            let problem = problem.sentence(language);
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("problem", &problem).finish();
            Ok(Redirect::to(&format!("{back}?{query}")).into_response())
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a browser sent the form and shows the answer.
fn accepts_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// Reads a form up to its file, which is the last part that counts.
async fn of_form(
    ctx: &Ctx,
    mut form: Multipart,
    mut name: Option<DatasetName>,
    back: &mut Option<String>,
) -> Result<Dataset, Problem> {
    while let Some(part) = form.next_field().await.map_err(broken)? {
        match part.name() {
            Some("name") => {
                let text = short_text(part).await?;
                if !text.is_empty() {
                    name = Some(
                        DatasetName::parse(&text).map_err(|invalid| fault("name", invalid.to_string()))?,
                    );
                }
            }
            Some("back") => {
                let page = short_text(part).await?;
                // Only pages of ours: `//host` and `/\\host` would lead to another machine.
                let is_ours = page.starts_with('/') && !page.starts_with("//") && !page.contains('\\');
                *back = Some(page).filter(|page| is_ours && page.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            Some("file") => {
                let own_name = part.file_name().map(str::to_owned);
                return import(ctx, name, own_name, part.map_err(io::Error::other)).await;
            }
            _ => {}
        }
    }
    Err(fault("file", "field required".to_owned()))
}

async fn short_text(mut part: Field<'_>) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        text.extend_from_slice(&chunk);
        if text.len() > NAME_MAX {
            return Err(fault("name", format!("is longer than {NAME_MAX} bytes")));
        }
    }
    String::from_utf8(text)
        .map(|text| text.trim().to_owned())
        .map_err(|_| fault("name", "is not UTF-8".to_owned()))
}

async fn import(
    ctx: &Ctx,
    name: Option<DatasetName>,
    own_name: Option<String>,
    content: impl Stream<Item = io::Result<Bytes>> + Send,
) -> Result<Dataset, Problem> {
    let own_name = own_name.unwrap_or_default();
    // Browsers of old send whole paths.
    let file_name = own_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let name = match name {
        Some(name) => name,
        None => DatasetName::parse(if stem.is_empty() { UNNAMED } else { stem })
            .map_err(|invalid| fault("file", format!("gives the dataset a bad name: {invalid}")))?,
    };
    let source = if file_name.is_empty() { UNNAMED } else { file_name };
    Ok(datasets::import(ctx, name, source, content.boxed()).await?)
}

fn broken(error: MultipartError) -> Problem {
    Problem::of_faults(vec![Fault::of_body(error.body_text(), "value_error")])
}

fn fault(field: &str, msg: String) -> Problem {
    let kind = if msg == "field required" { "value_error.missing" } else { "value_error" };
    let loc = vec![Location::Name("body".to_owned()), Location::Name(field.to_owned())];
    Problem::of_faults(vec![Fault { loc, msg, kind: kind.to_owned(), ctx: None }])
}
