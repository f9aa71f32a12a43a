use super::*;
use tempfile::TempDir;

/// A root key and its successor.
struct Case {
    folder: TempDir,
    source: KeySource,
    successor: Successor,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("root.key"));
        let successor = Successor::beside(&source).unwrap();
        RootKey::write_new(&folder.path().join("root.key")).unwrap();
        RootKey::write_new(&successor.path).unwrap();
        Self { folder, source, successor }
    }

    fn check(&self, name: &str) -> TokenDigest {
        RootKey::load(&self.folder.path().join(name)).unwrap().key_check()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn it_takes_the_name_of_the_old_one_which_gets_another() {
    let case = Case::new();
    let (old, new) = (case.check("root.key"), case.check("root.key.new"));
    let aside = case.successor.put_in_place(&case.source).unwrap().unwrap();
    let aside = aside.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(case.names(), ["root.key", &aside]);
    assert_eq!((case.check("root.key"), case.check(&aside)), (new, old));
    let moment = aside.strip_prefix("root.key.old-").unwrap();
    assert!(moment.len() == 16 && moment.ends_with('Z') && moment.as_bytes()[8] == b'T', "{moment}");
}

#[test]
fn once_it_is_in_its_place_nothing_is_left_to_do() {
    let case = Case::new();
    case.successor.put_in_place(&case.source).unwrap();
    let names = case.names();
    assert_eq!(case.successor.put_in_place(&case.source).unwrap(), None);
    assert_eq!(case.names(), names);
}

#[test]
fn of_many_that_try_at_once_one_does_it() {
    let case = Case::new();
    let new = case.check("root.key.new");
    let done = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| case.successor.put_in_place(&case.source).unwrap())).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).count()
    });
    assert_eq!((done, case.names().len(), case.check("root.key")), (1, 2, new));
}

#[test]
fn a_name_that_was_given_before_is_not_given_twice() {
    let case = Case::new();
    let aside = case.folder.path().join("root.key.old-20200101T000000Z");
    fs::hard_link(case.folder.path().join("root.key"), &aside).unwrap();
    assert_eq!(case.successor.put_in_place(&case.source).unwrap(), Some(aside));
    assert_eq!(case.names(), ["root.key", "root.key.old-20200101T000000Z"]);
}

#[test]
fn it_is_taken_only_where_the_databases_are_under_it() {
    let case = Case::new();
    let (old, new) = (case.check("root.key"), case.check("root.key.new"));
    assert!(case.successor.take_place(&case.source, &old).unwrap().is_none());
    assert_eq!(case.names(), ["root.key", "root.key.new"]);
    let taken = case.successor.take_place(&case.source, &new).unwrap();
    assert_eq!(taken.map(|root| root.key_check()), Some(new));
    assert!(case.successor.take_place(&case.source, &new).unwrap().is_none());
}

#[test]
fn one_that_somebody_chose_stays_where_it_is() {
    let case = Case::new();
    let chosen = Successor::at(case.successor.path.clone());
    let new = case.check("root.key.new");
    assert!(chosen.take_place(&case.source, &new).unwrap().is_some());
    assert_eq!(case.names(), ["root.key", "root.key.new"]);
    assert!(Successor::beside(&KeySource::Credential("x".into())).is_none());
}
