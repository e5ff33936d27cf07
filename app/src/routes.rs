//! The frame of every page, and the route table.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

use crate::components::{SiteFooter, SiteHeader};
use crate::i18n::{Common, provide_language, use_language};
use crate::pages::{
    ComparePage, ExperimentListPage, ExperimentPage, HomePage, JobPage, ModelsPage, NotFoundPage, RunPage,
    TrainPage, ValuePage,
};

/// The whole application: frame and route table.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_language();
    let t = Common::of(use_language());

    view! {
        <Title formatter=|title: String| format!("{title} · Cuaderno")/>
        <Router>
            <a class="skip-link" href="#main">{t.skip_to_content}</a>
            <SiteHeader/>
            <main id="main" class="main" tabindex="-1">
                <FlatRoutes fallback=NotFoundPage>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                    <Route path=path!("/experiments") view=ExperimentListPage ssr=SsrMode::Async/>
                    <Route path=path!("/experiments/:id") view=ExperimentPage ssr=SsrMode::Async/>
                    <Route path=path!("/runs/:id") view=RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/compare") view=ComparePage ssr=SsrMode::Async/>
                    <Route path=path!("/models") view=ModelsPage ssr=SsrMode::Async/>
                    <Route path=path!("/train") view=TrainPage ssr=SsrMode::Async/>
                    <Route path=path!("/train/:id") view=JobPage ssr=SsrMode::Async/>
                    <Route path=path!("/value") view=ValuePage ssr=SsrMode::Async/>
                    <Route path=path!("/es") view=HomePage ssr=SsrMode::Async/>
                    <Route path=path!("/es/experiments") view=ExperimentListPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/experiments/:id") view=ExperimentPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/runs/:id") view=RunPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/compare") view=ComparePage ssr=SsrMode::Async/>
                    <Route path=path!("/es/models") view=ModelsPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/train") view=TrainPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/train/:id") view=JobPage ssr=SsrMode::Async/>
                    <Route path=path!("/es/valorar") view=ValuePage ssr=SsrMode::Async/>
                </FlatRoutes>
            </main>
            <SiteFooter/>
        </Router>
    }
}
