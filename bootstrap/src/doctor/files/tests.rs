use super::*;
use std::fs;

fn seen(path: &Path) -> (Verdict, String) {
    let found = folder("data_folder", path, "data.dir");
    (found.verdict, found.text)
}

#[test]
fn a_folder_that_is_not_there_yet_is_left_so() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b");
    let (verdict, text) = seen(&path);
    assert_eq!((verdict, text.contains("not made yet")), (Verdict::Ok, true));
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn what_is_no_folder_is_trouble() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("data");
    fs::write(&path, "").unwrap();
    let (verdict, text) = seen(&path);
    assert_eq!((verdict, text.contains("data.dir")), (Verdict::Trouble, true));
}

#[test]
fn a_file_of_somebody_else_is_told_with_what_would_help() {
    let place = tempfile::tempdir().unwrap();
    let found = metadata(place.path()).unwrap();
    assert_eq!(foreign(place.path(), &found, found.uid()), None);
    let told = foreign(place.path(), &found, found.uid() + 1).unwrap();
    assert!(told.contains(&format!("`chown {}:{}", found.uid() + 1, found.gid())), "{told}");
}
