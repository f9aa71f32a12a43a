use super::heads::{forged_heads, wound_back};
use super::trail::{Finding, Trail, flipped, verified};
use journeys::{Engine, Outcome, on_both_engines};

on_both_engines!(whatever_is_done_to_the_trail_is_found_at_its_number);

/// Something that somebody does to the database past the service, and what a check is to say of it.
struct Tampering {
    name: String,
    statements: String,
    /// What it says.
    found: Finding,
    /// What it says without any head, where it is the heads that show it.
    alone: Option<Finding>,
}

impl Tampering {
    fn new(name: impl Into<String>, statements: impl Into<String>, found: Finding) -> Self {
        Self { name: name.into(), statements: statements.into(), found, alone: None }
    }

    fn but_alone(self, found: Finding) -> Self {
        Self { alone: Some(found), ..self }
    }
}

/// One after the other, each on a copy of its own: every column of an event changed by one byte or one character; events
/// removed, swapped, added, renumbered; the end cut off with and without the row that says where it is; the links made
/// anew without the key; the row of the end and the anchor forged. A check names the first number that is wrong: without any
/// head where the database alone shows it, and with the heads that were kept where only they do.
async fn whatever_is_done_to_the_trail_is_found_at_its_number(engine: Engine) -> Outcome {
    let trail = Trail::make(engine).await?;
    let heads = trail.heads_file().display().to_string();
    let none = trail.write("no-heads", "")?;
    let untouched = trail.copy("").await?;
    assert_eq!(untouched.verified(&["--heads", &heads]).await?, Finding::Holds);
    untouched.remove().await?;
    let mut all = edits(&trail).await?;
    all.extend(moves(&trail).into_iter().chain(forgeries(&trail)));
    all.extend(ends(&trail).await?);
    let mut wrong = Vec::new();
    for Tampering { name, statements, found, alone } in all {
        let copy = trail.copy(&statements).await.map_err(|error| format!("{name}: {error}"))?;
        let with_heads = alone.is_some().then_some((&heads, &found));
        let without = (&none, alone.as_ref().unwrap_or(&found));
        for (file, expected) in with_heads.into_iter().chain([without]) {
            match copy.verified(&["--heads", file]).await {
                Ok(told) if told.is_meant_by(expected) => {}
                other => wrong.push(format!("{name}, with {file}: {other:?} instead of {expected:?}")),
            }
        }
        copy.remove().await?;
    }
    wound_back(&trail, &heads, &none).await?;
    forged_heads(&trail).await?;
    assert_eq!(verified(&trail.program, &[]).await?, Finding::Holds, "the original is as it was");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// Every column of the event in the midst, changed.
async fn edits(trail: &Trail) -> Outcome<Vec<Tampering>> {
    let (middle, mut all) = (trail.middle, Vec::new());
    let altered = || Finding::at(middle, "altered");
    let set =
        |column: &str, value: &str| format!("UPDATE events SET {column} = {value} WHERE sequence = {middle}");
    for column in
        ["id", "actor_id", "subject", "request_id", "link", "address_commitment", "private_commitment"]
    {
        let digits = trail.digits(column, middle).await?;
        let value = trail.literal(column, &flipped(&digits, 9));
        all.push(Tampering::new(format!("a byte of {column}"), set(column, &value), altered()));
    }
    for column in ["sealed_address", "sealed_private"] {
        let digits = trail.digits(column, middle).await?;
        // Whose key, which form, the nonce, what is sealed, its tag.
        for byte in [0, 1, 5, digits.len() / 4, digits.len() / 2 - 1] {
            let value = trail.literal(column, &flipped(&digits, byte));
            all.push(Tampering::new(format!("byte {byte} of {column}"), set(column, &value), altered()));
        }
        let empty = trail.literal(column, "");
        all.push(Tampering::new(format!("{column} emptied"), set(column, &empty), altered()));
    }
    for (name, column, value) in [
        ("a letter of the kind", "kind", "'user_suspendec'"),
        ("another kind", "kind", "'user_reinstated'"),
        ("another kind of actor", "actor", "'system'"),
        ("a microsecond", "at", "at + 1"),
        ("a space in the facts", "detail", "detail || ' '"),
        ("a fact more", "detail", "'{\"until\":\"1\"}'"),
        ("facts that are none", "detail", "'[]'"),
        ("no private facts", "private_commitment", "NULL, sealed_private = NULL"),
        ("no address", "address_commitment", "NULL, sealed_address = NULL"),
        ("nobody to whom it was done", "subject", "NULL"),
        ("no request", "request_id", "NULL"),
        ("called one of an earlier version", "in_clear", "TRUE"),
        ("an address in clear", "address", "'203.0.113.9'"),
    ] {
        all.push(Tampering::new(name, set(column, value), altered()));
    }
    let fields = "UPDATE events SET detail = replace(detail, 'bio', 'bin') WHERE sequence = ";
    let database = trail.server.database();
    let edited = database.number("SELECT MIN(sequence) FROM events WHERE kind = 'profile_edited'").await?;
    all.push(Tampering::new(
        "a letter of a fact",
        format!("{fields}{edited}"),
        Finding::at(edited, "altered"),
    ));
    Ok(all)
}

/// Numbers from there on moved up or down. All at once they would meet each other half way.
fn shift(from: i64, by: i64) -> String {
    format!(
        "UPDATE events SET sequence = sequence + 1000000 WHERE sequence >= {from};
         UPDATE events SET sequence = sequence - 1000000 + {by} WHERE sequence >= 1000000;"
    )
}

/// Events that are removed and moved.
fn moves(trail: &Trail) -> Vec<Tampering> {
    let (middle, last) = (trail.middle, trail.last);
    let (next, far) = (middle + 1, middle + 40);
    let swap = |columns: &[&str]| {
        let set: Vec<String> = columns
            .iter()
            .map(|column| {
                format!("{column} = (SELECT o.{column} FROM swapped o WHERE o.sequence <> events.sequence)")
            })
            .collect();
        format!(
            "CREATE TABLE swapped AS SELECT * FROM events WHERE sequence IN ({middle}, {far});
             UPDATE events SET {} WHERE sequence IN ({middle}, {far});
             DROP TABLE swapped;",
            set.join(", ")
        )
    };
    let altered = |number| Finding::at(number, "altered");
    let missing = |number| Finding::at(number, "missing");
    let delete = |which: &str| format!("DELETE FROM events WHERE {which};");
    vec![
        Tampering::new(
            "the one in the midst removed",
            delete(&format!("sequence = {middle}")),
            missing(middle),
        ),
        Tampering::new("the first removed", delete("sequence = 1"), missing(1)),
        Tampering::new("the last removed", delete(&format!("sequence = {last}")), missing(last)),
        Tampering::new("all removed", delete("1 = 1"), missing(1)),
        Tampering::new(
            "one removed and the others moved up",
            delete(&format!("sequence = {middle}")) + shift(next, -1).as_str(),
            altered(middle),
        ),
        Tampering::new("two swapped", swap(&["kind", "detail", "at", "request_id"]), altered(middle)),
        Tampering::new(
            "the addresses of two swapped",
            swap(&["sealed_address", "address_commitment"]),
            altered(middle),
        ),
        Tampering::new(
            "the numbers of two swapped",
            format!(
                "UPDATE events SET sequence = 1000000 WHERE sequence = {middle};
                 UPDATE events SET sequence = {middle} WHERE sequence = {far};
                 UPDATE events SET sequence = {far} WHERE sequence = 1000000;"
            ),
            altered(middle),
        ),
        Tampering::new(
            "one given a number at the end",
            format!("UPDATE events SET sequence = {} WHERE sequence = {middle}", last + 1),
            missing(middle),
        ),
        Tampering::new(
            "one taken out of the chain",
            format!("UPDATE events SET sequence = NULL, link = NULL WHERE sequence = {middle}"),
            missing(middle),
        ),
    ]
}

/// Events that are added, and links that are made anew.
fn forgeries(trail: &Trail) -> Vec<Tampering> {
    let (middle, last) = (trail.middle, trail.last);
    let forged = |number: i64, link: &str| {
        let id = trail.literal("id", "0192aaaaaaaa7aaa8aaaaaaaaaaaaaaa");
        format!(
            "INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, detail, sequence, link)
             SELECT {id}, 'role_changed', 'system', NULL, subject, at, FALSE, '{{\"from\":\"user\",\"to\":\"admin\"}}', {number}, {link}
             FROM events WHERE sequence = {};",
            middle + 2
        )
    };
    let link = trail.literal("link", &"ab".repeat(32));
    let set_end = |number: i64| format!("UPDATE audit_chain SET sequence = {number}, link = {link};");
    let altered = |number| Finding::at(number, "altered");
    vec![
        Tampering::new("one added at the end", forged(last + 1, &link), altered(last + 1)),
        Tampering::new(
            "one added at the end, and the end moved",
            forged(last + 1, &link) + set_end(last + 1).as_str(),
            altered(last + 1),
        ),
        Tampering::new(
            "one added at the end with the link of another",
            forged(last + 1, &format!("(SELECT l.link FROM events l WHERE l.sequence = {last})")),
            altered(last + 1),
        ),
        Tampering::new(
            "one added in the midst",
            shift(middle, 1) + forged(middle, &link).as_str(),
            altered(middle),
        ),
        Tampering::new(
            "made anew from the midst on, without the key",
            format!("UPDATE events SET detail = '{{}}', link = {link} WHERE sequence >= {middle};")
                + set_end(last).as_str(),
            altered(middle),
        ),
        Tampering::new(
            "made anew as a whole, without the key",
            format!("UPDATE events SET link = {link};") + set_end(last).as_str(),
            altered(1),
        ),
    ]
}

/// What is done to where the chain ends, and to where it begins.
async fn ends(trail: &Trail) -> Outcome<Vec<Tampering>> {
    let (last, cut) = (trail.last, trail.middle + 3);
    let missing = |number| Finding::at(number, "missing");
    let cut_off = format!("DELETE FROM events WHERE sequence > {cut};");
    let end_at = |number: i64| {
        format!(
            "UPDATE audit_chain SET sequence = {number}, link = (SELECT e.link FROM events e WHERE e.sequence = {number});"
        )
    };
    let nothing =
        format!("UPDATE audit_chain SET sequence = 0, link = {};", trail.literal("link", &"00".repeat(32)));
    let other_link = trail.literal("link", &flipped(&trail.digits("link", last).await?, 3));
    let anchor = |number: i64, signature: &str| {
        format!(
            "INSERT INTO audit_anchor (singleton, sequence, link, at, signature)
             SELECT 1, sequence, link, at, '{signature}' FROM events WHERE sequence = {number};
             DELETE FROM events WHERE sequence <= {number};"
        )
    };
    let forged = || Finding::Problem("anchor".to_owned());
    let text = std::fs::read_to_string(trail.heads_file())?;
    let head = text.lines().next().ok_or("there is a head")?;
    Ok(vec![
        Tampering::new("the end cut off", cut_off.clone(), missing(cut + 1)),
        Tampering::new(
            "the end cut off, and the row of the end put back",
            cut_off + end_at(cut).as_str(),
            missing(cut + 1),
        )
        .but_alone(Finding::Holds),
        Tampering::new(
            "everything removed, and the row of the end too",
            format!("DELETE FROM events; {nothing}"),
            missing(1),
        )
        .but_alone(Finding::Holds),
        Tampering::new(
            "the row of the end put further",
            format!("UPDATE audit_chain SET sequence = {}", last + 5),
            missing(last + 1),
        ),
        Tampering::new(
            "another link in the row of the end",
            format!("UPDATE audit_chain SET link = {other_link}"),
            Finding::at(last, "rewritten"),
        ),
        Tampering::new(
            "no row of the end",
            "DELETE FROM audit_chain",
            Finding::Problem("where the chain of events ends".to_owned()),
        ),
        Tampering::new("an anchor that nobody has signed", anchor(cut, "{}"), forged()),
        Tampering::new("an anchor with the signature of a head", anchor(trail.heads[0], head), forged()),
    ])
}
