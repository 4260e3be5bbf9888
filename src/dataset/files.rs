//! The names of the files and folders that make up a data set.

/// The folder of people's folders, in the data set's folder.
pub(crate) const PICTURES_FOLDER: &str = "lfw";
/// The file with the data set's index.
pub(crate) const INDEX_FILE: &str = "dataset.json";
/// The file with the data set's provenance.
pub(crate) const SOURCES_FILE: &str = "sources.json";
/// Protocol and attribute files that are kept with the pictures.
pub(crate) const PROTOCOL_FILES: [&str; 20] = [
    "lfw_attributes.txt",
    "lfw-names.txt",
    "people.txt",
    "peopleDevTrain.txt",
    "peopleDevTest.txt",
    "pairs.txt",
    "pairsDevTrain.txt",
    "pairsDevTest.txt",
    "lfw_allnames.csv",
    "people.csv",
    "peopleDevTrain.csv",
    "peopleDevTest.csv",
    "pairs.csv",
    "pairsDevTrain.csv",
    "pairsDevTest.csv",
    "matchpairsDevTrain.csv",
    "matchpairsDevTest.csv",
    "mismatchpairsDevTrain.csv",
    "mismatchpairsDevTest.csv",
    "lfw_readme.csv",
];
/// Folders beside an archive that may contain its protocol files, as well as the archive's own
/// folder.
pub(crate) const PROTOCOL_FOLDERS: [&str; 1] = ["lfw-metadata"];
/// The largest protocol file that is imported.
pub(crate) const MAX_PROTOCOL_BYTES: u64 = 64 << 20;
