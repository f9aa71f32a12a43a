use crate::copies;
use crate::crowd::{AT_ONCE, MARK, Marked, taken_back, traces};
use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{Engine, Outcome, Resident, Server, Settings, traces::files};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::task::JoinSet;

/// How many live a whole life, and how many there are with those whom an administrator has made.
const LIVES: usize = 60;
const PEOPLE: usize = 1_000;

/// K1, K9 and L11: after a thousand lives with everything in them that can be said and done, every second of them ended,
/// nothing that anybody said stands in clear anywhere: in no file of the databases, not in what is kept beside them, not in
/// the log at its most talkative, and in no answer to something that was refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lives_leave_nothing_in_clear_in_any_file_on_sqlite() -> Outcome {
    let mut server = Server::start(talkative(Settings::on(Engine::Sqlite))).await?;
    live(&server).await?;
    server.kill()?;
    let kept = files(server.home().path())?;
    let names: Vec<String> = kept.keys().map(|path| path.display().to_string()).collect();
    for file in ["journey.db", "journey.db-wal", "vault.db", "vault.db-wal", "erasures.ndjson"] {
        assert!(names.iter().any(|name| name.ends_with(file)), "{file} was not looked through: {names:?}");
    }
    assert_eq!(taken_back().among(&kept), Vec::<String>::new());
    assert_clean(&server, &kept)?;
    // What was looked with does see: the same in a copy in which something stands.
    let planted = copies::planted(server.vault(), MARK).await?;
    let Database::Sqlite(path) = &planted else { return Err("not a file".into()) };
    assert_eq!(traces().within(&std::fs::read(path)?).len(), 1);
    Ok(())
}

/// The same where both are kept by a server: in what it would hand out as a copy, in the files of its tables, in its log and
/// in its log of writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_lives_leave_nothing_in_clear_in_any_file_on_postgres() -> Outcome {
    let cluster = Cluster::start().await?;
    let database = Database::create_on(cluster.url()).await?;
    let mut server = Server::start(talkative(Settings::on(Engine::Postgres).database(database))).await?;
    live(&server).await?;
    server.kill()?;
    let mut kept = files(server.home().path())?;
    for (name, database) in [("main.sql", server.database()), ("vault.sql", server.vault())] {
        let dump = copies::dump(database).await?;
        assert!(dump.contains("COPY public."), "{name} holds nothing");
        kept.insert(name.into(), dump.into_bytes());
    }
    assert_eq!(taken_back().among(&kept), Vec::<String>::new());
    cluster.stop().await?;
    kept.extend(files(&cluster.folder())?);
    assert_clean(&server, &kept)?;
    cluster.start_again().await?;
    let planted = copies::dump(&copies::planted(server.vault(), MARK).await?).await?;
    assert_eq!(traces().within(planted.as_bytes()).len(), 1);
    Ok(())
}

fn talkative(settings: Settings) -> Settings {
    let settings = settings.unthrottled().with("LOG__LEVEL", "trace");
    settings.with("SERVER__TRUSTED_PROXIES", "127.0.0.1").with("PASSWORDS__QUEUE", "1000")
}

async fn live(server: &Server) -> Outcome {
    let (client, administrator) = (server.client()?, Resident::administrator(server).await?);
    let crowd: Vec<Marked> =
        (0..PEOPLE).map(|number| Marked::new(&client, number)).collect::<Outcome<_>>()?;
    let lives = at_once(crowd[..LIVES].iter().cloned().map(Marked::live)).await?;
    for answer in lives.iter().flatten() {
        let told = traces().within(&answer.body);
        assert!(told.is_empty(), "{told:?} in {}", answer.text());
    }
    // Refusals are written about once a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let administrator = administrator.refreshed().await?;
    let kept = crowd[..LIVES].iter().cloned().zip(lives).map(|(marked, refused)| {
        let administrator = administrator.clone();
        async move { marked.be_kept(&administrator, &refused).await }
    });
    at_once(kept).await?;
    let made = crowd[LIVES..].iter().cloned().map(|marked| {
        let administrator = administrator.clone();
        async move { marked.be_created(&administrator).await }
    });
    at_once(made).await?;
    for path in ["/api/v1/audit-events/export", "/api/v1/users?limit=200", "/api/v1/admin/overview"] {
        administrator.client.get(path).await?.expect(200)?;
    }
    Ok(())
}

/// Does all of it, some of it at the same time.
async fn at_once<T: Send + 'static, F>(work: impl Iterator<Item = F>) -> Outcome<Vec<T>>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let (mut under_way, mut done) = (JoinSet::new(), BTreeMap::new());
    for (number, piece) in work.enumerate() {
        if under_way.len() == AT_ONCE {
            note(&mut under_way, &mut done).await?;
        }
        under_way.spawn(async move { (number, piece.await) });
    }
    while !under_way.is_empty() {
        note(&mut under_way, &mut done).await?;
    }
    Ok(done.into_values().collect())
}

async fn note<T: 'static>(
    under_way: &mut JoinSet<(usize, Outcome<T>)>,
    done: &mut BTreeMap<usize, T>,
) -> Outcome {
    if let Some(ended) = under_way.join_next().await {
        let (number, outcome) = ended?;
        done.insert(number, outcome?);
    }
    Ok(())
}

fn assert_clean(server: &Server, kept: &BTreeMap<PathBuf, Vec<u8>>) -> Outcome {
    let link = server.setup_link().and_then(|link| link.split_once("xsl_"));
    let (_, secret) = link.ok_or("no link to the first administrator")?;
    let traces = traces().and_bytes("the link to the first administrator", secret.as_bytes());
    assert_eq!(traces.among(kept), Vec::<String>::new());
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains("\"xtrem::ready\"")).collect();
    assert!(lines.len() > PEOPLE, "it was a talkative log");
    let log = lines.join("\n");
    assert_eq!(traces.within(log.as_bytes()).into_iter().collect::<Vec<_>>(), Vec::<String>::new());
    for line in lines {
        assert_eq!(token(line.as_bytes()), None, "{line}");
    }
    for (path, bytes) in kept {
        assert_eq!(token(bytes), None, "in {}", path.display());
    }
    Ok(())
}

/// The opaque tokens that say whose they are.
const KINDS: [&[u8; 4]; 5] = [b"xrt_", b"xsc_", b"xdm_", b"xpl_", b"xex_"];

/// What in there is of the shape of a secret of ours, an opaque token or a signed one with what it says, and what stands
/// around it.
///
/// An opaque token begins with an identifier, and that with the time (RFC 9562, section 5.7). By that it is told from the
/// keys that addresses are found by: they are written in the same letters, and of the thousands that stand here, one run in
/// seventy would find a token's prefix in one.
fn token(bytes: &[u8]) -> Option<String> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_long = |rest: &[u8]| rest.iter().take_while(|byte| is_part(byte)).count() >= 20;
    let opaque = |at: &[u8]| {
        at.split_first_chunk().is_some_and(|(kind, rest)| {
            KINDS.contains(&kind) && matches!(rest, [b'A', b'a'..=b'z', ..]) && is_long(rest)
        })
    };
    let signed = |at: &[u8]| {
        let length = at.iter().take_while(|byte| is_part(byte)).count();
        at.starts_with(b"eyJ") && at[length..].starts_with(b".eyJ") && is_long(&at[length + 1..])
    };
    let at = (0..bytes.len()).find(|at| match bytes[*at] {
        b'x' => opaque(&bytes[*at..]),
        b'e' => signed(&bytes[*at..]),
        _ => false,
    })?;
    let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 200)];
    Some(format!("at {at}: {}", around.escape_ascii()))
}

#[test]
fn a_token_is_known_by_its_shape() {
    for text in [
        "xrt_AaIFnEjzfSKSuDwsDudE1A",
        "(xsc_AaIFnEjzfSKSuDwsDudE1A)",
        "activexrt_AaIFnEjzfSKSuDwsDudE1A",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMWEyMDU5YyJ9.x",
    ] {
        assert!(token(text.as_bytes()).is_some(), "{text}");
    }
    for other in [
        "xrt_AaIFnE",
        "7RkmO6bEYF6xrt_9jpiDc-EWotE8IC_YzFDH7btVo70ZA",
        "max_page_size_of_everything_there_is",
        "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJlIG9mIGE",
    ] {
        assert_eq!(token(other.as_bytes()), None);
    }
}
