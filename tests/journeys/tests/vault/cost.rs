use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{Engine, Outcome, Resident, Server, Settings, wait};
use serde_json::json;

const PEOPLE: usize = 100;

/// A list of a hundred people asks the first database once for them, and the vault once: as one of two people does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_a_hundred_people_with_their_addresses_costs_two_questions() -> Outcome {
    let cluster = Cluster::start().await?;
    let (database, kept) =
        (Database::create_on(cluster.url()).await?, Database::create_on(cluster.url()).await?);
    for one in [&database, &kept] {
        let url = one.url();
        let name = url.rsplit('/').next().unwrap_or_default();
        one.execute(&format!("ALTER DATABASE {name} SET log_statement = 'all'")).await?;
    }
    let server = Server::start(Settings::on(Engine::Postgres).database(database).vault(kept)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    for number in 0..PEOPLE {
        let form = json!({"username": format!("lodger{number}"), "email": format!("lodger{number}@journeys.example")});
        me.post("/api/v1/users", &form).await?.expect(201)?;
    }
    for limit in [2, PEOPLE] {
        let before = said(&cluster)?.len();
        let list = me.get(&format!("/api/v1/users?limit={limit}")).await?.expect(200)?.json()?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let has_address =
            |item: &serde_json::Value| item["email"].as_str().is_some_and(|text| text.contains('@'));
        assert!(items.len() == limit && items.iter().all(has_address), "{list}");
        let asked = async |table: &str| -> Outcome<usize> {
            let named = format!("FROM {table}");
            // Only what was read: meanwhile the service may remove what nobody needs any longer from the same table.
            let read = |line: &&str| line.contains(": SELECT ") && line.contains(&named);
            let count = || -> Outcome<usize> { Ok(said(&cluster)?[before..].lines().filter(read).count()) };
            wait::until(&named, async || Ok((count()? > 0).then_some(()))).await?;
            count()
        };
        assert_eq!(
            (asked("people").await?, asked("users u").await?),
            (1, 1),
            "{}",
            &said(&cluster)?[before..]
        );
    }
    Ok(())
}

/// What the server wrote of what it was asked.
fn said(cluster: &Cluster) -> Outcome<String> {
    Ok(String::from_utf8_lossy(&std::fs::read(cluster.folder().join("server.log"))?).into_owned())
}
