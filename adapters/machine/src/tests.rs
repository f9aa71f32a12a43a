use super::*;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn look(places: &[(&'static str, &Path)]) -> Vec<Disk> {
    let places = places.iter().map(|(name, folder)| (*name, folder.to_path_buf()));
    FileSystems::under(places.collect(), Vec::new()).look().await
}

#[tokio::test]
async fn a_file_system_says_how_much_room_it_has() {
    let folder = folder();
    let disks = look(&[("data", folder.path())]).await;
    let [Disk { place: "data", room: Ok(room), .. }] = disks.as_slice() else { panic!("{disks:?}") };
    assert!(room.size > 0 && room.free <= room.size, "{room:?}");
}

#[tokio::test]
async fn a_folder_that_does_not_exist_stands_for_the_one_above_it() {
    let folder = folder();
    let disks = look(&[("log", &folder.path().join("not/made/yet"))]).await;
    assert!(matches!(disks.as_slice(), [Disk { place: "log", room: Ok(_), .. }]), "{disks:?}");
}

#[tokio::test]
async fn a_name_without_a_folder_stands_for_where_the_process_runs() {
    let disks = look(&[("data", Path::new("no-such-file.db"))]).await;
    assert!(matches!(disks.as_slice(), [Disk { room: Ok(_), .. }]), "{disks:?}");
}

#[tokio::test]
async fn two_folders_on_one_file_system_are_one_disk_and_the_first_names_it() {
    let folder = folder();
    let vault = folder.path().join("vault");
    std::fs::create_dir(&vault).unwrap();
    let disks =
        look(&[("data", folder.path()), ("vault", &vault), ("log", &folder.path().join("log"))]).await;
    assert_eq!(disks.iter().map(|disk| disk.place).collect::<Vec<_>>(), ["data"]);
}

#[tokio::test]
async fn what_requests_need_names_the_disk_that_it_shares_with_anything_else() {
    let folder = folder();
    let (data, log) = (folder.path().to_path_buf(), folder.path().join("log"));
    // No name may be that long, so it can't be looked at.
    let away = folder.path().join("x".repeat(5000));
    let disks = FileSystems::under(vec![("data", data)], vec![("log", log), ("backup", away)]).look().await;
    let told: Vec<_> = disks.iter().map(|disk| (disk.place, disk.is_needed)).collect();
    assert_eq!(told, [("data", true), ("backup", false)]);
}

#[tokio::test]
async fn what_can_not_be_looked_at_says_why_and_keeps_nobody_from_the_others() {
    let folder = folder();
    // No name may be that long.
    let impossible = folder.path().join("x".repeat(5000));
    let disks = look(&[("data", &impossible), ("vault", folder.path())]).await;
    let [Disk { place: "data", room: Err(error), .. }, Disk { place: "vault", room: Ok(_), .. }] =
        disks.as_slice()
    else {
        panic!("{disks:?}")
    };
    assert!(!error.is_empty());
}

#[tokio::test]
async fn a_file_system_that_hangs_costs_one_thread_and_whoever_asks_again_is_told() {
    let folder = folder();
    let disks = FileSystems::under(vec![("data", folder.path().to_path_buf())], Vec::new());
    let hanging = Arc::clone(&disks.places[0].turn).acquire_owned().await.unwrap();
    let told = disks.look().await;
    let [Disk { place: "data", room: Err(error), .. }] = told.as_slice() else { panic!("{told:?}") };
    assert!(error.contains("did not answer in time"));
    drop(hanging);
    assert!(matches!(disks.look().await.as_slice(), [Disk { room: Ok(_), .. }]));
}
