//! E-mail, received by a server of the test's own.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::webhooks::Real;

/// A mail as it arrived.
#[derive(Debug, Clone, Default)]
struct Received {
    from: String,
    to: Vec<String>,
    data: String,
}

/// Speaks as much of SMTP (RFC 5321) as a client needs; refuses the first mail for now.
async fn serve(
    stream: TcpStream,
    mails: Arc<Mutex<Vec<Received>>>,
    refuse: Arc<Mutex<usize>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test ESMTP\r\n").await?;
    let mut mail = Received::default();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let (verb, rest) = command.split_once([' ', ':']).unwrap_or((command, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "MAIL" => {
                rest.clone_into(&mut mail.from);
                let mut refuse = refuse.lock().unwrap();
                if *refuse > 0 {
                    *refuse -= 1;
                    "451 later, 13800000000\r\n"
                } else {
                    "250 ok\r\n"
                }
            }
            "RCPT" => {
                mail.to.push(rest.to_owned());
                "250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                loop {
                    line.clear();
                    stream.read_line(&mut line).await?;
                    if line == ".\r\n" {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                mails.lock().unwrap().push(std::mem::take(&mut mail));
                "250 ok\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// A header's value, unfolded.
fn header(data: &str, name: &str) -> String {
    let head = data.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let found = head
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    found.unwrap_or_else(|| panic!("no {name} in {head}"))
}

/// The text of a body in base64 or quoted-printable or as it is.
fn text(data: &str) -> String {
    use base64::Engine as _;
    let (_, body) = data.split_once("\r\n\r\n").unwrap();
    match header(data, "Content-Transfer-Encoding").as_str() {
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).unwrap()).unwrap()
        }
        "quoted-printable" => {
            let joined = body.replace("=\r\n", "");
            let mut bytes = Vec::new();
            let mut rest = joined.as_bytes();
            while let Some((first, more)) = rest.split_first() {
                if *first == b'=' {
                    let hex = std::str::from_utf8(&more[..2]).unwrap();
                    bytes.push(u8::from_str_radix(hex, 16).unwrap());
                    rest = &more[2..];
                } else {
                    bytes.push(*first);
                    rest = more;
                }
            }
            String::from_utf8(bytes).unwrap()
        }
        _ => body.to_owned(),
    }
}

#[tokio::test]
async fn mails_of_a_group_are_one_thread_and_a_mail_sent_twice_is_one() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (mails, refuse) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(1)));
    let serving = tokio::spawn({
        let (mails, refuse) = (Arc::clone(&mails), Arc::clone(&refuse));
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&mails), Arc::clone(&refuse)));
            }
        }
    });
    let channel = format!(
        "mail = {{ host = \"127.0.0.1\", port = {port}, security = \"none\", \
         from = \"Backstop <alerts@bank.example>\", to_file = \"to\" }}"
    );
    let real = Real::with(&channel, &[("to", "on-call@bank.example\nlead@bank.example\n")]).await;
    assert!(!real.page(&[("alertname", "Slow"), ("instance", "a")]).await);
    let page = real.notifier.pages(None, 1).await.unwrap().remove(0);
    assert_eq!(
        page.error.as_deref(),
        Some("SMTP status 451"),
        "the server's words are not repeated"
    );
    // The wait after a failure is some seconds.
    let sent = async {
        while real.notifier.send_next("it").await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(15), sent)
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert!(real.page(&[("alertname", "Slow"), ("instance", "b")]).await);
    let received: Vec<Received> = mails.lock().unwrap().clone();
    assert_eq!(received.len(), 2);
    for mail in &received {
        assert!(mail.from.contains("<alerts@bank.example>"), "{}", mail.from);
        assert_eq!(mail.to.len(), 2);
        assert_eq!(header(&mail.data, "Auto-Submitted"), "auto-generated");
        let text = text(&mail.data);
        assert!(
            text.contains("[触发") && text.contains("[FIRING") && text.contains("数据库不可用"),
            "{text}"
        );
    }
    assert_eq!(
        header(&received[0].data, "Message-ID"),
        format!("<{}@bank.example>", page.key)
    );
    assert_eq!(header(&received[0].data, "X-Backstop-Key"), page.key);
    let thread = header(&received[0].data, "References");
    assert_eq!(thread, format!("<{}@bank.example>", page.group));
    assert_eq!(header(&received[1].data, "References"), thread);
    assert_eq!(header(&received[1].data, "In-Reply-To"), thread);
    assert_ne!(
        header(&received[1].data, "Message-ID"),
        header(&received[0].data, "Message-ID")
    );
    serving.abort();
}
