//! What only the heads show that were signed and kept elsewhere.

use super::trail::{Copy, Finding, Trail, flipped, verified};
use crate::tables::dump;
use journeys::{Outcome, trail as events};

/// Whoever takes the end out of the chain again gets the service itself to join it once more, with the right key. What was
/// changed meanwhile, or added, is found all the same; what was left out is found by the first head that tells of anything
/// behind it.
pub async fn wound_back(trail: &Trail, heads: &str, none: &str) -> Outcome {
    let (kept, last) = (trail.middle, trail.last);
    let behind =
        trail.heads.iter().find(|head| **head > kept).copied().ok_or("a head tells of what follows")?;
    let wind_back = format!(
        "UPDATE audit_chain SET sequence = {kept}, link = (SELECT e.link FROM events e WHERE e.sequence = {kept});
         UPDATE events SET sequence = NULL, link = NULL WHERE sequence > {kept};"
    );
    let leave_out = format!("DELETE FROM events WHERE sequence = {};", kept + 1);
    let change = "UPDATE events SET detail = '{\"fields\":\"none\"}' WHERE sequence IS NULL;";
    let id = trail.literal("id", "0192aaaaaaaa7aaa8aaaaaaaaaaaaaaa");
    let add = format!(
        "INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, detail)
         SELECT {id}, 'role_changed', 'system', NULL, subject, at, FALSE, '{{\"from\":\"user\",\"to\":\"admin\"}}'
         FROM events WHERE sequence = {last};"
    );
    for (name, statements, alone, found) in [
        (
            "changed",
            wind_back.clone() + change,
            Finding::at(kept + 1, "altered"),
            Finding::at(kept + 1, "altered"),
        ),
        ("left out", leave_out + &*wind_back, Finding::Holds, Finding::at(behind, "rewritten")),
        ("added", add, Finding::at(last + 1, "altered"), Finding::at(last + 1, "altered")),
    ] {
        let copy = trail.copy(&statements).await?;
        join_again(trail, &copy).await?;
        assert_eq!(copy.verified(&["--heads", none]).await?, alone, "{name}");
        assert_eq!(copy.verified(&["--heads", heads]).await?, found, "{name}, with heads");
        copy.remove().await?;
    }
    Ok(())
}

/// Lets the service join whatever is not in the chain. Its heads go elsewhere.
async fn join_again(trail: &Trail, copy: &Copy) -> Outcome {
    assert!(copy.database.number("SELECT COUNT(*) FROM events WHERE sequence IS NULL").await? > 0);
    let other_heads = trail.write("other-heads", "")?;
    let serving =
        copy.program.clone().with("SERVER__LISTEN", "127.0.0.1:0").with("AUDIT__HEADS_FILE", &other_heads);
    let mut service = serving.begin(&["serve"])?;
    let done = events::joined(&copy.database).await;
    service.kill()?;
    service.wait()?;
    done
}

/// Heads are only worth something as long as they are those that were signed.
pub async fn forged_heads(trail: &Trail) -> Outcome {
    let text = std::fs::read_to_string(trail.heads_file())?;
    let lines: Vec<&str> = text.lines().collect();
    let number = format!("\"sequence\":{}", trail.heads[0]);
    let other = format!("\"sequence\":{}", trail.heads[0] + 1);
    let signature = |line: &str| line.split("\"signature\":").nth(1).map(str::to_owned).unwrap_or_default();
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let swapped = first.replace(&signature(first), &signature(last));
    let head_of_nobody = flipped(&first.replace('\\', ""), first.len() / 2 - 10);
    let before = dump(trail.server.database(), &["audit_chain"]).await?;
    for (name, line) in [
        ("another number", first.replace(&number, &other)),
        ("the signature of another", swapped),
        ("another signature", head_of_nobody),
        ("no signature", "{\"data\":{}}".to_owned()),
    ] {
        assert_ne!(line, first, "{name}");
        let file = trail.write("forged-heads", &format!("{last}\n{line}\n"))?;
        let told = verified(&trail.program, &["--heads", &file]).await?;
        assert!(told.is_meant_by(&Finding::Problem("line 2 of the heads".to_owned())), "{name}: {told:?}");
    }
    // What a crash has left of a line says nothing.
    let torn = trail.write("torn-heads", &format!("{text}{}", &first[..first.len() / 2]))?;
    assert_eq!(verified(&trail.program, &["--heads", &torn]).await?, Finding::Holds);
    assert_eq!(dump(trail.server.database(), &["audit_chain"]).await?, before);
    Ok(())
}
