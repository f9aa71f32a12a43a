use journeys::{Client, Engine, Outcome, Person, Resident, Server, Settings, moment, on_both_engines, trail};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_engines!(
    every_account_is_listed_once_while_others_come,
    accounts_are_found_by_the_beginning_of_a_name_or_a_whole_address,
);

const PATH: &str = "/api/v1/users";

/// Makes an account for somebody, without a password: nothing has to be hashed.
async fn create(administrator: &Client, name: &str) -> Outcome<String> {
    let form = json!({"username": name, "email": format!("{name}@journeys.example")});
    let view = administrator.post(PATH, &form).await?.expect(201)?.json()?;
    Ok(view["id"].as_str().ok_or("a view has an id")?.to_owned())
}

/// A number in letters that resemble no others: names are ordered as they are compared, by what they look like.
fn spelled(number: usize) -> String {
    let letter = |digit: u8| char::from(b"abcdefghkx"[usize::from(digit - b'0')]);
    format!("b{number:04}").bytes().map(|byte| if byte == b'b' { 'b' } else { letter(byte) }).collect()
}

fn names(items: &[Value]) -> Vec<String> {
    items.iter().filter_map(|item| item["username"].as_str().map(str::to_owned)).collect()
}

/// Walks through all pages in one order, while somebody is added between any two of them.
async fn walk(administrator: &Client, sort: &str, marker: &str) -> Outcome<Vec<Value>> {
    let (mut items, mut path, mut page) = (Vec::new(), format!("{PATH}?sort={sort}&limit=20"), 0);
    loop {
        let answer = administrator.get(&path).await?.expect(200)?;
        let heard = answer.json()?;
        let found = heard["items"].as_array().cloned().unwrap_or_default();
        assert!(found.len() <= 20);
        items.extend(found);
        create(administrator, &format!("{marker}{}", spelled(page))).await?;
        page += 1;
        assert!(page < 60, "there is no end to it");
        let Some(next) = heard["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "", "the last page leads nowhere");
            return Ok(items);
        };
        // RFC 8288: the same place as the cursor, with everything else as it was asked.
        let link = answer.header("link").to_owned();
        let target =
            link.strip_prefix('<').and_then(|link| link.split_once(">; rel=\"next\"")).map(|(to, _)| to);
        let target = target.ok_or_else(|| format!("no next page in {link}"))?;
        assert!(target.contains("limit=20") && target.contains(&trail::escaped(next)), "{target} and {next}");
        let start = target.find(PATH).ok_or_else(|| format!("{target} leads elsewhere"))?;
        target[start..].clone_into(&mut path);
    }
}

/// A name as it is; of a moment its milliseconds, which is how finely accounts are ordered by their making.
fn sortable(value: &Value) -> Outcome<String> {
    let text = value.as_str().ok_or("a text")?;
    Ok(moment::micros(text).map_or_else(|_| text.to_owned(), |micros| (micros / 1_000).to_string()))
}

async fn every_account_is_listed_once_while_others_come(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    let mut there = BTreeSet::from([administrator.id.clone()]);
    for chunk in 0..10 {
        let creating = (0..25).map(|number| {
            let (me, name) = (me.clone(), spelled((number * 37 + chunk * 101) % 1000 * 10 + chunk));
            async move {
                let form = json!({"username": name, "email": format!("{name}@journeys.example")});
                me.post(PATH, &form).await
            }
        });
        for answer in Client::all_at_once(creating.collect::<Vec<_>>()).await? {
            there.insert(answer.expect(201)?.json()?["id"].as_str().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(there.len(), 251);
    let orders = [
        ("created_at", "created_at", false),
        ("-created_at", "created_at", true),
        ("username", "username", false),
        ("-username", "username", true),
    ];
    for (place, (sort, key, descending)) in orders.into_iter().enumerate() {
        // Newcomers get names that stand in the middle, so that they come before and behind the reader.
        let listed = walk(me, sort, &spelled(5_000 + place)).await;
        let listed = listed.map_err(|error| format!("{sort}: {error}"))?;
        let ids: Vec<&str> = listed.iter().filter_map(|item| item["id"].as_str()).collect();
        let distinct: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(distinct.len(), ids.len(), "{sort}: nobody twice");
        assert!(distinct.is_superset(&there), "{sort}: nobody is left out");
        let keys: Vec<String> = listed.iter().map(|item| sortable(&item[key])).collect::<Outcome<_>>()?;
        let sorted =
            keys.windows(2).all(|pair| if descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
        assert!(sorted, "{sort}: {keys:?}");
        there.extend(distinct);
    }
    Ok(())
}

async fn accounts_are_found_by_the_beginning_of_a_name_or_a_whole_address(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    for name in ["lantern", "LanternKeeper", "lan_tern", "l%n", "other.lantern"] {
        let form = json!({"username": name, "email": format!("{}@journeys.example", name.replace('%', ""))});
        let answer = me.post(PATH, &form).await?;
        assert!(matches!(answer.status, 201 | 400), "{name}: {}", answer.text());
    }
    let find = async |query: &str| Outcome::Ok(names(&trail::whole(me, PATH, query).await?));
    assert_eq!(find("?search=lantern").await?, ["lantern", "LanternKeeper"]);
    assert_eq!(find("?search=LANTERNK").await?, ["LanternKeeper"]);
    assert_eq!(find("?search=lantern&sort=-username").await?, ["LanternKeeper", "lantern"]);
    assert_eq!(find("?search=lan_&limit=1").await?, ["lan_tern"], "an underscore is an underscore");
    for nobody in
        ["%25", "tern", "lantern%40", "lantern%40journeys", "%40journeys.example", "%27%20OR%201%3D1--"]
    {
        assert_eq!(find(&format!("?search={nobody}")).await?, Vec::<String>::new(), "{nobody}");
    }
    assert_eq!(find("?search=LANTERN%40journeys.example").await?, ["lantern"]);

    let moderator = administrator.appoint(&server, "moderator").await?;
    let suspended = Resident::user(&server).await?;
    administrator.suspend(&suspended).await?.expect(200)?;
    assert_eq!(find("?role=admin").await?, [administrator.person.username.as_str()]);
    assert_eq!(find("?role=moderator").await?, [moderator.person.username.as_str()]);
    assert_eq!(find("?status=suspended").await?, [suspended.person.username.as_str()]);
    assert_eq!(find("?role=user&status=suspended&search=wren").await?, [suspended.person.username.as_str()]);
    assert_eq!(find("?role=moderator&status=suspended").await?, Vec::<String>::new());
    assert!(find("").await?.len() >= 6);
    Ok(())
}

/// H14 and M11: what cannot be meant is refused by name, and no column can be asked about.
#[tokio::test]
async fn a_question_that_cannot_be_meant_is_refused_by_name() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let me = &administrator.client;
    for _ in 0..3 {
        create(me, &Person::new().username).await?;
    }
    let page = me.get(&format!("{PATH}?limit=1")).await?.expect(200)?.json()?;
    let cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
    let by_name = me.get(&format!("{PATH}?limit=1&sort=username")).await?.expect(200)?.json()?;
    let by_name = by_name["next_cursor"].as_str().unwrap_or_default().to_owned();
    let tampered = format!("{}x", &cursor[..cursor.len() - 1]);
    let injected = format!("{cursor}'--");
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=1000000000", "/limit"),
        ("limit=-1", "/limit"),
        ("limit=ten", "/limit"),
        ("limit=", "/limit"),
        ("sort=password_hash", "/sort"),
        ("sort=email", "/sort"),
        ("sort=username%3BDROP%20TABLE%20users", "/sort"),
        ("role=owner", "/role"),
        ("status=deleted", "/status"),
        ("cursor=garbage", "/cursor"),
        ("cursor=", "/cursor"),
        (&format!("cursor={}", trail::escaped(&tampered)), "/cursor"),
        (&format!("cursor={}", trail::escaped(&injected)), "/cursor"),
        (&format!("cursor={}", trail::escaped(&by_name)), "/cursor"),
        (&format!("sort=username&cursor={}", trail::escaped(&cursor)), "/cursor"),
    ] {
        let refused = me.get(&format!("{PATH}?{query}")).await?;
        refused.problem(400, "invalid-input").map_err(|error| format!("{query}: {error}"))?;
        let fields = refused.fields()?;
        assert!(fields.iter().all(|field| field.starts_with(&format!("{pointer} "))), "{query}: {fields:?}");
        assert_eq!(fields.len(), 1, "{query}: {fields:?}");
    }
    for column in ["password_hash", "email", "email_key", "username_key", "id"] {
        let answer = me.get(&format!("{PATH}?{column}=a")).await?;
        assert_eq!(answer.status, 400, "{column}: {}", answer.text());
    }
    for limit in ["limit=1", "limit=200"] {
        me.get(&format!("{PATH}?{limit}")).await?.expect(200)?;
    }
    Ok(())
}
