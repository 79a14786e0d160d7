//! E-mail over SMTP. Pages of one group are one thread; the Message-ID is the key of the page, so that one that is sent
//! twice is shown once.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Channel, Delivered, Failure, Outgoing, Sending};
use crate::config::channel_settings::MailSecurity;
use crate::config::secret::SecretFile;
use crate::text;

/// Longest text: a mail of some pages.
const TEXT: usize = 64 * 1024;
/// Most recipients.
const MOST: usize = 50;
/// For each command of the protocol; the attempt as a whole has its own bound.
const COMMAND: Duration = Duration::from_secs(20);

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: MailSecurity,
    pub(crate) from: Mailbox,
    pub(crate) to: Option<SecretFile>,
    pub(crate) login: Option<SecretFile>,
}

pub(crate) struct Mail {
    settings: Settings,
}

impl Mail {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn post(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let message = self.message(outgoing)?;
        let sent = self.transport()?.send(message).await;
        match sent {
            Ok(_) => Ok(Delivered::default()),
            // The server's words may repeat an address.
            Err(error) => Err(Failure::new(match (error.status(), error.is_timeout()) {
                (Some(code), _) => format!("SMTP status {code}"),
                (None, true) => "no answer in time".to_owned(),
                (None, false) if error.is_client() => {
                    "the message or the login is refused on our side".to_owned()
                }
                (None, false) if error.is_tls() => "no TLS with the mail server".to_owned(),
                (None, false) => "no connection to the mail server".to_owned(),
            })),
        }
    }

    fn message(&self, outgoing: &Outgoing) -> Result<Message, Failure> {
        let settings = &self.settings;
        let own = match (&settings.to, outgoing.to.is_empty()) {
            (Some(own), true) => own.lines()?,
            _ => outgoing.to.clone(),
        };
        if own.is_empty() || own.len() > MOST {
            return Err(Failure::new("no recipient, or more than 50"));
        }
        let page = &outgoing.page;
        let domain = settings.from.email.domain();
        let micros = u64::try_from(outgoing.now).unwrap_or_default();
        let mut builder = Message::builder()
            .from(settings.from.clone())
            .subject(text::subject(page, outgoing.language))
            .message_id(Some(format!("<{}@{domain}>", outgoing.key)))
            .date(SystemTime::UNIX_EPOCH + Duration::from_micros(micros));
        if !page.group.is_empty() {
            let thread = format!("<{}@{domain}>", page.group);
            builder = builder.in_reply_to(thread.clone()).references(thread);
        }
        for to in &own {
            let mailbox: Mailbox = to
                .parse()
                .map_err(|_| Failure::new("a recipient that is no address"))?;
            builder = builder.to(mailbox);
        }
        let mut message = builder
            .header(ContentType::TEXT_PLAIN)
            .body(text::body(page, outgoing.language, TEXT))
            .map_err(|_| Failure::new("a message that cannot be made"))?;
        // No out-of-office answers (RFC 3834), and the key for whoever filters.
        let more = [
            (
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ),
            (
                HeaderName::new_from_ascii_str("X-Backstop-Key"),
                outgoing.key.clone(),
            ),
        ];
        for (name, value) in more {
            message.headers_mut().insert_raw(HeaderValue::new(name, value));
        }
        Ok(message)
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
        let settings = &self.settings;
        let host = &settings.host;
        let builder = match settings.security {
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            MailSecurity::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            MailSecurity::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)),
        };
        let mut builder = builder
            .map_err(|_| Failure::new("no TLS for the mail server's name"))?
            .port(settings.port)
            .timeout(Some(COMMAND));
        if let Some(login) = &settings.login {
            let login = login.read()?;
            let (user, password) = login
                .split_once(':')
                .ok_or_else(|| Failure::new("login_file is not user:password"))?;
            builder = builder.credentials(Credentials::new(user.to_owned(), password.to_owned()));
        }
        Ok(builder.build())
    }
}

impl Channel for Mail {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.post(outgoing))
    }
}
