//! LFW's published files: names, checksums and mirrors.

/// A file that LFW's authors published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedFile {
    /// The file's name.
    pub name: &'static str,
    /// Its size in bytes, where known.
    pub bytes: Option<u64>,
    /// Its MD5 sum as 32 hexadecimal digits.
    pub md5: &'static str,
    /// Its SHA-256 sum as 64 hexadecimal digits, where known.
    pub sha256: Option<&'static str>,
    /// Its id among figshare's file downloads, if it is there. scikit-learn downloads these copies.
    pub figshare: Option<u32>,
}

impl PublishedFile {
    /// The URLs to try, in order. The university's own server has been offline for long; the
    /// Internet Archive has copies.
    pub(crate) fn mirrors(&self) -> Vec<String> {
        let own = format!("http://vis-www.cs.umass.edu/lfw/{}", self.name);
        self.figshare
            .map(|id| format!("https://ndownloader.figshare.com/files/{id}"))
            .into_iter()
            .chain([
                format!("https://web.archive.org/web/2id_/{own}"),
                own.clone(),
            ])
            .collect()
    }
}

const fn published_file(
    name: &'static str,
    bytes: Option<u64>,
    md5: &'static str,
    sha256: Option<&'static str>,
    figshare: Option<u32>,
) -> PublishedFile {
    PublishedFile {
        name,
        bytes,
        md5,
        sha256,
        figshare,
    }
}

/// The three picture archives, each with its name on the command line.
#[rustfmt::skip]
pub(crate) const ARCHIVES: [(&str, PublishedFile); 3] = [
    ("deepfunneled", published_file("lfw-deepfunneled.tgz", Some(108_761_145), "68331da3eb755a505a502b5aacb3c201",
        Some("08575363d69edaed9a7c3ccb9e2eebd76c91bc1011b2baaf725f8d1284bf3a2f"), None)),
    ("funneled", published_file("lfw-funneled.tgz", None, "1b42dfed7d15c9b2dd63d5e5840c86ad",
        Some("b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a"), Some(5_976_015))),
    ("original", published_file("lfw.tgz", Some(180_566_744), "a17d05bd522c52d84eca14327a23d494",
        Some("055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0"), Some(5_976_018))),
];

/// The protocol and attribute files that belong to every archive.
#[rustfmt::skip]
pub(crate) const PROTOCOL: [PublishedFile; 8] = [
    published_file("peopleDevTrain.txt", None, "54eaac34beb6d042ed3a7d883e247a21", None, None),
    published_file("peopleDevTest.txt", None, "e4bf5be0a43b5dcd9dc5ccfcb8fb19c5", None, None),
    published_file("people.txt", None, "450f0863dd89e85e73936a6d71a3474b", None, None),
    published_file("pairs.txt", Some(155_335), "9f1ba174e4e1c508ff7cdf10ac338a7d",
        Some("ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592"), Some(5_976_006)),
    published_file("pairsDevTrain.txt", None, "4f27cbf15b2da4a85c1907eb4181ad21",
        Some("1d454dada7dfeca0e7eab6f65dc4e97a6312d44cf142207be28d688be92aabfa"), Some(5_976_012)),
    published_file("pairsDevTest.txt", None, "5132f7440eb68cf58910c8a45a2ac10b",
        Some("7cb06600ea8b2814ac26e946201cdb304296262aad67d046a16a7ec85d0ff87c"), Some(5_976_009)),
    published_file("lfw-names.txt", None, "a6d0a479bd074669f656265a6e693f6d", None, None),
    published_file("lfw_attributes.txt", None, "a68c039ac854fd966fe4bdc36674b98f", None, None),
];

/// The published archive with this SHA-256.
pub(crate) fn archive_by_sha256(sha256: &str) -> Option<&'static PublishedFile> {
    ARCHIVES
        .iter()
        .map(|(_, archive)| archive)
        .find(|archive| archive.sha256 == Some(sha256))
}

/// The published archive with this file name.
pub(crate) fn archive_by_name(name: &str) -> Option<&'static PublishedFile> {
    ARCHIVES
        .iter()
        .map(|(_, archive)| archive)
        .find(|archive| archive.name == name)
}
