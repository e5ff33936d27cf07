//! The files of a run.

use leptos::prelude::*;
use types::{Artifact, ArtifactPath, Preview, RunId};

use crate::address::{Page, href};
use crate::i18n::{Language, RunsText, use_language};
use crate::number_format::decimal;
use crate::query::{push_encoded, with_query};

/// Extensions of pictures that a browser shows.
const PICTURES: [&str; 6] = ["svg", "png", "jpg", "jpeg", "gif", "webp"];

/// Files with links to look into them and to download them.
#[component]
pub fn ArtifactList(
    /// Whose files.
    run_id: RunId,
    /// The files by path.
    artifacts: Vec<Artifact>,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let page = href(language, Page::Run(run_id.clone()));
    let row = |artifact: Artifact| {
        let path = artifact.path.to_string();
        let preview = format!("{}#preview", with_query(&page, [("file", &path)]));
        view! {
            <tr>
                <th scope="row"><code>{path.clone()}</code></th>
                <td class="is-number">{size_text(language, artifact.size_bytes)}</td>
                <td><code class="artifact-digest" title=format!("SHA-256 {}", artifact.sha256)>
                    {artifact.sha256.get(..10).unwrap_or_default().to_owned()}
                </code></td>
                <td class="artifact-actions">
                    <a href=preview aria-label=format!("{}: {path}", t.preview)>{t.preview}</a>
                    <a
                        href=artifact_address(&run_id, &artifact.path)

                        download=artifact.path.file_name().to_owned()
                        aria-label=format!("{}: {path}", t.download)
                    >
                        {t.download}
                    </a>
                </td>
            </tr>
        }
    };
    let rows = artifacts.into_iter().map(row).collect_view();

    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=t.artifacts>
            <table class="artifact-list">
                <thead>
                    <tr>
                        <th scope="col">{t.file}</th>
                        <th scope="col" class="is-number">{t.size}</th>
                        <th scope="col">"SHA-256"</th>
                        <th scope="col">{t.actions}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The pictures among the files.
#[component]
pub fn ArtifactPictures(
    /// Whose files.
    run_id: RunId,
    /// The files by path; those that are no pictures are left out.
    artifacts: Vec<Artifact>,
) -> impl IntoView {
    let picture = |artifact: Artifact| {
        let name = artifact.path.file_name().to_owned();
        view! {
            <figure>
                <a href=inline_address(&run_id, &artifact.path)>
                    <img src=inline_address(&run_id, &artifact.path) alt=name.clone() loading="lazy"/>
                </a>
                <figcaption>{name}</figcaption>
            </figure>
        }
    };
    view! { <div class="artifact-pictures">{artifacts.into_iter().filter(is_picture).map(picture).collect_view()}</div> }
}

/// What can be shown of one file.
#[component]
pub fn ArtifactPreview(
    /// Whose file.
    run_id: RunId,
    /// Which file.
    path: ArtifactPath,
    /// What can be shown of it.
    preview: Preview,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let content = match preview {
        Preview::Text { text, truncated } => view! {
            <pre tabindex="0"><code>{text}</code></pre>
            {truncated.then(|| view! { <p class="muted">{t.truncated}</p> })}
        }
        .into_any(),
        Preview::Image => {
            view! { <img src=inline_address(&run_id, &path) alt=path.file_name().to_owned()/> }.into_any()
        }
        Preview::None => view! { <p>{t.no_preview}</p> }.into_any(),
    };
    view! {
        <section id="preview" class="artifact-preview" aria-label=t.preview>
            <h3><code>{path.to_string()}</code></h3>
            {content}
            <p class="artifact-actions">
                <a href=artifact_address(&run_id, &path) download=path.file_name().to_owned()>{t.download}</a>
                <a href=href(language, Page::Run(run_id.clone()))>{t.close_preview}</a>
            </p>
        </section>
    }
}

/// Whether a file is a picture that a browser shows.
#[must_use]
pub fn is_picture(artifact: &Artifact) -> bool {
    PICTURES.contains(&artifact.path.extension().as_str())
}

/// The address of a file in the JSON API.
#[must_use]
pub fn artifact_address(run_id: &RunId, path: &ArtifactPath) -> String {
    let mut address = format!("/api/v1/runs/{run_id}/artifacts");
    for segment in path.as_str().split('/') {
        address.push('/');
        push_encoded(&mut address, segment);
    }
    address
}

fn inline_address(run_id: &RunId, path: &ArtifactPath) -> String {
    format!("{}?inline=1", artifact_address(run_id, path))
}

/// A size in bytes, in the unit that leaves at most four digits.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn size_text(language: Language, bytes: i64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1000.0, 0);
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{} {}", decimal(language, size, 1), UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_few_digits() {
        let cases =
            [(0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (999_999, "1.0 MB"), (7_260_000_000, "7.3 GB")];
        for (bytes, text) in cases {
            assert_eq!(size_text(Language::En, bytes), text);
        }
    }

    #[test]
    fn every_path_makes_a_plain_address() {
        let path = ArtifactPath::parse("plots/año 1?#.svg").unwrap();
        let address = artifact_address(&RunId::from_bits(0xab), &path);
        assert_eq!(
            address,
            "/api/v1/runs/000000000000000000000000000000ab/artifacts/plots/a%C3%B1o%201%3F%23.svg"
        );
    }
}
