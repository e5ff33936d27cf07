use cuaderno_store::Error;
use types::{Alias, Millis, ModelName};

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
