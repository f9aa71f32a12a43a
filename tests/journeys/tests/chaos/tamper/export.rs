use super::trail::{Finding, Trail, flipped, verified};
use journeys::{Engine, Outcome, on_both_engines};
use serde_json::{Value, json};

on_both_engines!(whatever_is_done_to_an_export_is_found_at_its_number);

/// The lines of an export after somebody had their way with them, and what a check is to say.
struct Forgery {
    name: String,
    lines: Vec<String>,
    found: Finding,
}

/// Each member of a line changed, lines removed, swapped, added and cut off: found by the file alone, at the first number that
/// is wrong; that the end is missing is found by heads. A selection shows what was changed in it, and misses nothing.
async fn whatever_is_done_to_an_export_is_found_at_its_number(engine: Engine) -> Outcome {
    let trail = Trail::make(engine).await?;
    let lines: Vec<String> =
        trail.program.run(&["audit", "export"]).await?.expect(0)?.lines().map(str::to_owned).collect();
    assert_eq!(i64::try_from(lines.len())?, trail.last + 1, "every event, and that of the export");
    let heads = trail.heads_file().display().to_string();
    let check = async |lines: &[String], more: &[&str]| -> Outcome<Finding> {
        let file = trail.write("export.ndjson", &(lines.join("\n") + "\n"))?;
        verified(&trail.program, &[&["--export", file.as_str()], more].concat()).await
    };
    assert_eq!(check(&lines, &["--heads", &heads]).await?, Finding::Holds);
    // As another program might write it down again.
    let again: Vec<String> = lines.iter().map(|line| Ok(value(line)?.to_string())).collect::<Outcome<_>>()?;
    assert_eq!(check(&again, &[]).await?, Finding::Holds);
    let mut wrong = Vec::new();
    for Forgery { name, lines, found } in edits(&trail, &lines)?.into_iter().chain(moves(&trail, &lines)?) {
        let told = check(&lines, &["--heads", &heads]).await?;
        if told != found {
            wrong.push(format!("{name}: {told:?} instead of {found:?}"));
        }
    }
    let cut = usize::try_from(trail.middle)?;
    let missing = Finding::at(trail.middle + 1, "missing");
    assert_eq!(check(&lines[..cut], &["--heads", &heads]).await?, missing, "the end was cut off");
    assert_eq!(check(&lines[..cut], &[]).await?, Finding::Holds, "it may be older than the heads of now");

    let chosen: Vec<String> = lines.iter().skip(7).step_by(3).cloned().collect();
    assert_eq!(check(&chosen, &["--selection"]).await?, Finding::Holds);
    assert_eq!(check(&chosen, &[]).await?, Finding::at(1, "missing"));
    let mut edited = chosen.clone();
    edited[9] = edited[9].replacen("\"kind\":\"", "\"kind\":\"x", 1);
    let number = value(&edited[9])?["sequence"].as_i64().unwrap_or_default();
    assert_eq!(check(&edited, &["--selection"]).await?, Finding::at(number, "altered"));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

fn value(line: &str) -> Outcome<Value> {
    serde_json::from_str(line).map_err(|error| format!("{error}: {line}").into())
}

/// Changes one member of a line; where it is no text and no number, puts a text in its place.
fn changed(line: &Value, pointer: &str) -> Outcome<Value> {
    let mut line = line.clone();
    let member = line.pointer_mut(pointer).ok_or_else(|| format!("{pointer} is not there"))?;
    *member = match member {
        Value::String(text) if text.len() > 30 && text.is_ascii() && !text.contains([' ', '-']) => {
            json!(flipped(text, text.len() / 4))
        }
        Value::String(text) if pointer == "/at" => json!(text.replacen('2', "3", 1)),
        // An identifier, whose last digit may be any.
        Value::String(text) if text.len() == 36 => {
            json!(format!("{}{}", &text[..35], u8::from(text.ends_with('0'))))
        }
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
        _ => json!("x"),
    };
    Ok(line)
}

/// The members of the line in the midst, which has all that a line can have.
fn edits(trail: &Trail, lines: &[String]) -> Outcome<Vec<Forgery>> {
    let place = usize::try_from(trail.middle)? - 1;
    let line = value(&lines[place])?;
    let mut all = Vec::new();
    let mut add = |name: String, line: &Value| {
        let mut lines = lines.to_vec();
        lines[place] = line.to_string();
        all.push(Forgery { name, lines, found: Finding::at(trail.middle, "altered") });
    };
    for pointer in [
        "/id",
        "/kind",
        "/actor/type",
        "/actor/id",
        "/subject",
        "/at",
        "/address",
        "/request_id",
        "/detail/reason",
        "/detail/sessions_ended",
        "/proof/detail",
        "/proof/link",
        "/proof/previous",
        "/proof/address/digest",
        "/proof/address/salt",
        "/proof/private/digest",
        "/proof/private/salt",
        "/proof/private/names",
    ] {
        add(format!("{pointer} changed"), &changed(&line, pointer)?);
    }
    for pointer in
        ["/subject", "/address", "/request_id", "/proof/address", "/proof/private", "/proof/link", "/kind"]
    {
        let mut line = line.clone();
        line.pointer_mut(pointer).ok_or("it is there")?.take();
        add(format!("{pointer} taken away"), &line);
    }
    for (name, parent, member) in [
        ("a member more", "", "note"),
        ("a fact more", "/detail", "role"),
        ("a proof more", "/proof", "note"),
    ] {
        let mut line = line.clone();
        let object = line.pointer_mut(parent).and_then(Value::as_object_mut).ok_or("it is an object")?;
        object.insert(member.to_owned(), json!("admin"));
        add(name.to_owned(), &line);
    }
    // A private fact that is said to have stood in clear.
    let mut line = line.clone();
    *line.pointer_mut("/proof/private/names").ok_or("it has private facts")? = json!([]);
    add("a private fact that is none".to_owned(), &line);
    Ok(all)
}

/// Lines that are removed, moved and added.
fn moves(trail: &Trail, lines: &[String]) -> Outcome<Vec<Forgery>> {
    let (number, place) = (trail.middle, usize::try_from(trail.middle)? - 1);
    let forge = |name: &str, found: Finding, change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.to_vec();
        change(&mut lines);
        Forgery { name: name.to_owned(), lines, found }
    };
    let numbered = |line: &str, number: i64| -> Outcome<String> {
        let mut line = value(line)?;
        line["sequence"] = json!(number);
        Ok(line.to_string())
    };
    let beyond = i64::try_from(lines.len())? + 1;
    let (missing, altered) = (Finding::at(number, "missing"), Finding::at(number, "altered"));
    let (after, further) = (numbered(&lines[place + 1], number)?, numbered(&lines[place], beyond)?);
    let (mine, theirs) = (numbered(&lines[place + 40], number)?, numbered(&lines[place], number + 40)?);
    Ok(vec![
        forge("one removed", missing.clone(), &|lines| drop(lines.remove(place))),
        forge("the first removed", Finding::at(1, "missing"), &|lines| drop(lines.remove(0))),
        forge("two swapped", missing.clone(), &|lines| lines.swap(place, place + 40)),
        forge("two swapped with their numbers", altered.clone(), &|lines| {
            lines[place].clone_from(&mine);
            lines[place + 40].clone_from(&theirs);
        }),
        forge("one a second time", Finding::at(number, "out-of-place"), &|lines| {
            lines.insert(place + 1, lines[place].clone());
        }),
        forge("one removed and the next in its place", altered, &|lines| {
            lines.remove(place);
            lines[place].clone_from(&after);
        }),
        forge("one added at the end", Finding::at(beyond, "altered"), &|lines| lines.push(further.clone())),
        forge("one given a number at the end", missing, &|lines| lines[place].clone_from(&further)),
        forge(
            "a line that is none",
            Finding::Problem(format!("line {number} is no event of an export")),
            &|lines| {
                lines[place].truncate(100);
            },
        ),
        forge(
            "something that is no event",
            Finding::Problem("line 1 is no event of an export".to_owned()),
            &|lines| {
                lines.insert(0, "[]".to_owned());
            },
        ),
    ])
}
