//! What is particular to PostgreSQL: its server, which comes and goes.

use crate::health::{answered, ready};
use crate::people::{settled, somebody, user_id};
use crate::{Database, Engine};
use application::store::{Store, StoreError, UserDirectory};
use persistence::{OpenError, Settings};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

async fn database() -> Database {
    Database::create(Engine::Postgres).await.unwrap()
}

/// Ends every connection that the store has, as a server that restarts does.
async fn end_all_connections(database: &Database) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(database.raw().await.unwrap().number(sql).await.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_ended_are_replaced_without_a_failed_request() {
    let database = database().await;
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    for round in 0..5_u8 {
        // Several units of work at once, so that several connections are kept.
        let works = [store.begin().await, store.begin().await, store.begin().await];
        assert!(works.iter().all(Result::is_ok));
        for work in works {
            work.unwrap().commit().await.unwrap();
        }
        end_all_connections(&database).await;
        if round % 2 == 0 {
            assert!(store.profile(user_id(1)).await.unwrap().is_some());
        }
        settled(&store, &somebody(round + 2, &format!("user-{round}"))).await;
    }
    store.close().await;
    database.remove().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ends_inside_a_unit_of_work_loses_all_of_it() {
    let database = database().await;
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    crate::people::settle(work.as_mut(), &somebody(1, "ann")).await;
    end_all_connections(&database).await;
    let committed = work.commit().await;
    assert!(matches!(committed, Err(StoreError::Unavailable(_))), "{committed:?}");
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    store.close().await;
    database.remove().await.unwrap();
}

/// Passes connections on to the server, until it is stopped.
fn pass_on(listener: TcpListener, server: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let server = server.clone();
            connections.spawn(async move {
                if let Ok(mut upstream) = TcpStream::connect(server).await {
                    let _ = copy_bidirectional(&mut client, &mut upstream).await;
                }
            });
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_and_comes_back_is_found_again() {
    let database = database().await;
    drop(database.store().await.unwrap());
    let (server, url) = {
        let url = database.url();
        let authority = url.split_once("://").unwrap().1.split('/').next().unwrap().to_owned();
        let server = authority.rsplit_once('@').map_or(authority.clone(), |(_, server)| server.to_owned());
        (server, url)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let road = pass_on(listener, server.clone());
    let mut settings = Settings::new(url.replace(&server, &address.to_string()));
    settings.busy_timeout = std::time::Duration::from_secs(20);
    let store = database.open(&settings).await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    road.abort();
    assert!(road.await.is_err());
    for _ in 0..3 {
        assert!(matches!(store.profile(user_id(1)).await, Err(StoreError::Unavailable(_))));
        assert!(matches!(store.begin().await.map(drop), Err(StoreError::Unavailable(_))));
        assert!(matches!(ready(&store).await, Err(StoreError::Unavailable(_))));
    }
    let road = pass_on(TcpListener::bind(address).await.unwrap(), server);
    answered(|| ready(&store)).await;
    assert!(store.profile(user_id(1)).await.unwrap().is_some());
    settled(&store, &somebody(2, "bob")).await;
    store.close().await;
    road.abort();
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_password() {
    let database = database().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let settings = Settings::new(format!("postgres://xtrem:hunter2@127.0.0.1:{port}/xtrem"));
    let refused = database.open(&settings).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Unavailable { .. }), "{refused:?}");
    let told = format!("{refused} {refused:?}");
    assert!(told.contains(&port.to_string()) && !told.contains("hunter2"), "{told}");
    database.remove().await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_encoded_in_utf8_is_refused() {
    let database = database().await;
    let name = database.file().display().to_string();
    let mut raw = database.raw().await.unwrap();
    let other = format!("{name}_latin");
    raw.run(&format!("CREATE DATABASE \"{other}\" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
        .await
        .unwrap();
    let refused = database.open(&Settings::new(database.url().replace(&name, &other))).await.map(drop);
    raw.run(&format!("DROP DATABASE \"{other}\" WITH (FORCE)")).await.unwrap();
    assert!(matches!(refused, Err(OpenError::Unfit { .. })), "{refused:?}");
    drop(raw);
    database.remove().await.unwrap();
}
