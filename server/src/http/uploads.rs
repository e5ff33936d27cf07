//! Which requests carry a file.

/// Whether the body of a request to `path` is a file, streamed to disk as it comes.
pub(super) fn is_upload(path: &str) -> bool {
    let below_prefix = path.strip_prefix("/api/2.0/").or_else(|| path.strip_prefix("/ajax-api/2.0/"));
    below_prefix.is_some_and(|rest| {
        rest.starts_with("mlflow-artifacts/artifacts/") || rest == "mlflow/upload-artifact"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_uploads() {
        for path in [
            "/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/model.onnx",
            "/ajax-api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/model.onnx",
            "/ajax-api/2.0/mlflow/upload-artifact",
        ] {
            assert!(is_upload(path), "{path}");
        }
        for path in ["/predict", "/api/2.0/mlflow-artifacts/artifacts", "/api/2.0/mlflow/runs/create"] {
            assert!(!is_upload(path), "{path}");
        }
    }
}
