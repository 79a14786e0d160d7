//! The search finds what was planted, in every encoding and every kind of file,
//! says where, and never says what.

use std::fs;
use std::io::Cursor;

use laws::leaks::{Encoding, Hit, Needles, Search, TooWeak, files};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

/// A name that GBK can write, and beside it a phone number.
const NAME: &str = "青岩小麦加工厂";
const PHONE: &str = "13900718254";

fn search() -> Search {
    let mut needles = Needles::default();
    needles.add("name", NAME).unwrap();
    needles.add("phone", PHONE).unwrap();
    Search::new(&needles).unwrap()
}

fn hits(bytes: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let read = search()
        .read(&mut Cursor::new(bytes), |hit| hits.push(hit))
        .unwrap();
    assert_eq!(read, bytes.len() as u64);
    hits
}

fn seen(bytes: &[u8]) -> Vec<(&'static str, Encoding)> {
    hits(bytes).iter().map(|hit| (hit.kind, hit.encoding)).collect()
}

#[test]
fn a_value_is_found_in_every_encoding() {
    // Made by Python's codecs and json, and by urllib, not by what is tested.
    let written: [(&[u8], Encoding); 9] = [
        ("名称：青岩小麦加工厂。".as_bytes(), Encoding::Utf8),
        (
            b"\x52\x97\xa9\x5c\x0f\x5c\xa6\x9e\xa0\x52\xe5\x5d\x82\x53",
            Encoding::Utf16Le,
        ),
        (
            b"\x97\x52\x5c\xa9\x5c\x0f\x9e\xa6\x52\xa0\x5d\xe5\x53\x82",
            Encoding::Utf16Be,
        ),
        (
            b"\xc7\xe0\xd1\xd2\xd0\xa1\xc2\xf3\xbc\xd3\xb9\xa4\xb3\xa7",
            Encoding::Gbk,
        ),
        (b"e99d92e5b2a9e5b08fe9baa6e58aa0e5b7a5e58e82", Encoding::Hex),
        (b"E99D92E5B2A9E5B08FE9BAA6E58AA0E5B7A5E58E82", Encoding::Hex),
        (br"\u9752\u5ca9\u5c0f\u9ea6\u52a0\u5de5\u5382", Encoding::Json),
        (br"\u9752\u5CA9\u5C0F\u9EA6\u52A0\u5DE5\u5382", Encoding::Json),
        (
            b"%E9%9D%92%E5%B2%A9%E5%B0%8F%E9%BA%A6%E5%8A%A0%E5%B7%A5%E5%8E%82",
            Encoding::Percent,
        ),
    ];
    for (bytes, encoding) in written {
        assert_eq!(seen(bytes), [("name", encoding)], "{}", encoding.as_str());
    }
}

#[test]
fn base64_shows_it_wherever_in_the_text_it_begins() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    for before in ["", "a", "ab", "abc", "abcd"] {
        for after in ["", "x", "xy"] {
            let text = format!("{before}{NAME}{after}");
            for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                assert_eq!(
                    seen(encoded.as_bytes()),
                    [("name", Encoding::Base64)],
                    "{before}-{after}"
                );
            }
        }
    }
}

#[test]
fn what_is_beyond_the_first_plane_is_found_as_a_pair_of_surrogates() {
    let mut needles = Needles::default();
    needles.add("name", "𠮷野商行").unwrap();
    let search = Search::new(&needles).unwrap();
    let mut found = Vec::new();
    search
        .read(&mut Cursor::new(br"\ud842\udfb7\u91ce\u5546\u884c"), |hit| {
            found.push(hit.encoding)
        })
        .unwrap();
    assert_eq!(found, [Encoding::Json]);
}

#[test]
fn it_is_found_once_wherever_the_pieces_are_cut() {
    const PIECE: usize = 1 << 20;
    for piece in [1, 2] {
        for back in 0..80 {
            let at = piece * PIECE - back;
            let mut bytes = vec![b'.'; piece * PIECE + 200];
            bytes[at..at + PHONE.len()].copy_from_slice(PHONE.as_bytes());
            let offsets: Vec<u64> = hits(&bytes).iter().map(|hit| hit.offset).collect();
            assert_eq!(offsets, [at as u64]);
        }
    }
}

#[test]
fn a_longer_number_is_another_number() {
    assert_eq!(seen(format!("1{PHONE}").as_bytes()), []);
    assert_eq!(seen(format!("{PHONE}000").as_bytes()), []);
    assert_eq!(seen(format!("({PHONE})").as_bytes()), [("phone", Encoding::Utf8)]);
}

#[test]
fn what_stands_everywhere_by_chance_is_refused() {
    let mut needles = Needles::default();
    for weak in ["493027", "000000000000", "王伟", "abc", ""] {
        assert_eq!(needles.add("code", weak), Err(TooWeak { kind: "code" }), "{weak}");
    }
    assert!(needles.is_empty());
    assert!(
        Search::new(&needles).is_err(),
        "a search for nothing finds nothing"
    );
}

#[tokio::test]
async fn every_kind_of_file_is_looked_into() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::create_dir(root.join("tmp")).unwrap();
    fs::write(root.join("clean.log"), "nothing of a customer's").unwrap();
    fs::write(root.join("tmp/upload.part"), format!("{{\"phone\":\"{PHONE}\"}}")).unwrap();
    fs::write(
        root.join("metrics.txt"),
        format!("calls_total{{who=\"{PHONE}\"}} 1\n"),
    )
    .unwrap();
    fs::write(
        root.join("service.log"),
        format!("panicked at 'no firm {NAME}'\n"),
    )
    .unwrap();

    let free = root.join("free.db");
    let mut connection = database(&free, SqliteJournalMode::Delete).await;
    fill(&mut connection).await;
    connection.execute("DELETE FROM firm").await.unwrap();
    connection.close().await.unwrap();
    let logged = root.join("logged.db");
    let mut connection = database(&logged, SqliteJournalMode::Wal).await;
    fill(&mut connection).await;

    let searched = files(&search(), root).unwrap();
    let mut places: Vec<String> = searched
        .hits
        .iter()
        .map(|(path, _)| path.strip_prefix(root).unwrap().display().to_string())
        .collect();
    places.sort();
    places.dedup();
    assert_eq!(
        places,
        [
            "free.db",
            "logged.db-wal",
            "metrics.txt",
            "service.log",
            "tmp/upload.part"
        ]
    );
    assert!(searched.files >= 7 && searched.gone == 0);
    connection.close().await.unwrap();
    let told = format!("{searched:?}");
    assert!(!told.contains(PHONE) && !told.contains(NAME));
    assert!(files(&search(), &root.join("not there")).is_err());
}

async fn database(path: &std::path::Path, journal: SqliteJournalMode) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(journal)
        .pragma("wal_autocheckpoint", "0")
        .pragma("secure_delete", "OFF");
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute("CREATE TABLE firm (name TEXT)").await.unwrap();
    connection
}

async fn fill(connection: &mut SqliteConnection) {
    // Enough rows that deleting them frees whole pages.
    for _ in 0..200 {
        connection
            .execute(AssertSqlSafe(format!("INSERT INTO firm VALUES ('{NAME}')")))
            .await
            .unwrap();
    }
}

#[test]
fn bytes_that_are_no_text_are_found_as_they_are_in_hexadecimal_and_in_base64() {
    let value: Vec<u8> = (0x80..0x98).collect();
    let mut needles = Needles::default();
    needles.add_bytes("index", &value).unwrap();
    needles.add_token("token", "frm_one-two").unwrap();
    let search = Search::new(&needles).unwrap();
    // Made by Python's binascii and base64, the last with one byte before it.
    let written: [(&[u8], Encoding); 4] = [
        (&value, Encoding::Raw),
        (b"808182838485868788898a8b8c8d8e8f9091929394959697", Encoding::Hex),
        (b"gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaX", Encoding::Base64),
        (b"eoCBgoOEhYaHiImKi4yNjo+QkZKTlJWWlw==", Encoding::Base64),
    ];
    for (bytes, encoding) in written {
        let mut found = Vec::new();
        search.bytes(&[b"<", bytes, b">"].concat(), |hit| {
            found.push((hit.kind, hit.encoding))
        });
        assert_eq!(found, [("index", encoding)]);
    }
    let mut found = 0;
    search.bytes(b"frm_one-two 66726d5f6f6e652d74776f", |_| found += 1);
    assert_eq!(found, 1, "a token is found as it is only");
    assert_eq!(
        needles.add_bytes("index", b"1234567"),
        Err(TooWeak { kind: "index" })
    );
    assert_eq!(
        needles.add_bytes("index", &[0, 1, 2, 0, 0, 0, 0, 0, 0]),
        Err(TooWeak { kind: "index" })
    );
}

#[test]
fn forms_that_are_too_short_are_counted() {
    let mut needles = Needles::default();
    needles.add("name", "欧阳明").unwrap();
    // Six bytes each in GBK and in either UTF-16.
    assert_eq!(Search::new(&needles).unwrap().left_out()["name"], 3);
}
