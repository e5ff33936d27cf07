//! What the server says about itself.

use axum::Json;
use serde::Serialize;

/// The release of MLflow whose wire this door speaks. Clients compare it with their own.
const MLFLOW_VERSION: &str = "3.18.0";

/// What MLflow's 3.x clients ask once before they send artifacts. Nothing that would lead them past this server:
/// they then send every file with one plain request.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of the wire, one field each")]
pub(crate) struct ServerInfo {
    store_type: &'static str,
    workspaces_enabled: bool,
    trace_archival_enabled: bool,
    multipart_uploads_enabled: bool,
    multipart_downloads_enabled: bool,
    artifact_serving_enabled: bool,
    artifacts_presigned_only: bool,
    presigned_upload_run_id_supported: bool,
    presigned_upload_model_id_supported: bool,
    model_artifact_presigned_downloads_supported: bool,
    tracking_auth: &'static str,
    features_enabled: Features,
}

/// Parts of MLflow that are not here.
#[derive(Debug, Serialize)]
struct Features {
    gateway: bool,
}

pub(crate) async fn get_version() -> &'static str {
    MLFLOW_VERSION
}

pub(crate) async fn get_server_info() -> Json<ServerInfo> {
    Json(ServerInfo {
        store_type: "SqlStore",
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
        artifact_serving_enabled: true,
        artifacts_presigned_only: false,
        presigned_upload_run_id_supported: false,
        presigned_upload_model_id_supported: false,
        model_artifact_presigned_downloads_supported: false,
        tracking_auth: "",
        features_enabled: Features { gateway: false },
    })
}
