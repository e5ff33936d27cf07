use cuaderno_store::Error;
use types::search::{
    Comparison, Field, Filter, ModelVersionAttribute, OrderBy, RegisteredModelAttribute, Test,
};
use types::{
    Alias, ArtifactLocation, Millis, ModelName, ModelStage, RegistryQuery, VersionQuery, VersionRecord,
};

use crate::fixture::*;

fn name(text: &str) -> ModelName {
    ModelName::parse(text).unwrap()
}

conformance!(versions_are_numbered_from_1_and_each_run_has_one, |store| async move {
    let cars = ModelName::cars();
    for number in 1..=3 {
        store.given_run(number).await;
    }
    let first = store.insert_model_version(&cars, &run_id(1), "LinearRegression", Millis(10)).await?;
    assert_eq!((first.version, first.run_id.clone(), first.created_at), (1, Some(run_id(1)), Millis(10)));
    assert_eq!((first.model_type.as_str(), first.aliases.len()), ("LinearRegression", 0));
    let second = store.insert_model_version(&cars, &run_id(2), "RandomForestRegressor", Millis(11)).await?;
    assert_eq!(second.version, 2);
    let again = store.insert_model_version(&cars, &run_id(1), "x", Millis(12)).await?;
    assert_eq!(again, first);
    let other = store.insert_model_version(&name("a model"), &run_id(1), "", Millis(13)).await?;
    assert_eq!(other.version, 1);

    let models = store.registered_models().await?;
    assert_eq!(
        models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(),
        ["a model", "automoviles"]
    );
    assert_eq!(models[1].versions, [second, first]);
    assert_eq!((models[1].created_at, models[1].updated_at), (Millis(10), Millis(11)));
    assert_eq!(store.registered_model(&cars).await?.as_ref(), Some(&models[1]));
    assert_eq!(store.registered_model(&name("b")).await?, None);
    Ok(())
});

conformance!(a_version_needs_a_run, |store| async move {
    let result = store.insert_model_version(&name("m"), &run_id(9), "", Millis(1)).await;
    assert!(matches!(result, Err(Error::Missing { what: "run", .. })));
    assert_eq!(store.registered_models().await?, []);
    Ok(())
});

conformance!(versions_registered_at_once_get_different_numbers, |store| async move {
    for number in 1..=12 {
        store.given_run(number).await;
    }
    let registrations = (1..=12).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            store.insert_model_version(&name("m"), &run_id(number), "", Millis(1)).await.unwrap().version
        })
    });
    let mut versions = futures::future::try_join_all(registrations).await?;
    versions.sort_unstable();
    assert_eq!(versions, (1..=12).collect::<Vec<i64>>());
    Ok(())
});

conformance!(an_alias_points_to_one_version_and_remembers_its_changes, |store| async move {
    let (m, champion) = (name("m"), Alias::champion());
    for number in 1..=2 {
        store.given_run(number).await;
        store.insert_model_version(&m, &run_id(number), "t", Millis(1)).await?;
    }
    assert_eq!(store.alias_target(&m, &champion).await?, None);
    assert!(store.set_alias(&m, &champion, 1, Millis(10), "ana").await?);
    assert!(store.set_alias(&m, &champion, 1, Millis(11), "ana").await?);
    assert!(store.set_alias(&m, &Alias::parse("blue").unwrap(), 2, Millis(12), "").await?);
    assert!(store.set_alias(&m, &champion, 2, Millis(13), "luis").await?);
    assert!(!store.set_alias(&m, &champion, 3, Millis(14), "luis").await?);
    assert!(!store.set_alias(&name("n"), &champion, 1, Millis(14), "luis").await?);

    let target = store.alias_target(&m, &champion).await?.unwrap();
    assert_eq!((target.version, target.run_id.clone()), (2, Some(run_id(2))));
    assert_eq!(target.aliases.iter().map(Alias::as_str).collect::<Vec<_>>(), ["blue", "champion"]);
    let model = store.registered_model(&m).await?.unwrap();
    assert_eq!(model.versions[0], target);
    assert_eq!(model.versions[1].aliases, []);
    assert_eq!(model.updated_at, Millis(13));

    let history: Vec<(String, Option<i64>, i64, String)> = store
        .alias_history(&m)
        .await?
        .into_iter()
        .map(|event| (event.alias.to_string(), event.version, event.at.0, event.by))
        .collect();
    let event = |alias: &str, version, at, by: &str| (alias.to_owned(), Some(version), at, by.to_owned());
    assert_eq!(
        history,
        [event("champion", 2, 13, "luis"), event("blue", 2, 12, ""), event("champion", 1, 10, "ana")]
    );
    assert_eq!(store.alias_history(&name("n")).await?, []);
    Ok(())
});

fn record(name: &ModelName, run: u32) -> VersionRecord {
    let location = format!("0/{}/artifacts/model", run_id(run));
    VersionRecord {
        name: name.clone(),
        run_id: Some(run_id(run)),
        model_id: None,
        source: format!("runs:/{}/model", run_id(run)),
        location: ArtifactLocation::parse(&location).unwrap().unwrap(),
        model_type: "sklearn".to_owned(),
        run_link: String::new(),
        description: "first".to_owned(),
        tags: vec![tag("stage", "test")],
    }
}

conformance!(a_name_is_registered_described_renamed_and_deleted, |store| async move {
    let (m, n) = (name("m"), name("n"));
    assert!(store.insert_registered_model(&m, "cars", &[tag("team", "a")], Millis(1)).await?);
    assert!(!store.insert_registered_model(&m, "", &[], Millis(2)).await?);
    assert!(store.insert_registered_model(&n, "", &[], Millis(3)).await?);
    assert!(store.describe_registered_model(&m, "used cars", Millis(4)).await?);
    assert!(store.set_registered_model_tag(&m, &tag("team", "b")).await?);
    assert!(store.set_registered_model_tag(&m, &tag("x", "y")).await?);
    assert!(store.delete_registered_model_tag(&m, &tag("x", "").key).await?);
    assert!(store.delete_registered_model_tag(&m, &tag("x", "").key).await?);
    let entry = store.registry_entry(&m).await?.unwrap();
    assert_eq!((entry.description.as_str(), entry.tags), ("used cars", vec![tag("team", "b")]));
    assert_eq!((entry.created_at, entry.updated_at), (Millis(1), Millis(4)));

    let taken = store.rename_registered_model(&m, &n, Millis(5)).await;
    assert!(matches!(taken, Err(Error::Taken { what: "model", .. })));
    assert!(store.rename_registered_model(&m, &name("o"), Millis(6)).await?);
    assert_eq!(store.registry_entry(&m).await?, None);
    assert!(store.delete_registered_model(&name("o")).await?);
    assert!(!store.delete_registered_model(&name("o")).await?);
    assert!(!store.describe_registered_model(&m, "", Millis(7)).await?);
    assert!(!store.set_registered_model_tag(&m, &tag("a", "b")).await?);
    Ok(())
});

conformance!(versions_keep_their_numbers_and_what_was_said_about_them, |store| async move {
    let m = name("m");
    store.given_run(1).await;
    let unknown = store.insert_version(&record(&m, 1), Millis(1)).await;
    assert!(matches!(unknown, Err(Error::Missing { what: "model", .. })));
    store.insert_registered_model(&m, "", &[], Millis(1)).await?;
    let nobody = VersionRecord { run_id: Some(run_id(9)), ..record(&m, 1) };
    assert!(matches!(
        store.insert_version(&nobody, Millis(1)).await,
        Err(Error::Missing { what: "run", .. })
    ));

    let first = store.insert_version(&record(&m, 1), Millis(2)).await?;
    assert_eq!((first.version, first.stage, first.updated_at), (1, ModelStage::None, Millis(2)));
    assert_eq!(first.artifact_uri, format!("mlflow-artifacts:/0/{}/artifacts/model", run_id(1)));
    assert!(!first.is_native);
    assert_eq!(first.tags, [tag("stage", "test")]);
    let second = store.insert_version(&record(&m, 1), Millis(3)).await?;
    assert_eq!(second.version, 2);

    assert!(store.describe_version(&m, 2, "second", Millis(4)).await?);
    assert!(store.set_version_tag(&m, 2, &tag("a", "1")).await?);
    assert!(store.delete_version_tag(&m, 2, &tag("stage", "").key).await?);
    assert!(store.set_version_stage(&m, 1, ModelStage::Production, false, Millis(5)).await?);
    assert!(store.set_version_stage(&m, 2, ModelStage::Production, true, Millis(6)).await?);
    assert!(store.set_alias(&m, &Alias::champion(), 2, Millis(7), "").await?);
    let found = store.model_version(&m, 2).await?.unwrap();
    assert_eq!((found.description.as_str(), found.tags.as_slice()), ("second", [tag("a", "1")].as_slice()));
    assert_eq!(found.aliases, [Alias::champion()]);
    let entry = store.registry_entry(&m).await?.unwrap();
    let latest: Vec<_> = entry.latest_versions.iter().map(|v| (v.version, v.stage)).collect();
    assert_eq!(latest, [(2, ModelStage::Production), (1, ModelStage::Archived)]);
    assert_eq!(entry.aliases, [(Alias::champion(), 2)]);

    assert!(store.delete_version(&m, 2, Millis(8), "ana").await?);
    assert!(!store.delete_version(&m, 2, Millis(8), "ana").await?);
    assert_eq!(store.model_version(&m, 2).await?, None);
    assert_eq!(store.alias_target(&m, &Alias::champion()).await?, None);
    let event = &store.alias_history(&m).await?[0];
    assert_eq!((event.version, event.at, event.by.as_str()), (None, Millis(8), "ana"));
    assert!(!store.set_alias(&m, &Alias::champion(), 2, Millis(9), "").await?);
    assert_eq!(store.insert_version(&record(&m, 1), Millis(9)).await?.version, 3);

    assert!(!store.set_version_stage(&m, 2, ModelStage::Staging, false, Millis(9)).await?);
    assert!(!store.describe_version(&m, 2, "", Millis(9)).await?);
    assert!(!store.set_version_tag(&m, 2, &tag("a", "1")).await?);
    assert!(store.set_alias(&m, &Alias::champion(), 3, Millis(10), "").await?);
    assert!(store.delete_alias(&m, &Alias::champion(), Millis(11), "").await?);
    assert!(store.delete_alias(&m, &Alias::champion(), Millis(12), "").await?);
    assert!(!store.delete_alias(&name("x"), &Alias::champion(), Millis(12), "").await?);
    assert_eq!(store.alias_history(&m).await?[0].at, Millis(11));
    Ok(())
});

conformance!(a_version_is_native_if_its_run_recorded_a_model_of_ours, |store| async move {
    let m = name("m");
    let run = store.given_run(1).await;
    let path = types::ArtifactPath::parse("model/model.cuaderno")?;
    store.put_artifact(&run, &path, futures::stream::iter([Ok("x".into())])).await?;
    let promoted = store.insert_model_version(&m, &run, "", Millis(1)).await?;
    assert!(promoted.is_native);
    assert_eq!(promoted.source, format!("runs:/{run}/model"));
    let elsewhere = ArtifactLocation::parse(&format!("0/{run}/artifacts/other"))?;
    let other = VersionRecord { location: elsewhere.unwrap(), ..record(&m, 1) };
    assert!(!store.insert_version(&other, Millis(2)).await?.is_native);
    // The promotion of the run still is its own version.
    assert_eq!(store.insert_model_version(&m, &run, "", Millis(3)).await?.version, promoted.version);
    Ok(())
});

conformance!(the_registry_is_searched_without_prompts_unless_they_are_asked_for, |store| async move {
    store.given_run(1).await;
    let prompt = tag("mlflow.prompt.is_prompt", "true");
    for (at, model, tags) in [
        (1, "alpha", vec![tag("team", "a")]),
        (2, "beta", vec![tag("team", "b")]),
        (3, "prompt", vec![prompt.clone()]),
    ] {
        store.insert_registered_model(&name(model), "", &tags, Millis(at)).await?;
        let record = VersionRecord { tags, ..record(&name(model), 1) };
        store.insert_version(&record, Millis(10 + at)).await?;
    }
    store.insert_version(&record(&name("alpha"), 1), Millis(20)).await?;

    let models = async |filter: Option<Filter<RegisteredModelAttribute>>| {
        let query = RegistryQuery { filter, order_by: Vec::new(), max_results: 10, page_token: None };
        let page = store.search_registry(&query).await.unwrap();
        page.models.into_iter().map(|model| model.name.to_string()).collect::<Vec<_>>()
    };
    let tagged = |key: &str, test| Some(Filter::Compare { field: Field::Tag(key.to_owned()), test });
    let is_not = |value: &str| Test::Text { negated: true, value: value.to_owned() };
    assert_eq!(models(None).await, ["alpha", "beta"]);
    assert_eq!(models(tagged("team", text("b"))).await, ["beta"]);
    assert_eq!(models(tagged("mlflow.prompt.is_prompt", is_not("true"))).await, ["alpha", "beta"]);
    assert_eq!(models(tagged("mlflow.prompt.is_prompt", text("false"))).await, ["alpha", "beta"]);
    assert_eq!(models(tagged("mlflow.prompt.is_prompt", text("true"))).await, ["prompt"]);
    assert_eq!(models(tagged("mlflow.prompt.is_prompt", is_not("false"))).await, ["prompt"]);
    let named = Filter::Compare { field: Field::Attribute(RegisteredModelAttribute::Name), test: like("%a") };
    assert_eq!(models(Some(named)).await, ["alpha", "beta"]);

    let versions = async |filter: Option<Filter<ModelVersionAttribute>>, order_by| {
        let query = VersionQuery { filter, order_by, max_results: 10, page_token: None };
        let page = store.search_versions(&query).await.unwrap();
        page.versions.into_iter().map(|v| format!("{}/{}", v.name, v.version)).collect::<Vec<_>>()
    };
    assert_eq!(versions(None, Vec::new()).await, ["alpha/2", "beta/1", "alpha/1"]);
    let by_name = OrderBy { field: Field::Attribute(ModelVersionAttribute::Name), descending: true };
    assert_eq!(versions(None, vec![by_name]).await, ["beta/1", "alpha/2", "alpha/1"]);
    let attribute = |attribute, test| Some(Filter::Compare { field: Field::Attribute(attribute), test });
    let second = attribute(ModelVersionAttribute::VersionNumber, number(Comparison::Equal, 2.0));
    assert_eq!(versions(second, Vec::new()).await, ["alpha/2"]);
    let of_run = attribute(ModelVersionAttribute::RunId, text(run_id(1).as_str()));
    assert_eq!(versions(of_run, Vec::new()).await.len(), 3);
    let source = attribute(ModelVersionAttribute::SourcePath, like("runs:/%"));
    assert_eq!(versions(source, Vec::new()).await.len(), 3);

    let first = RegistryQuery { filter: None, order_by: Vec::new(), max_results: 1, page_token: None };
    let page = store.search_registry(&first).await?;
    let second = RegistryQuery { page_token: page.next_page_token, ..first };
    let page = store.search_registry(&second).await?;
    assert_eq!((page.models[0].name.as_str(), page.next_page_token), ("beta", None));
    Ok(())
});
