//! Who can read a backup (K14).

use crate::elsewhere::{Elsewhere, backup, service};
use journeys::{Engine, Outcome, Resident, on_both_engines};
use std::fs;
use std::os::unix::fs::PermissionsExt;

on_both_engines! {
    a_backup_for_a_recipient_is_read_with_the_private_key_alone,
    a_backup_is_readable_by_its_owner_only_and_shows_nobody,
}

const RECIPIENT: &str = "age157le6d52k0x3cepu0genq9rujmgs3smh2jm8htcth4rklea5jdlsj620lw";
const PRIVATE: &str = "AGE-SECRET-KEY-1P2S40NP9FE4CS86JXX378RUPCYLHX7JNQ0VERKDU8Z0HCHGR3ZVQ3V749M";
const ANOTHER: &str = "AGE-SECRET-KEY-1X6Q0A3CPJ0C95VZXSAWKWTHQ5C6XFKARQ0F0YVXFR95Z93C8KL2SYHLD9W";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn a_backup_for_a_recipient_is_read_with_the_private_key_alone(engine: Engine) -> Outcome {
    let server = service(engine).await?;
    let ann = Resident::user(&server).await?;
    let wrong = server.program()?.run(&["backup", "nowhere", "--recipient", "age1nobody"]).await?;
    wrong.expect(2)?;
    let place = backup(&server, "sealed", &["--recipient", RECIPIENT]).await?;
    for entry in fs::read_dir(&place)? {
        let bytes = fs::read(entry?.path())?;
        assert!(!holds(&bytes, &ann.person.username) && !holds(&bytes, "$argon2id$"));
    }
    let there = Elsewhere::of(&server, engine).await?;
    let before = there.everything().await?;
    let file = |name: &str, key: &str| -> Outcome<String> {
        let path = server.home().path().join(name);
        fs::write(&path, format!("# a key\n{key}\n"))?;
        Ok(path.display().to_string())
    };
    let (right, another) = (file("right", PRIVATE)?, file("another", ANOTHER)?);
    for (more, said) in [(&[][..], "--identity"), (&["--identity", &another], "none of the private keys")] {
        let refused = there.restore(&server, &place, more).await?;
        refused.clone().expect(1)?;
        assert!(refused.aside.contains(said), "{}", refused.aside);
        assert_eq!(there.everything().await?, before);
    }
    let told = place.display().to_string();
    let checked = there.program(&server)?.run(&["backup", "--verify", &told, "--identity", &right]).await?;
    assert!(checked.expect(0)?.contains("The backup is good"));
    there.restore(&server, &place, &["--identity", &right]).await?.expect(0)?;
    there.start().await?.client()?.log_in(&ann.person).await.map(drop)
}

async fn a_backup_is_readable_by_its_owner_only_and_shows_nobody(engine: Engine) -> Outcome {
    let server = service(engine).await?;
    let ann = Resident::user(&server).await?;
    let place = backup(&server, "plain", &[]).await?;
    assert_eq!(fs::metadata(&place)?.permissions().mode() & 0o777, 0o700);
    let root = fs::read_to_string(server.data().join("root.key"))?;
    for entry in fs::read_dir(&place)? {
        let path = entry?.path();
        assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600, "{}", path.display());
        let bytes = fs::read(&path)?;
        for secret in ann.person.secrets().iter().map(String::as_str).chain([root.trim()]) {
            assert!(!holds(&bytes, secret), "{}", path.display());
        }
    }
    let taken = journeys::trail::at_the_command_line(&server).await?;
    let taken: Vec<_> = taken.iter().filter(|event| event["kind"] == "backup_taken").collect();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(
        (&taken[0]["actor"]["type"], &taken[0]["detail"]["encrypted"]),
        (&"system".into(), &"false".into())
    );
    Ok(())
}
