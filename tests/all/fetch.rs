//! Fetching from servers that break off, redirect, send wrong data or ignore ranges.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lfw_tui::dataset::fetch::download::{RetryPolicy, download};
use lfw_tui::dataset::fetch::fetch_published;
use lfw_tui::dataset::fetch::published::PublishedFile;
use lfw_tui::progress::unwatched;
use lfw_tui::{Error, Result};
use sha2::Digest;

use crate::archives::{lfw, tgz};
use crate::tiny;

/// A request to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    path: String,
    from: Option<usize>,
}

/// The response, and after how many bytes of the body the server hangs up.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    hang_up: Option<usize>,
}

fn reply(status: u16, body: &[u8]) -> Reply {
    Reply {
        status,
        headers: vec![],
        body: body.to_vec(),
        hang_up: None,
    }
}

/// The response of a well-behaved server.
fn proper(body: &[u8], request: &Request) -> Reply {
    match request.from {
        None => reply(200, body),
        Some(from) if from >= body.len() => reply(416, b""),
        Some(from) => {
            let mut reply = reply(206, &body[from..]);
            let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
            reply.headers.push(("Content-Range", range));
            reply
        }
    }
}

fn hanging_up(mut reply: Reply, after: usize) -> Reply {
    reply.hang_up = Some(after);
    reply
}

struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves until the test's process ends; `answer` sees each request and its number.
    fn start(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(vec![]));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let Some(Ok(first)) = lines.next() else {
                    continue;
                };
                let path = first.split(' ').nth(1).unwrap().to_string();
                let mut from = None;
                for line in lines
                    .map_while(std::result::Result::ok)
                    .take_while(|l| !l.is_empty())
                {
                    let line = line.to_lowercase();
                    if let Some(range) = line.strip_prefix("range: bytes=") {
                        from = range.trim_end_matches('-').parse().ok();
                    }
                }
                let request = Request { path, from };
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(request.clone());
                    log.len()
                };
                let reply = answer(&request, number);
                let mut head = format!(
                    "HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n",
                    reply.status,
                    reply.body.len()
                );
                for (name, value) in reply.headers {
                    head += &format!("{name}: {value}\r\n");
                }
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(b"\r\n");
                let end = reply.hang_up.unwrap_or(reply.body.len());
                let _ = stream.write_all(&reply.body[..end]);
                let _ = stream.flush();
            }
        });
        Self { url, asked }
    }

    fn ranges(&self) -> Vec<Option<usize>> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.from)
            .collect()
    }
}

fn sum(bytes: &[u8]) -> &'static str {
    let sum: String = sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    sum.leak()
}

fn published(name: &'static str, content: &[u8]) -> PublishedFile {
    PublishedFile {
        name,
        bytes: None,
        md5: "",
        sha256: Some(sum(content)),
        figshare: None,
    }
}

fn content() -> Vec<u8> {
    (0..200_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

fn patience() -> RetryPolicy {
    RetryPolicy {
        attempts: 3,
        backoff: Duration::from_millis(1),
        timeout: Duration::from_secs(5),
    }
}

/// Downloads `content()` from the servers in turn.
fn get(servers: &[&Server], folder: &std::path::Path) -> Result<PathBuf> {
    let mirrors: Vec<String> = servers
        .iter()
        .map(|server| format!("{}/file.bin", server.url))
        .collect();
    download(
        &published("file.bin", &content()),
        &mirrors,
        folder,
        patience(),
        &mut unwatched,
    )
}

fn assert_fetched(server: &Server, folder: &std::path::Path) {
    let path = get(&[server], folder).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
}

#[test]
fn a_broken_download_is_resumed() {
    let server = Server::start(|request, number| {
        let reply = proper(&content(), request);
        if number <= 3 {
            hanging_up(reply, 50_000)
        } else {
            reply
        }
    });
    let folder = tempfile::tempdir().unwrap();
    assert_fetched(&server, folder.path());
    let ranges = server.ranges();
    assert_eq!(ranges, [None, Some(50_000), Some(100_000), Some(150_000)]);
    assert!(!folder.path().join("file.bin.part").exists());
    // The file is there and right: no server is contacted.
    get(&[&server], folder.path()).unwrap();
    assert_eq!(server.ranges().len(), 4);
}

#[test]
fn a_partial_file_of_an_earlier_run_is_resumed() {
    let server = Server::start(|request, _| proper(&content(), request));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file.bin.part"), &content()[..120_000]).unwrap();
    assert_fetched(&server, folder.path());
    assert_eq!(server.ranges(), [Some(120_000)]);
}

#[test]
fn a_partial_file_of_something_else_is_downloaded_again() {
    for garbage in [vec![7; 120_000], vec![7; 300_000]] {
        let server = Server::start(|request, _| proper(&content(), request));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file.bin.part"), garbage).unwrap();
        let path = get(&[&server], folder.path()).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), content());
        assert_eq!(server.ranges().last(), Some(&None));
    }
}

#[test]
fn a_server_that_ignores_ranges_is_read_from_the_start() {
    let server = Server::start(|_, number| {
        let reply = reply(200, &content());
        if number == 1 {
            hanging_up(reply, 50_000)
        } else {
            reply
        }
    });
    let folder = tempfile::tempdir().unwrap();
    assert_fetched(&server, folder.path());
    assert_eq!(server.ranges(), [None, Some(50_000)]);
}

#[test]
fn another_range_than_requested_is_refused() {
    let server = Server::start(|request, number| match number {
        1 => hanging_up(proper(&content(), request), 50_000),
        2 => {
            let mut reply = reply(206, &content()[10..]);
            reply
                .headers
                .push(("Content-Range", "bytes 10-199999/200000".into()));
            reply
        }
        _ => proper(&content(), request),
    });
    let folder = tempfile::tempdir().unwrap();
    assert_fetched(&server, folder.path());
    assert_eq!(server.ranges(), [None, Some(50_000), None]);
}

#[test]
fn redirects_are_followed_up_to_a_limit() {
    let target = Server::start(|request, _| proper(&content(), request));
    let elsewhere = format!("{}/moved", target.url);
    let server = Server::start(move |_, _| {
        let mut reply = reply(302, b"");
        reply.headers.push(("Location", elsewhere.clone()));
        reply
    });
    let folder = tempfile::tempdir().unwrap();
    get(&[&server], folder.path()).unwrap();
    assert_eq!(target.asked.lock().unwrap()[0].path, "/moved");

    let circle = Server::start(|_, _| {
        let mut reply = reply(302, b"");
        reply.headers.push(("Location", "/file.bin".into()));
        reply
    });
    let folder = tempfile::tempdir().unwrap();
    let message = get(&[&circle], folder.path()).unwrap_err().to_string();
    assert!(message.contains("redirects too often"), "{message}");
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "nothing came, nothing is left");
}

#[test]
fn a_wrong_file_is_named_with_both_sums_and_the_next_mirror_tried() {
    let liar = Server::start(|request, _| proper(b"<html>not what you asked for</html>", request));
    let honest = Server::start(|request, _| proper(&content(), request));
    let folder = tempfile::tempdir().unwrap();
    let message = get(&[&liar], folder.path()).unwrap_err().to_string();
    for expected in [
        "file.bin: could not be fetched",
        liar.url.as_str(),
        "a wrong file",
        sum(b"<html>not what you asked for</html>"),
        sum(&content()),
    ] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert!(!message.contains('\n'));
    assert!(!folder.path().join("file.bin").exists());
    let aside = folder.path().join("file.bin.wrong");
    assert_eq!(
        std::fs::read(aside).unwrap(),
        b"<html>not what you asked for</html>"
    );
    let path = get(&[&liar, &honest], folder.path()).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), content());
}

#[test]
fn mirrors_are_tried_in_order_and_all_their_answers_reported() {
    let gone = Server::start(|_, _| reply(404, b""));
    let ill = Server::start(|_, _| reply(503, b""));
    let folder = tempfile::tempdir().unwrap();
    let message = get(&[&gone, &ill], folder.path()).unwrap_err().to_string();
    assert!(
        message.contains("HTTP status 404") && message.contains("HTTP status 503"),
        "{message}"
    );
    assert_eq!(
        gone.ranges().len(),
        1,
        "a missing file is not asked for twice"
    );
    assert_eq!(ill.ranges().len(), 3, "an ill server may recover");
    let recovered = Server::start(|request, number| {
        if number < 3 {
            reply(500, b"")
        } else {
            proper(&content(), request)
        }
    });
    assert!(get(&[&gone, &recovered], folder.path()).is_ok());
}

#[test]
fn a_wrong_length_is_reported_before_the_download() {
    let server = Server::start(|request, _| proper(&content(), request));
    let folder = tempfile::tempdir().unwrap();
    let mut file = published("file.bin", &content());
    file.bytes = Some(7);
    let mirrors = [format!("{}/file.bin", server.url)];
    let message = download(&file, &mirrors, folder.path(), patience(), &mut unwatched)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("its file has 200000 bytes, the published one has 7"),
        "{message}"
    );
}

#[test]
fn a_cancelled_download_keeps_the_partial_file() {
    let server = Server::start(|request, _| proper(&content(), request));
    let folder = tempfile::tempdir().unwrap();
    let mirrors = [format!("{}/file.bin", server.url)];
    let mut watch = |report: lfw_tui::progress::Progress<'_>| {
        if report.stage.starts_with("fetching") && report.done > 0 {
            return Err(Error::Cancelled);
        }
        Ok(())
    };
    let file = published("file.bin", &content());
    let cancelled = download(&file, &mirrors, folder.path(), patience(), &mut watch);
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    let kept = std::fs::metadata(folder.path().join("file.bin.part"))
        .unwrap()
        .len();
    assert!(kept > 0);
    get(&[&server], folder.path()).unwrap();
    assert_eq!(server.ranges().last(), Some(&Some(kept as usize)));
}

#[test]
fn fetching_ends_with_an_imported_data_set() {
    let archive = tgz(&lfw());
    let people = b"1\nA_B\t2\n".to_vec();
    let files = [
        ("/lfw.tgz", archive.clone()),
        ("/peopleDevTrain.txt", people.clone()),
    ];
    let server = Server::start(move |request, _| {
        match files.iter().find(|(path, _)| *path == request.path) {
            Some((_, content)) => proper(content, request),
            None => reply(404, b""),
        }
    });
    let (_home, paths) = tiny::home();
    let fetch = || {
        fetch_published(
            &paths,
            &published("lfw.tgz", &archive),
            &[
                published("peopleDevTrain.txt", &people),
                published("pairs.txt", b""),
            ],
            Some(&server.url),
            patience(),
            &mut unwatched,
        )
        .unwrap()
    };
    let fetched = fetch();
    assert_eq!(fetched.dataset.pictures.len(), 3);
    assert_eq!(fetched.dataset.official_split(0), Some("training set"));
    assert!(
        fetched
            .notes
            .iter()
            .any(|note| note.contains("no mirror has pairs.txt")),
        "{:?}",
        fetched.notes
    );
    let asked = server.ranges().len();
    assert!(fetch().already_imported);
    assert_eq!(
        server.ranges().len(),
        asked,
        "imported before: not fetched again"
    );

    let unknown = lfw_tui::dataset::fetch::fetch(&paths, "lfwa", None, &mut unwatched);
    assert!(
        unknown
            .unwrap_err()
            .to_string()
            .contains("deepfunneled, funneled, original")
    );
}
